//! The main job in eight steps. Each tells what it did and looks whether that is what should have happened.

use std::time::Duration;

use gogs_spanner_capability::token::{self, TokenText};
use gogs_spanner_sdk::{Narrowing, Session, SignedDuration, Token};

use super::{
    DemoError,
    agent::Agent,
    setting::{ANOTHER_BRANCH, BRANCH},
    stage::Stage,
    surprise::Surprise,
    voice::{Lines, Voice},
};

use crate::journal::{AuditLine, Outcome, Search};

/// How long the sub-agent may read.
const ERRAND: SignedDuration = SignedDuration::from_mins(5);
/// The journal writes an outcome within 200 ms; this leaves room for a slow disk.
const TRAIL_WITHIN: Duration = Duration::from_secs(3);
const PACE: Duration = Duration::from_millis(20);

/// Walks through all of it, to the first step that does not hold.
pub(super) async fn through(stage: &Stage, voice: &mut Voice) -> Result<(), DemoError> {
    let token = voice.step("an ID token becomes a token of ours", exchange(stage)).await?;
    let agent = voice.step("git clone", clone(stage, token)).await?;
    voice.step("git push, to a branch it may write", push(&agent)).await?;
    let default = voice.step("git push, to the default branch: refused", push_to_default(&agent)).await?;
    let reader =
        voice.step("a sub-agent gets less, offline; it reads and cannot push", delegate(stage, &agent)).await?;
    voice.step("the same rules by REST: one branch taken, one refused", write_by_api(&agent, &default)).await?;
    voice.step("the token is revoked, and with it the sub-agent's", revoke(&agent, &reader)).await?;
    voice.step("the trail of all that", trail(stage, &default)).await
}

async fn exchange(stage: &Stage) -> Result<(Token, Lines), Surprise> {
    let session = Session::builder().url(&stage.url).assertion_file(stage.vouch()?).discover().await?;
    let token = session.token().await?;
    let read = token::inspect(&TokenText::parse(token.expose())?)?;
    let actions = read.rights.iter().flat_map(|right| right.actions.iter()).map(ToString::to_string);
    let told = vec![
        format!("agent {}, until {:.0}", read.agent, token.expires()),
        format!("may   {} in {}", actions.collect::<Vec<_>>().join(" "), stage.cast.repository),
    ];
    Ok((token, told))
}

async fn clone(stage: &Stage, token: Token) -> Result<(Agent<'_>, Lines), Surprise> {
    let agent = Agent::new(stage, token)?;
    let cloned = agent.clone().await?.succeeds()?;
    Ok((agent, cloned.told()))
}

async fn push(agent: &Agent<'_>) -> Result<((), Lines), Surprise> {
    agent.write("hello.md", "Written by an agent.\n")?;
    agent.git(&["add", "hello.md"]).await?.succeeds()?;
    agent.git(&["commit", "--quiet", "--message", "Say hello"]).await?.succeeds()?;
    let pushed = agent.push(BRANCH).await?.succeeds()?;
    is_at(agent, BRANCH, &agent.commit("HEAD").await?).await?;
    Ok(((), pushed.told()))
}

/// Gives the branch it was refused.
async fn push_to_default(agent: &Agent<'_>) -> Result<(String, Lines), Surprise> {
    let default = agent.git(&["symbolic-ref", "HEAD"]).await?.succeeds()?.output();
    let refused = agent.push(&default).await?.refused_for("not-granted")?;
    is_at(agent, &default, &agent.commit("HEAD~1").await?).await?;
    Ok((default, refused.told()))
}

async fn delegate<'a>(stage: &Stage, agent: &Agent<'a>) -> Result<(Agent<'a>, Lines), Surprise> {
    let narrowing = Narrowing::to(&stage.cast.repository).read_only().lifetime(ERRAND).delegate("reviewer");
    let reader = agent.delegate(&narrowing)?;
    let read = reader.git(&["fetch", "origin"]).await?.succeeds()?;
    let refused = reader.push(ANOTHER_BRANCH).await?.refused_for("narrowed")?;
    Ok((reader, [read.told(), refused.told()].concat()))
}

async fn write_by_api(agent: &Agent<'_>, default: &str) -> Result<((), Lines), Surprise> {
    let taken = agent.put("note.md", "Written by REST.\n", ANOTHER_BRANCH).await?.is(201)?;
    let refused = agent.put("note.md", "Written by REST.\n", default).await?.is(403)?;
    if refused.member("reason") != "not-granted" {
        return Err(Surprise::otherwise("the reason not-granted", refused.document.to_string()));
    }
    let told = vec![
        taken.command,
        taken.status.to_string(),
        refused.command.clone(),
        format!("{} {}: {}", refused.status, refused.member("reason"), refused.member("detail")),
        format!("hint: {}", refused.member("hint")),
    ];
    Ok(((), told))
}

async fn revoke(agent: &Agent<'_>, reader: &Agent<'_>) -> Result<((), Lines), Surprise> {
    let revoked = agent.revoke().await?.is(200)?;
    let mut told = vec![revoked.command, revoked.status.to_string()];
    for holder in [agent, reader] {
        told.extend(holder.git(&["ls-remote", "origin"]).await?.refused_for("token-revoked")?.told());
    }
    Ok(((), told))
}

async fn trail(stage: &Stage, default: &str) -> Result<((), Lines), Surprise> {
    let lines = settled(stage).await?;
    let expected = [
        ("ref:create", BRANCH, Outcome::Permit),
        ("ref:create", ANOTHER_BRANCH, Outcome::Permit),
        ("ref:update", default, Outcome::Refuse),
    ];
    let told: Lines = lines.iter().map(describe).collect();
    let is_missing = |expected: &&(&str, &str, Outcome)| !lines.iter().any(|line| is(line, expected));
    match expected.iter().find(is_missing) {
        None => Ok(((), told)),
        Some((action, reference, _)) => {
            Err(Surprise::otherwise(format!("a record of {action} on {reference}"), told.join("\n")))
        }
    }
}

/// The agent's records, once every outcome is known.
async fn settled(stage: &Stage) -> Result<Vec<AuditLine>, Surprise> {
    let search = Search { agent: Some(stage.cast.agent.clone()), ..Search::default() };
    let waiting = async {
        loop {
            let lines = stage.journal.search(&search).await?;
            if lines.iter().all(|line| line.outcome != Outcome::Unknown) {
                return Ok(lines);
            }
            tokio::time::sleep(PACE).await;
        }
    };
    let settled = tokio::time::timeout(TRAIL_WITHIN, waiting).await;
    settled.unwrap_or_else(|_| Err(Surprise::otherwise("every outcome to be known", "some are not")))
}

fn is(line: &AuditLine, (action, reference, outcome): &(&str, &str, Outcome)) -> bool {
    line.action == *action && line.reference.as_deref() == Some(reference) && line.outcome == *outcome
}

fn describe(line: &AuditLine) -> String {
    let came_of_it = line.reason.as_deref().or(line.result.as_deref()).unwrap_or("-");
    let (outcome, reference) = (line.outcome.as_str(), line.reference.as_deref().unwrap_or("-"));
    format!("{:>3}  {outcome:<7} {:<16} {reference:<28} {came_of_it}", line.seq, line.action)
}

/// Looks, through the gateway, what a ref names now.
async fn is_at(agent: &Agent<'_>, reference: &str, commit: &str) -> Result<(), Surprise> {
    let listed = agent.git(&["ls-remote", "origin", reference]).await?.succeeds()?.output();
    if listed.split_whitespace().next() == Some(commit) {
        return Ok(());
    }
    Err(Surprise::otherwise(format!("{reference} at {commit}"), listed))
}
