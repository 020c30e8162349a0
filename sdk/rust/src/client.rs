//! Calls the API behind a gateway: a [`reqwest`] client with the token, and refusals with a type.

mod answer;
mod call;
mod path;

use std::{sync::Arc, time::Duration};

use reqwest::Method;

use crate::{
    clock::Clock,
    error::Error,
    git::{self, Variables},
    origin::Origin,
    session::Session,
    token::Token,
    transport,
};

pub use self::{call::Call, path::PathError};

/// Calls one gateway, and none but that: a call names a path, never a host, and follows no redirect.
///
/// It comes from a [`Session`], whose token it keeps fresh, or from a [`Token`] somebody handed over. Cheap to clone.
///
/// ```no_run
/// # async fn example() -> Result<(), gogs_spanner_sdk::Error> {
/// use gogs_spanner_sdk::{Error, Session};
/// use serde_json::{Value, json};
///
/// let client = Session::discover().await?.client();
/// let issue: Value = client.get("/api/v1/repos/acme/web/issues/1").read().await?;
/// let comment = json!({ "body": format!("I have read {}.", issue["title"]) });
///
/// match client.post("/api/v1/repos/acme/web/issues/1/comments").json(&comment).send().await {
///     Err(Error::Refused(no)) => eprintln!("{no}; {}", no.hint.as_deref().unwrap_or_default()),
///     sent => drop(sent?),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    origin: Origin,
    holder: Holder,
    patience: Duration,
}

/// Whose token a call carries.
#[derive(Debug, Clone)]
enum Holder {
    Session(Session),
    Token(Token),
}

impl Client {
    /// Calls a gateway with a token somebody handed over. It ends with the token: there is nothing to renew it with.
    ///
    /// A token made for another gateway is refused, so that it is not shown to this one.
    pub fn new(origin: Origin, token: Token) -> Result<Self, Error> {
        if token.origin() != &origin {
            return Err(Error::Elsewhere { token: token.origin().to_string(), origin: origin.to_string() });
        }
        let http = transport::client().map_err(Error::Unreachable)?;
        Ok(Self { http, origin, holder: Holder::Token(token), patience: Duration::ZERO })
    }

    pub(crate) fn of(session: &Session, http: reqwest::Client, origin: Origin) -> Self {
        Self { http, origin, holder: Holder::Session(session.clone()), patience: Duration::ZERO }
    }

    /// Lets each call wait up to so long where a limit of the agent is reached (`limit-reached`): the gateway says when to
    /// come back, nothing has been done, and then the same call is sent again. One that would have to wait longer is
    /// refused at once, with its [`retry`](crate::Refused::retry). Unless told so, a client waits for nothing.
    ///
    /// ```no_run
    /// # async fn example(session: gogs_spanner_sdk::Session) {
    /// let client = session.client().waiting_at_most(std::time::Duration::from_mins(1));
    /// # }
    /// ```
    #[must_use]
    pub fn waiting_at_most(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Reads: `client.get("/api/v1/repos/acme/web")`.
    pub fn get(&self, path: impl Into<String>) -> Call {
        self.call(Method::GET, path)
    }

    /// Makes something.
    pub fn post(&self, path: impl Into<String>) -> Call {
        self.call(Method::POST, path)
    }

    /// Puts something in its place.
    pub fn put(&self, path: impl Into<String>) -> Call {
        self.call(Method::PUT, path)
    }

    /// Changes something.
    pub fn patch(&self, path: impl Into<String>) -> Call {
        self.call(Method::PATCH, path)
    }

    /// Removes something.
    pub fn delete(&self, path: impl Into<String>) -> Call {
        self.call(Method::DELETE, path)
    }

    /// A call of any method. The path begins with a slash and may end in a query.
    pub fn call(&self, method: Method, path: impl Into<String>) -> Call {
        Call::new(self.clone(), method, path.into())
    }

    /// What `git` needs in its environment to act with this token, and only at this gateway. It holds the secret: give it
    /// to a child process, write it nowhere.
    ///
    /// ```no_run
    /// # async fn example(client: gogs_spanner_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut git = std::process::Command::new("git");
    /// git.args(["clone", &format!("{}/acme/web", client.origin())]).envs(client.git().await?);
    /// # Ok(()) }
    /// ```
    pub async fn git(&self) -> Result<Variables, Error> {
        Ok(git::variables(&self.origin, &self.holder.token().await?, |name| std::env::var(name).ok()))
    }

    /// The gateway it calls.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Holder {
    fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Session(session) => session.clock(),
            Self::Token(token) => token.clock(),
        }
    }

    async fn token(&self) -> Result<Token, Error> {
        match self {
            Self::Session(session) => session.token().await,
            Self::Token(token) => Ok(token.clone()),
        }
    }
}
