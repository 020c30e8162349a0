//! What would be decided of a request, asked before it is made.
//!
//! The same questions in the same order as of a request with this effect: is it possible at all, may the caller be there,
//! is it the repository that is meant, may anything be pushed, may this, and do the agent's limits leave it. What only the request itself brings (the commits
//! of a push, hence what it is and touches) is taken from the question.

use gogs_spanner_capability::{Action, Effect};
use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::{Examiner, body};
use crate::{
    body::Body,
    caller::{Caller, Snapshot},
    classify,
    refuse::Refusal,
};

impl Examiner {
    /// Whether a request with exactly this effect would be let through.
    pub async fn foresee(&self, snapshot: &Snapshot, caller: &Caller, effect: &Effect) -> Result<(), Refusal> {
        classify::possible(effect.action)?;
        if let Some(repository) = effect.repository() {
            self.enter(snapshot, caller, repository).await?;
            if effect.action.writes_ref() {
                self.authorizer.may_push(caller, repository)?;
            }
        }
        self.decide_foreseen(snapshot, caller, effect)?;
        self.authorizer.may_now(caller, effect)
    }

    fn decide_foreseen(&self, snapshot: &Snapshot, caller: &Caller, effect: &Effect) -> Result<(), Refusal> {
        let decide = |effect: &Effect| self.authorizer.decide(snapshot, caller, effect);
        match effect.repository() {
            // Whoever may read everything is not asked what (see `examine_read`).
            Some(repository) if effect.action == Action::ContentsRead => {
                let whole = decide(&Effect::on_repository(effect.action, repository));
                whole.or_else(|refusal| if refusal.reason().is_fault() { Err(refusal) } else { decide(effect) })
            }
            _ => decide(effect),
        }
    }

    /// Reads a JSON body of a known shape that is for the gateway itself.
    pub async fn question<T: DeserializeOwned>(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
        most: usize,
    ) -> Result<T, Refusal> {
        body::shaped(self.share(caller), headers, body, most).await.map(|(question, _)| question)
    }
}
