//! The way out: no redirect is followed, no proxy is taken from the environment, and no answer is read without end.

use std::time::Duration;

use reqwest::{Client, Response, redirect::Policy};

/// A gateway on a reachable network answers far sooner; one that does not is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than the longest a gateway holds a request for somebody's approval.
const SILENCE: Duration = Duration::from_mins(2);

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It is larger than anything expected here.
    TooLarge,
    /// It broke off.
    Broken(reqwest::Error),
}

/// A client that takes what it is given to one place, and nowhere else.
#[expect(clippy::disallowed_methods, reason = "the one place this crate builds a client")]
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder().no_proxy().redirect(Policy::none()).connect_timeout(CONNECT_TIMEOUT).read_timeout(SILENCE).build()
}

/// Reads a body of bounded size.
pub(crate) async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        if body.len() + chunk.len() > max {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
