//! Who calls: each kind of caller is a type, so that a test cannot mix them up.

use gogs_spanner::clock::Clock;
use gogs_spanner_capability::token::{Narrowing, TokenText, attenuate};
use gogs_spanner_fakes::issuer::Issuer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::{
    answer::Answer,
    door::{Door, client},
    forge::Forge,
    git::{Presentation, Remote},
    key::AgentKey,
};

const TOKEN: &str = "/-/spanner/oauth/token";
const REVOKE: &str = "/-/spanner/oauth/revoke";

/// Anybody who calls the gateway.
pub trait Caller {
    /// The gateway it calls.
    fn door(&self) -> &Door;

    /// What it shows for itself.
    fn authorization(&self) -> Option<String>;

    /// A request under its credential.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.door().request(method, path);
        match self.authorization() {
            Some(value) => request.header("authorization", value),
            None => request,
        }
    }

    /// Reads.
    #[expect(async_fn_in_trait, reason = "no test needs it to be Send")]
    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.expect("the gateway answers")).await
    }

    /// Sends JSON.
    #[expect(async_fn_in_trait, reason = "no test needs it to be Send")]
    async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(method, path).json(body).send().await.expect("the gateway answers")).await
    }

    /// Sends a request that was put together by hand.
    #[expect(async_fn_in_trait, reason = "no test needs it to be Send")]
    async fn answered(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.expect("the gateway answers")).await
    }

    /// Sends these very bytes as JSON.
    #[expect(async_fn_in_trait, reason = "no test needs it to be Send")]
    async fn send_text(&self, method: Method, path: &str, body: &str) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json").body(body.to_owned());
        Answer::of(request.send().await.expect("the gateway answers")).await
    }
}

/// Somebody without any credential.
#[derive(Debug)]
pub struct Nobody {
    pub(crate) door: Door,
}

/// A bot that holds a registered key.
#[derive(Debug)]
pub struct KeyHolder {
    pub(crate) door: Door,
    pub(crate) name: String,
    pub(crate) key: Arc<AgentKey>,
}

/// A job some platform vouches for.
pub struct OidcCaller<'a> {
    pub(crate) door: Door,
    pub(crate) issuer: &'a Issuer,
    pub(crate) subject: String,
}

/// An automation with a token.
#[derive(Debug, Clone)]
pub struct Agent {
    door: Door,
    token: String,
}

/// A person with an account at the forge, who does not come by the gateway at all.
#[derive(Debug)]
pub struct Person {
    pub(crate) forge: String,
    pub(crate) token: String,
}

impl Caller for Nobody {
    fn door(&self) -> &Door {
        &self.door
    }

    fn authorization(&self) -> Option<String> {
        None
    }
}

impl Caller for Agent {
    fn door(&self) -> &Door {
        &self.door
    }

    fn authorization(&self) -> Option<String> {
        Some(format!("Bearer {}", self.token))
    }
}

impl Nobody {
    /// A repository, asked for without a credential.
    pub fn remote(&self, repository: &str) -> Remote {
        Remote::anonymous(&self.door.url(""), repository)
    }

    /// Somebody who found this token.
    pub fn with_token(&self, token: &str) -> Agent {
        Agent { door: self.door.clone(), token: token.to_owned() }
    }

    /// Posts a form.
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::of(self.door.request(Method::POST, path).form(form).send().await.expect("the gateway answers")).await
    }

    /// Gives a token back (RFC 7009): possession is all it takes.
    pub async fn revoke(&self, agent: &Agent) -> Answer {
        self.post_form(REVOKE, &[("token", agent.token())]).await
    }
}

impl KeyHolder {
    /// The claims of a good assertion, with an id nobody used before.
    pub fn claims(&self) -> Value {
        let now = self.door.clock.now().as_second();
        json!({
            "iss": self.name, "sub": self.name, "aud": self.door.audience,
            "iat": now, "exp": now + 60, "jti": uuid::Uuid::new_v4().to_string(),
        })
    }

    /// The key, as its file holds it.
    pub fn key_pem(&self) -> String {
        self.key.private_pem()
    }

    /// The other half of the key.
    pub fn public_pem(&self) -> String {
        self.key.public_pem()
    }

    /// Signs whatever it is given.
    pub fn sign(&self, claims: &Value) -> String {
        self.key.sign(claims)
    }

    /// Asks for a token with an assertion and more parameters.
    pub async fn ask(&self, assertion: &str, more: &[(&str, &str)]) -> Answer {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ];
        Nobody { door: self.door.clone() }.post_form(TOKEN, &[&form[..], more].concat()).await
    }

    /// A token with all it may have.
    pub async fn token(&self) -> Agent {
        self.token_for(&[]).await
    }

    /// A token with less.
    pub async fn token_for(&self, more: &[(&str, &str)]) -> Agent {
        let answer = self.ask(&self.sign(&self.claims()), more).await.is(200);
        Agent::of(&self.door, &answer)
    }
}

impl OidcCaller<'_> {
    /// The claims of its proof.
    pub fn claims(&self) -> Value {
        self.issuer.claims(&self.subject, &self.door.audience, self.door.clock.now())
    }

    /// Exchanges a proof.
    pub async fn ask(&self, proof: &str, more: &[(&str, &str)]) -> Answer {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
            ("subject_token", proof),
        ];
        Nobody { door: self.door.clone() }.post_form(TOKEN, &[&form[..], more].concat()).await
    }

    /// A token with all it may have.
    pub async fn token(&self) -> Agent {
        let answer = self.ask(&self.issuer.issue(&self.claims()), &[]).await.is(200);
        Agent::of(&self.door, &answer)
    }
}

impl Agent {
    fn of(door: &Door, answer: &Answer) -> Self {
        let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        Self { door: door.clone(), token }
    }

    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The same caller with other text in the place of its token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: token.into(), ..self.clone() }
    }

    /// The same token at another gateway.
    #[must_use]
    pub fn at(&self, door: &Door) -> Self {
        Self { door: door.clone(), ..self.clone() }
    }

    /// A sub-agent with a narrower token, made offline.
    #[must_use]
    pub fn narrow(&self, narrowing: &Narrowing) -> Self {
        let token = TokenText::parse(&self.token).expect("a whole token");
        self.with_token(attenuate(&token, narrowing).expect("a token that can be narrowed").expose())
    }

    /// A repository, with the token as a bearer.
    pub fn remote(&self, repository: &str) -> Remote {
        self.remote_by(repository, Presentation::Bearer)
    }

    /// A repository, with the token presented in one of the ways.
    pub fn remote_by(&self, repository: &str, how: Presentation) -> Remote {
        Remote::new(&self.door.url(""), repository, &self.token, how)
    }
}

impl Person {
    /// Somebody with this token of the forge.
    pub fn at(forge: &Forge, token: &str) -> Self {
        Self { forge: forge.url().to_owned(), token: token.to_owned() }
    }

    /// A repository at the forge itself.
    pub fn remote(&self, repository: &str) -> Remote {
        Remote::basic(&self.forge, repository, "-", &self.token)
    }

    /// Asks the forge itself.
    pub async fn get(&self, path: &str) -> Answer {
        self.answer(self.request(Method::GET, path)).await
    }

    /// Sends JSON to the forge itself.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.answer(self.request(method, path).json(body)).await
    }

    /// Sends these very bytes as JSON to the forge itself.
    pub async fn send_text(&self, method: Method, path: &str, body: &str) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json");
        self.answer(request.body(body.to_owned())).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, format!("{}{path}", self.forge));
        request.header("authorization", format!("token {}", self.token))
    }

    async fn answer(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.expect("the forge answers")).await
    }
}
