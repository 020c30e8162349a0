//! `spanner policy …`

use clap::Subcommand;
use gogs_spanner_capability::{Action, AgentName, Coverage, Effect, RefName, RepositoryName, TreePath};
use serde_json::json;

use super::{Common, Failure, Output, config::check};
use crate::authorize::policy::Policy as Compiled;

#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// Check the policy without putting it in force.
    #[command(after_help = "Example:\n  spanner policy check")]
    Check,
    /// Say whether the policy in the file lets an agent do something. A token may allow less.
    #[command(
        after_help = "Example:\n  spanner policy explain ci-web ref:update acme/web --ref refs/heads/main --path docs/a.md"
    )]
    Explain(Question),
}

#[derive(Debug, clap::Args)]
pub(super) struct Question {
    /// Who.
    agent: AgentName,
    /// Does what.
    action: Action,
    /// Where.
    repository: RepositoryName,
    /// On which ref.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<RefName>,
    /// In which paths; any, if none is given.
    #[arg(long = "path", value_name = "PATH")]
    paths: Vec<TreePath>,
}

impl Policy {
    pub(super) fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        match self {
            Self::Check => check(common, output),
            Self::Explain(question) => question.answer(&Compiled::compile(&common.load()?)?, output),
        }
    }
}

impl Question {
    fn answer(self, policy: &Compiled, output: Output) -> Result<(), Failure> {
        let name = self.agent.clone();
        let agent = policy.agent(&name).ok_or_else(|| Failure::failed("there is no such agent", "see `[[agent]]`"))?;
        let (verdict, why) = match agent.rights.cover(&self.effect()) {
            Coverage::Granted => ("granted", "a right of its grants holds it"),
            Coverage::PathsUnknown => ("depends", "a right holds it for some paths: name them with --path"),
            Coverage::NotGranted => ("not granted", "no right of its grants holds it"),
        };
        output.say(format!("{verdict}: {why}"), &json!({ "agent": name, "verdict": verdict, "why": why }))
    }

    fn effect(self) -> Effect {
        let mut effect = Effect::on_repository(self.action, &self.repository);
        if let Some(reference) = self.reference {
            effect = effect.at(reference);
        }
        if self.paths.is_empty() { effect } else { effect.touching(self.paths) }
    }
}
