//! One request to the token endpoint, and its answer.

use std::{sync::Arc, time::Duration};

use gogs_spanner_capability::{Request, token::TokenText};
use jiff::SignedDuration;
use reqwest::{
    Client, Response,
    header::{ACCEPT, CONTENT_TYPE},
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
    transport::{self, Unread},
};

/// An exchange takes a gateway milliseconds, and its issuers' keys seconds; one that takes longer is down.
const TIMEOUT: Duration = Duration::from_secs(30);
/// An answer holds a token of at most 6 KiB and what was granted; more is not a gateway's.
const ANSWER_MAX: usize = 256 * 1024;

/// The token endpoint of one gateway.
#[derive(Debug)]
pub(crate) struct Endpoint {
    client: Client,
    origin: Origin,
    clock: Arc<dyn Clock>,
}

/// Less than the agent's maximum.
#[derive(Debug, Clone, Default)]
pub(crate) struct Less {
    pub(crate) details: Vec<Request>,
    pub(crate) lifetime: Option<SignedDuration>,
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
        Ok(Self { client: transport::client().map_err(Error::Unreachable)?, origin, clock })
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
    ///
    /// The token's end is counted from before the request was sent, so it is never believed to live longer than it does.
    pub(crate) async fn exchange(&self, proof: &Proof, less: &Less) -> Result<Token, Error> {
        let asked = self.clock.now();
        let form = form(proof.state(&self.client, &self.origin, asked).await?, less);
        let request = self.client.post(self.origin.token_endpoint()).timeout(TIMEOUT);
        let request =
            request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").header(ACCEPT, "application/json");
        let response = request.body(form).send().await.map_err(Error::Unreachable)?;
        let granted = granted(response).await?;
        let text = TokenText::parse(&granted.access_token).map_err(|_| Error::Unintelligible { status: 200 })?;
        let lifetime = SignedDuration::from_secs(granted.expires_in.into());
        Ok(Token::new(text, self.origin.clone(), asked + lifetime, Arc::clone(&self.clock)))
    }
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
