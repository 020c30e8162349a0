//! What a gateway tells the doctor of itself.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use futures::{StreamExt, stream};
use gogs_spanner_capability::{Action, Reason};

use super::{Operations, Peer, answer::Answer};
use crate::{
    authorize::policy::AgentPolicy,
    doctor::{OddAccount, Vitals},
    refuse::Refusal,
};

/// Accounts looked at at once: the forge is small, and has other work.
const AT_ONCE: usize = 4;

/// Its keys, and the accounts of its agents in which something is odd. Written down as what it is: accounts get a password.
pub(super) async fn doctor(State(operations): State<Arc<Operations>>, ConnectInfo(peer): ConnectInfo<Peer>) -> Answer {
    let look = async {
        serde_json::to_value(operations.vitals().await)
            .map_err(|error| Refusal::new(Reason::InternalError).truly(error))
    };
    operations.recorded(peer, Action::CredentialsMint, None, look).await.into()
}

impl Operations {
    async fn vitals(&self) -> Vitals {
        let policy = self.parts.policy.load();
        let agents: Vec<_> = policy.agents().cloned().collect();
        let looked = stream::iter(agents).map(|agent| self.odd_account(agent)).buffered(AT_ONCE);
        let accounts = looked.filter_map(std::future::ready).collect().await;
        Vitals { keys: self.parts.keys.list(), jwks: self.parts.keys.jwks(), accounts }
    }

    async fn odd_account(&self, agent: Arc<AgentPolicy>) -> Option<OddAccount> {
        let odd = self.parts.accounts.oddities(&agent).await;
        (!odd.is_empty()).then(|| OddAccount { agent: agent.name.clone(), odd })
    }
}
