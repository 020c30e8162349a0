//! The agents of the policy in force, and how they stand.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use futures::{StreamExt as _, stream};
use gogs_spanner_capability::Action;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Operations,
    answer::Answer,
    calls::{By, Operating},
};
use crate::authorize::policy::{AgentKey, AgentPolicy};

/// Agents whose last record is looked up at once.
const AT_ONCE: usize = 4;

/// All of them.
pub(super) async fn agents(State(operations): Operating, ConnectInfo(peer): By) -> Answer {
    let list = async {
        let policy = operations.parts.policy.load();
        let described = stream::iter(policy.agents().cloned()).map(|agent| operations.describe(agent));
        let agents: Vec<_> = described.buffered(AT_ONCE).collect().await;
        Ok(json!({ "epoch": policy.epoch, "agents": agents }))
    };
    operations.recorded(peer, Action::AuditRead, None, list).await.into()
}

impl Operations {
    async fn describe(&self, agent: Arc<AgentPolicy>) -> Value {
        let revoked = self.parts.revoked.revoked_keys(&agent.name);
        let keys = agent.keys.iter().map(AgentKey::thumbprint);
        let limits = self.parts.limits.remaining(&agent).into_iter();
        let limits: Map<_, _> = limits.map(|(limited, left)| (limited.as_str().to_owned(), json!(left))).collect();
        json!({
            "name": agent.name,
            "owner": agent.owner,
            "roles": agent.roles,
            "issuers": agent.trust.iter().map(|rule| &rule.issuer).collect::<Vec<_>>(),
            "keys": keys.clone().collect::<Vec<_>>(),
            "revoked_keys": keys.filter(|key| revoked.iter().any(|revoked| revoked == key)).collect::<Vec<_>>(),
            "rights": agent.rights,
            "lend_to": agent.lenders.iter().map(|lending| &lending.group).collect::<Vec<_>>(),
            "locked": self.parts.register.is_locked(&agent.name),
            "limits": limits,
            "last_used": self.last_used(&agent).await,
        })
    }

    /// When it was last heard of; none where it never was, or where that cannot be read now.
    async fn last_used(&self, agent: &AgentPolicy) -> Option<Timestamp> {
        self.parts.journal.last_of(&agent.name).await.ok().flatten()
    }
}
