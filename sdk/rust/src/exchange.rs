//! One request to the token endpoint, and its answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use gogs_spanner_capability::{Reason, Request, token::TokenText};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::{
    Client, Response,
    header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::{
    clock::Clock,
    error::{Document, Error, Refused},
    origin::Origin,
    proof::{Proof, Stated},
    token::Token,
    trace,
    transport::{self, Unread},
};

/// An exchange takes a gateway milliseconds, and its issuers' keys seconds; one that takes longer is down.
const TIMEOUT: Duration = Duration::from_secs(30);
/// An answer holds a token of at most 6 KiB and what was granted; more is not a gateway's.
const ANSWER_MAX: usize = 256 * 1024;

/// What the clocks of a gateway and of this machine may differ by without a proof being refused for it: less than the
/// gateway forgives.
const SKEW_TOLERATED: i64 = 20;

/// The token endpoint of one gateway.
#[derive(Debug)]
pub(crate) struct Endpoint {
    client: Client,
    origin: Origin,
    clock: Arc<dyn Clock>,
    /// How many seconds the gateway's clock is ahead of ours, as far as it mattered yet.
    ahead: AtomicI64,
}

/// Less than the agent's maximum.
#[derive(Debug, Clone, Default)]
pub(crate) struct Less {
    pub(crate) details: Vec<Request>,
    pub(crate) lifetime: Option<SignedDuration>,
}

/// What came of one attempt.
enum Outcome {
    Granted(Token),
    Declined(Declined),
}

/// A no, and what time the gateway has.
struct Declined {
    refused: Refused,
    date: Option<Timestamp>,
}

/// RFC 6749 §5.1, as far as a caller needs it.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u32,
}

impl Endpoint {
    /// The token endpoint of this gateway.
    pub(crate) fn new(origin: Origin, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Ok(Self { client: transport::client().map_err(Error::Unreachable)?, origin, clock, ahead: AtomicI64::new(0) })
    }

    /// What everything is sent with.
    pub(crate) const fn http(&self) -> &Client {
        &self.client
    }

    /// The gateway.
    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Exchanges a proof for a token.
    pub(crate) async fn exchange(&self, proof: &Proof, less: &Less) -> Result<Token, Error> {
        let stated = proof.state(&self.client, &self.origin, self.their_time()).await?;
        let source = stated.source;
        match self.ask(stated, less).await? {
            Outcome::Granted(token) => Ok(token),
            Outcome::Declined(declined) => self.once_more(proof, less, source, declined).await,
        }
    }

    /// Another proof, once, where the one that was refused was used before, replaced meanwhile, or dated by a wrong clock.
    async fn once_more(
        &self,
        proof: &Proof,
        less: &Less,
        source: [u8; 32],
        declined: Declined,
    ) -> Result<Token, Error> {
        let reason = declined.refused.reason.parse();
        if !matches!(reason, Ok(Reason::AssertionNotAccepted | Reason::AssertionReplayed)) {
            return Err(declined.refused.into());
        }
        let is_corrected = self.correct(declined.date);
        let is_used_up = proof.is_signed_here() && reason == Ok(Reason::AssertionReplayed);
        let stated = proof.state(&self.client, &self.origin, self.their_time()).await?;
        if !is_corrected && !is_used_up && stated.source == source {
            return Err(declined.refused.into());
        }
        match self.ask(stated, less).await? {
            Outcome::Granted(token) => Ok(token),
            Outcome::Declined(declined) => Err(declined.refused.into()),
        }
    }

    /// The token's end is counted from before the request was sent, so it is never believed to live longer than it does.
    async fn ask(&self, stated: Stated, less: &Less) -> Result<Outcome, Error> {
        let asked = self.clock.now();
        let mut headers = HeaderMap::new();
        trace::inject(&mut headers);
        let request = self.client.post(self.origin.token_endpoint()).timeout(TIMEOUT).headers(headers);
        let request =
            request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").header(ACCEPT, "application/json");
        let response = request.body(form(stated, less)).send().await.map_err(Error::Unreachable)?;
        let date = date(&response);
        let granted = match granted(response).await {
            Err(Error::Refused(refused)) => return Ok(Outcome::Declined(Declined { refused, date })),
            granted => granted?,
        };
        let text = TokenText::parse(&granted.access_token).map_err(|_| Error::Unintelligible { status: 200 })?;
        let lifetime = SignedDuration::from_secs(granted.expires_in.into());
        Ok(Outcome::Granted(Token::new(text, self.origin.clone(), asked + lifetime, Arc::clone(&self.clock))))
    }

    /// Now, by the gateway's clock.
    fn their_time(&self) -> Timestamp {
        self.clock.now() + SignedDuration::from_secs(self.ahead.load(Ordering::Relaxed))
    }

    /// Takes the gateway's time for ours, where they differ by more than a proof survives.
    fn correct(&self, date: Option<Timestamp>) -> bool {
        let Some(date) = date else { return false };
        let is_off = date.duration_since(self.their_time()).abs() > SignedDuration::from_secs(SKEW_TOLERATED);
        if is_off {
            self.ahead.store(date.duration_since(self.clock.now()).as_secs(), Ordering::Relaxed);
        }
        is_off
    }
}

/// When the gateway answered, by its own clock (RFC 9110 §6.6.1).
fn date(response: &Response) -> Option<Timestamp> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

impl Less {
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let details = self.details.iter().map(detail).collect::<Vec<_>>();
        let details = (!details.is_empty()).then(|| ("authorization_details", Value::Array(details).to_string()));
        let lifetime = self.lifetime.map(|lifetime| ("lifetime", lifetime.as_secs().to_string()));
        details.into_iter().chain(lifetime).collect()
    }
}

/// The body of the request. It holds the proof.
fn form(stated: Stated, less: &Less) -> String {
    let (name, secret) = stated.secret;
    let mut form = Serializer::new(String::new());
    form.extend_pairs(stated.public).extend_pairs(less.parameters()).append_pair(name, secret.expose_secret());
    form.finish()
}

/// One entry of `authorization_details` (RFC 9396 §2): a member left out means "as in the right", so none is null.
pub(crate) fn detail(request: &Request) -> Value {
    let mut entry = json!({ "type": "gogs" });
    let members = serde_json::to_value(request).expect("a request is plain texts");
    if let (Value::Object(entry), Value::Object(members)) = (&mut entry, members) {
        entry.extend(members.into_iter().filter(|(_, value)| !value.is_null()));
    }
    entry
}

async fn granted(response: Response) -> Result<Granted, Error> {
    let status = response.status();
    let unintelligible = || Error::Unintelligible { status: status.as_u16() };
    let body = transport::read(response, ANSWER_MAX).await.map_err(|unread| match unread {
        Unread::TooLarge => unintelligible(),
        Unread::Broken(error) => Error::Unreachable(error),
    })?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| unintelligible());
    }
    let document: Document = serde_json::from_slice(&body).map_err(|_| unintelligible())?;
    Err(Refused::try_from(document).map_err(|_| unintelligible())?.into())
}
