//! Write what is intended, sign it, then take the product in as if a stranger had brought it: what leaves is what the
//! public path accepts and says what was meant, or nothing leaves.

use gogs_spanner_capability::{
    Action, Effect, Reason, Rights,
    token::{Circumstances, Claims, MintError, TokenText, Verified, mint, verify},
};
use jiff::{SignedDuration, Timestamp};

use super::{Exchange, Identity, details, proven::key_revoked, request::Less};
use crate::{refuse::Refusal, request::Arrival, revoke::Ended};

/// How many blocks may follow: an agent, its sub-agent, and one more hand.
const MAX_DEPTH: u8 = 3;

/// A token that was verified by the public path and not yet handed out.
pub(super) struct Product {
    pub(super) token: TokenText,
    pub(super) verified: Verified,
    /// What the answer says was granted.
    pub(super) granted: Rights,
}

impl Exchange {
    /// A token for an agent that proved who it is.
    pub(super) fn mint(&self, identity: &Identity, less: &Less, arrival: &Arrival) -> Result<Product, Refusal> {
        let lender = identity.lender.as_ref();
        let held = lender.map_or(&identity.agent.rights, |lender| &lender.lent.rights);
        let rights = details::narrow(held, &less.details)?;
        if rights.iter().next().is_none() {
            return Err(Refusal::new(Reason::NotGranted).because("the agent has no grants"));
        }
        let issued = self.revoked.first_second(&identity.agent.name, identity.shown(), arrival.at).map_err(ended)?;
        let intended = Claims {
            agent: identity.agent.name.clone(),
            nonce: arrival.id.to_string(),
            issuer: identity.issuer(),
            user: lender.map(|lender| lender.name.clone()),
            issued,
            max_depth: MAX_DEPTH,
            rights,
            service: self.public_url.to_string(),
            expires: lender.map_or(Timestamp::MAX, |lender| lender.until).min(issued + self.lifetime(less)?),
        };
        let token = mint(&self.keys.signing(), &intended).map_err(refused)?;
        let verified = self.take_in(&token)?;
        if !says(&verified, &intended) {
            return Err(broken("the token does not say what was intended"));
        }
        let some_effect = Effect::unbound(Action::RepositoryRead);
        verified.check(&some_effect, &self.circumstances(arrival)).map_err(|error| broken(error.to_string()))?;
        lender.map_or(Ok(()), |lender| self.still_hers(lender))?;
        Ok(Product { token, verified, granted: intended.rights })
    }

    /// How long the token is to live.
    fn lifetime(&self, less: &Less) -> Result<SignedDuration, Refusal> {
        Ok(self.asked_lifetime(less)?.unwrap_or(self.tokens.lifetime))
    }

    /// How long it is asked to live, where that is allowed.
    pub(super) fn asked_lifetime(&self, less: &Less) -> Result<Option<SignedDuration>, Refusal> {
        let most = self.tokens.max_lifetime;
        match less.lifetime {
            Some(lifetime) if lifetime > most => {
                let why = format!("lifetime must be at most {} seconds", most.as_secs());
                Err(Refusal::new(Reason::RequestMalformed).because(why).hint("ask for less, or for no lifetime at all"))
            }
            asked => Ok(asked),
        }
    }

    /// The public path: what every gateway that gets the token will do first.
    pub(super) fn take_in(&self, token: &TokenText) -> Result<Verified, Refusal> {
        let is_revoked = |id: &_| self.revoked.contains(id);
        verify(&self.keys.public(), token, &is_revoked).map_err(|rejection| broken(rejection.to_string()))
    }

    /// Here and now, for the checks of a token.
    pub(super) fn circumstances(&self, arrival: &Arrival) -> Circumstances<'_> {
        Circumstances { time: arrival.at, service: self.public_url.as_str(), client: arrival.client }
    }
}

/// Token times are whole seconds.
pub(super) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn says(verified: &Verified, intended: &Claims) -> bool {
    *verified.agent() == intended.agent
        && verified.user() == intended.user.as_deref()
        && verified.issuer() == intended.issuer
        && verified.service() == intended.service
        && verified.issued() == intended.issued
        && verified.expires() == intended.expires
        && *verified.rights() == intended.rights
        && verified.caveats().next().is_none()
}

/// It ended while the request was under way: the caller is told what it would be told the next time.
fn ended(ended: Ended) -> Refusal {
    match ended {
        Ended::Key => key_revoked(),
        Ended::SignIn => Refusal::new(Reason::SignInOver),
    }
}

fn refused(error: MintError) -> Refusal {
    if error == MintError::Broken { broken(error.to_string()) } else { Refusal::new(error.reason()) }
}

/// What we made ourselves does not hold: nobody gets it, and an operator must hear of it.
pub(super) fn broken(truth: impl Into<String>) -> Refusal {
    let truth = truth.into();
    tracing::error!(truth, "a token was made that does not hold");
    Refusal::new(Reason::InternalError).truly(truth)
}
