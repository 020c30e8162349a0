//! One call: put together, sent, and sent once more where its token had just ended.

use std::time::Duration;

use gogs_spanner_capability::Reason;
use reqwest::{
    Method, Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Client, Holder,
    answer::{JSON_MAX, read, settle, unintelligible},
    path,
};
use crate::{
    error::{Error, Refused},
    token::Token,
    trace,
};

/// A call that is being put together. Nothing is sent before [`send`](Self::send) or [`read`](Self::read).
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call {
    client: Client,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<serde_json::Result<Vec<u8>>>,
}

impl Call {
    pub(super) fn new(client: Client, method: Method, path: String) -> Self {
        Self { client, method, path, query: Vec::new(), body: None }
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sends a JSON body.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body));
        self
    }

    /// Sends it. What is not a success is an [`Error`]: [`Error::Refused`] if the gateway said no, [`Error::Forge`] if
    /// the forge behind it did.
    ///
    /// If the token is not accepted because it has just ended (a clock that is wrong, a key that was rotated away), a
    /// session renews it and the call is sent once more; a gateway decides before it forwards anything, so nothing is
    /// done twice. A token that was revoked is given up: this call is refused, the next one asks for a new one.
    ///
    /// If a limit of the agent is reached, it is sent again when the gateway said, as long as that is within what the client
    /// [may wait](Client::waiting_at_most).
    pub async fn send(self) -> Result<Response, Error> {
        let mut patience = self.client.patience;
        loop {
            let settled = self.settled().await;
            let Some(wait) = settled.as_ref().err().and_then(time_to_wait) else { return settled };
            let Some(left) = patience.checked_sub(wait) else { return settled };
            patience = left;
            self.client.holder.clock().wait(wait).await;
        }
    }

    async fn settled(&self) -> Result<Response, Error> {
        let token = self.client.holder.token().await?;
        match self.once(&token).await {
            Err(Error::Refused(refused)) => match self.renewed(&refused, &token).await? {
                Some(token) => self.once(&token).await,
                None => Err(refused.into()),
            },
            settled => settled,
        }
    }

    /// Sends it and reads the answer as JSON.
    pub async fn read<T: DeserializeOwned>(self) -> Result<T, Error> {
        let response = self.send().await?;
        let status = response.status().as_u16();
        let body = read(response, JSON_MAX).await?;
        serde_json::from_slice(&body).map_err(|_| unintelligible(status))
    }

    async fn once(&self, token: &Token) -> Result<Response, Error> {
        let mut url = path::on(&self.client.origin, &self.path)?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut authorization = HeaderValue::try_from(token.authorization()).expect("a token is printable ASCII");
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::new();
        trace::inject(&mut headers);
        let request = self.client.http.request(self.method.clone(), url).headers(headers);
        let mut request = request.header(AUTHORIZATION, authorization).header(ACCEPT, "application/json");
        if let Some(body) = &self.body {
            let body = body.as_ref().map_err(|error| Error::Body(error.to_string()))?;
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        settle(request.send().await.map_err(Error::Unreachable)?).await
    }

    /// Another token, where a refusal was about this one and there is a proof to get another with.
    async fn renewed(&self, refused: &Refused, token: &Token) -> Result<Option<Token>, Error> {
        let Holder::Session(session) = &self.client.holder else { return Ok(None) };
        match refused.reason.parse() {
            Ok(Reason::TokenExpired | Reason::TokenNotAccepted) => session.another(token).await.map(Some),
            Ok(Reason::TokenRevoked) => {
                session.forget(token);
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

/// How long to wait until the same call may be sent again, where that is known to be safe: a limit is looked at before
/// anything is done.
fn time_to_wait(error: &Error) -> Option<Duration> {
    let Error::Refused(refused) = error else { return None };
    let is_limit = refused.reason.parse() == Ok(Reason::LimitReached);
    refused.retry.filter(|_| is_limit).map(|seconds| Duration::from_secs(seconds.max(1).into()))
}
