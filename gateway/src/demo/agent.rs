//! The agent of the show: a token, real git, and the API.

use std::{io, path::Path, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use gogs_spanner_sdk::{Narrowing, Token};
use reqwest::Client;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{stage::Stage, surprise::Surprise, voice::Lines};
use crate::{
    client::{self, Purpose},
    process::{Finished, Job},
};

/// Longer than anything git does here takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longer than any problem document.
const ANSWER_MAX: usize = 64 * 1024;
/// The working copy, in the directory of the show.
const COPY: &str = "copy";

/// Answers git with what stands in its own configuration. (With a header of its own, `http.extraHeader`, git 2.39 does
/// not show what a 401 says.)
const HELPER: &str =
    r#"!f() { test "$1" = get && echo username=spanner && echo "password=$(git config spanner.token)"; }; f"#;

/// Somebody who holds a token.
pub(super) struct Agent<'a> {
    stage: &'a Stage,
    token: Token,
    client: Client,
}

/// A command of git and what came of it.
pub(super) struct Said {
    command: String,
    finished: Finished,
}

/// An answer of the gateway.
pub(super) struct Answer {
    pub(super) command: String,
    pub(super) status: u16,
    pub(super) document: Value,
}

impl<'a> Agent<'a> {
    pub(super) fn new(stage: &'a Stage, token: Token) -> Result<Self, Surprise> {
        Ok(Self { stage, token, client: client::client(Purpose::Forge)? })
    }

    /// A sub-agent, with less. Nobody is asked.
    pub(super) fn delegate(&self, narrowing: &Narrowing) -> Result<Self, Surprise> {
        let token = self.token.narrow(narrowing)?;
        Ok(Self { stage: self.stage, token, client: self.client.clone() })
    }

    pub(super) async fn clone(&self) -> Result<Said, Surprise> {
        let remote = self.stage.remote();
        self.run(&["clone", &remote, COPY], self.stage.directory()).await
    }

    /// Runs git in the working copy.
    pub(super) async fn git(&self, arguments: &[&str]) -> Result<Said, Surprise> {
        self.run(arguments, &self.stage.path(COPY)).await
    }

    /// Git gets the token in its environment, where no list of processes shows it, and a helper hands it out from there.
    async fn run(&self, arguments: &[&str], directory: &Path) -> Result<Said, Surprise> {
        let name = &self.stage.cast.agent;
        let job = Job::new(arguments.iter().copied(), PATIENCE)
            .inside(directory)
            .configure("spanner.token", Zeroizing::new(self.token.expose().to_owned()))
            .configure("credential.helper", Zeroizing::new(HELPER.to_owned()))
            .configure("user.name", Zeroizing::new(name.clone()))
            .configure("user.email", Zeroizing::new(format!("{name}@agents.invalid")));
        let finished = self.stage.git.run(job).await?;
        Ok(Said { command: format!("$ git {}", arguments.join(" ")), finished })
    }

    /// Pushes what is checked out to a ref.
    pub(super) async fn push(&self, reference: &str) -> Result<Said, Surprise> {
        self.git(&["push", "origin", &format!("HEAD:{reference}")]).await
    }

    /// The commit a name stands for in the working copy.
    pub(super) async fn commit(&self, name: &str) -> Result<String, Surprise> {
        Ok(self.git(&["rev-parse", name]).await?.succeeds()?.output())
    }

    /// Writes a file in the working copy.
    pub(super) fn write(&self, file: &str, text: &str) -> io::Result<()> {
        std::fs::write(self.stage.path(COPY).join(file), text)
    }

    /// Writes a file through the forge's API.
    pub(super) async fn put(&self, file: &str, text: &str, reference: &str) -> Result<Answer, Surprise> {
        let branch = reference.trim_start_matches("refs/heads/");
        let path = format!("/api/v1/repos/{}/contents/{file}", self.stage.cast.repository);
        let body = json!({ "message": "By REST", "content": BASE64_STANDARD.encode(text), "branch": branch });
        let request = self.client.put(format!("{}{path}", self.stage.url)).timeout(PATIENCE);
        let request = request.header("authorization", self.token.authorization()).json(&body);
        Answer::read(format!("$ PUT {path} (branch {branch})"), request.send().await?).await
    }

    /// Gives the token back: whoever holds one may end it (RFC 7009).
    pub(super) async fn revoke(&self) -> Result<Answer, Surprise> {
        let path = "/-/spanner/oauth/revoke";
        let request = self.client.post(format!("{}{path}", self.stage.url)).timeout(PATIENCE);
        let form = Zeroizing::new(format!("token={}", self.token.expose()));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(form.as_bytes().to_vec()).send().await?;
        Answer::read(format!("$ POST {path}"), response).await
    }
}

impl Answer {
    async fn read(command: String, response: reqwest::Response) -> Result<Self, Surprise> {
        let status = response.status().as_u16();
        let body = client::read(response, ANSWER_MAX).await.unwrap_or_default();
        Ok(Self { command, status, document: serde_json::from_slice(&body).unwrap_or_default() })
    }

    /// Insists on a status.
    pub(super) fn is(self, status: u16) -> Result<Self, Surprise> {
        if self.status == status {
            return Ok(self);
        }
        Err(Surprise::otherwise(format!("{status}"), format!("{} {}", self.status, self.document)))
    }

    /// A member of the document.
    pub(super) fn member(&self, name: &str) -> &str {
        self.document[name].as_str().unwrap_or_default()
    }
}

impl Said {
    /// What it wrote to its standard output, without the line's end.
    pub(super) fn output(&self) -> String {
        String::from_utf8_lossy(&self.finished.output).trim_end().to_owned()
    }

    /// Insists that it went well.
    pub(super) fn succeeds(self) -> Result<Self, Surprise> {
        match self.finished.code {
            0 => Ok(self),
            code => {
                Err(Surprise::otherwise("git to succeed", format!("exit code {code}\n{}", self.finished.complaint)))
            }
        }
    }

    /// Insists that the gateway refused it for this reason, and that git shows so.
    pub(super) fn refused_for(self, reason: &str) -> Result<Self, Surprise> {
        if self.finished.code != 0 && self.finished.complaint.contains(&format!("({reason})")) {
            return Ok(self);
        }
        Err(Surprise::otherwise(format!("git to show the reason {reason}"), self.finished.complaint))
    }

    /// The command and what git said, as it said it, without the lines in which it says nothing.
    pub(super) fn told(&self) -> Lines {
        let said = self.finished.complaint.lines().map(str::trim_end);
        let said = said.filter(|line| !line.is_empty() && *line != "remote:").map(str::to_owned);
        std::iter::once(self.command.clone()).chain(said).collect()
    }
}
