//! What an agent has at hand: git, and HTTP.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use gogs_spanner_capability::token::TokenText;
use reqwest::Client;
use serde_json::Value;
use zeroize::Zeroizing;

use super::super::{Forge, Stage, Trouble};
use crate::{
    client::{Purpose, client},
    journal::{AuditLine, Search},
    process::{Git, Job},
};

/// No step of the show takes longer.
const STEP: Duration = Duration::from_mins(1);

pub(super) struct Hands<'s> {
    stage: &'s Stage,
    forge: &'s Forge,
    http: Client,
    git: Git,
}

/// What git did and said.
pub(super) struct Said {
    code: i32,
    pub(super) output: String,
    complaint: String,
}

impl<'s> Hands<'s> {
    pub(super) fn new(stage: &'s Stage, forge: &'s Forge) -> Result<Self, Trouble> {
        let home = stage.directory().join("home");
        fs::create_dir_all(&home)?;
        Ok(Self { stage, forge, http: client(Purpose::Issuer)?, git: Git::new(home) })
    }

    /// The repository's name at the gateway.
    pub(super) fn remote(&self) -> String {
        format!("{}/{}.git", self.stage.url(), self.forge.repository())
    }

    /// Runs git as the agent: the token reaches it through a file only its owner reads, never through its arguments.
    pub(super) async fn git(&self, token: &TokenText, arguments: &[&str]) -> Result<Said, Trouble> {
        let credentials = self.stage.directory().join("credentials");
        let (scheme, host) = self.stage.url().split_once("://").unwrap_or_default();
        let line = Zeroizing::new(format!("{scheme}://docs-writer:{}@{host}\n", token.expose()));
        private(&credentials, &line)?;
        let plain = |text: &str| Zeroizing::new(text.to_owned());
        let job = Job::new(arguments.iter().copied(), STEP)
            .inside(self.stage.directory())
            .configure("credential.helper", plain(&format!("store --file={}", credentials.display())))
            .configure("user.name", plain("docs-writer"))
            .configure("user.email", plain("docs-writer@agents.invalid"));
        let finished = self.git.run(job).await?;
        let output = String::from_utf8_lossy(&finished.output).into_owned();
        Ok(Said { code: finished.code, output, complaint: finished.complaint })
    }

    /// Writes a file below the stage's directory.
    pub(super) fn write(&self, file: impl AsRef<Path>, text: &str) -> Result<(), Trouble> {
        Ok(fs::write(self.stage.directory().join(file), text)?)
    }

    /// The branch the clone stands on: the forge's default.
    pub(super) async fn default_branch(&self) -> Result<String, Trouble> {
        let job = Job::new(["-C", "work", "symbolic-ref", "--short", "HEAD"], STEP).inside(self.stage.directory());
        Ok(String::from_utf8_lossy(&self.git.run(job).await?.output).trim().to_owned())
    }

    pub(super) async fn exchange(&self) -> Result<Value, Trouble> {
        let id_token = self.stage.id_token();
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", &id_token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ];
        let answer = self.http.post(format!("{}/-/spanner/oauth/token", self.stage.url())).form(&form).send().await?;
        if answer.status() != 200 {
            return Err(Trouble::unexpected(format!("the exchange was refused: {}", answer.text().await?)));
        }
        Ok(answer.json().await?)
    }

    pub(super) async fn revoke(&self, token: &TokenText) -> Result<(), Trouble> {
        let url = format!("{}/-/spanner/oauth/revoke", self.stage.url());
        let answer = self.http.post(url).form(&[("token", token.expose())]).send().await?;
        if answer.status() == 200 {
            Ok(())
        } else {
            Err(Trouble::unexpected(format!("revoking answered {}", answer.status())))
        }
    }

    /// `PUT contents`: the status and the document.
    pub(super) async fn put(&self, token: &TokenText, path: &str, body: &Value) -> Result<(u16, Value), Trouble> {
        let url = format!("{}/api/v1/repos/{}/contents/{path}", self.stage.url(), self.forge.repository());
        let answer = self.http.put(url).bearer_auth(token.expose()).json(body).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    /// The journal, as `spanner audit search` shows it.
    pub(super) async fn trail(&self) -> Result<Vec<AuditLine>, Trouble> {
        Ok(self.stage.journal().search(&Search::default()).await?)
    }
}

/// Writes a file only its owner reads.
fn private(file: &Path, text: &str) -> Result<(), Trouble> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    Ok(options.open(file)?.write_all(text.as_bytes())?)
}

impl Said {
    pub(super) fn succeeded(self) -> Result<Self, Trouble> {
        if self.code == 0 { Ok(self) } else { Err(Trouble::unexpected(format!("git failed:\n{}", self.complaint))) }
    }

    /// It failed, and the reason stands in git's own output.
    pub(super) fn refused(self, reason: &str) -> Result<Self, Trouble> {
        if self.code != 0 && self.complaint.contains(reason) {
            return Ok(self);
        }
        Err(Trouble::unexpected(format!("git should have been refused with {reason}, and said:\n{}", self.complaint)))
    }

    /// Its complaint, without what carries no news.
    pub(super) fn said(&self) -> Vec<String> {
        let news = |line: &&str| !line.trim().is_empty() && !line.contains("request: ");
        self.complaint.lines().filter(news).map(|line| line.trim_end().to_owned()).collect()
    }

    /// The last line that has `mark` in it.
    pub(super) fn last_line(&self, mark: &str) -> Vec<String> {
        self.complaint
            .lines()
            .rfind(|line| line.contains(mark))
            .map(|line| line.trim().to_owned())
            .into_iter()
            .collect()
    }
}
