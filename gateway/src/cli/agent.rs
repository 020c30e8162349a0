//! `spanner agent …`

mod add;
mod key;

#[cfg(feature = "demo")]
pub(crate) use self::key::NewKey;

use clap::Subcommand;
use gogs_spanner_capability::AgentName;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Common, Failure, Output, person::unlocked};

#[derive(Debug, Subcommand)]
pub(super) enum Agent {
    /// Register an agent: write its stanza, make its key, ask the running gateway to reload.
    Add(Box<add::Add>),
    /// List the agents of the policy in force.
    #[command(after_help = "Example:\n  spanner agent list")]
    List,
    /// Lock an agent, at once: its proofs and its tokens are refused until it is unlocked.
    #[command(after_help = "Example:\n  spanner agent lock ci-web")]
    Lock {
        /// Its name.
        name: AgentName,
    },
    /// Unlock an agent.
    #[command(after_help = "Example:\n  spanner agent unlock ci-web")]
    Unlock {
        /// Its name.
        name: AgentName,
    },
    /// Show one agent of the policy in force.
    #[command(after_help = "Example:\n  spanner agent show ci-web")]
    Show {
        /// Its name.
        name: AgentName,
    },
}

impl Agent {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(common, output).await,
            Self::List => {
                let answer = common.gateway()?.get("/agents").await?;
                output.say(agents(&answer).iter().map(summary).collect::<Vec<_>>().join("\n"), &answer)
            }
            Self::Lock { name } => {
                let answer = common.gateway()?.post("/lock", &json!({ "kind": "agent", "name": name })).await?;
                output.say(format!("locked {name}"), &answer)
            }
            Self::Unlock { name } => {
                let answer = common.gateway()?.post("/unlock", &json!({ "kind": "agent", "name": name })).await?;
                output.say(unlocked(name.as_str(), &answer), &answer)
            }
            Self::Show { name } => {
                let answer = common.gateway()?.get("/agents").await?;
                let agent = agents(&answer).iter().find(|agent| agent["name"] == name.as_str());
                let agent =
                    agent.ok_or_else(|| Failure::failed("there is no such agent", "see `spanner agent list`"))?;
                output.say(detail(agent), agent)
            }
        }
    }
}

fn agents(answer: &Value) -> &[Value] {
    answer["agents"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// One line: who it is, who answers for it, what it was granted, how it is limited, and when it was last heard of.
fn summary(agent: &Value) -> String {
    let roles = texts(&agent["roles"]).collect::<Vec<_>>().join(",");
    let limits: Vec<_> = limits(agent).map(|(name, limit)| format!("{name} {}", text(limit, "limit"))).collect();
    let limits = if limits.is_empty() { "not limited".to_owned() } else { limits.join(", ") };
    let locked = if agent["locked"] == true { "  locked" } else { "" };
    let (name, owner) = (text(agent, "name"), text(agent, "owner"));
    format!("{name:<20}  {owner:<20}  {roles:<12}  {limits}  {}{locked}", last_used(agent))
}

fn detail(agent: &Value) -> String {
    let mut lines = vec![format!("agent   {}", text(agent, "name")), format!("owner   {}", text(agent, "owner"))];
    lines.extend(texts(&agent["roles"]).map(|role| format!("role    {role}")));
    lines.extend(texts(&agent["issuers"]).map(|issuer| format!("issuer  {issuer}")));
    let is_revoked = |key: &str| texts(&agent["revoked_keys"]).any(|revoked| revoked == key);
    let key = |key: &str| format!("key     {key}{}", if is_revoked(key) { " (revoked)" } else { "" });
    lines.extend(texts(&agent["keys"]).map(key));
    lines.extend(limits(agent).map(|(name, limit)| {
        let (written, left, whole) = (text(limit, "limit"), &limit["remaining"], &limit["resets_in"]);
        format!("limit   {name} {written}: {left} left, all of it in {whole} s")
    }));
    lines.push(format!("used    {}", last_used(agent)));
    lines.extend(texts(&agent["lend_to"]).map(|group| format!("lent by {group}")));
    lines.extend((agent["locked"] == true).then(|| "locked".to_owned()));
    let rights = agent["rights"].as_array().map(Vec::as_slice).unwrap_or_default();
    lines.extend(rights.iter().map(|right| {
        let part = |member: &str| texts(&right[member]).collect::<Vec<_>>().join(", ");
        format!(
            "right   {} on {}, refs {}, paths {}",
            part("actions"),
            part("repositories"),
            part("refs"),
            part("paths")
        )
    }));
    lines.join("\n")
}

fn limits(agent: &Value) -> impl Iterator<Item = (&String, &Value)> {
    agent["limits"].as_object().into_iter().flatten()
}

fn last_used(agent: &Value) -> String {
    let at = agent["last_used"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    at.map_or_else(|| "never".to_owned(), |at| format!("{at:.0}"))
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
