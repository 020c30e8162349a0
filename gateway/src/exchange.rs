//! Outside proof in, capability out.
//!
//! ```text
//!  form ─► Grant ─┬─ key assertion ──► KeyHolders ─┐
//!                 ├─ platform's proof ► Issuers ► trust rules ─┤► one agent ─► mint ──┐
//!                 ├─ person's sign-in ► lend ─────┘                               │
//!                 └─ token of ours ──► verify ─────────────────► its holder ─► narrow ┴► taken in by the public path
//!                                                                                        └► record, durable ─► answer
//! ```
//!
//! Nothing is remembered of a request between its steps but the record: the proof is used up, and the token written down,
//! in one transaction before the caller gets it (RFC 6749, RFC 7523, RFC 8693, RFC 9396, RFC 7009).

mod answer;
mod assertion;
mod claims;
mod details;
pub(crate) mod form;
mod issuer;
mod jws;
mod lend;
mod mint;
mod narrow;
mod record;
mod remainder;
pub(crate) mod request;
mod revoke;
mod sign_in;
mod trust;

#[cfg(test)]
pub(crate) mod tests;

use std::{fmt, sync::Arc};

use gogs_spanner_capability::{
    DelegateName, Reason,
    token::{RevocationId, TokenText, Verified},
};
use tracing::Instrument;

pub(crate) use self::claims::LEEWAY;
pub(crate) use self::sign_in::{DEVICE_CODE, sign_in_client};
pub use self::{
    answer::TokenResponse,
    issuer::Issuers,
    request::{Asked, TokenRequest},
    sign_in::{Begun, Browser, SignInOffice, SignInParts, SignInRequest, SignedIn},
};
use self::{
    assertion::KeyHolders,
    lend::Lender,
    mint::Product,
    record::Evidence,
    request::{Grant, Less},
};
use crate::{
    authorize::policy::{AgentPolicy, CurrentPolicy, Policy},
    config::{self, PublicUrl},
    journal::{Journal, Record},
    keys::KeyRing,
    limit::Limits,
    people::Register,
    refuse::Refusal,
    request::Arrival,
    revoke::RevocationList,
    store::SingleUse,
    telemetry::{Instruments, exchange_span},
};

/// The token service.
pub struct Exchange {
    policy: Arc<CurrentPolicy>,
    keys: Arc<KeyRing>,
    sign_in_keys: Arc<KeyRing>,
    revoked: Arc<RevocationList>,
    limits: Arc<Limits>,
    register: Arc<Register>,
    journal: Journal,
    issuers: Issuers,
    key_holders: KeyHolders,
    tokens: config::Tokens,
    public_url: PublicUrl,
    instruments: Instruments,
}

/// What the token service is made of.
pub struct ExchangeParts {
    /// Today's agents, their rights and whom they trust.
    pub policy: Arc<CurrentPolicy>,
    /// The keys tokens are signed with.
    pub keys: Arc<KeyRing>,
    /// The keys sign-ins are signed with: others.
    pub sign_in_keys: Arc<KeyRing>,
    /// What is no longer accepted.
    pub revoked: Arc<RevocationList>,
    /// How often agents may ask.
    pub limits: Arc<Limits>,
    /// The people who may lend, and who is locked.
    pub register: Arc<Register>,
    /// Where every issuance is written before it leaves.
    pub journal: Journal,
    /// Whose proofs are taken.
    pub issuers: Issuers,
    /// How long tokens live.
    pub tokens: config::Tokens,
    /// The audience of assertions and tokens.
    pub public_url: PublicUrl,
    /// What telemetry counts.
    pub instruments: Instruments,
}

/// Who a caller proved to be.
enum Proven {
    /// An agent, by its key or by an issuer's word.
    Agent(Identity),
    /// The holder of a token of ours.
    Holder(Holder),
}

/// An agent, and how it was proved.
struct Identity {
    agent: Arc<AgentPolicy>,
    issuer: String,
    /// The thumbprint of its key, where it proved by one.
    key: Option<String>,
    single_use: Option<SingleUse>,
    /// On whose behalf it asks, where a person lends to it.
    lender: Option<Lender>,
}

/// A token of ours, verified, as presented.
struct Holder {
    token: TokenText,
    verified: Verified,
    agent: Arc<AgentPolicy>,
    /// Whom the narrower token is for, if it says so.
    delegate: Option<DelegateName>,
}

impl Exchange {
    /// A token service.
    pub fn new(parts: ExchangeParts) -> Self {
        let key_holders = KeyHolders::new(parts.public_url.as_str());
        Self {
            policy: parts.policy,
            keys: parts.keys,
            sign_in_keys: parts.sign_in_keys,
            revoked: parts.revoked,
            limits: parts.limits,
            register: parts.register,
            journal: parts.journal,
            issuers: parts.issuers,
            key_holders,
            tokens: parts.tokens,
            public_url: parts.public_url,
            instruments: parts.instruments,
        }
    }

    /// Gives a token for a proof, or refuses it.
    pub async fn token(&self, arrival: &Arrival, request: TokenRequest) -> Result<TokenResponse, Refusal> {
        self.exchange(arrival, request).instrument(exchange_span()).await
    }

    async fn exchange(&self, arrival: &Arrival, request: TokenRequest) -> Result<TokenResponse, Refusal> {
        let evidence = Evidence::of(&request.grant);
        let policy = self.policy.load();
        let proven = self.prove(&policy, arrival, request.grant).await;
        let proven = proven.inspect_err(|refusal| self.turn_away(arrival, refusal))?;
        let issued = self.issue(&policy, arrival, &evidence, &proven, &request.less).await;
        issued
            .inspect_err(|refusal| self.refuse(arrival, evidence.refusal(arrival, &proven, refusal), proven.narrowed()))
    }

    /// The public keys of the tokens it gives out, as a JSON Web Key Set.
    pub fn jwks(&self) -> serde_json::Value {
        self.keys.jwks()
    }

    /// Counts a request that proved nothing.
    pub fn turn_away(&self, arrival: &Arrival, refusal: &Refusal) {
        self.instruments.turned_away(refusal.reason(), arrival.door);
        self.journal.turn_away(refusal.reason(), arrival.door);
    }

    fn refuse(&self, arrival: &Arrival, record: Record, narrowed: usize) {
        self.instruments.decision(&record, None, arrival.client);
        self.journal.refuse(vec![record], narrowed);
    }

    async fn prove(&self, policy: &Policy, arrival: &Arrival, grant: Grant) -> Result<Proven, Refusal> {
        match grant {
            Grant::KeyHolder { assertion, client_id } => {
                let client_id = client_id.as_deref().map(String::as_str);
                let holder = self.key_holders.prove(policy, &assertion, client_id, arrival.at)?;
                if self.revoked.refuses_key(&holder.agent.name, &holder.key) {
                    return Err(key_revoked());
                }
                let (issuer, key, single_use) =
                    (self.public_url.to_string(), Some(holder.key), Some(holder.single_use));
                Ok(Proven::Agent(Identity { agent: holder.agent, issuer, key, single_use, lender: None }))
            }
            Grant::Platform { proof, agent } => {
                let proof = self.issuers.prove(&proof, arrival.at).await?;
                let agent = trust::agent_of(policy, &proof, agent.as_ref())?;
                let issuer = proof.url.to_owned();
                Ok(Proven::Agent(Identity { agent, issuer, key: None, single_use: None, lender: None }))
            }
            Grant::Lent { sign_in, agent } => self.lender(policy, &sign_in, &agent, arrival).map(Proven::Agent),
            Grant::Holder { token, delegate } => self.holder(policy, &token, delegate, arrival).map(Proven::Holder),
        }
    }

    async fn issue(
        &self,
        policy: &Policy,
        arrival: &Arrival,
        evidence: &Evidence,
        proven: &Proven,
        less: &Less,
    ) -> Result<TokenResponse, Refusal> {
        self.register.refuse_locked(&proven.agent().name)?;
        self.limits.request(proven.agent())?;
        let (product, single_use) = match proven {
            Proven::Agent(identity) => (self.mint(policy, identity, less, arrival)?, identity.single_use),
            Proven::Holder(holder) => (self.narrow(policy, holder, less, arrival)?, None),
        };
        let record = evidence.issuance(arrival, proven, &product);
        let seq = self.journal.issue(record.clone(), single_use).await?;
        self.instruments.decision(&record, Some(seq), arrival.client);
        self.instruments.issued(evidence.grant, proven.names().0);
        let Product { token, verified, granted } = product;
        let expires_in = verified.expires().as_second() - arrival.at.as_second();
        Ok(TokenResponse { token, expires_in, granted })
    }
}

impl Identity {
    /// What the token says of how it was got: the issuer, or the gateway itself and behind `#` the key.
    fn issuer(&self) -> String {
        self.key.as_ref().map_or_else(|| self.issuer.clone(), |key| format!("{}#{key}", self.issuer))
    }
}

/// Whoever holds the key may know.
fn key_revoked() -> Refusal {
    Refusal::new(Reason::AssertionNotAccepted)
        .because("the key was revoked")
        .hint("prove yourself by another key, or ask the agent's owner why it was revoked")
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

impl Proven {
    /// Today's rules for whom it proves.
    const fn agent(&self) -> &Arc<AgentPolicy> {
        match self {
            Self::Agent(identity) => &identity.agent,
            Self::Holder(holder) => &holder.agent,
        }
    }

    /// The token that was shown, if one was.
    fn token_id(&self) -> Option<&RevocationId> {
        match self {
            Self::Agent(_) => None,
            Self::Holder(holder) => Some(holder.verified.token_id()),
        }
    }

    /// How many times that token was narrowed.
    fn narrowed(&self) -> usize {
        match self {
            Self::Agent(_) => 0,
            Self::Holder(holder) => holder.verified.narrowed(),
        }
    }
}
