//! What a gateway says of itself (RFC 9728), for programs that are told by somebody else whom to talk to.

use std::time::Duration;

use reqwest::{Client, header::ACCEPT};
use serde::Deserialize;

use crate::{
    error::Error,
    origin::Origin,
    transport::{self, Unread},
};

/// Metadata is a constant text.
const TIMEOUT: Duration = Duration::from_secs(30);
/// A gateway's is some hundred bytes.
const ANSWER_MAX: usize = 64 * 1024;

/// What answers is no gateway, or another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// None are served; a redirect is not followed.
    #[error("it answers with {0} where a gateway describes itself")]
    Status(u16),
    /// Something else is served.
    #[error("it does not describe itself as a gateway does")]
    Unintelligible,
    /// They are those of another resource.
    #[error("it says that it is another resource than the one asked")]
    Resource,
    /// Tokens for it would come from elsewhere.
    #[error("it says that its tokens come from elsewhere")]
    AuthorizationServer,
}

/// RFC 9728 §2, as far as it is looked at.
#[derive(Deserialize)]
struct Described {
    resource: String,
    #[serde(default)]
    authorization_servers: Vec<String>,
}

/// Asks an origin what it is, and takes no other word for it: it must say that it is itself, and issues its own tokens.
pub(crate) async fn confirm(http: &Client, origin: &Origin) -> Result<(), Error> {
    let request = http.get(origin.metadata()).timeout(TIMEOUT).header(ACCEPT, "application/json");
    let response = request.send().await.map_err(Error::Unreachable)?;
    if response.status() != 200 {
        return Err(MetadataError::Status(response.status().as_u16()).into());
    }
    let body = transport::read(response, ANSWER_MAX).await.map_err(|unread| match unread {
        Unread::TooLarge => MetadataError::Unintelligible.into(),
        Unread::Broken(error) => Error::Unreachable(error),
    })?;
    let described: Described = serde_json::from_slice(&body).map_err(|_| MetadataError::Unintelligible)?;
    let origin = origin.to_string();
    if described.resource != origin {
        return Err(MetadataError::Resource.into());
    }
    if described.authorization_servers != [origin] {
        return Err(MetadataError::AuthorizationServer.into());
    }
    Ok(())
}
