//! `spanner repository …`

use clap::Subcommand;
use gogs_spanner_capability::RepositoryName;
use serde_json::json;

use super::{Common, Failure, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Repository {
    /// Say that the repository which stands under a name now is meant: agents are refused it
    /// (`repository-identity-changed`) after the name passed to another one.
    #[command(after_help = "Example:\n  spanner repository confirm acme/web")]
    Confirm {
        /// Owner and name.
        #[arg(value_name = "OWNER/NAME")]
        repository: RepositoryName,
    },
}

impl Repository {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        let Self::Confirm { repository } = self;
        let gateway = common.gateway()?;
        let answer = gateway.post("/repositories/confirm", &json!({ "repository": repository })).await?;
        let met = format!("whatever stands under `{repository}` at its next use is what is meant");
        let unmet =
            format!("nothing was ever met under `{repository}`: check its spelling, or there is nothing to confirm");
        output.say(if answer["was"].is_null() { unmet } else { met }, &answer)
    }
}
