//! A live Gogs: one repository and one account of our own, listed, agreed to, and removed at the end.

use std::io::{self, BufRead, IsTerminal, Write};

use reqwest::{Client, Method, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::{Trouble, forge::PREFIX, stage::AGENT};
use crate::client::{Purpose, client};

/// Somebody's Gogs, and what the show made there.
pub(super) struct Live {
    url: Url,
    admin_token: SecretString,
    http: Client,
    repository: String,
    account: String,
}

impl Live {
    /// Asks, then makes the repository. The account is made by the gateway, when the agent first needs it.
    pub(super) async fn prepare(url: Url, admin_token: SecretString, yes: bool) -> Result<Self, Trouble> {
        let random = Uuid::new_v4().simple().to_string();
        let (repository, account) = (format!("{PREFIX}{}", &random[..8]), format!("{PREFIX}{AGENT}"));
        let http = client(Purpose::Issuer)?;
        let mut live = Self { url, admin_token, http, repository, account };
        let me = live.expect(Method::GET, "user", None, StatusCode::OK).await?;
        let me: Value = me.json().await?;
        let login = me["login"].as_str().ok_or_else(|| Trouble::unexpected("Gogs does not say who the token is"))?;
        live.refuse_strangers_account().await?;
        live.agree(login, yes)?;
        let body = json!({ "name": live.repository, "private": true, "auto_init": true, "readme": "Default" });
        live.expect(Method::POST, "user/repos", Some(body), StatusCode::CREATED).await?;
        live.repository = format!("{login}/{}", live.repository);
        Ok(live)
    }

    pub(super) fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    pub(super) const fn admin_token(&self) -> &SecretString {
        &self.admin_token
    }

    pub(super) fn repository(&self) -> &str {
        &self.repository
    }

    /// Removes the repository, then the account, which may have been made or not.
    pub(super) async fn remove(self) -> Result<(), Trouble> {
        self.expect(Method::DELETE, &format!("repos/{}", self.repository), None, StatusCode::NO_CONTENT).await?;
        let removed = self.call(Method::DELETE, &format!("admin/users/{}", self.account), None).await?;
        match removed.status() {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(()),
            status => {
                Err(Trouble::unexpected(format!("the account {} is still there: Gogs said {status}", self.account)))
            }
        }
    }

    /// An account of that name that is there already is somebody's, and would be removed at the end.
    async fn refuse_strangers_account(&self) -> Result<(), Trouble> {
        let found = self.call(Method::GET, &format!("users/{}", self.account), None).await?;
        match found.status() {
            StatusCode::NOT_FOUND => Ok(()),
            _ => Err(Trouble::unexpected(format!("there is an account {} already; remove it first", self.account))),
        }
    }

    fn agree(&self, login: &str, yes: bool) -> Result<(), Trouble> {
        let mut out = io::stderr().lock();
        writeln!(out, "On {} the show makes, and removes at the end:", self.url())?;
        writeln!(out, "  the private repository {login}/{}\n  the account {}", self.repository, self.account)?;
        if yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Trouble::NotAgreed);
        }
        write!(out, "Go on? [y/N] ")?;
        out.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { Err(Trouble::NotAgreed) }
    }

    async fn expect(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        status: StatusCode,
    ) -> Result<Response, Trouble> {
        let response = self.call(method.clone(), path, body).await?;
        if response.status() == status {
            return Ok(response);
        }
        Err(Trouble::unexpected(format!(
            "{method} {path}: Gogs said {}; is the token an administrator's?",
            response.status()
        )))
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Response, Trouble> {
        let request = self.http.request(method, format!("{}/api/v1/{path}", self.url()));
        let request = request.header("authorization", format!("token {}", self.admin_token.expose_secret()));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        Ok(request.send().await?)
    }
}
