//! Giving a token back (RFC 7009): whoever has it may kill it.

use gogs_spanner_capability::{
    Action, Reason,
    token::{Rejection, TokenText, Verified, verify},
};

use super::{Exchange, record};
use crate::{
    journal::{Durability, Verdict},
    refuse::Refusal,
    request::Arrival,
};

impl Exchange {
    /// Revokes the token and everything derived from it; done when it is durable.
    ///
    /// Possession is the authentication, and only a signature proves it: revocation ids are no secret, so a text that
    /// merely carries one must not revoke it. What is no token of ours needs no revoking, which is no error (§2.2).
    pub async fn revoke(&self, arrival: &Arrival, presented: &str) -> Result<(), Refusal> {
        let Some(verified) = self.still_good(presented) else { return Ok(()) };
        let id = verified.token_id();
        let record = record::of_spanner(
            arrival,
            Action::TokenRevoke.as_str(),
            verified.agent(),
            verified.user(),
            Verdict::Permit,
            Some(id.clone()),
            "by its holder".to_owned(),
        );
        let intent = self.journal.intend(vec![record.clone()], Durability::BeforeForward).await?;
        self.instruments.decision(&record, intent.seq(), arrival.client);
        let revoked = self.revoked.revoke(id).await;
        intent.conclude(&[if revoked.is_ok() { "revoked" } else { "failed" }.to_owned()]);
        revoked.map_err(|error| Refusal::new(Reason::StoreUnavailable).truly(error))
    }

    /// The token, if it is one that would be accepted, be it expired or not.
    fn still_good(&self, presented: &str) -> Option<Verified> {
        let token = TokenText::parse(presented).ok()?;
        let is_revoked = |id: &_| self.revoked.contains(id);
        verify(&self.keys.public(), &token, &is_revoked).ok()
    }
}

/// A rejection as the holder of a token may hear it.
pub(super) fn rejected(rejection: Rejection) -> Refusal {
    Refusal::new(rejection.reason()).truly(rejection)
}
