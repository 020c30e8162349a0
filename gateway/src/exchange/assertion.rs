//! Agents that hold a key of their own: `private_key_jwt` (RFC 7523 §2.2) and `jwt-bearer` (§2.1), under one set of rules.
//!
//! Before the signature holds, everything that depends on what *we* know reads and costs the same: an agent that does not
//! exist is checked against keys nobody holds, so neither text nor time tells who is registered here.

use std::{iter, sync::Arc};

use gogs_spanner_capability::{AgentName, Reason, token::SigningKey};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey};
use sha2::{Digest, Sha256};

use super::{
    claims::{ClaimError, Claims, LEEWAY, Window},
    jws::{JwsError, UnverifiedJws, VerifyingKey},
};
use crate::{
    authorize::policy::{AgentKey, AgentPolicy, Policy},
    refuse::Refusal,
    store::SingleUse,
};

/// The longest life of a key assertion: it is made for one request.
const LIFE_AT_MOST: SignedDuration = SignedDuration::from_mins(5);

/// Every assertion costs this many verifications, whoever it names. An agent with more keys says by `kid` which it used.
const TRIALS: usize = 4;

/// Longer than any UUID, short enough to be remembered as one digest without thinking about it.
const REPLAY_ID_AT_MOST: usize = 128;

/// What a key assertion may say it is: the type RFC 7523's revision gives it, or, like most JWT libraries, nothing that
/// tells (`JWT` is what RFC 7519 §5.1 has every JWT say).
const KINDS: [&str; 2] = ["client-authentication+jwt", "jwt"];

/// An agent that proved to hold one of its keys.
pub(super) struct KeyHolder {
    pub(super) agent: Arc<AgentPolicy>,
    /// The thumbprint of the key.
    pub(super) key: String,
    pub(super) single_use: SingleUse,
}

/// Judges key assertions.
pub(super) struct KeyHolders {
    audience: String,
    decoy: VerifyingKey,
}

/// Why a key assertion is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssertionError {
    #[error("{0}")]
    Jws(#[from] JwsError),
    #[error("its `typ` is not that of a client assertion")]
    Kind,
    #[error("its algorithm is not that of a registered key, EdDSA")]
    Algorithm,
    #[error("{0}")]
    Claim(#[from] ClaimError),
    #[error("it lives longer than {} seconds", LIFE_AT_MOST.as_secs())]
    TooLongLived,
    #[error("its `jti` is longer than {REPLAY_ID_AT_MOST} bytes")]
    ReplayId,
    #[error("`client_id` is not its `iss`")]
    ClientId,
}

impl KeyHolders {
    /// Judges assertions made for `audience`, the gateway's public URL.
    pub(super) fn new(audience: &str) -> Self {
        let forgotten = SigningKey::generate(0).public();
        Self { audience: audience.to_owned(), decoy: ed25519(None, &forgotten.bytes) }
    }

    /// Takes an assertion for what it proves, or refuses it.
    pub(super) fn prove(
        &self,
        policy: &Policy,
        text: &str,
        client_id: Option<&str>,
        now: Timestamp,
    ) -> Result<KeyHolder, AssertionError> {
        let jws = UnverifiedJws::parse(text)?;
        if jws.kind.as_deref().is_some_and(|kind| !KINDS.contains(&kind)) {
            return Err(AssertionError::Kind);
        }
        if jws.algorithm != Algorithm::EdDSA {
            return Err(AssertionError::Algorithm);
        }
        let agent =
            jws.claimed_issuer().and_then(|name| AgentName::parse(name).ok()).and_then(|name| policy.agent(&name));
        let (claims, key) = jws.verify_at_one_cost(agent.as_deref(), &self.decoy)?;
        let agent = agent.ok_or(JwsError::Signature)?;
        let single_use = self.judge(&claims, &agent.name, client_id, now)?;
        Ok(KeyHolder { agent, key, single_use })
    }

    /// The rules for what the holder of the key wrote (RFC 7523 §3).
    fn judge(
        &self,
        claims: &Claims,
        agent: &AgentName,
        client_id: Option<&str>,
        now: Timestamp,
    ) -> Result<SingleUse, AssertionError> {
        claims.expect("iss", agent.as_str())?;
        claims.expect("sub", agent.as_str())?;
        if claims.text("aud")? != self.audience {
            return Err(ClaimError::Audience { expected: self.audience.clone() }.into());
        }
        let Window { issued, expires } = claims.window(now)?;
        if expires.duration_since(issued) > LIFE_AT_MOST {
            return Err(AssertionError::TooLongLived);
        }
        if client_id.is_some_and(|client| client != agent.as_str()) {
            return Err(AssertionError::ClientId);
        }
        let replay_id = claims.text("jti")?;
        if replay_id.len() > REPLAY_ID_AT_MOST {
            return Err(AssertionError::ReplayId);
        }
        Ok(SingleUse { digest: digest(agent, replay_id), until: expires + LEEWAY + LIFE_AT_MOST })
    }
}

impl UnverifiedJws<'_> {
    /// Tries the agent's keys, made up with decoys to [`TRIALS`]; a decoy verifies nothing, for nobody kept its other half.
    fn verify_at_one_cost(
        self,
        agent: Option<&AgentPolicy>,
        decoy: &VerifyingKey,
    ) -> Result<(Claims, String), JwsError> {
        let registered = agent.map_or(&[][..], |agent| &agent.keys).iter().map(verifying_key);
        let meant: Vec<_> = registered.filter(|key| self.may_be_by(key)).take(TRIALS).collect();
        let (claims, key) = self.verify(meant.iter().chain(iter::repeat(decoy)).take(TRIALS))?;
        Ok((claims, key.id.clone().unwrap_or_default()))
    }
}

impl From<AssertionError> for Refusal {
    fn from(error: AssertionError) -> Self {
        let refusal = Self::new(Reason::AssertionNotAccepted).truly(&error);
        match error {
            AssertionError::Jws(JwsError::Signature) => refusal,
            AssertionError::Claim(ClaimError::Audience { ref expected }) => refusal
                .because(format!("the assertion was not accepted: {error}"))
                .hint(format!("talk to the gateway by its public url, {expected}")),
            AssertionError::Claim(ClaimError::Expired { .. } | ClaimError::Early { .. }) => refusal
                .because(format!("the assertion was not accepted: {error}"))
                .hint("let the clock of the machine that signed it follow a time server, and sign a fresh one"),
            _ => refusal.because(format!("the assertion was not accepted: {error}")),
        }
    }
}

/// What is remembered of an assertion. Both names are bounded and hold no NUL, so no two pairs read the same.
fn digest(agent: &AgentName, replay_id: &str) -> [u8; 32] {
    Sha256::digest(format!("key-assertion\0{agent}\0{replay_id}")).into()
}

fn verifying_key(key: &AgentKey) -> VerifyingKey {
    ed25519(Some(key.thumbprint().to_owned()), key.bytes())
}

fn ed25519(id: Option<String>, public: &[u8]) -> VerifyingKey {
    VerifyingKey { id, algorithms: &[Algorithm::EdDSA], key: DecodingKey::from_ed_der(public) }
}
