//! `GET whoami`: who the caller is to the gateway, and what is left of its rights.

mod right;

use std::collections::BTreeMap;

use gogs_spanner_capability::{Action, Effective};
use schemars::JsonSchema;
use serde::Serialize;

use self::right::Right;
use crate::{gate::Call, limit::Remaining};

/// Who calls, by which token, and what it may do now.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Whoami {
    /// The agent.
    agent: String,
    /// Who answers for it, as the configuration says.
    owner: String,
    /// The person it acts for; null where the token names none.
    on_behalf_of: Option<String>,
    /// The token, by its revocation id: what the journal calls it.
    token: String,
    /// Whose proof the token was given for.
    issuer: String,
    /// When the token was minted (RFC 3339, UTC).
    issued: String,
    /// When it ends (RFC 3339, UTC).
    expires: String,
    /// Seconds until then.
    expires_in: i64,
    /// How many times it was narrowed since it was minted.
    narrowed: usize,
    /// How many times it can still be narrowed.
    depth_left: usize,
    /// Whom its holders say it was handed to, in order: their claim, nobody's proof.
    delegates: Vec<String>,
    /// What it may do on repositories: token, caveats and today's policy together. A union.
    rights: Vec<Right>,
    /// The actions it may do that are on no repository, as `directory:read`.
    elsewhere: Vec<String>,
    /// How each limit of the agent stands, by its name in the configuration; what is not listed is not limited.
    limits: BTreeMap<&'static str, Remaining>,
}

impl Whoami {
    /// Introduces a caller to itself.
    pub(super) fn of(call: &Call) -> Self {
        let Call { snapshot, caller, token, .. } = call;
        let (agent, now) = (&caller.agent, snapshot.now);
        let here = call.gate.authorizer.circumstances(caller);
        let Effective { rights, elsewhere } = Effective::of(token.rights(), token.caveats(), caller.rights(), &here);
        Self {
            agent: agent.name.to_string(),
            owner: agent.owner.clone(),
            on_behalf_of: token.user().map(str::to_owned),
            token: token.token_id().to_string(),
            issuer: token.issuer().to_owned(),
            issued: token.issued().to_string(),
            expires: token.expires().to_string(),
            expires_in: token.expires().as_second() - now.as_second(),
            narrowed: token.narrowed(),
            depth_left: token.depth_left(),
            delegates: token.delegates().map(ToString::to_string).collect(),
            rights: rights.into_iter().map(Right::from).collect(),
            elsewhere: elsewhere.iter().map(Action::to_string).collect(),
            limits: call.gate.limits.remaining(agent).into_iter().map(|(of, left)| (of.as_str(), left)).collect(),
        }
    }
}
