//! A gateway before a demonstration forge that a test in another language directs, line by line.

mod lending;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gogs_spanner::clock::Clock as _;
use gogs_spanner_fakes::issuer::Issuer;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{
    callers::{Caller as _, Nobody},
    forge::Forge,
    gateway::{Stopped, TestGateway},
    key::AgentKey,
    setting::{Setting, WRITER},
};

/// Who holds a key.
const KEY_HOLDERS: [&str; 2] = ["docs-writer", "other"];
/// Whom the platform vouches for, under the same subject.
const VOUCHED_FOR: &str = "ci-docs";
/// What the first key holder and the vouched-for one may be in.
const REPOSITORIES: &str = "acme/handbook acme/site-a acme/site-*";

/// The gateway, the files of its agents, and a platform that vouches for one of them.
pub struct Scene {
    gateway: Option<TestGateway>,
    stopped: Option<Stopped>,
    issuer: Issuer,
    url: String,
    directory: PathBuf,
    issued: f64,
    _secret: NamedTempFile,
}

/// What a test may ask for.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Command {
    /// Moves the gateway's time.
    Advance { seconds: i64 },
    /// Stops the gateway.
    Stop,
    /// Starts it again, at the same address.
    Start,
    /// Ends a token.
    Revoke { token: String },
    /// Replaces a text of its configuration, and reloads that.
    Edit { old: String, new: String },
    /// Gives an agent another key, in the same file, and reloads the configuration.
    Rekey { agent: String },
    /// Writes a fresh proof of the platform to a file.
    Vouch { subject: String, file: PathBuf },
    /// Signs a person in, and keeps her sign-in where `XDG_STATE_HOME` would be that directory.
    SignIn { person: String, state: PathBuf },
    /// Says how many tokens were issued, and how many requests were forwarded.
    Count,
}

impl Scene {
    /// Sets it before a forge.
    pub async fn set(forge: Forge) -> Self {
        let issuer = Issuer::start().await.expect("an issuer starts");
        let setting =
            Setting::new().agent(KEY_HOLDERS[0], REPOSITORIES, WRITER).agent(KEY_HOLDERS[1], "other/x", WRITER);
        let setting = setting.issuer(issuer.url()).trusted_agent(VOUCHED_FOR, VOUCHED_FOR, REPOSITORIES, WRITER);
        let secret = NamedTempFile::new().expect("a file can be made");
        fs::write(&secret, "shown to the issuer").expect("a file can be written");
        let setting = setting.and(&lending::sections(secret.path()));
        let gateway = TestGateway::before(forge, setting.placed()).await;
        gateway.forge.open_issue("acme/handbook", "Please review the README").await;
        let directory = gateway.directory().to_owned();
        for agent in KEY_HOLDERS {
            let pem = gateway.key_holder(agent).key_pem();
            fs::write(key_file(&directory, agent), pem).expect("a file can be written");
        }
        Self {
            url: gateway.door.audience.clone(),
            gateway: Some(gateway),
            stopped: None,
            issuer,
            directory,
            issued: 0.0,
            _secret: secret,
        }
    }

    /// Where everything is.
    pub fn description(&self) -> Value {
        let key_files = KEY_HOLDERS.map(|agent| (agent.to_owned(), json!(key_file(&self.directory, agent))));
        json!({
            "url": self.url,
            "time": self.gateway.as_ref().map(|gateway| gateway.door.clock.now()),
            "key_files": key_files.into_iter().collect::<serde_json::Map<_, _>>(),
            "vouched_for": VOUCHED_FOR,
            "lent_to": lending::LENT_TO,
            "repositories": ["acme/handbook", "acme/site-a", "other/x"],
            "directory": self.directory,
            "forge": { "url": self.forge().url(), "token": self.forge().admin_token() },
        })
    }

    /// Does what a line says, and tells what came of it: `{"ok": …}` or `{"error": …}`.
    pub async fn obey(&mut self, line: &str) -> Value {
        let done = match serde_json::from_str(line) {
            Ok(command) => self.carry_out(command).await,
            Err(error) => Err(error.to_string()),
        };
        done.map_or_else(|error| json!({ "error": error }), |done| json!({ "ok": done }))
    }

    async fn carry_out(&mut self, command: Command) -> Result<Value, String> {
        match command {
            Command::Advance { seconds } => return Ok(self.advance(SignedDuration::from_secs(seconds))),
            Command::Stop => {
                self.issued += self.issued_since_start().await?;
                self.stopped = Some(self.gateway.take().ok_or("it is down already")?.stop().await);
            }
            Command::Start => {
                self.gateway = Some(self.stopped.take().ok_or("it is up already")?.start().await);
            }
            Command::Revoke { token } => {
                let answer = self.nobody()?.post_form("/-/spanner/oauth/revoke", &[("token", &token)]).await;
                return Ok(answer.status.as_u16().into());
            }
            Command::Edit { old, new } => self.edit(&old, &new).await?,
            Command::Rekey { agent } => self.rekey(&agent).await?,
            Command::Vouch { subject, file } => {
                let now = self.up()?.door.clock.now();
                let claims = self.issuer.claims(&subject, &self.url, now);
                fs::write(file, self.issuer.issue(&claims)).map_err(|error| error.to_string())?;
            }
            Command::SignIn { person, state } => return self.sign_in(&person, &state).await,
            Command::Count => {
                let issued = self.issued + if self.gateway.is_some() { self.issued_since_start().await? } else { 0.0 };
                // A Gogs does not say what reached it.
                let forwarded = match self.forge() {
                    forge @ Forge::Demonstration(_) => Some(forge.forwarded().len()),
                    Forge::Live(_) => None,
                };
                return Ok(json!({ "issued": issued, "forwarded": forwarded }));
            }
        }
        Ok(Value::Null)
    }

    fn advance(&self, by: SignedDuration) -> Value {
        match (&self.gateway, &self.stopped) {
            (Some(gateway), _) => {
                gateway.advance(by);
                json!(gateway.door.clock.now())
            }
            (None, Some(stopped)) => {
                stopped.advance(by);
                Value::Null
            }
            (None, None) => Value::Null,
        }
    }

    /// Other keys for an agent: the file holds one, the configuration the other half of it.
    async fn rekey(&mut self, agent: &str) -> Result<(), String> {
        let file = key_file(&self.directory, agent);
        let old =
            fs::read_to_string(&file).and_then(|pem| AgentKey::parse(&pem).ok_or(io::ErrorKind::InvalidData.into()));
        let (old, new) = (old.map_err(|error| error.to_string())?, AgentKey::generate());
        self.edit(&old.public_pem(), &new.public_pem()).await?;
        fs::write(file, new.private_pem()).map_err(|error| error.to_string())
    }

    async fn edit(&mut self, old: &str, new: &str) -> Result<(), String> {
        let file = self.directory.join("spanner.toml");
        let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        if !text.contains(old) {
            return Err(format!("{old:?} is not in the configuration"));
        }
        fs::write(&file, text.replace(old, new)).map_err(|error| error.to_string())?;
        self.up()?.reload().await
    }

    /// The counter of issued tokens, whatever its labels.
    async fn issued_since_start(&self) -> Result<f64, String> {
        let page = Nobody { door: self.up()?.private.clone() }.get("/metrics").await.text;
        let counted = page.lines().filter(|line| line.starts_with("gogs_spanner_tokens_issued"));
        Ok(counted.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    fn nobody(&self) -> Result<Nobody, String> {
        Ok(self.up()?.nobody())
    }

    fn up(&self) -> Result<&TestGateway, String> {
        self.gateway.as_ref().ok_or_else(|| "the gateway is down".to_owned())
    }

    fn forge(&self) -> &Forge {
        let up = self.gateway.as_ref().map(|gateway| &gateway.forge);
        up.or_else(|| self.stopped.as_ref().map(Stopped::forge)).expect("a gateway is up or down")
    }
}

fn key_file(directory: &Path, agent: &str) -> PathBuf {
    directory.join(format!("{agent}.pem"))
}
