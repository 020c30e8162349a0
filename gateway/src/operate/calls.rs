//! The calls of the socket. Each is recorded before it is done, under the peer's uid, and its outcome after.

use std::sync::Arc;

use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use gogs_spanner_capability::{Action, Reason, RepositoryName, token::RevocationId};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use super::{Operations, Peer, answer::Answer};
use crate::{
    journal::{Durability, Record, Verdict},
    refuse::Refusal,
    request::{Door, RequestId},
    telemetry::trace_id,
};

pub(super) type Operating = State<Arc<Operations>>;
pub(super) type By = ConnectInfo<Peer>;

/// Which name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    repository: String,
}

/// Puts the policy of the configuration's file in force.
pub(super) async fn reload(State(operations): Operating, ConnectInfo(peer): By) -> Answer {
    let reload = async {
        let reloaded = operations.reload()?;
        Ok(json!({ "epoch": reloaded.epoch, "agents": reloaded.agents }))
    };
    operations.recorded(peer, Action::PolicyWrite, None, reload).await.into()
}

/// The published keys.
pub(super) async fn keys(State(operations): Operating, ConnectInfo(peer): By) -> Answer {
    let list = async { Ok(json!({ "keys": operations.parts.keys.list() })) };
    operations.recorded(peer, Action::AuditRead, None, list).await.into()
}

/// Makes a key that signs at once.
pub(super) async fn rotate(State(operations): Operating, ConnectInfo(peer): By) -> Answer {
    let rotate = async {
        let rotated = operations.parts.keys.rotate().await;
        let id = rotated.map_err(|error| {
            Refusal::new(Reason::JournalUnavailable).because("the new key cannot be stored").truly(error)
        })?;
        Ok(json!({ "id": id }))
    };
    operations.recorded(peer, Action::KeysRotate, None, rotate).await.into()
}

/// Takes what stands under a name now for the repository that is meant.
pub(super) async fn confirm(
    State(operations): Operating,
    ConnectInfo(peer): By,
    Json(asked): Json<Confirmation>,
) -> Answer {
    let Ok(repository) = asked.repository.parse::<RepositoryName>() else {
        return Answer::Refused(Refusal::new(Reason::RequestMalformed).because("this is no name of a repository"));
    };
    let confirm = async {
        let was = operations.parts.accounts.confirm(&repository).await?;
        Ok(json!({ "repository": repository, "was": was }))
    };
    operations.recorded(peer, Action::PolicyWrite, None, confirm).await.into()
}

impl Operations {
    /// Records that `peer` does this, does it, and records what came of it.
    pub(super) async fn recorded<T>(
        &self,
        peer: Peer,
        action: Action,
        token: Option<RevocationId>,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let durability = if action.is_write() { Durability::BeforeForward } else { Durability::Soon };
        self.note(self.record(peer, action, token), durability, done, work).await
    }

    /// The same, for what a token does not tell: the record says in words what it is about.
    pub(super) async fn recorded_about<T>(
        &self,
        peer: Peer,
        action: Action,
        matter: String,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let record = Record { truth: Some(matter), ..self.record(peer, action, None) };
        self.note(record, Durability::BeforeForward, done, work).await
    }

    /// The same for what the record says more of than the action.
    pub(super) async fn note<T>(
        &self,
        record: Record,
        durability: Durability,
        told: impl FnOnce(&T) -> String,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let intent = self.parts.journal.intend(vec![record.clone()], durability).await?;
        self.parts.instruments.decision(&record, intent.seq(), None);
        let result = work.await;
        intent.conclude(&[match &result {
            Ok(answer) => told(answer),
            Err(refusal) => refusal.reason().code().to_owned(),
        }]);
        result
    }

    pub(super) fn record(&self, peer: Peer, action: Action, token: Option<RevocationId>) -> Record {
        Record {
            time: self.parts.clock.now(),
            request_id: RequestId::new(),
            trace_id: Some(trace_id(&HeaderMap::new()).to_string()),
            door: Door::Own,
            agent: None,
            on_behalf_of: Some(peer.name()),
            action: action.to_string(),
            repository: "spanner".to_owned(),
            reference: None,
            paths: Vec::new(),
            verdict: Verdict::Permit,
            truth: None,
            token,
        }
    }
}

/// What is written of a call that tells no more.
fn done<T>(_: &T) -> String {
    "done".to_owned()
}
