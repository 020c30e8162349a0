//! `spanner revoke …`

use clap::Subcommand;
use gogs_spanner_capability::{
    AgentName,
    token::{RevocationId, inspect},
};
use gogs_spanner_cli::{When, read_token, when};
use serde_json::{Value, json};

use super::{Common, Failure, Output};
use crate::clock::{Clock, SystemClock};

#[derive(Debug, Subcommand)]
pub(super) enum Revoke {
    /// Revoke a token and everything derived from it. Reads the token from standard input.
    #[command(after_help = "Examples:\n  spanner revoke token < token\n  spanner revoke token --id 9f2c…")]
    Token {
        /// A revocation id, as the trail shows it, instead of the token.
        #[arg(long, value_name = "ID")]
        id: Option<RevocationId>,
    },
    /// Revoke all tokens an agent has. It can get new ones, unless its key or its stanza goes too.
    #[command(after_help = "Example:\n  spanner revoke agent ci-web")]
    Agent {
        /// Its name.
        name: AgentName,
    },
    /// Revoke a key of an agent: the tokens it got with it end, and the key is not taken any more.
    #[command(after_help = "Examples:\n  spanner revoke key ci-web Bi-cZ3DWqKmOyTfBWnY1SVsvRYlIWrFIhJ7Q5zOvsf0\n  \
                      spanner revoke key ci-web SHA256:mVPwvezndPv/ARoIadVY98vAC0g+P/5633yTC4d/wXE")]
    Key {
        /// Whose.
        agent: AgentName,
        /// Its thumbprint, as `spanner agent show` tells it, or its fingerprint, as `ssh-keygen -l` does.
        // A thumbprint is base64url: one in 64 begins with `-`.
        #[arg(value_name = "KEY", allow_hyphen_values = true)]
        key: String,
    },
    /// End every sign-in of a person and every token she lent: they end, and she may sign in anew.
    #[command(after_help = "Examples:\n  spanner revoke person alice@example.com\n  \
                      spanner revoke person alice@example.com --before 2026-11-23T10:00:00Z")]
    Person {
        /// What tokens call her, or her subject at the identity provider.
        name: String,
        /// Only what was made before this: an instant, or how long ago, `1h`.
        #[arg(long, value_name = "TIME", value_parser = when)]
        before: Option<When>,
    },
    /// Revoke all tokens minted and sign-ins made before an instant, whosever they are.
    #[command(after_help = "Examples:\n  spanner revoke before 2026-11-23T10:00:00Z\n  spanner revoke before 1h")]
    Before {
        /// An instant, or how long ago, `1h`.
        #[arg(value_parser = when)]
        time: When,
    },
}

impl Revoke {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        let gateway = common.gateway()?;
        let (path, body, then) = match self {
            Self::Token { id } => {
                let id = id.map_or_else(id_of_input, Ok)?;
                // Only the id travels: the token stays where it was read.
                ("/revoke/token", json!({ "id": id.to_string() }), String::new())
            }
            Self::Agent { name } => {
                let then = "whoever proves to be it gets new ones: to keep it out, take its stanza out and reload";
                ("/revoke/agent", json!({ "agent": name }), format!("\n{then}"))
            }
            Self::Key { agent, key } => {
                let then = format!("\nnow take the key out of the stanza of `{agent}`, or give it another");
                ("/revoke/key", json!({ "agent": agent, "key": key }), then)
            }
            Self::Person { name, before } => {
                let time = before.map(|before| before.before(SystemClock.now()));
                let then = "\nshe can sign in again: to keep her out, `spanner person lock` her".to_owned();
                ("/revoke/person", json!({ "person": name, "time": time }), then)
            }
            Self::Before { time } => {
                ("/revoke/before", json!({ "time": time.before(SystemClock.now()) }), String::new())
            }
        };
        let answer = gateway.post(path, &body).await?;
        output.say(format!("revoked {}{then}", text(&answer)), &answer)
    }
}

fn text(answer: &Value) -> &str {
    answer["revoked"].as_str().unwrap_or_default()
}

fn id_of_input() -> Result<RevocationId, Failure> {
    let inspection =
        inspect(&read_token()?).map_err(|error| Failure::failed(error, "revoke it by its `--id` in the trail"))?;
    inspection.revocation_ids.last().cloned().ok_or_else(|| Failure::failed("the token has no block", "send it whole"))
}
