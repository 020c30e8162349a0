//! The issuers whose word is taken: CI systems, identity providers, clusters.
//!
//! Their proofs are made for a platform's own purposes and presented again and again by honest jobs, so they are reusable
//! until they expire; what binds them is the audience, and every use is recorded under the proof's digest.

mod discovery;
mod jwks;
mod keys;

use std::sync::Arc;

use gogs_spanner_capability::Reason;
use jiff::Timestamp;

pub(super) use self::discovery::Metadata;
use self::{
    discovery::{Discovery, DiscoveryError},
    keys::IssuerKeys,
};
use super::{
    claims::{ClaimError, Claims},
    jws::{JwsError, UnverifiedJws},
};
use crate::{
    client::{self, Purpose},
    clock::SharedClock,
    config::{self, PublicUrl},
    refuse::Refusal,
};

/// What a platform's proof may say it is. An access token (`at+jwt`) or a logout token of the same issuer is none.
const KINDS: [&str; 2] = ["jwt", "jose"];

/// The configured issuers.
pub struct Issuers(Vec<TrustedIssuer>);

/// One issuer.
pub(super) struct TrustedIssuer {
    name: String,
    url: String,
    audience: String,
    keys: Arc<IssuerKeys>,
}

/// A proof of a configured issuer whose signature, audience and time hold.
pub(super) struct PlatformProof<'a> {
    /// The issuer's name in the configuration.
    pub(super) issuer: &'a str,
    /// Its URL, as in `iss`.
    pub(super) url: &'a str,
    /// What it vouches for.
    pub(super) claims: Claims,
}

/// Why a platform's proof is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum IssuerError {
    #[error("{0}")]
    Jws(#[from] JwsError),
    #[error("its `typ` is not that of an identity token")]
    Kind,
    #[error("its `iss` is not a configured issuer")]
    Unknown,
    #[error("the issuer's keys could not be fetched")]
    Unreachable,
    #[error("{0}")]
    Claim(#[from] ClaimError),
}

impl Issuers {
    /// The issuers of a configuration; a proof must be made for `public_url` where they name no other audience.
    ///
    /// # Errors
    /// The platform's TLS set-up cannot be read.
    pub fn new(issuers: &[config::Issuer], public_url: &PublicUrl, clock: &SharedClock) -> reqwest::Result<Self> {
        let client = client::client(Purpose::Issuer)?;
        let trusted = |issuer: &config::Issuer| {
            let audience = issuer.audience(public_url);
            TrustedIssuer::new(&client, &issuer.name, issuer.url.as_str(), audience, clock)
        };
        Ok(Self(issuers.iter().map(trusted).collect()))
    }

    /// One issuer by name and URL, whose proofs are made for `audience`.
    #[cfg(test)]
    pub(super) fn of_one(name: &str, url: &str, audience: &str, clock: &SharedClock) -> Self {
        let client = client::client(Purpose::Issuer).expect("a client");
        Self(vec![TrustedIssuer::new(&client, name, url, audience, clock)])
    }

    /// The issuers whose keys are not to be had now, by name, and why.
    pub async fn unreachable(&self) -> Vec<(String, String)> {
        let mut unreachable = Vec::new();
        for issuer in &self.0 {
            unreachable.extend(issuer.keys.trouble().await.map(|why| (issuer.name.clone(), why)));
        }
        unreachable
    }

    /// Takes a proof for what it proves, or refuses it.
    pub(super) async fn prove(&self, text: &str, now: Timestamp) -> Result<PlatformProof<'_>, IssuerError> {
        let jws = identity_token(text)?;
        let claimed = jws.claimed_issuer().ok_or(IssuerError::Unknown)?;
        let issuer = self.0.iter().find(|issuer| issuer.url == claimed).ok_or(IssuerError::Unknown)?;
        Ok(PlatformProof { issuer: &issuer.name, url: &issuer.url, claims: issuer.judge(jws, now).await? })
    }
}

/// A JWS that does not say it is something else.
fn identity_token(text: &str) -> Result<UnverifiedJws<'_>, IssuerError> {
    let jws = UnverifiedJws::parse(text)?;
    if jws.kind.as_deref().is_some_and(|kind| !KINDS.contains(&kind)) {
        return Err(IssuerError::Kind);
    }
    Ok(jws)
}

impl TrustedIssuer {
    pub(super) fn new(client: &reqwest::Client, name: &str, url: &str, audience: &str, clock: &SharedClock) -> Self {
        Self {
            name: name.to_owned(),
            url: url.to_owned(),
            audience: audience.to_owned(),
            keys: IssuerKeys::new(Discovery::new(client.clone(), url.to_owned()), Arc::clone(clock)),
        }
    }

    /// Its name, as in `iss`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Its metadata, asked for now.
    pub(super) async fn metadata(&self) -> Result<Metadata, DiscoveryError> {
        self.keys.metadata().await
    }

    /// Takes an ID token of this issuer for what it vouches for.
    pub(super) async fn prove(&self, text: &str, now: Timestamp) -> Result<Claims, IssuerError> {
        self.judge(identity_token(text)?, now).await
    }

    async fn judge(&self, jws: UnverifiedJws<'_>, now: Timestamp) -> Result<Claims, IssuerError> {
        let keys = self.keys.candidates(&jws).await?;
        let (claims, _) = jws.verify(&keys)?;
        claims.expect("iss", &self.url)?;
        claims.expect_audience(&self.audience)?;
        claims.text("sub")?;
        claims.window(now)?;
        Ok(claims)
    }
}

impl From<IssuerError> for Refusal {
    fn from(error: IssuerError) -> Self {
        let refusal = Self::new(Reason::AssertionNotAccepted).truly(&error);
        match error {
            IssuerError::Unreachable => Self::new(Reason::UpstreamUnavailable).because(error.to_string()),
            IssuerError::Unknown | IssuerError::Jws(JwsError::Signature) => refusal,
            _ => refusal.because(format!("the proof was not accepted: {error}")),
        }
    }
}
