//! The walk: each step does one thing an agent does, and looks whether it came out as it should.

mod hands;

use std::time::Instant;

use gogs_spanner_capability::{
    Action,
    token::{Narrowing, TokenText, attenuate, inspect},
};
use jiff::SignedDuration;
use serde_json::json;

use self::hands::Hands;
use super::{Forge, Stage, Trouble, stage::BRANCHES, tell};
use crate::{
    clock::{Clock, SystemClock},
    journal::{AuditLine, Outcome},
};

/// How long the sub-agent's token lives.
const SUB_AGENT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// What a step saw, in lines for the audience.
type Seen = Vec<String>;

/// The walk, and what it has come by so far.
pub(super) struct Walk<'s> {
    hands: Hands<'s>,
    token: Option<TokenText>,
    narrowed: Option<TokenText>,
    steps: usize,
}

impl<'s> Walk<'s> {
    pub(super) fn new(stage: &'s Stage, forge: &'s Forge) -> Result<Self, Trouble> {
        Ok(Self { hands: Hands::new(stage, forge)?, token: None, narrowed: None, steps: 0 })
    }

    /// Every step, in order.
    pub(super) async fn whole(mut self) -> Result<(), Trouble> {
        let began = Instant::now();
        let seen = self.exchange().await?;
        self.tell("an ID token becomes a token of ours", began, &seen);
        let began = Instant::now();
        let seen = self.clone_repository().await?;
        self.tell("git clone", began, &seen);
        let began = Instant::now();
        let seen = self.push_where_it_may().await?;
        self.tell("git push, to a branch it may write", began, &seen);
        let began = Instant::now();
        let seen = self.push_where_it_may_not().await?;
        self.tell("git push, to the default branch: refused", began, &seen);
        let began = Instant::now();
        let seen = self.hand_on_less().await?;
        self.tell("a sub-agent gets less, offline; it reads and cannot push", began, &seen);
        let began = Instant::now();
        let seen = self.write_by_api().await?;
        self.tell("the same rules by REST: one branch taken, one refused", began, &seen);
        let began = Instant::now();
        let seen = self.revoke().await?;
        self.tell("the token is revoked, and with it the sub-agent's", began, &seen);
        let began = Instant::now();
        let seen = self.read_the_trail().await?;
        self.tell("the trail of all that", began, &seen);
        Ok(())
    }

    fn tell(&mut self, title: &str, began: Instant, seen: &[String]) {
        self.steps += 1;
        tell::step(self.steps, title, began.elapsed(), seen);
    }

    async fn exchange(&mut self) -> Result<Seen, Trouble> {
        let answer = self.hands.exchange().await?;
        let text = answer["access_token"].as_str().unwrap_or_default();
        let token = TokenText::parse(text).map_err(Trouble::unexpected)?;
        let read = inspect(&token).map_err(Trouble::unexpected)?;
        self.token = Some(token);
        Ok(vec![
            format!("agent {}, for {} s", read.agent, answer["expires_in"]),
            format!("scope {}", answer["scope"].as_str().unwrap_or_default()),
        ])
    }

    async fn clone_repository(&self) -> Result<Seen, Trouble> {
        self.hands.git(self.token()?, &["clone", "-q", &self.hands.remote(), "work"]).await?.succeeded()?;
        let files = self.hands.git(self.token()?, &["-C", "work", "ls-files"]).await?.succeeded()?;
        Ok(vec![format!("files: {}", files.output.split_whitespace().collect::<Vec<_>>().join(" "))])
    }

    async fn push_where_it_may(&self) -> Result<Seen, Trouble> {
        self.hands.write("work/hello.md", "Written by an agent.\n")?;
        for arguments in [["add", "hello.md"].as_slice(), &["commit", "-q", "-m", "Say hello"]] {
            self.hands.git(self.token()?, &[&["-C", "work"], arguments].concat()).await?.succeeded()?;
        }
        let branch = format!("HEAD:refs/heads/{BRANCHES}/hello");
        let pushed = self.hands.git(self.token()?, &["-C", "work", "push", "origin", &branch]).await?.succeeded()?;
        Ok(pushed.last_line("->"))
    }

    async fn push_where_it_may_not(&self) -> Result<Seen, Trouble> {
        let default = self.hands.default_branch().await?;
        let branch = format!("HEAD:refs/heads/{default}");
        let refused =
            self.hands.git(self.token()?, &["-C", "work", "push", "origin", &branch]).await?.refused("not-granted")?;
        Ok(refused.said())
    }

    async fn hand_on_less(&mut self) -> Result<Seen, Trouble> {
        let narrowing = Narrowing::new()
            .actions([Action::ContentsRead])
            .expires(SystemClock.now() + SUB_AGENT_FOR)
            .delegate("reviewer");
        let narrowed = attenuate(self.token()?, &narrowing).map_err(Trouble::unexpected)?;
        self.hands.git(&narrowed, &["-C", "work", "fetch", "-q", "origin"]).await?.succeeded()?;
        let branch = format!("HEAD:refs/heads/{BRANCHES}/other");
        let refused =
            self.hands.git(&narrowed, &["-C", "work", "push", "origin", &branch]).await?.refused("narrowed")?;
        self.narrowed = Some(narrowed);
        Ok(refused.said())
    }

    async fn write_by_api(&self) -> Result<Seen, Trouble> {
        let body = |branch: &str| json!({ "message": "By REST", "content": "aGVsbG8K", "branch": branch });
        let taken = self.hands.put(self.token()?, "note.md", &body(&format!("{BRANCHES}/note"))).await?;
        let refused = self.hands.put(self.token()?, "note.md", &body(&self.hands.default_branch().await?)).await?;
        match (taken.0, refused.0, refused.1["reason"].as_str()) {
            (201, 403, Some("not-granted")) => {
                let text = |member: &str| refused.1[member].as_str().unwrap_or_default().to_owned();
                Ok(vec![
                    "201 Created".to_owned(),
                    format!("403 {}: {}", text("reason"), text("detail")),
                    format!("hint: {}", text("hint")),
                ])
            }
            seen => Err(Trouble::unexpected(format!("PUT contents answered {seen:?}"))),
        }
    }

    async fn revoke(&self) -> Result<Seen, Trouble> {
        self.hands.revoke(self.token()?).await?;
        let narrowed = self.narrowed.as_ref().ok_or_else(|| Trouble::unexpected("there is no sub-agent"))?;
        let mut seen = Vec::new();
        for token in [self.token()?, narrowed] {
            let refused =
                self.hands.git(token, &["-C", "work", "ls-remote", "origin"]).await?.refused("token-revoked")?;
            seen.extend(refused.said().into_iter().take(1));
        }
        Ok(seen)
    }

    async fn read_the_trail(&self) -> Result<Seen, Trouble> {
        let lines = self.hands.trail().await?;
        let has = |outcome| lines.iter().any(|line| line.outcome == outcome);
        if !has(Outcome::Permit) || !has(Outcome::Refuse) || has(Outcome::Unknown) {
            return Err(Trouble::unexpected("the trail does not hold what happened"));
        }
        let width = lines.iter().map(|line| line.repository.len()).max().unwrap_or_default();
        let shown = |line: &AuditLine| {
            let why = match line.outcome {
                Outcome::Refuse => line.reason.as_deref(),
                Outcome::Permit | Outcome::Unknown => line.result.as_deref(),
            };
            let (outcome, reference) = (line.outcome.to_string(), line.reference.as_deref().unwrap_or("-"));
            let (action, repository) = (&line.action, &line.repository);
            let why = why.unwrap_or("-");
            format!("{:>3}  {outcome:<7} {action:<16} {repository:<width$} {reference:<28} {why}", line.seq)
        };
        Ok(lines.iter().map(shown).collect())
    }

    fn token(&self) -> Result<&TokenText, Trouble> {
        self.token.as_ref().ok_or_else(|| Trouble::unexpected("there is no token"))
    }
}
