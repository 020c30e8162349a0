//! Who a caller proved to be: an agent, or the holder of a token of ours.

use std::sync::Arc;

use gogs_spanner_capability::{
    DelegateName, Reason,
    token::{RevocationId, TokenText, Verified},
};

use super::{Exchange, lend::Lender, request::Grant, trust};
use crate::{
    authorize::policy::{AgentPolicy, Policy},
    refuse::Refusal,
    request::Arrival,
    revoke::Shown,
    store::SingleUse,
};

/// Who a caller proved to be.
pub(super) enum Proven {
    /// An agent, by its key or by an issuer's word.
    Agent(Identity),
    /// The holder of a token of ours.
    Holder(Holder),
}

/// Somebody who does not get as far as an agent.
pub(super) struct Unproven {
    pub(super) refusal: Refusal,
    /// What she is called who proved who she is, and may not have the agent act for her.
    pub(super) person: Option<String>,
}

/// An agent, and how it was proved.
pub(super) struct Identity {
    pub(super) agent: Arc<AgentPolicy>,
    pub(super) issuer: String,
    /// The thumbprint of its key, where it proved by one.
    pub(super) key: Option<String>,
    pub(super) single_use: Option<SingleUse>,
    /// On whose behalf it asks, where a person lends to it.
    pub(super) lender: Option<Lender>,
}

/// A token of ours, verified, as presented.
pub(super) struct Holder {
    pub(super) token: TokenText,
    pub(super) verified: Verified,
    pub(super) agent: Arc<AgentPolicy>,
    /// Whom the narrower token is for, if it says so.
    pub(super) delegate: Option<DelegateName>,
}

impl Exchange {
    /// Takes a proof for what it proves, or refuses it.
    pub(super) async fn prove(&self, policy: &Policy, arrival: &Arrival, grant: Grant) -> Result<Proven, Unproven> {
        match grant {
            Grant::KeyHolder { assertion, client_id } => {
                let client_id = client_id.as_deref().map(String::as_str);
                let holder =
                    self.key_holders.prove(policy, &assertion, client_id, arrival.at).map_err(Refusal::from)?;
                if self.revoked.refuses_key(&holder.agent.name, &holder.key) {
                    return Err(key_revoked().into());
                }
                let (issuer, key, single_use) =
                    (self.public_url.to_string(), Some(holder.key), Some(holder.single_use));
                Ok(Proven::Agent(Identity { agent: holder.agent, issuer, key, single_use, lender: None }))
            }
            Grant::Platform { proof, agent } => {
                let proof = self.issuers.prove(&proof, arrival.at).await.map_err(Refusal::from)?;
                let agent = trust::agent_of(policy, &proof, agent.as_ref())?;
                let issuer = proof.url.to_owned();
                Ok(Proven::Agent(Identity { agent, issuer, key: None, single_use: None, lender: None }))
            }
            Grant::Lent { sign_in, agent } => {
                let person = self.person(&sign_in, arrival)?;
                let name = person.name.clone();
                let lent = self.lend(policy, person, &agent);
                lent.map(Proven::Agent).map_err(|refusal| Unproven { refusal, person: Some(name) })
            }
            Grant::Holder { token, delegate } => Ok(Proven::Holder(self.holder(policy, &token, delegate, arrival)?)),
        }
    }
}

impl From<Refusal> for Unproven {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, person: None }
    }
}

impl Identity {
    /// What the token says of how it was got: the issuer, or the gateway itself and behind `#` the key.
    pub(super) fn issuer(&self) -> String {
        self.key.as_ref().map_or_else(|| self.issuer.clone(), |key| format!("{}#{key}", self.issuer))
    }

    /// What of it can end before the token is minted.
    pub(super) fn shown(&self) -> Shown<'_> {
        match (&self.key, &self.lender) {
            (Some(key), _) => Shown::Key(key),
            (None, Some(Lender { name, issued, .. })) => Shown::SignIn { user: name, issued: *issued },
            (None, None) => Shown::Proof,
        }
    }
}

/// Whoever holds the key may know.
pub(super) fn key_revoked() -> Refusal {
    Refusal::new(Reason::AssertionNotAccepted)
        .because("the key was revoked")
        .hint("prove yourself by another key, or ask the agent's owner why it was revoked")
}

impl Proven {
    /// Today's rules for whom it proves.
    pub(super) const fn agent(&self) -> &Arc<AgentPolicy> {
        match self {
            Self::Agent(identity) => &identity.agent,
            Self::Holder(holder) => &holder.agent,
        }
    }

    /// What is used up by what it gets.
    pub(super) const fn single_use(&self) -> Option<SingleUse> {
        match self {
            Self::Agent(identity) => identity.single_use,
            Self::Holder(_) => None,
        }
    }

    /// The token that was shown, if one was.
    pub(super) fn token_id(&self) -> Option<&RevocationId> {
        match self {
            Self::Agent(_) => None,
            Self::Holder(holder) => Some(holder.verified.token_id()),
        }
    }

    /// How many times that token was narrowed.
    pub(super) fn narrowed(&self) -> usize {
        match self {
            Self::Agent(_) => 0,
            Self::Holder(holder) => holder.verified.narrowed(),
        }
    }
}
