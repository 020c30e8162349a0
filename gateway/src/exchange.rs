//! Outside proof in, capability out.
//!
//! ```text
//!  form ─► Grant ─┬─ key assertion ───► KeyHolders ────────────┐
//!                 ├─ platform's proof ► Issuers ► trust rules ─┤► one agent ──► mint ───┐
//!                 ├─ person's sign-in ► lends to ──────────────┘                        │
//!                 └─ token of ours ───► verify ─────────────────► its holder ─► narrow ─┴► taken in by the public path
//!                                                                                          └► record, durable ─► answer
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
mod proven;
mod record;
mod remainder;
pub(crate) mod request;
mod revoke;
mod sign_in;
mod trust;

#[cfg(test)]
pub(crate) mod tests;

use std::{fmt, sync::Arc};

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
    mint::Product,
    proven::{Holder, Identity, Proven, Unproven},
    record::Evidence,
    request::Less,
};
use crate::{
    authorize::policy::{CurrentPolicy, Policy},
    config::{self, PublicUrl},
    journal::{Journal, Record},
    keys::KeyRing,
    limit::Limits,
    people::Register,
    refuse::Refusal,
    request::Arrival,
    revoke::RevocationList,
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
        let proven = proven.map_err(|unproven| self.not_admitted(arrival, &evidence, unproven))?;
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

    /// A person who is refused is recorded as herself: what she asked for is no agent's doing.
    fn not_admitted(&self, arrival: &Arrival, evidence: &Evidence, unproven: Unproven) -> Refusal {
        let Unproven { refusal, person } = unproven;
        match person {
            Some(person) => self.refuse(arrival, evidence.refusal_of_person(arrival, &person, &refusal), 0),
            None => self.turn_away(arrival, &refusal),
        }
        refusal
    }

    fn refuse(&self, arrival: &Arrival, record: Record, narrowed: usize) {
        self.instruments.decision(&record, None, arrival.client);
        self.journal.refuse(vec![record], narrowed);
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
        self.still_lent(policy, proven)?;
        let single_use = proven.single_use();
        if let Some(proof) = &single_use {
            // Whoever shows again what the agent showed once takes nothing of what it may ask.
            self.journal.refuse_used(proof).await?;
        }
        self.limits.request(proven.agent())?;
        let product = match proven {
            Proven::Agent(identity) => self.mint(identity, less, arrival)?,
            Proven::Holder(holder) => self.narrow(holder, less, arrival)?,
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

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}
