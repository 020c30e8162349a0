//! Tickets: the gateway's own token for the transfer of one LFS object.
//!
//! A ticket says what was decided when the transfer was asked for, and for whom. It is signed with a key of its own
//! purpose and sealed, so its holder can neither narrow it nor show it where a token is expected. Its blocks are not its
//! holder's to write, so there is nothing in it for Datalog to decide: every check is one this file writes, and is
//! decided as the typed caveat it is.

use std::{collections::BTreeSet, net::IpAddr};

use biscuit_auth::{
    builder::{Check, Fact, Term},
    datalog::SymbolTable,
};
use jiff::Timestamp;

use super::{
    admission::Admitted,
    caveat::{Caveat, seconds},
    claims::{Stated, audience, audience_check, fact, is_audience},
    reading::Statements,
    revocation::RevocationId,
};
use crate::{
    effect::Effect,
    lfs::{LfsObject, LfsOid, Transfer},
    names::{AgentName, RepositoryName},
};

/// One transfer of one object, as it was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Who was granted it.
    pub agent: AgentName,
    /// On whose behalf the agent acts, if on someone's.
    pub user: Option<String>,
    /// Where.
    pub repository: RepositoryName,
    /// What may be done.
    pub transfer: Transfer,
    /// With which object.
    pub object: LfsObject,
    /// The ids of the blocks of the token it was granted to, the authority's first: it dies with any of them.
    pub token: Vec<RevocationId>,
    /// When that token was minted, in whole seconds.
    pub issued: Timestamp,
    /// The addresses that token may be used from; one set for each caveat.
    pub clients: Vec<BTreeSet<IpAddr>>,
    /// The gateway it is for: the audience.
    pub service: String,
    /// When it ends, in whole seconds.
    pub expires: Timestamp,
}

impl Ticket {
    /// What the transfer does; a ticket grants this effect and no other.
    pub fn effect(&self) -> Effect {
        self.transfer.effect(&self.repository)
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        let text = |name, value: &str| fact(name, vec![Term::Str(value.to_owned())]);
        let mut facts = vec![text("agent", self.agent.as_str())];
        facts.extend(self.user.as_deref().map(|user| text("user", user)));
        facts.push(text("resource", self.repository.as_str()));
        facts.push(text("operation", self.transfer.operation()));
        facts.extend(self.transfer.reference().map(|reference| text("ref", reference.as_str())));
        let size = i64::try_from(self.object.size).unwrap_or(i64::MAX);
        facts.push(fact("object", vec![Term::Str(self.object.oid.to_string()), Term::Integer(size)]));
        facts.extend(self.token.iter().map(|id| fact("token", vec![Term::Bytes(id.as_bytes().to_vec())])));
        facts.push(fact("issued", vec![Term::Date(seconds(self.issued))]));
        facts
    }

    pub(super) fn checks(&self) -> Vec<Check> {
        let clients = self.clients.iter().map(|addresses| Caveat::Clients(addresses.clone()).to_check());
        [audience_check(&self.service), Caveat::Expires(self.expires).to_check()].into_iter().chain(clients).collect()
    }

    /// Reads a sealed block that states a ticket exactly as this file writes it.
    pub(super) fn read(admitted: &Admitted) -> Option<Self> {
        let ([block], true) = (&*admitted.blocks, admitted.is_sealed) else { return None };
        let block = Statements::of(block, &mut SymbolTable::new())?;
        let ticket = Self::of(&block)?;
        ticket.is_written_as(&block).then_some(ticket)
    }

    fn of(block: &Statements) -> Option<Self> {
        let [service, expires, clients @ ..] = &*block.checks else { return None };
        let Some(Caveat::Expires(expires)) = Caveat::read(expires) else { return None };
        let stated = Stated(&block.facts);
        Some(Self {
            agent: stated.text("agent")?.parse().ok()?,
            user: stated.text("user"),
            repository: stated.text("resource")?.parse().ok()?,
            transfer: transfer(&stated)?,
            object: object(&stated)?,
            token: stated.named("token").map(token_id).collect::<Option<_>>()?,
            issued: stated.date("issued")?,
            clients: clients.iter().map(addresses).collect::<Option<_>>()?,
            service: audience(service)?,
            expires,
        })
    }

    /// Whether the block says exactly this, facts in the order they are written in.
    fn is_written_as(&self, block: &Statements) -> bool {
        let facts = self.facts();
        facts.len() == block.facts.len()
            && facts.iter().zip(&block.facts).all(|(written, read)| written.predicate == read.predicate)
            && block.checks.first().is_some_and(|check| is_audience(check, &self.service))
            && !self.token.is_empty()
    }
}

fn transfer(stated: &Stated<'_>) -> Option<Transfer> {
    match (stated.text("operation")?.as_str(), stated.text("ref")) {
        ("upload", Some(reference)) => Some(Transfer::Upload(reference.parse().ok()?)),
        ("download", None) => Some(Transfer::Download),
        _ => None,
    }
}

fn object(stated: &Stated<'_>) -> Option<LfsObject> {
    let [Term::Str(oid), Term::Integer(size)] = &*stated.named("object").next()?.predicate.terms else { return None };
    Some(LfsObject { oid: LfsOid::parse(oid).ok()?, size: u64::try_from(*size).ok()? })
}

fn token_id(fact: &Fact) -> Option<RevocationId> {
    let [Term::Bytes(bytes)] = &*fact.predicate.terms else { return None };
    RevocationId::from_bytes(bytes).ok()
}

fn addresses(check: &Check) -> Option<BTreeSet<IpAddr>> {
    if let Caveat::Clients(addresses) = Caveat::read(check)? { Some(addresses) } else { None }
}

#[cfg(feature = "verify")]
mod decide {
    use super::{Caveat, Effect, Ticket};
    use crate::token::{CheckError, Circumstances};

    impl Ticket {
        /// Whether its checks let the effect pass, here and now.
        pub fn check(&self, effect: &Effect, circumstances: &Circumstances<'_>) -> Result<(), CheckError> {
            if circumstances.service != self.service {
                return Err(CheckError::WrongService);
            }
            if !Caveat::Expires(self.expires).permits(effect, circumstances) {
                return Err(CheckError::Expired);
            }
            let may_come_from = |addresses: &_| Caveat::Clients(Clone::clone(addresses)).permits(effect, circumstances);
            if self.clients.iter().all(may_come_from) { Ok(()) } else { Err(CheckError::Narrowed) }
        }
    }
}
