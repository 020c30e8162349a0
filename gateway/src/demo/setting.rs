//! What the show is about: one agent, one private repository, and the `spanner.toml` that brings them together.

use std::{net::SocketAddr, path::Path};

/// Who may do what, as an operator would write it; what differs from show to show is put in quotes at `{…}`.
const CONFIGURATION: &str = r#"[listen]
address = {address}
public_url = {public_url}
drain = "2s"

[operate]
address = "127.0.0.1:0"
socket = "spanner.sock"

[upstream]
url = {upstream}
admin_token = { file = {admin_token} }
account_prefix = {account_prefix}

[[issuer]]
name = "demonstration"
url = {issuer}

[[role]]
name = "docs"
rights = [
  { actions = ["contents:read", "issues:read", "issues:write"] },
  { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/docs/**"] },
]

[[agent]]
name = {agent}
owner = "demonstration"
trust = [{ issuer = "demonstration", claims = { sub = {subject} } }]
keys = [{key}]
grants = [{ role = "docs", repositories = {repositories} }]
"#;

/// The branch the agent may write: below the pattern of its role.
pub(super) const BRANCH: &str = "refs/heads/agents/docs/hello";
/// Another one.
pub(super) const ANOTHER_BRANCH: &str = "refs/heads/agents/docs/note";
/// What the identity provider calls the agent.
pub(super) const SUBJECT: &str = "0oa-docs-writer";

/// The names of one show.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    pub(super) agent: String,
    pub(super) repository: String,
    /// More repositories the agent is granted, for whoever tries the gateway after the walk.
    pub(super) others: Vec<String>,
    pub(super) account_prefix: String,
}

/// Where everything stands.
pub(super) struct Places<'a> {
    pub(super) gateway: SocketAddr,
    pub(super) upstream: &'a str,
    pub(super) issuer: &'a str,
    pub(super) admin_token: &'a Path,
    /// The agent's public key, as OpenSSH writes it.
    pub(super) key: &'a str,
}

impl Cast {
    /// The agent's account at the forge.
    pub(super) fn account(&self) -> String {
        format!("{}{}", self.account_prefix, self.agent)
    }

    /// Every repository the agent is granted.
    pub(super) fn repositories(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.repository).chain(&self.others)
    }

    /// The text of `spanner.toml`.
    pub(super) fn configuration(&self, places: &Places<'_>) -> String {
        [
            ("{address}", places.gateway.to_string()),
            ("{public_url}", format!("http://{}", places.gateway)),
            ("{upstream}", places.upstream.to_owned()),
            ("{admin_token}", places.admin_token.display().to_string()),
            ("{account_prefix}", self.account_prefix.clone()),
            ("{issuer}", places.issuer.to_owned()),
            ("{key}", places.key.to_owned()),
            ("{agent}", self.agent.clone()),
            ("{subject}", SUBJECT.to_owned()),
        ]
        .into_iter()
        .map(|(gap, value)| (gap, toml::Value::from(value)))
        .chain([("{repositories}", self.repositories().cloned().collect::<Vec<_>>().into())])
        .fold(CONFIGURATION.to_owned(), |text, (gap, value)| text.replace(gap, &value.to_string()))
    }
}
