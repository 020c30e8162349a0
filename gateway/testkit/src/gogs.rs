//! A real Gogs, started in a directory of its own from the binary `GOGS_BIN` names.

mod setting;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    time::sleep,
};

pub use self::setting::GogsSetting;
use crate::door::client;

const ADMIN: &str = "root1";
/// Gogs makes its tables when it first starts, which takes a few seconds on a slow disk.
const STARTS_WITHIN: u32 = 300;
const PACE: Duration = Duration::from_millis(100);

/// Why there is no Gogs.
#[derive(Debug, thiserror::Error)]
pub enum GogsError {
    /// `GOGS_BIN` names no binary.
    #[error("GOGS_BIN is not set: it names the Gogs binary")]
    NotNamed,
    /// A file, an address or a process.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It does not answer.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// A command of it failed.
    #[error("gogs {command} ended with {status}")]
    Command {
        /// Which one.
        command: &'static str,
        /// How it ended.
        status: ExitStatus,
    },
    /// It did not come up.
    #[error("gogs did not answer within half a minute")]
    Silent,
    /// It answered something else than expected.
    #[error("gogs answered {path} with {status}: {text}")]
    Unexpected {
        /// What was asked for.
        path: String,
        /// The status.
        status: u16,
        /// The body.
        text: String,
    },
}

/// A running Gogs; dropping it kills it.
#[derive(Debug)]
pub struct Gogs {
    url: String,
    admin_token: String,
    home: TempDir,
    _process: Child,
}

impl Gogs {
    /// Starts it with this `app.ini`, and makes a site administrator with a token.
    pub async fn start(setting: &GogsSetting) -> Result<Self, GogsError> {
        let binary = std::env::var_os("GOGS_BIN").map(PathBuf::from).ok_or(GogsError::NotNamed)?;
        let home = tempfile::tempdir()?;
        let address = free_address().await?;
        std::fs::write(home.path().join("app.ini"), setting.app_ini(home.path(), address))?;
        let process = command(&binary, home.path(), "web").kill_on_drop(true).spawn()?;
        let mut gogs = Self { url: format!("http://{address}"), admin_token: String::new(), home, _process: process };
        gogs.answers().await?;
        let password = uuid::Uuid::new_v4().simple().to_string();
        gogs.create_admin(&binary, &password).await?;
        gogs.admin_token = gogs.mint(&password).await?;
        Ok(gogs)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its configuration.
    pub fn app_ini(&self) -> PathBuf {
        self.home.path().join("app.ini")
    }

    /// A token of its administrator.
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// Makes a private repository with a README, and its organization.
    pub async fn create_private_repository(&self, name: &str) -> Result<(), GogsError> {
        let (owner, repository) = name.split_once('/').unwrap_or((ADMIN, name));
        let organization = self.call(Method::GET, &format!("/orgs/{owner}"), Value::Null).await;
        if organization.is_err() {
            self.call(Method::POST, &format!("/admin/users/{ADMIN}/orgs"), json!({"username": owner})).await?;
        }
        let form = json!({"name": repository, "private": true, "auto_init": true, "readme": "Default"});
        self.call(Method::POST, &format!("/org/{owner}/repos"), form).await.map(drop)
    }

    /// Where a bare repository lies.
    pub fn directory_of(&self, repository: &str) -> PathBuf {
        self.store().join(format!("{repository}.git"))
    }

    /// Where all bare repositories lie.
    pub fn store(&self) -> PathBuf {
        self.home.path().join("repositories")
    }

    /// Changes an account as an administrator might: another e-mail, power, and a token by a password of her choice.
    pub async fn tamper(&self, login: &str) -> Result<(), GogsError> {
        let (path, password) = (format!("/admin/users/{login}"), uuid::Uuid::new_v4().simple().to_string());
        let edit = json!({"email": "mallory@x.invalid", "source_id": 0, "admin": true, "password": password});
        self.call(Method::PATCH, &path, edit).await?;
        let path = format!("/api/v1/users/{login}/tokens");
        let request = client().post(format!("{}{path}", self.url)).basic_auth(login, Some(password));
        json(&path, request.json(&json!({"name": "spare"}))).await.map(drop)
    }

    async fn answers(&self) -> Result<(), GogsError> {
        let client = client();
        for _ in 0..STARTS_WITHIN {
            if client.get(format!("{}/healthcheck", self.url)).send().await.is_ok() {
                return Ok(());
            }
            sleep(PACE).await;
        }
        Err(GogsError::Silent)
    }

    async fn create_admin(&self, binary: &Path, password: &str) -> Result<(), GogsError> {
        let mut command = command(binary, self.home.path(), "admin");
        command.args(["--name", ADMIN, "--password", password, "--email", "root1@x.invalid", "--admin"]);
        let status = command.status().await?;
        if status.success() { Ok(()) } else { Err(GogsError::Command { command: "admin create-user", status }) }
    }

    async fn mint(&self, password: &str) -> Result<String, GogsError> {
        let path = format!("/api/v1/users/{ADMIN}/tokens");
        let request = client().post(format!("{}{path}", self.url)).basic_auth(ADMIN, Some(password));
        let minted = json(&path, request.json(&json!({"name": "gateway"}))).await?;
        Ok(minted["sha1"].as_str().unwrap_or_default().to_owned())
    }

    /// Opens an issue as the administrator, and gives its number.
    pub async fn open_issue(&self, repository: &str, title: &str) -> Result<i64, GogsError> {
        let issue = self.call(Method::POST, &format!("/repos/{repository}/issues"), json!({"title": title})).await?;
        Ok(issue["number"].as_i64().unwrap_or_default())
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Result<Value, GogsError> {
        let request = client().request(method, format!("{}/api/v1{path}", self.url));
        let request = request.header("authorization", format!("token {}", self.admin_token));
        let request = if body.is_null() { request } else { request.json(&body) };
        json(path, request).await
    }
}

async fn json(path: &str, request: reqwest::RequestBuilder) -> Result<Value, GogsError> {
    let response = request.send().await?;
    let status = response.status();
    let text = response.text().await?;
    if status.is_success() {
        return Ok(serde_json::from_str(&text).unwrap_or_default());
    }
    Err(GogsError::Unexpected { path: path.to_owned(), status: status.as_u16(), text })
}

/// `gogs web` or `gogs admin create-user`, with nothing of this process's environment but the search path.
#[expect(clippy::disallowed_methods, reason = "a test starts the real Gogs")]
fn command(binary: &Path, home: &Path, name: &str) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    command.env("HOME", home).env("USER", setting::user()).env("GOGS_WORK_DIR", home).current_dir(home);
    command.arg(name);
    if name == "admin" {
        command.arg("create-user");
    }
    command.arg("--config").arg(home.join("app.ini"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

async fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()
}
