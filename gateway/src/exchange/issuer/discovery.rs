//! OpenID Connect Discovery: from an issuer's name to its keys.

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::jwks;
use crate::{client, exchange::jws::VerifyingKey};

/// Both documents together. People wait for this: better an answer that says so.
const TIME_AT_MOST: Duration = Duration::from_secs(4);

/// Far above what providers publish, far below what hurts.
const DOCUMENT_AT_MOST: usize = 256 * 1024;

/// Where one issuer's documents are found.
pub(super) struct Discovery {
    client: reqwest::Client,
    issuer: String,
}

/// The members of the provider's metadata that matter here (OpenID Connect Discovery 1.0 §3).
#[derive(Deserialize)]
pub(in crate::exchange) struct Metadata {
    issuer: String,
    jwks_uri: Url,
    pub(in crate::exchange) token_endpoint: Option<String>,
    pub(in crate::exchange) authorization_endpoint: Option<String>,
    pub(in crate::exchange) device_authorization_endpoint: Option<String>,
    pub(in crate::exchange) userinfo_endpoint: Option<String>,
    pub(in crate::exchange) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(in crate::exchange) authorization_response_iss_parameter_supported: bool,
}

/// Why an issuer's keys are not to be had. Nothing here is a secret, and none of it reaches a caller.
#[derive(Debug, thiserror::Error)]
pub(in crate::exchange) enum DiscoveryError {
    #[error("no answer within {TIME_AT_MOST:?}")]
    Slow,
    #[error("its address is not a URL")]
    Address(#[from] url::ParseError),
    #[error(transparent)]
    Fetch(#[from] reqwest::Error),
    #[error(transparent)]
    Read(#[from] client::ReadError),
    #[error("a document is not what it should be: {0}")]
    Document(#[from] serde_json::Error),
    #[error("the metadata speaks for another issuer")]
    OtherIssuer,
    #[error("the keys are not offered over a connection as good as the issuer's own")]
    Downgrade,
    #[error("no key that is published can verify a signature")]
    NoKeys,
}

impl Metadata {
    /// Whether an address is reached over a connection as good as the issuer's own.
    pub(in crate::exchange) fn is_as_good(&self, address: &Url) -> bool {
        let origin = Url::parse(&self.issuer).map(|issuer| issuer.origin());
        address.scheme() == "https" || origin.is_ok_and(|origin| origin == address.origin())
    }
}

impl Discovery {
    pub(super) const fn new(client: reqwest::Client, issuer: String) -> Self {
        Self { client, issuer }
    }

    /// The issuer's name, exactly as its tokens carry it.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Fetches metadata and keys.
    pub(super) async fn keys(&self) -> Result<Vec<VerifyingKey>, DiscoveryError> {
        tokio::time::timeout(TIME_AT_MOST, self.fetch()).await.unwrap_or(Err(DiscoveryError::Slow))
    }

    /// Fetches metadata alone.
    pub(super) async fn metadata(&self) -> Result<Metadata, DiscoveryError> {
        tokio::time::timeout(TIME_AT_MOST, self.fetch_metadata()).await.unwrap_or(Err(DiscoveryError::Slow))
    }

    async fn fetch_metadata(&self) -> Result<Metadata, DiscoveryError> {
        let address = Url::parse(&format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/')))?;
        let metadata: Metadata = serde_json::from_slice(&self.document(address).await?)?;
        if metadata.issuer == self.issuer { Ok(metadata) } else { Err(DiscoveryError::OtherIssuer) }
    }

    async fn fetch(&self) -> Result<Vec<VerifyingKey>, DiscoveryError> {
        let metadata = self.fetch_metadata().await?;
        if !metadata.is_as_good(&metadata.jwks_uri) {
            return Err(DiscoveryError::Downgrade);
        }
        let keys = jwks::read(&self.document(metadata.jwks_uri).await?)?;
        if keys.is_empty() { Err(DiscoveryError::NoKeys) } else { Ok(keys) }
    }

    async fn document(&self, address: Url) -> Result<bytes::Bytes, DiscoveryError> {
        let response = self.client.get(address).send().await?.error_for_status()?;
        Ok(client::read(response, DOCUMENT_AT_MOST).await?)
    }
}
