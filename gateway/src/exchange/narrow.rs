//! A narrower token for one of ours: never wider, never longer.
//!
//! It is the presented token with one block more, as its holder could have appended offline; so whatever revokes the
//! parent kills it too, and every caveat of the parent binds it. Caveats hold together, hence no union but one of
//! actions; what a caveat cannot say exactly is refused by name, not approximated. What is asked for need not lie in one
//! right, as it need not offline (`docs/decisions/0035-what-a-token-is-narrowed-to.md`).

use std::str::FromStr;

use gogs_spanner_capability::{
    Action, DelegateName, Effect, Reason, Request, Rights,
    token::{
        AttenuateError, Caveat, CheckError, Circumstances, Names, Narrowing, TokenText, Verified, attenuate, verify,
    },
};

use super::{
    Exchange, Holder, Proven, details,
    mint::{Product, broken, whole_second},
    remainder::remainder,
    request::Less,
    revoke::rejected,
};
use crate::{authorize::policy::Policy, refuse::Refusal, request::Arrival};

/// Where in the request an entry's members stand.
const ENTRY: &str = "authorization_details[0]";

/// What several entries can say together.
const APART: &str = "the entries of a narrower token differ in their actions alone; ask for one token with each";

impl Exchange {
    /// Takes a token of ours as the proof of its holder.
    pub(super) fn holder(
        &self,
        policy: &Policy,
        presented: &str,
        delegate: Option<DelegateName>,
        arrival: &Arrival,
    ) -> Result<Holder, Refusal> {
        let token = TokenText::parse(presented).map_err(|error| Refusal::new(Reason::TokenMalformed).truly(error))?;
        let is_revoked = |id: &_| self.revoked.contains(id);
        let verified = verify(&self.keys.public(), &token, &is_revoked).map_err(rejected)?;
        if self.revoked.cuts_off(&verified) {
            return Err(Refusal::new(Reason::TokenRevoked));
        }
        // A proof counts for what it is worth now: an agent that is known today, a token that is in time and made for us.
        let agent = policy.agent(verified.agent()).ok_or_else(|| Refusal::new(Reason::AgentUnknown))?;
        stands(&verified, &self.circumstances(arrival))?;
        Ok(Holder { token, verified, agent, delegate })
    }

    /// The holder's token with one block more.
    pub(super) fn narrow(&self, parent: &Holder, less: &Less, arrival: &Arrival) -> Result<Product, Refusal> {
        if less.is_nothing() {
            let why = "say by authorization_details or lifetime what the token is to be narrowed to";
            return Err(Refusal::new(Reason::RequestMalformed).because(why));
        }
        let entry = joined(&less.details)?;
        let granted = details::reach(parent.verified.rights(), entry.as_ref())?;
        let mut narrowing = narrowing(entry.as_ref(), &granted)?;
        if let Some(lifetime) = self.asked_lifetime(less)? {
            narrowing = narrowing.expires((whole_second(arrival.at) + lifetime).min(parent.verified.expires()));
        }
        if let Some(name) = &parent.delegate {
            narrowing = narrowing.delegate(name.as_str());
        }
        for wanted in narrowing.caveats().map_err(refused)? {
            parent.verified.caveats().try_for_each(|held| is_within(&wanted, held))?;
        }
        let token = attenuate(&parent.token, &narrowing).map_err(refused)?;
        let verified = self.take_in(&token)?;
        stands(&verified, &self.circumstances(arrival))?;
        let is_child = verified.revocation_ids().starts_with(parent.verified.revocation_ids())
            && verified.revocation_ids().len() == parent.verified.revocation_ids().len() + 1
            && verified.expires() <= parent.verified.expires();
        if !is_child {
            return Err(broken("the narrowed token does not descend from the one it was made of"));
        }
        let granted = remainder(&granted, verified.caveats());
        if granted.iter().next().is_none() {
            return Err(Refusal::new(Reason::Narrowed).because("nothing would be left of the token"));
        }
        Ok(Product { token, verified, granted })
    }
}

impl Exchange {
    /// A token that names a person is worth what she lends today.
    pub(super) fn still_lent(&self, policy: &Policy, proven: &Proven) -> Result<(), Refusal> {
        let Proven::Holder(holder) = proven else { return Ok(()) };
        let user = holder.verified.user();
        user.map_or(Ok(()), |name| self.register.lent(policy, &holder.agent, name).map(drop))
    }
}

/// Whether a token is in time and made for us. What its caveats forbid is no fault: they bind every narrower one too.
fn stands(token: &Verified, here: &Circumstances<'_>) -> Result<(), Refusal> {
    match token.check(&Effect::unbound(Action::RepositoryRead), here) {
        Ok(()) | Err(CheckError::Narrowed | CheckError::PathsUnknown) => Ok(()),
        Err(error) => Err(Refusal::new(error.reason()).truly(error)),
    }
}

/// The caveats that say what is asked for.
fn narrowing(entry: Option<&Request>, granted: &Rights) -> Result<Narrowing, Refusal> {
    let Some(entry) = entry else { return Ok(Narrowing::new()) };
    Narrowing::of(entry, granted).map_err(|inexact| not_granted(&format!(".{}", inexact.member), &inexact.to_string()))
}

/// Entries that differ in their actions alone are one: caveats hold together, so no other union can be said by them.
fn joined(details: &[Request]) -> Result<Option<Request>, Refusal> {
    let Some((first, more)) = details.split_first() else { return Ok(None) };
    let mut joined = first.clone();
    for entry in more {
        let is_alike =
            (&entry.repositories, &entry.refs, &entry.paths) == (&first.repositories, &first.refs, &first.paths);
        match (&mut joined.actions, &entry.actions) {
            (Some(all), Some(actions)) if is_alike => all.extend(actions),
            _ => return Err(not_granted("", APART)),
        }
    }
    Ok(Some(joined))
}

/// Whether what is asked for lies within what the token was narrowed to before.
fn is_within(wanted: &Caveat, held: &Caveat) -> Result<(), Refusal> {
    let (member, holds) = match (wanted, held) {
        (Caveat::Actions(wanted), Caveat::Actions(held)) => (".actions", wanted.is_subset(held)),
        (Caveat::Repositories(wanted), Caveat::Repositories(held)) => (".repositories", are_within(wanted, held)),
        (Caveat::Refs { refs: wanted, .. }, Caveat::Refs { refs: held, .. }) => (".refs", are_within(wanted, held)),
        (Caveat::Paths { prefix: wanted, .. }, Caveat::Paths { prefix: held, .. }) => {
            (".paths", wanted.as_str().starts_with(held.as_str()))
        }
        _ => return Ok(()),
    };
    if holds { Ok(()) } else { Err(not_granted(member, "the token was narrowed to less")) }
}

fn are_within<N: FromStr + AsRef<str> + Ord>(wanted: &Names<N>, held: &Names<N>) -> bool {
    match (wanted, held) {
        (Names::Exact(names), held) => names.iter().all(|name| held.holds(name)),
        (Names::Under(wanted), Names::Under(held)) => wanted.as_str().starts_with(held.as_str()),
        (Names::Under(_), Names::Exact(_)) => false,
    }
}

fn not_granted(member: &str, why: &str) -> Refusal {
    Refusal::new(Reason::DetailsNotGranted).because(format!("{ENTRY}{member}: {why}"))
}

fn refused(error: AttenuateError) -> Refusal {
    match error {
        AttenuateError::Empty | AttenuateError::Prefix(_) | AttenuateError::Delegate(_) => {
            Refusal::new(Reason::RequestMalformed).because(error.to_string())
        }
        AttenuateError::Sealed | AttenuateError::TooDeep => Refusal::new(Reason::Narrowed).because(error.to_string()),
        AttenuateError::TooLarge => Refusal::new(Reason::TokenTooLarge),
        AttenuateError::Token(_) | AttenuateError::Broken => broken(error.to_string()),
    }
}
