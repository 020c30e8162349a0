//! A live Gogs: what the show needs there is made by the show, listed and agreed to first, and removed at the end.

use std::{
    io::{self, IsTerminal},
    path::Path,
    time::Duration,
};

use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use super::{DemoError, setting::Cast, voice::Voice};
use crate::{
    client::{self, Purpose},
    config::plainly,
};

/// What the names of everything the show makes begin with.
const OURS: &str = "spanner-demo-";
/// A small Gogs on a slow disk makes and removes a repository in less.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than anything Gogs says of a user or a repository.
const ANSWER_MAX: usize = 1024 * 1024;

/// What a live Gogs did not do, or its owner did not want.
#[derive(Debug, Error)]
pub enum LiveError {
    /// The token cannot be read.
    #[error("the admin token cannot be read: {}", plainly(.0))]
    Token(io::Error),
    /// It does not answer.
    #[error("the Gogs does not answer: {0}")]
    Silent(String),
    /// It answered something else.
    #[error("to {what} the Gogs answered {status}")]
    Otherwise {
        /// What it was asked.
        what: String,
        /// What it said.
        status: StatusCode,
    },
    /// What answers is no Gogs, or the token is none of a site admin.
    #[error("the token is not one of a site admin of a Gogs")]
    NotAdmin,
    /// Nobody agreed.
    #[error("not agreed to, so nothing was made")]
    Declined,
    /// Nobody is there to ask.
    #[error("nobody is at the terminal to agree")]
    NobodyToAsk,
}

impl From<reqwest::Error> for LiveError {
    fn from(error: reqwest::Error) -> Self {
        Self::Silent(client::cause(error))
    }
}

/// A Gogs, under the token of a site admin.
pub(super) struct Gogs {
    client: Client,
    url: Url,
    admin_token: SecretString,
    admin: String,
}

impl Gogs {
    /// Reads the token and looks whose it is.
    pub(super) async fn open(url: Url, token: &Path) -> Result<Self, LiveError> {
        let token = std::fs::read_to_string(token).map_err(LiveError::Token)?;
        let admin_token = SecretString::from(token.trim());
        let mut gogs = Self { client: client::client(Purpose::Forge)?, url, admin_token, admin: String::new() };
        let (status, user) = gogs.call(Method::GET, "user", None).await?;
        match user["username"].as_str() {
            Some(name) if status == StatusCode::OK => name.clone_into(&mut gogs.admin),
            _ => return Err(LiveError::NotAdmin),
        }
        Ok(gogs)
    }

    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    pub(super) fn admin_token(&self) -> &SecretString {
        &self.admin_token
    }

    /// Names that nothing in this Gogs has.
    pub(super) fn cast(&self) -> Cast {
        let id = Uuid::new_v4().simple().to_string();
        let id = &id[..8];
        Cast {
            agent: format!("docs-{id}"),
            repository: format!("{}/{OURS}{id}", self.admin),
            others: Vec::new(),
            account_prefix: OURS.to_owned(),
        }
    }

    /// Lists what will be made and asks whether it may be.
    pub(super) async fn ask(&self, cast: &Cast, yes: bool, voice: &mut Voice) -> Result<(), DemoError> {
        let (repository, account) = (&cast.repository, cast.account());
        voice.say(&format!(
            "On {} the show makes, and removes at the end:\n  the private repository {repository}\n  the account {account}",
            self.url
        ))?;
        if yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() || !voice.reaches_people() {
            return Err(LiveError::NobodyToAsk.into());
        }
        voice.say("Go on? Type yes.")?;
        let answer = tokio::task::spawn_blocking(|| io::stdin().lines().next().transpose()).await;
        match answer.map_err(io::Error::other)?? {
            Some(answer) if answer.trim().eq_ignore_ascii_case("yes") => Ok(()),
            _ => Err(LiveError::Declined.into()),
        }
    }

    /// Makes the repository. The account is made by the gateway, as every agent's is.
    pub(super) async fn make(&self, cast: &Cast) -> Result<(), LiveError> {
        let name = cast.repository.rsplit('/').next().unwrap_or_default();
        let repository = json!({ "name": name, "private": true, "auto_init": true, "readme": "Default" });
        self.insist(Method::POST, "user/repos", Some(&repository), StatusCode::CREATED).await
    }

    /// Removes the repository and the account, as far as they were made, whichever of them resists.
    pub(super) async fn remove(&self, cast: &Cast, voice: &mut Voice) -> Result<(), DemoError> {
        let (repository, account) = (&cast.repository, cast.account());
        let repository_gone = self.delete(&format!("repos/{repository}")).await;
        let account_gone = self.delete(&format!("admin/users/{account}")).await;
        repository_gone.and(account_gone)?;
        Ok(voice.say(&format!("\nRemoved {repository} and {account}."))?)
    }

    async fn delete(&self, path: &str) -> Result<(), LiveError> {
        match self.insist(Method::DELETE, path, None, StatusCode::NO_CONTENT).await {
            Err(LiveError::Otherwise { status: StatusCode::NOT_FOUND, .. }) => Ok(()),
            deleted => deleted,
        }
    }

    async fn insist(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        expected: StatusCode,
    ) -> Result<(), LiveError> {
        let what = format!("{method} {path}");
        match self.call(method, path, body).await? {
            (status, _) if status == expected => Ok(()),
            (status, _) => Err(LiveError::Otherwise { what, status }),
        }
    }

    /// A call under the admin token, and what came back, as far as it was JSON.
    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Value), LiveError> {
        let url = format!("{}/api/v1/{path}", self.url.as_str().trim_end_matches('/'));
        let mut request = self.client.request(method, url).timeout(PATIENCE);
        request = request.header("authorization", format!("token {}", self.admin_token.expose_secret()));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let answer = client::read(response, ANSWER_MAX).await.unwrap_or_default();
        Ok((status, serde_json::from_slice(&answer).unwrap_or_default()))
    }
}
