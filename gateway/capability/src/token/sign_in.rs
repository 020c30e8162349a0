//! Sign-ins: the gateway's own token for a person who signed in at her issuer.
//!
//! A sign-in names a person and grants nothing: with it an agent gets tokens that name her, and are bounded by what she
//! may lend. It is signed with a key of its own purpose and sealed, so its holder can neither narrow it nor show it where
//! a token is expected.

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
};

/// A person, as signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The issuer that vouched for her, as in `iss`.
    pub issuer: String,
    /// Who she is there, as in `sub`: with the issuer, her identity.
    pub subject: String,
    /// What tokens and the journal call her.
    pub user: String,
    /// Unique to this sign-in.
    pub nonce: String,
    /// When she signed in, in whole seconds.
    pub issued: Timestamp,
    /// The gateway it is for: the audience.
    pub service: String,
    /// When it ends, in whole seconds.
    pub expires: Timestamp,
}

impl SignIn {
    pub(super) fn facts(&self) -> Vec<Fact> {
        let text = |name, value: &str| fact(name, vec![Term::Str(value.to_owned())]);
        vec![
            text("issuer", &self.issuer),
            text("subject", &self.subject),
            text("user", &self.user),
            text("nonce", &self.nonce),
            fact("issued", vec![Term::Date(seconds(self.issued))]),
        ]
    }

    pub(super) fn checks(&self) -> Vec<Check> {
        vec![audience_check(&self.service), Caveat::Expires(self.expires).to_check()]
    }

    /// Reads a sealed block that states a sign-in exactly as this file writes it.
    pub(super) fn read(admitted: &Admitted) -> Option<Self> {
        let ([block], true) = (&*admitted.blocks, admitted.is_sealed) else { return None };
        let block = Statements::of(block, &mut SymbolTable::new())?;
        let sign_in = Self::of(&block)?;
        sign_in.is_written_as(&block).then_some(sign_in)
    }

    fn of(block: &Statements) -> Option<Self> {
        let [service, expires] = &*block.checks else { return None };
        let Some(Caveat::Expires(expires)) = Caveat::read(expires) else { return None };
        let stated = Stated(&block.facts);
        Some(Self {
            issuer: stated.text("issuer")?,
            subject: stated.text("subject")?,
            user: stated.text("user")?,
            nonce: stated.text("nonce")?,
            issued: stated.date("issued")?,
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
    }
}
