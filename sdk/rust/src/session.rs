//! A gateway and a proof, remembered, and the token that is valid now.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gogs_spanner_capability::Request;
use jiff::{SignedDuration, Timestamp};

use crate::{
    client::Client,
    clock::{Clock, SystemClock},
    discovery::{self, Arguments, Found, Machine},
    error::Error,
    exchange::{Endpoint, Less},
    metadata,
    origin::Origin,
    proof::Proof,
    token::Token,
};

/// After a renewal failed the held token serves on; asking again at every call would only add to the gateway's trouble.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// What an agent holds for as long as it runs. Cheap to clone; clones share the token.
#[derive(Debug, Clone)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    proof: Proof,
    less: Less,
    clock: Arc<dyn Clock>,
    held: Mutex<Option<Held>>,
    /// Whoever holds it exchanges; the others wait, or make do with the token at hand.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Held {
    token: Token,
    renew_at: Timestamp,
}

impl Session {
    /// Finds the gateway and the proof in the environment: `GOGS_SPANNER_URL`, `GOGS_SPANNER_AGENT`,
    /// `GOGS_SPANNER_KEY_FILE`, `GOGS_SPANNER_ASSERTION_FILE`, and else what the platform it runs on offers. Nothing is
    /// sent yet.
    pub async fn discover() -> Result<Self, Error> {
        Self::builder().discover().await
    }

    /// The same, with arguments.
    pub fn builder() -> Builder {
        Builder { bound: None, arguments: Arguments::default(), less: Less::default(), clock: Arc::new(SystemClock) }
    }

    /// Asks the gateway what it is, and refuses whatever is not this very gateway. For programs that somebody else tells
    /// whom to talk to: nothing of the proof is sent.
    pub async fn confirm(&self) -> Result<(), Error> {
        metadata::confirm(self.0.endpoint.http(), self.origin()).await
    }

    /// A token that is valid now.
    ///
    /// It is renewed before it ends, by one caller while the others go on with the one at hand; a renewal that fails is
    /// told to nobody as long as that is still valid.
    pub async fn token(&self) -> Result<Token, Error> {
        let now = self.0.clock.now();
        match self.0.usable(now) {
            Some(held) if now < held.renew_at => Ok(held.token),
            Some(held) => Ok(self.0.renew(held.token).await),
            None => self.0.obtain().await,
        }
    }

    /// Calls the gateway's API, each time with a token that is valid then.
    pub fn client(&self) -> Client {
        Client::of(self, self.0.endpoint.http().clone(), self.origin().clone())
    }

    /// The gateway it belongs to.
    pub fn origin(&self) -> &Origin {
        self.0.endpoint.origin()
    }

    /// The time it goes by.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// A token other than one that a gateway did not accept; asked for once, however many callers were told so.
    pub(crate) async fn another(&self, stale: &Token) -> Result<Token, Error> {
        let _flight = self.0.flight.lock().await;
        match self.0.usable(self.0.clock.now()).filter(|held| !held.token.is(stale)) {
            Some(held) => Ok(held.token),
            None => self.0.exchange().await,
        }
    }

    /// Gives up a token that somebody ended on purpose.
    pub(crate) fn forget(&self, token: &Token) {
        self.0.held().take_if(|held| held.token.is(token));
    }
}

impl Inner {
    async fn obtain(&self) -> Result<Token, Error> {
        let _flight = self.flight.lock().await;
        match self.usable(self.clock.now()) {
            Some(held) => Ok(held.token),
            None => self.exchange().await,
        }
    }

    async fn renew(&self, token: Token) -> Token {
        let Ok(_flight) = self.flight.try_lock() else { return token };
        let now = self.clock.now();
        if let Some(held) = self.usable(now).filter(|held| now < held.renew_at) {
            return held.token;
        }
        let renewed = self.exchange().await;
        renewed.unwrap_or_else(|error| {
            self.hold(Held { token: token.clone(), renew_at: now + error.wait().max(RETRY_AFTER) });
            token
        })
    }

    async fn exchange(&self) -> Result<Token, Error> {
        let asked = self.clock.now();
        let token = self.endpoint.exchange(&self.proof, &self.less).await?;
        self.hold(Held { token: token.clone(), renew_at: renewal(&token, asked) });
        Ok(token)
    }

    fn usable(&self, now: Timestamp) -> Option<Held> {
        self.held().clone().filter(|held| held.token.is_usable(now))
    }

    fn hold(&self, held: Held) {
        *self.held() = Some(held);
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between 70 % and 85 % of the token's life, spread so that agents started together do not come back together.
fn renewal(token: &Token, from: Timestamp) -> Timestamp {
    let life = token.expires().duration_since(from);
    from + life * 7 / 10 + token.spread(life * 3 / 20)
}

/// What is known beforehand about a session.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `discover`"]
pub struct Builder {
    bound: Option<Origin>,
    arguments: Arguments,
    less: Less,
    clock: Arc<dyn Clock>,
}

impl Builder {
    /// Talks to this origin, with nothing but what is meant for it: variables count if `GOGS_SPANNER_URL` names it, a
    /// file's assertion if its audience does, and an argument because it is given here.
    pub fn bound_to(mut self, origin: Origin) -> Self {
        self.bound = Some(origin);
        self
    }

    /// Where the gateway is: its `public_url`.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.arguments.url = Some(url.into());
        self
    }

    /// The agent's name: needed with a key, and with an assertion that fits several.
    pub fn agent(mut self, name: impl Into<String>) -> Self {
        self.arguments.agent = Some(name.into());
        self
    }

    /// The agent's private key: PKCS#8 PEM, Ed25519.
    pub fn key_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.arguments.key_file = Some(file.into());
        self
    }

    /// A file with a JWT that a platform keeps fresh.
    pub fn assertion_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.arguments.assertion_file = Some(file.into());
        self
    }

    /// Asks for less than the agent's maximum; several are a union.
    pub fn less(mut self, request: Request) -> Self {
        self.less.details.push(request);
        self
    }

    /// Asks for tokens that live so long, in whole seconds.
    pub fn lifetime(mut self, lifetime: SignedDuration) -> Self {
        self.less.lifetime = Some(lifetime);
        self
    }

    /// Takes the time from elsewhere.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Finds what was not said in the environment.
    #[expect(clippy::unused_async, reason = "what is found in a network later must not change the signature")]
    pub async fn discover(self) -> Result<Session, Error> {
        let Found { origin, proof } = match &self.bound {
            Some(origin) => discovery::discover_at(origin, self.arguments, &Machine)?,
            None => discovery::discover(self.arguments, &Machine)?,
        };
        let endpoint = Endpoint::new(origin, Arc::clone(&self.clock))?;
        let (held, flight) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Session(Arc::new(Inner { endpoint, proof, less: self.less, clock: self.clock, held, flight })))
    }
}
