//! Who was met, and who is locked: the calls about them.

use std::sync::Arc;

use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use gogs_spanner_capability::{Action, Reason};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Operations, OperatorParts, Peer, answer::Answer};
use crate::{
    people::Person,
    refuse::Refusal,
    store::{Holder, Lock, StoreError},
};

type Operating = State<Arc<Operations>>;
type By = ConnectInfo<Peer>;

/// Whom to lock or unlock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    /// `agent` or `person`.
    kind: String,
    name: String,
}

/// Whose name to let go of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forgotten {
    name: String,
}

/// Locks an agent or a person: at once, durably, whatever tokens there are.
pub(super) async fn lock(State(operations): Operating, ConnectInfo(peer): By, Json(named): Json<Named>) -> Answer {
    let work = async |operations: &Operations, holder| {
        operations.is_known(&holder)?;
        let (kind, name) = holder.parts();
        let answer = json!({ "kind": kind, "name": name, "locked": true });
        operations.parts.register.lock(holder, peer.name()).await.map_err(unwritten)?;
        Ok(answer)
    };
    operations.set(peer, named, "lock", work).await
}

/// Unlocks one.
pub(super) async fn unlock(State(operations): Operating, ConnectInfo(peer): By, Json(named): Json<Named>) -> Answer {
    let (kind, name) = (named.kind.clone(), named.name.clone());
    let work = async |operations: &Operations, holder| {
        // As it is spelt: others may be called so but for case.
        let holder = if let Holder::Person(_) = holder { Holder::Person(name.clone()) } else { holder };
        let was_locked = operations.parts.register.unlock(&holder).await.map_err(unwritten)?;
        Ok(json!({ "kind": kind, "name": name, "locked": false, "was_locked": was_locked }))
    };
    operations.set(peer, named, "unlock", work).await
}

/// Everybody who signed in, and every lock.
pub(super) async fn list(State(operations): Operating, ConnectInfo(peer): By) -> Answer {
    let list = async {
        let register = &operations.parts.register;
        let people: Vec<_> = register.met().iter().map(|(person, is_locked)| describe(person, *is_locked)).collect();
        Ok(json!({ "people": people, "locks": register.locks().iter().map(told).collect::<Vec<_>>() }))
    };
    operations.recorded(peer, Action::AuditRead, None, list).await.into()
}

/// Lets go of a name, so that whoever comes with it next has it.
pub(super) async fn forget(
    State(operations): Operating,
    ConnectInfo(peer): By,
    Json(asked): Json<Forgotten>,
) -> Answer {
    let OperatorParts { register, revoked, .. } = &operations.parts;
    let name = register.name_of(&asked.name).unwrap_or(asked.name);
    let forget = async {
        let was = register.forget(&name, revoked).await.map_err(unwritten)?;
        Ok(json!({ "name": name, "subject": was.map(|was| was.subject) }))
    };
    operations.recorded_about(peer, Action::PolicyWrite, format!("forget person {name}"), forget).await.into()
}

impl Operations {
    async fn set(
        &self,
        peer: Peer,
        named: Named,
        what: &str,
        work: impl AsyncFnOnce(&Self, Holder) -> Result<Value, Refusal>,
    ) -> Answer {
        let Some(holder) = Holder::of(&named.kind, &named.name) else {
            return Answer::Refused(Refusal::new(Reason::RequestMalformed).because("this is no agent and no person"));
        };
        let matter = format!("{what} {holder}");
        self.recorded_about(peer, Action::AgentLock, matter, work(self, holder)).await.into()
    }

    /// A lock on a misspelt name would lock nobody. A person may be locked before she ever came.
    fn is_known(&self, holder: &Holder) -> Result<(), Refusal> {
        match holder {
            Holder::Agent(name) if self.parts.policy.load().agent(name).is_none() => {
                Err(Refusal::new(Reason::AgentUnknown).hint("see `spanner agent list`"))
            }
            Holder::Agent(_) | Holder::Person(_) => Ok(()),
        }
    }
}

fn describe(person: &Person, is_locked: bool) -> Value {
    json!({
        "name": person.name,
        "issuer": person.identity.issuer,
        "subject": person.identity.subject,
        "claims": person.claims,
        "signed_in": person.seen,
        "locked": is_locked,
    })
}

fn told(lock: &Lock) -> Value {
    let (kind, name) = lock.holder.parts();
    let subjects: Vec<_> = lock.identities.iter().map(|identity| &identity.subject).collect();
    json!({ "kind": kind, "name": name, "subjects": subjects, "since": lock.at, "by": lock.by })
}

fn unwritten(error: StoreError) -> Refusal {
    Refusal::new(Reason::StoreUnavailable).because("the store cannot be written").truly(error)
}
