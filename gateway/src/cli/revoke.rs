//! `spanner revoke …`

use clap::Subcommand;
use gogs_spanner_capability::token::{RevocationId, inspect};
use gogs_spanner_cli::read_token;
use serde_json::json;

use super::{Common, Failure, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Revoke {
    /// Revoke a token and everything derived from it. Reads the token from standard input.
    #[command(after_help = "Examples:\n  spanner revoke token < token\n  spanner revoke token --id 9f2c…")]
    Token {
        /// A revocation id, as the trail shows it, instead of the token.
        #[arg(long, value_name = "ID")]
        id: Option<RevocationId>,
    },
}

impl Revoke {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        let Self::Token { id } = self;
        let gateway = common.gateway()?;
        let id = id.map_or_else(id_of_input, Ok)?;
        // Only the id travels: the token stays where it was read.
        let answer = gateway.post("/revoke", &json!({ "id": id.to_string() })).await?;
        output.say(format!("revoked {id}"), &answer)
    }
}

fn id_of_input() -> Result<RevocationId, Failure> {
    let inspection =
        inspect(&read_token()?).map_err(|error| Failure::failed(error, "revoke it by its `--id` in the trail"))?;
    inspection.revocation_ids.last().cloned().ok_or_else(|| Failure::failed("the token has no block", "send it whole"))
}
