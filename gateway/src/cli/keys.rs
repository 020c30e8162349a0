//! `spanner keys …`

use clap::Subcommand;
use serde_json::Value;

use super::{Common, Failure, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List the published keys.
    #[command(after_help = "Example:\n  spanner keys list")]
    List,
    /// Make a new key that signs at once; tokens signed before stay good.
    #[command(after_help = "Example:\n  spanner keys rotate")]
    Rotate,
}

impl Keys {
    pub(super) async fn run(&self, common: &Common, output: Output) -> Result<(), Failure> {
        let gateway = common.gateway()?;
        match self {
            Self::List => {
                let answer = gateway.get("/keys").await?;
                let keys = answer["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
                output.say(keys.iter().map(describe).collect::<Vec<_>>().join("\n"), &answer)
            }
            Self::Rotate => {
                let answer = gateway.post("/keys/rotate", &Value::Null).await?;
                output.say(format!("key {} signs now", answer["id"]), &answer)
            }
        }
    }
}

fn describe(key: &Value) -> String {
    let text = |member: &str| key[member].as_str().unwrap_or_default();
    format!("{:>4}  {:<8}  signs from {}", key["id"].to_string(), text("state"), text("signs_from"))
}
