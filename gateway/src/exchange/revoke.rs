//! Giving a token back (RFC 7009): whoever has it may kill it.

use gogs_spanner_capability::{
    Action, AgentName, Reason,
    token::{Rejection, RevocationId, TokenText, verify},
};

use super::{Exchange, record};
use crate::{
    journal::{Durability, Verdict},
    refuse::Refusal,
    request::Arrival,
};

impl Exchange {
    /// Revokes the token and everything derived from it, or the sign-in; done when it is durable.
    ///
    /// Possession is the authentication, and only a signature proves it: revocation ids are no secret, so a text that
    /// merely carries one must not revoke it. What is no token of ours needs no revoking, which is no error (§2.2).
    pub async fn revoke(&self, arrival: &Arrival, presented: &str) -> Result<(), Refusal> {
        let Some((id, agent, user)) = self.still_good(presented) else { return Ok(()) };
        let record = record::of_spanner(
            arrival,
            Action::TokenRevoke.as_str(),
            agent.as_ref(),
            user.as_deref(),
            Verdict::Permit,
            Some(id.clone()),
            "by its holder".to_owned(),
        );
        let intent = self.journal.intend(vec![record.clone()], Durability::BeforeForward).await?;
        self.instruments.decision(&record, intent.seq(), arrival.client);
        let revoked = self.revoked.revoke(&id).await;
        intent.conclude(&[if revoked.is_ok() { "revoked" } else { "failed" }.to_owned()]);
        revoked.map_err(|error| Refusal::new(Reason::StoreUnavailable).truly(error))
    }

    /// What a token or a sign-in is revoked by, and whom it names; if it is one that would be accepted, be it expired or
    /// not.
    fn still_good(&self, presented: &str) -> Option<(RevocationId, Option<AgentName>, Option<String>)> {
        if let Ok((id, sign_in)) = self.sign_in(presented) {
            return Some((id, None, Some(sign_in.user)));
        }
        let token = TokenText::parse(presented).ok()?;
        let is_revoked = |id: &_| self.revoked.contains(id);
        let verified = verify(&self.keys.public(), &token, &is_revoked).ok()?;
        Some((verified.token_id().clone(), Some(verified.agent().clone()), verified.user().map(str::to_owned)))
    }
}

/// A rejection as the holder of a token may hear it.
pub(super) fn rejected(rejection: Rejection) -> Refusal {
    Refusal::new(rejection.reason()).truly(rejection)
}
