//! The issuer of `[people]`, as its client sees it (OpenID Connect Core 1.0, RFC 8628).

mod metadata;
mod room;

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use gogs_spanner_capability::Reason;
use http::header;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded::Serializer};

use self::{
    metadata::{Directory, Endpoints},
    room::{Room, Stage},
};
use super::{SignInOffice, pending::Returned, request::DEVICE_CODE};
use crate::{
    client::{self, Purpose},
    clock::SharedClock,
    config::{self, PublicUrl},
    exchange::{claims::Claims, issuer::TrustedIssuer},
    own::CALLBACK,
    refuse::Refusal,
    request::Arrival,
    serve::StartError,
};

/// Far above what a token endpoint answers, ID tokens of people in hundreds of groups included.
const ANSWER_AT_MOST: usize = 256 * 1024;

/// What every sign-in asks for: who she is, and her address.
const SCOPES: [&str; 2] = ["openid", "email"];

/// The issuer, and what we are there.
pub(super) struct Provider {
    issuer: Arc<TrustedIssuer>,
    directory: Arc<Directory>,
    http: reqwest::Client,
    client: String,
    secret: SecretString,
    scope: String,
    callback: String,
    room: Room,
}

impl Provider {
    pub(super) fn new(
        people: &config::People,
        issuer: &config::Issuer,
        public_url: &PublicUrl,
        clock: &SharedClock,
    ) -> Result<Self, StartError> {
        let http = client::client(Purpose::Issuer)?;
        let scopes = SCOPES.into_iter().chain(people.scopes.iter().map(|scope| scope.0.as_str()));
        let issuer = TrustedIssuer::new(&http, &issuer.name, issuer.url.as_str(), &people.client.id, clock);
        let issuer = Arc::new(issuer);
        Ok(Self {
            directory: Directory::of(Arc::clone(&issuer), clock.clone()),
            issuer,
            http,
            client: people.client.id.to_string(),
            secret: people.client.secret.read()?,
            scope: scopes.collect::<Vec<_>>().join(" "),
            callback: format!("{public_url}{CALLBACK}"),
            room: Room::default(),
        })
    }

    /// Its name, as in `iss`.
    pub(super) fn issuer(&self) -> &str {
        self.issuer.url()
    }

    /// Asks for the codes of a device.
    pub(super) async fn begin_device(&self, asker: &Arrival) -> Result<Map<String, Value>, Refusal> {
        let _place = self.room.enter(Stage::Beginning, asker.client, asker.at)?;
        let endpoints = self.directory.endpoints().await?;
        let Some(device) = &endpoints.device else {
            let refusal =
                Refusal::new(Reason::UpstreamCannot).because("the identity provider has no device authorization");
            return Err(refusal.hint("run `spanner login` where a browser is at hand"));
        };
        self.ask(&endpoints, device, &[("scope", &self.scope)]).await
    }

    /// Where a browser goes to have her confirm.
    pub(super) async fn authorization(
        &self,
        asker: &Arrival,
        state: &str,
        nonce: &str,
        challenge: &str,
    ) -> Result<Url, Refusal> {
        let _place = self.room.enter(Stage::Beginning, asker.client, asker.at)?;
        let endpoints = self.directory.endpoints().await?;
        let Some(mut page) = endpoints.authorization.clone() else {
            return Err(self.unintelligible("its metadata has no authorization endpoint"));
        };
        page.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client),
            ("redirect_uri", &self.callback),
            ("scope", &self.scope),
            ("state", state),
            ("nonce", nonce),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(page)
    }

    /// Holds the `iss` a browser brought to the issuer; who promises to send it must (RFC 9207 §2.4).
    pub(super) async fn expect_issuer(&self, said: Option<&str>) -> Result<(), Refusal> {
        let is_it = match said {
            Some(said) => said == self.issuer(),
            None => !self.directory.endpoints().await?.says_who_answers,
        };
        if is_it { Ok(()) } else { Err(Refusal::new(Reason::CodeNotAccepted).because("another issuer answered")) }
    }

    /// Asks for what a device code stands for.
    pub(super) async fn redeem_device(
        &self,
        asker: &Arrival,
        code: &str,
        wanted: &BTreeSet<String>,
    ) -> Result<Claims, Refusal> {
        let form = [("grant_type", DEVICE_CODE), ("device_code", code)];
        self.vouched(asker, &form, None, wanted).await
    }

    /// Asks for what a browser's code stands for.
    pub(super) async fn redeem_code(
        &self,
        asker: &Arrival,
        returned: &Returned,
        wanted: &BTreeSet<String>,
    ) -> Result<Claims, Refusal> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", returned.code.as_str()),
            ("redirect_uri", &self.callback),
            ("code_verifier", &returned.verifier),
        ];
        self.vouched(asker, &form, Some(&returned.nonce), wanted).await
    }

    /// Redeems a code, and takes the ID token for what it vouches for, with what else is wanted of the issuer's word.
    async fn vouched(
        &self,
        asker: &Arrival,
        form: &[(&str, &str)],
        nonce: Option<&str>,
        wanted: &BTreeSet<String>,
    ) -> Result<Claims, Refusal> {
        let _place = self.room.enter(Stage::Redeeming, asker.client, asker.at)?;
        let endpoints = self.directory.endpoints().await?;
        let answer = self.ask(&endpoints, &endpoints.token, form).await?;
        let text = |member: &str| answer.get(member).and_then(Value::as_str);
        let id_token = text("id_token").ok_or_else(|| self.unintelligible("its answer has no ID token"))?;
        let claims = self.issuer.prove(id_token, asker.at).await.map_err(|error| not_vouched(&error.to_string()))?;
        if nonce.is_some() && claims.all().get("nonce").and_then(Value::as_str) != nonce {
            return Err(not_vouched("its ID token is for another sign-in"));
        }
        // OpenID Connect Core §3.1.3.7: where it names a party, it is us.
        if claims.all().get("azp").is_some_and(|party| party.as_str() != Some(&self.client)) {
            return Err(not_vouched("its ID token is for another client"));
        }
        let is_missing = wanted.iter().any(|claim| !claims.all().contains_key(claim));
        match (&endpoints.user_info, text("access_token")) {
            (Some(page), Some(token)) if is_missing => self.more_of(claims, page, token).await,
            _ => Ok(claims),
        }
    }

    /// What the ID token leaves out, from the issuer's page about her (OpenID Connect Core §5.3).
    async fn more_of(&self, claims: Claims, page: &Url, token: &str) -> Result<Claims, Refusal> {
        let request = self.http.get(page.clone()).bearer_auth(token).header(header::ACCEPT, "application/json");
        let response = request.send().await.map_err(|error| self.issuer.silent(error))?;
        if !response.status().is_success() {
            return Err(self.unintelligible(&format!("it does not say more of her: {}", response.status())));
        }
        let document = client::read(response, ANSWER_AT_MOST).await.map_err(|error| self.issuer.silent(error))?;
        let more =
            crate::json::object(&document).map_err(|_| self.unintelligible("its page about her is no JSON object"))?;
        // §5.3.2: another's page must not be taken for hers.
        if more.get("sub") != claims.all().get("sub") {
            return Err(not_vouched("its page is about somebody else"));
        }
        Ok(claims.and(more))
    }

    /// Posts a form as the client we are.
    async fn ask(
        &self,
        endpoints: &Endpoints,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Map<String, Value>, Refusal> {
        let request = self.http.post(url.clone()).header(header::ACCEPT, "application/json");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = if endpoints.takes_basic {
            request.header(header::AUTHORIZATION, self.basic()).body(encoded(form))
        } else {
            let ours = [("client_id", self.client.as_str()), ("client_secret", self.secret.expose_secret())];
            request.body(encoded(&[form, &ours].concat()))
        };
        let response = request.send().await.map_err(|error| self.issuer.silent(error))?;
        let is_done = response.status().is_success();
        let document = client::read(response, ANSWER_AT_MOST).await.map_err(|error| self.issuer.silent(error))?;
        let answer = crate::json::object(&document).map_err(|_| self.unintelligible("its answer is no JSON object"))?;
        if is_done { Ok(answer) } else { Err(self.refused(answer.get("error").and_then(Value::as_str))) }
    }

    /// RFC 6749 §2.3.1: both halves are form-encoded before they are put together.
    fn basic(&self) -> String {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&self.client), encode(self.secret.expose_secret()));
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    /// RFC 6749 §5.2 and RFC 8628 §3.5, in our words. What is left is between the issuer and its client, which is us.
    fn refused(&self, error: Option<&str>) -> Refusal {
        match error {
            Some("authorization_pending") => Refusal::new(Reason::AuthorizationPending),
            Some("slow_down") => Refusal::new(Reason::SlowDown),
            Some("access_denied") => Refusal::new(Reason::SignInDenied),
            Some("expired_token") => Refusal::new(Reason::SignInTooLate),
            Some("invalid_grant") => Refusal::new(Reason::CodeNotAccepted),
            other => {
                let error = other.unwrap_or("no error code");
                tracing::error!(issuer = self.issuer(), error, "the issuer of people refuses its client");
                Refusal::new(Reason::UpstreamUnavailable)
                    .because("the identity provider refuses the gateway as its client")
                    .hint("an operator checks `[people] client`, and that the provider lets it sign people in this way")
            }
        }
    }

    /// It answers, and not as a provider does.
    pub(super) fn unintelligible(&self, truth: &str) -> Refusal {
        self.issuer.unintelligible(truth)
    }
}

impl TrustedIssuer {
    fn silent(&self, error: impl std::fmt::Display) -> Refusal {
        tracing::warn!(issuer = self.url(), %error, "the issuer of people does not answer");
        Refusal::new(Reason::UpstreamUnavailable).because("the identity provider does not answer")
    }

    fn unintelligible(&self, truth: &str) -> Refusal {
        tracing::warn!(issuer = self.url(), truth, "the issuer of people gives an answer that is none");
        Refusal::new(Reason::UpstreamUnavailable)
            .because("the identity provider gave an answer that is none")
            .truly(truth)
    }
}

impl SignInOffice {
    /// The claims that are wanted: her address, and what groups speak of.
    pub(super) fn spoken_of(&self) -> BTreeSet<String> {
        let policy = self.policy.load();
        ["email".to_owned()].into_iter().chain(policy.people().claims.iter().cloned()).collect()
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(form).finish()
}

fn not_vouched(truth: &str) -> Refusal {
    Refusal::new(Reason::CodeNotAccepted).because(format!("the identity provider's word is not accepted: {truth}"))
}
