//! A person lends her authority: her sign-in is the proof, and the agent she names gets a token that names her too.

use std::sync::Arc;

use gogs_spanner_capability::{
    AgentName, Reason,
    token::{Rejection, RevocationId, SignIn, SignInText, verify_sign_in},
};
use jiff::Timestamp;

use super::{Exchange, Identity};
use crate::{
    authorize::policy::{Lent, Policy},
    people::{self, Person},
    refuse::Refusal,
    request::Arrival,
};

/// The person on whose behalf an agent asks.
pub(super) struct Lender {
    /// What she is called.
    pub(super) name: String,
    /// Who she is.
    identity: people::Identity,
    /// When her sign-in was made.
    pub(super) issued: Timestamp,
    /// When it ends, and every token given for it.
    pub(super) until: Timestamp,
    /// What the agent may do for her.
    pub(super) lent: Lent,
}

/// A person, as her sign-in says who she is.
pub(super) struct SignedInPerson {
    /// What she is called.
    pub(super) name: String,
    identity: people::Identity,
    issued: Timestamp,
    until: Timestamp,
}

impl Exchange {
    /// Takes a sign-in as the proof of who a person is.
    pub(super) fn person(&self, presented: &str, arrival: &Arrival) -> Result<SignedInPerson, Refusal> {
        let (_, sign_in) = self.sign_in(presented).map_err(not_accepted)?;
        if sign_in.service != self.public_url.as_str() {
            return Err(Refusal::new(Reason::SignInNotAccepted).truly("it is for another gateway"));
        }
        if sign_in.expires < arrival.at {
            return Err(Refusal::new(Reason::SignInOver));
        }
        let SignIn { issuer, subject, user, issued, expires, .. } = sign_in;
        Ok(SignedInPerson { name: user, identity: people::Identity { issuer, subject }, issued, until: expires })
    }

    /// The agent, if she lends to it. Asked before anything else of the agent is looked at: whoever may not have it act
    /// for her learns nothing of it, not even whether there is one, and takes nothing of what it may do.
    pub(super) fn lend(&self, policy: &Policy, person: SignedInPerson, agent: &AgentName) -> Result<Identity, Refusal> {
        let SignedInPerson { name, identity, issued, until } = person;
        let person = self.her(&name, &identity)?;
        let agent =
            policy.agent(agent).ok_or_else(|| people::not_lent(&name, agent).truly("there is no such agent"))?;
        let lent = person.lends(policy, &agent).ok_or_else(|| people::not_lent(&name, &agent.name))?;
        let issuer = identity.issuer.clone();
        let lender = Lender { name, identity, issued, until, lent };
        Ok(Identity { agent, issuer, key: None, single_use: None, lender: Some(lender) })
    }

    /// The name is hers still: an operator may have let go of it while the token was made.
    pub(super) fn still_hers(&self, lender: &Lender) -> Result<(), Refusal> {
        self.her(&lender.name, &lender.identity).map(drop)
    }

    /// The person of a name, if she is this one.
    fn her(&self, name: &str, identity: &people::Identity) -> Result<Arc<Person>, Refusal> {
        let person = self.register.person(name)?;
        if person.identity == *identity {
            return Ok(person);
        }
        Err(Refusal::new(Reason::SignInNotAccepted).truly("the name is another's now"))
    }

    /// A sign-in of ours, in time or not, and the id it is revoked by.
    pub(super) fn sign_in(&self, presented: &str) -> Result<(RevocationId, SignIn), Rejection> {
        let text = SignInText::parse(presented).map_err(|_| Rejection::Malformed)?;
        let (id, sign_in) = verify_sign_in(&self.sign_in_keys.public(), &text, &|id| self.revoked.contains(id))?;
        if self.revoked.cuts_off_sign_in(&sign_in) { Err(Rejection::Revoked) } else { Ok((id, sign_in)) }
    }
}

fn not_accepted(rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::Revoked => Refusal::new(Reason::SignInOver),
        rejection => Refusal::new(Reason::SignInNotAccepted).truly(rejection),
    }
}
