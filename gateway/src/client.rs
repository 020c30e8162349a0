//! The one place where HTTP clients are built, so that every one of them is deaf in the same ways.
//!
//! None takes a proxy from the environment, follows a redirect (a credential goes to the origin it was configured for and
//! nowhere else) or unpacks a compressed body (its size would no longer be the size that was bounded). Each has a bound on
//! how long it waits; [`read`] bounds how much it takes.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Client, Response, redirect::Policy};

/// Idle connections kept per host: enough for a burst, few enough to be no burden to a small forge.
const IDLE_PER_HOST: usize = 16;

/// How long an idle connection is kept; shorter than the keep-alive of common servers, so that a reused one is alive.
const IDLE: Duration = Duration::from_secs(30);

/// What peers see in their logs.
const USER_AGENT: &str = concat!("gogs-spanner/", env!("CARGO_PKG_VERSION"), " (itself)");

/// Whom a client talks to, which says how long it may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The forge's API, beside a request that must be answered within two seconds.
    Forge,
    /// An identity provider, somewhere on the Internet.
    Issuer,
    /// Whoever collects telemetry; nobody waits for it.
    Collector,
    /// What an operator looks at from a terminal, over whatever lies between.
    Operator,
}

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The peer stopped, or was too slow.
    #[error("the body broke off")]
    Broken(#[source] reqwest::Error),
    /// The body is longer than anything this caller can use.
    #[error("the body is longer than {most} bytes")]
    TooLarge {
        /// The bound, in bytes.
        most: usize,
    },
}

impl Purpose {
    /// How long to wait for a connection.
    const fn connect(self) -> Duration {
        match self {
            Self::Forge | Self::Collector => Duration::from_secs(1),
            Self::Issuer => Duration::from_secs(2),
            Self::Operator => Duration::from_secs(3),
        }
    }

    /// How long to wait for the whole exchange, the body included.
    const fn whole(self) -> Duration {
        match self {
            Self::Forge => Duration::from_millis(1500),
            Self::Collector => Duration::from_secs(2),
            Self::Issuer => Duration::from_secs(5),
            Self::Operator => Duration::from_secs(10),
        }
    }
}

/// A client for one purpose.
///
/// # Errors
/// The platform's TLS set-up cannot be read.
#[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
pub fn client(purpose: Purpose) -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .http1_only()
        .connect_timeout(purpose.connect())
        .timeout(purpose.whole())
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .pool_idle_timeout(IDLE)
        .user_agent(USER_AGENT)
        .build()
}

/// A client for a thread of its own, where nothing else runs meanwhile: the one that exports telemetry.
///
/// # Errors
/// The platform's TLS set-up cannot be read.
///
/// # Panics
/// On a thread that runs asynchronous work.
pub fn blocking(purpose: Purpose) -> reqwest::Result<reqwest::blocking::Client> {
    reqwest::blocking::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .http1_only()
        .connect_timeout(purpose.connect())
        .timeout(purpose.whole())
        .user_agent(USER_AGENT)
        .build()
}

/// The innermost cause: "connection refused" rather than "error sending request".
pub fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Reads a body of at most `most` bytes.
///
/// # Errors
/// [`ReadError::TooLarge`] as soon as the bound is crossed, whatever `Content-Length` promised.
pub async fn read(mut response: Response, most: usize) -> Result<Bytes, ReadError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| ReadError::Broken(error.without_url()))? {
        if chunk.len() > most - body.len() {
            return Err(ReadError::TooLarge { most });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;

    async fn answering(template: ResponseTemplate) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(template).mount(&server).await;
        server
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_followed() {
        let server = answering(ResponseTemplate::new(302).insert_header("location", "/elsewhere")).await;
        let response = client(Purpose::Forge).unwrap().get(server.uri()).send().await.unwrap();
        assert_eq!(response.status(), 302);
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_compressed_body_is_neither_asked_for_nor_unpacked() {
        let server =
            answering(ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_string("raw"))
                .await;
        let response = client(Purpose::Forge).unwrap().get(server.uri()).send().await.unwrap();
        assert_eq!(read(response, 16).await.unwrap(), "raw");
        assert!(!server.received_requests().await.unwrap()[0].headers.contains_key("accept-encoding"));
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound_and_not_beyond() {
        let server = answering(ResponseTemplate::new(200).set_body_string("12345678")).await;
        let forge = client(Purpose::Forge).unwrap();
        assert_eq!(read(forge.get(server.uri()).send().await.unwrap(), 8).await.unwrap(), "12345678");
        let longer = read(forge.get(server.uri()).send().await.unwrap(), 7).await;
        assert!(matches!(longer, Err(ReadError::TooLarge { most: 7 })));
    }
}
