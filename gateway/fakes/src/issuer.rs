//! The demonstration identity provider: discovery, a key set, and ID tokens signed by its keys.
//!
//! It signs whatever claims it is given, and it can be told to misbehave ([`Misbehaviour`]) or to sign wrongly
//! ([`Forgery`]) in the ways that a verifier must survive. Time is the caller's: claims carry the instants they are
//! made with.
//!
//! ```no_run
//! # async fn show() -> std::io::Result<()> {
//! use gogs_spanner_fakes::issuer::{Algorithm, Issuer};
//! use serde_json::json;
//!
//! let issuer = Issuer::start().await?;
//! let claims = json!({"iss": issuer.url(), "sub": "ci", "aud": "spanner", "iat": 1_800_000_000, "exp": 1_800_000_300});
//! let token = issuer.issue(&claims);
//! let other = issuer.issue_with(Algorithm::Es256, &claims);
//! # Ok(())
//! # }
//! ```

mod forgery;
mod key;
mod pages;
mod people;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::{key::Keys, pages::Pages};
use crate::server::{Listening, Server};

pub use self::{forgery::Forgery, key::Algorithm, pages::Misbehaviour};

/// A running identity provider; dropping it stops it.
pub struct Issuer {
    server: Server,
    keys: Arc<Mutex<Keys>>,
    pages: Pages,
}

impl Issuer {
    /// Starts on a free port of loopback, with one key of each algorithm.
    pub async fn start() -> io::Result<Self> {
        let listening = Listening::on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let keys = Arc::new(Mutex::new(Keys::generate()));
        let pages = Pages::new(listening.url(), Arc::clone(&keys));
        let server = listening.serve(pages.router());
        Ok(Self { server, keys, pages })
    }

    /// The issuer's identifier, which is also where it listens.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Signs these claims with the current RS256 key.
    pub fn issue(&self, claims: &Value) -> String {
        self.issue_with(Algorithm::Rs256, claims)
    }

    /// Signs these claims with the current key of an algorithm.
    pub fn issue_with(&self, algorithm: Algorithm, claims: &Value) -> String {
        self.keys().current(algorithm).sign(claims)
    }

    /// Makes a token of these claims that no verifier may accept.
    pub fn forge(&self, forgery: Forgery, claims: &Value) -> String {
        forgery.token(self.keys().current(Algorithm::Rs256), claims)
    }

    /// The usual claims of an ID token that lives five minutes from `now`; add or change what a test is about.
    pub fn claims(&self, subject: &str, audience: &str, now: Timestamp) -> Value {
        let end = now.saturating_add(SignedDuration::from_mins(5)).unwrap_or(Timestamp::MAX);
        json!({
            "iss": self.url(),
            "sub": subject,
            "aud": audience,
            "iat": now.as_second(),
            "nbf": now.as_second(),
            "exp": end.as_second(),
        })
    }

    /// Whoever signs in by the code of a device from now on has confirmed it, and is the one of these claims.
    pub fn confirm(&self, claims: Value) {
        self.pages.people.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(claims);
    }

    /// Replaces every key; the key set shows the new ones alone.
    pub fn rotate(&self) {
        *self.keys() = Keys::generate();
    }

    /// Replaces every key and goes on showing the old ones, as a careful provider does.
    pub fn rotate_with_overlap(&self) {
        let fresh = Keys::generate();
        self.keys().follow_with(fresh);
    }

    /// What goes wrong with the key set (and, for some, discovery) from now on.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        self.pages.switch(misbehaviour);
    }

    /// Ends the misbehaviour; requests that wait are answered.
    pub fn behave(&self) {
        self.pages.switch(Misbehaviour::None);
    }

    /// How often the key set was asked for.
    pub fn key_set_fetches(&self) -> usize {
        self.pages.fetches()
    }

    /// Stops the provider.
    pub async fn shutdown(self) {
        self.behave();
        self.server.shutdown().await;
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
