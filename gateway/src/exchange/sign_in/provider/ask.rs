//! A question to the issuer, as the client we are there, and the answers that are none.

use base64::{Engine, prelude::BASE64_STANDARD};
use gogs_spanner_capability::Reason;
use http::header;
use reqwest::RequestBuilder;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded::Serializer};

use super::{Provider, metadata::Endpoints};
use crate::{client, exchange::issuer::TrustedIssuer, refuse::Refusal};

/// Far above what a token endpoint answers, ID tokens of people in hundreds of groups included.
pub(super) const ANSWER_AT_MOST: usize = 256 * 1024;

/// What is posted.
pub(super) type Form = Vec<(&'static str, String)>;

/// The error code the issuer answered with, empty where it gave none (RFC 6749 §5.2).
pub(super) struct ErrorCode(String);

impl Provider {
    /// Posts a form as the client we are.
    pub(super) async fn ask(
        &self,
        endpoints: &Endpoints,
        url: &Url,
        form: &[(&'static str, String)],
    ) -> Result<Result<Map<String, Value>, ErrorCode>, Refusal> {
        let question = self.question(endpoints, url, form);
        let response = question.send().await.map_err(|error| self.issuer.silent(error))?;
        let is_done = response.status().is_success();
        let document = client::read(response, ANSWER_AT_MOST).await.map_err(|error| self.issuer.silent(error))?;
        let answer = crate::json::object(&document).map_err(|_| self.unintelligible("its answer is no JSON object"))?;
        if is_done {
            return Ok(Ok(answer));
        }
        Ok(Err(ErrorCode(answer.get("error").and_then(Value::as_str).unwrap_or_default().to_owned())))
    }

    fn question(&self, endpoints: &Endpoints, url: &Url, form: &[(&'static str, String)]) -> RequestBuilder {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(form);
        let request = self.http.post(url.clone()).header(header::ACCEPT, "application/json");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = if endpoints.takes_basic {
            request.header(header::AUTHORIZATION, self.basic())
        } else {
            body.extend_pairs([("client_id", self.client.as_str()), ("client_secret", self.secret.expose_secret())]);
            request
        };
        request.body(body.finish())
    }

    /// RFC 6749 §2.3.1: both halves are form-encoded before they are put together.
    fn basic(&self) -> String {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&self.client), encode(self.secret.expose_secret()));
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    /// Why it does not take a code, in our words (RFC 6749 §5.2, RFC 8628 §3.5).
    pub(super) fn code_refused(&self, error: &ErrorCode) -> Refusal {
        Refusal::new(match error.0.as_str() {
            "authorization_pending" => Reason::AuthorizationPending,
            "slow_down" => Reason::SlowDown,
            "access_denied" => Reason::SignInDenied,
            "expired_token" => Reason::SignInTooLate,
            "invalid_grant" => Reason::CodeNotAccepted,
            // Of all we ask, the code alone is what somebody brought: some say this of one they did not make.
            "invalid_request" => {
                let refusal = Refusal::new(Reason::CodeNotAccepted);
                return refusal.truly("the identity provider cannot read what it was asked");
            }
            _ => return self.client_refused(error),
        })
    }

    /// What is left is between the issuer and its client, which is us.
    pub(super) fn client_refused(&self, ErrorCode(error): &ErrorCode) -> Refusal {
        let error = if error.is_empty() { "no error code" } else { error };
        tracing::error!(issuer = self.issuer(), error, "the issuer of people refuses its client");
        Refusal::new(Reason::UpstreamUnavailable)
            .because("the identity provider refuses the gateway as its client")
            .hint("an operator checks `[people] client`, and that the provider lets it sign people in this way")
    }
}

impl TrustedIssuer {
    pub(super) fn silent(&self, error: impl std::fmt::Display) -> Refusal {
        tracing::warn!(issuer = self.url(), %error, "the issuer of people does not answer");
        Refusal::new(Reason::UpstreamUnavailable).because("the identity provider does not answer")
    }

    pub(super) fn unintelligible(&self, truth: &str) -> Refusal {
        tracing::warn!(issuer = self.url(), truth, "the issuer of people gives an answer that is none");
        Refusal::new(Reason::UpstreamUnavailable)
            .because("the identity provider gave an answer that is none")
            .truly(truth)
    }
}
