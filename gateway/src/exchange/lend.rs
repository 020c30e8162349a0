//! A person lends her authority: her sign-in is the proof, and the agent she names gets a token that names her too.

use gogs_spanner_capability::{
    AgentName, Reason,
    token::{Rejection, RevocationId, SignIn, SignInText, verify_sign_in},
};
use jiff::Timestamp;

use super::{Exchange, Identity};
use crate::{
    authorize::policy::{AgentPolicy, Lent, Policy},
    people,
    refuse::Refusal,
    request::Arrival,
};

/// The person on whose behalf an agent asks.
pub(super) struct Lender {
    /// What she is called.
    pub(super) name: String,
    /// Who she is.
    identity: people::Identity,
    /// When her sign-in ends, and every token given for it.
    pub(super) until: Timestamp,
}

impl Exchange {
    /// Takes a sign-in as the proof that a person lends to an agent. Whether she may is asked when a token is made.
    pub(super) fn lender(
        &self,
        policy: &Policy,
        presented: &str,
        agent: &AgentName,
        arrival: &Arrival,
    ) -> Result<Identity, Refusal> {
        let (_, sign_in) = self.sign_in(presented).map_err(not_accepted)?;
        if sign_in.service != self.public_url.as_str() {
            return Err(Refusal::new(Reason::SignInNotAccepted).truly("it is for another gateway"));
        }
        if sign_in.expires < arrival.at {
            return Err(Refusal::new(Reason::SignInOver));
        }
        let agent = policy.agent(agent).ok_or_else(|| Refusal::new(Reason::AgentUnknown))?;
        let SignIn { issuer, subject, user, expires, .. } = sign_in;
        let identity = people::Identity { issuer: issuer.clone(), subject };
        let lender = Lender { name: user, identity, until: expires };
        Ok(Identity { agent, issuer, key: None, single_use: None, lender: Some(lender) })
    }

    /// What the agent may do for her today.
    pub(super) fn lent(&self, policy: &Policy, agent: &AgentPolicy, lender: &Lender) -> Result<Lent, Refusal> {
        if self.register.person(&lender.name)?.identity != lender.identity {
            return Err(Refusal::new(Reason::SignInNotAccepted).truly("the name is another's now"));
        }
        self.register.lent(policy, agent, &lender.name)
    }

    /// A sign-in of ours, in time or not, and the id it is revoked by.
    pub(super) fn sign_in(&self, presented: &str) -> Result<(RevocationId, SignIn), Rejection> {
        let text = SignInText::parse(presented).map_err(|_| Rejection::Malformed)?;
        verify_sign_in(&self.sign_in_keys.public(), &text, &|id| self.revoked.contains(id))
    }
}

fn not_accepted(rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::Revoked => Refusal::new(Reason::SignInOver),
        rejection => Refusal::new(Reason::SignInNotAccepted).truly(rejection),
    }
}
