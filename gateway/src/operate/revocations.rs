//! Taking back what was given: a token, an agent's tokens, a key and what was got with it, what a person lent, or everything
//! of before.

use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use gogs_spanner_capability::{Action, AgentName, Reason, token::RevocationId};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{
    Operations, Peer,
    answer::Answer,
    calls::{By, Operating},
};
use crate::{
    authorize::policy::AgentKey,
    journal::{Durability, Record},
    refuse::Refusal,
    revoke::{Cut, Cutoff},
    store::StoreError,
};

/// Which token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfToken {
    /// The revocation id; the token itself never travels.
    id: String,
}

/// Whose tokens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfAgent {
    agent: AgentName,
}

/// Which key, and what was got with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfKey {
    agent: AgentName,
    /// Its RFC 7638 thumbprint, or the fingerprint `ssh-keygen -l` shows.
    key: String,
}

/// Whose sign-ins and what was lent by them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfPerson {
    /// What she is called, or her subject.
    person: String,
    /// What of her is meant: what was made before this, or until now.
    time: Option<Timestamp>,
}

/// Which tokens, by when they were minted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Before {
    time: Timestamp,
}

/// Revokes a token and what was derived from it.
pub(super) async fn token(State(operations): Operating, ConnectInfo(peer): By, Json(asked): Json<OfToken>) -> Answer {
    let Ok(id) = asked.id.parse::<RevocationId>() else {
        return Answer::Refused(Refusal::new(Reason::RequestMalformed).because("this is no revocation id"));
    };
    let revoke = async {
        operations.parts.revoked.revoke(&id).await.map_err(|error| unwritten(&error))?;
        Ok(json!({ "revoked": id.to_string() }))
    };
    operations.recorded(peer, Action::TokenRevoke, Some(id.clone()), revoke).await.into()
}

/// Ends the tokens an agent has until now.
pub(super) async fn agent(State(operations): Operating, ConnectInfo(peer): By, Json(asked): Json<OfAgent>) -> Answer {
    if let Err(refusal) = operations.knows(&asked.agent).await {
        return Answer::Refused(refusal);
    }
    operations.cut_off(peer, vec![Cut::Agent(asked.agent)], None).await
}

/// Ends the tokens an agent got with a key until now, and takes no more proofs by it.
pub(super) async fn key(State(operations): Operating, ConnectInfo(peer): By, Json(asked): Json<OfKey>) -> Answer {
    match operations.key_of(&asked) {
        Ok(key) => operations.cut_off(peer, vec![Cut::Key(asked.agent, key)], None).await,
        Err(refusal) => Answer::Refused(refusal),
    }
}

/// Ends the sign-ins of a person and the tokens that name her, by each of her names.
pub(super) async fn person(State(operations): Operating, ConnectInfo(peer): By, Json(asked): Json<OfPerson>) -> Answer {
    match operations.cuts_of(&asked) {
        Ok((cuts, before)) => operations.cut_off(peer, cuts, before).await,
        Err(refusal) => Answer::Refused(refusal),
    }
}

/// Ends all tokens and sign-ins of before an instant.
pub(super) async fn before(State(operations): Operating, ConnectInfo(peer): By, Json(asked): Json<Before>) -> Answer {
    match operations.past(asked.time) {
        Ok(before) => operations.cut_off(peer, vec![Cut::All], Some(before)).await,
        Err(refusal) => Answer::Refused(refusal),
    }
}

impl Operations {
    /// An instant that has come.
    fn past(&self, time: Timestamp) -> Result<Timestamp, Refusal> {
        if time <= self.parts.clock.now() {
            return Ok(time);
        }
        let refusal = Refusal::new(Reason::RequestMalformed).because("this instant has not come yet");
        Err(refusal.hint("name one of the past: `1s` is all of until a second ago"))
    }

    /// Each name of a person, and before when what was made under it is ended.
    fn cuts_of(&self, asked: &OfPerson) -> Result<(Vec<Cut>, Option<Timestamp>), Refusal> {
        let before = asked.time.map(|time| self.past(time)).transpose()?;
        let names = self.parts.register.names_of(&asked.person);
        if names.is_empty() {
            let why = format!("nobody called `{}` has signed in here", asked.person);
            let refusal = Refusal::new(Reason::RequestMalformed).because(why);
            return Err(refusal.hint("check her name with `spanner person list`"));
        }
        Ok((names.into_iter().map(Cut::Person).collect(), before))
    }

    /// Ends what was made before an instant, or until now: written down as what it is, done durably, in force with the
    /// answer.
    async fn cut_off(&self, peer: Peer, cuts: Vec<Cut>, before: Option<Timestamp>) -> Answer {
        let now = self.parts.clock.now();
        let meant = |cut: &Cut| before.map_or_else(|| cut.clone().now(now), |before| cut.clone().before(before));
        let intended = told(&cuts.iter().map(meant).collect::<Vec<_>>());
        let record = Record { truth: Some(intended), ..self.record(peer, Action::TokenRevoke, None) };
        let ending = async {
            let mut ended = Vec::new();
            for cut in cuts {
                let cutoff = self.end(cut, before).await.map_err(|error| unwritten(&error))?;
                ended.push(cutoff);
            }
            Ok(ended)
        };
        let done = self.note(record, Durability::BeforeForward, |ended: &Vec<_>| told(ended), ending).await;
        let answer = |ended: Vec<Cutoff>| {
            let before = ended.iter().map(|cutoff| cutoff.before).max();
            json!({ "revoked": told(&ended), "before": before })
        };
        done.map(answer).into()
    }

    async fn end(&self, cut: Cut, before: Option<Timestamp>) -> Result<Cutoff, StoreError> {
        let Some(before) = before else { return self.parts.revoked.cut_off_now(cut).await };
        let cutoff = cut.before(before);
        self.parts.revoked.cut_off(cutoff.clone()).await.map(|()| cutoff)
    }

    /// Whether there ever was an agent of this name: one that is spelt wrongly must not seem to have been ended.
    pub(super) async fn knows(&self, agent: &AgentName) -> Result<(), Refusal> {
        if self.parts.policy.load().agent(agent).is_some() {
            return Ok(());
        }
        let last = self.parts.journal.last_of(agent).await.map_err(|error| {
            Refusal::new(Reason::JournalUnavailable).because("the journal cannot be read").truly(error)
        })?;
        last.map(drop).ok_or_else(|| nobody(agent))
    }

    /// The thumbprint of a key the agent is registered with.
    fn key_of(&self, asked: &OfKey) -> Result<String, Refusal> {
        let policy = self.parts.policy.load();
        let agent = policy.agent(&asked.agent).ok_or_else(|| nobody(&asked.agent))?;
        let is_it = |key: &&AgentKey| asked.key == key.thumbprint() || asked.key == key.fingerprint();
        let found = agent.keys.iter().find(is_it).map(|key| key.thumbprint().to_owned());
        found.ok_or_else(|| {
            let keys: Vec<_> = agent.keys.iter().map(AgentKey::thumbprint).collect();
            let hint = match &*keys {
                [] => format!("it proves itself by an issuer: `spanner revoke agent {}` ends its tokens", agent.name),
                keys => format!(
                    "it has {}; of a key that was taken out before, `spanner revoke agent {}` ends the tokens",
                    keys.join(", "),
                    agent.name
                ),
            };
            Refusal::new(Reason::RequestMalformed).because(format!("`{}` has no such key", agent.name)).hint(hint)
        })
    }
}

fn told(cutoffs: &[Cutoff]) -> String {
    cutoffs.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn nobody(agent: &AgentName) -> Refusal {
    Refusal::new(Reason::AgentUnknown)
        .because(format!("there is no agent `{agent}`, and none was ever heard of"))
        .hint("check its name with `spanner agent list`")
}

fn unwritten(error: &StoreError) -> Refusal {
    Refusal::new(Reason::JournalUnavailable).because("the store cannot be written").truly(error)
}
