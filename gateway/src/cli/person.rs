//! `spanner person …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Common, Failure, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Person {
    /// List the people who signed in, and who is locked.
    #[command(after_help = "Example:\n  spanner person list")]
    List,
    /// Lock a person, at once: her sign-in and every token that names her are refused, and she cannot sign in again,
    /// whatever she is called then. Once unlocked, what she had goes on: `spanner revoke person` ends it.
    #[command(after_help = "Example:\n  spanner person lock alice@example.com")]
    Lock {
        /// What tokens call her: her e-mail address, or her subject at the issuer.
        name: String,
    },
    /// Unlock a person.
    #[command(after_help = "Example:\n  spanner person unlock alice@example.com")]
    Unlock {
        /// What tokens call her.
        name: String,
    },
    /// Let go of a name, so that whoever signs in with it next has it: an address may pass to somebody else, and is refused
    /// her (`person-changed`) until you say so.
    #[command(after_help = "Example:\n  spanner person forget alice@example.com")]
    Forget {
        /// The name.
        name: String,
    },
}

impl Person {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        let gateway = common.gateway()?;
        match self {
            Self::List => {
                let answer = gateway.get("/people").await?;
                output.say(listed(&answer), &answer)
            }
            Self::Lock { name } => {
                let answer = gateway.post("/lock", &json!({ "kind": "person", "name": name })).await?;
                output.say(format!("locked {name}"), &answer)
            }
            Self::Unlock { name } => {
                let answer = gateway.post("/unlock", &json!({ "kind": "person", "name": name })).await?;
                output.say(unlocked(&name, &answer), &answer)
            }
            Self::Forget { name } => {
                let answer = gateway.post("/people/forget", &json!({ "name": name })).await?;
                output.say(format!("whoever signs in as {name} next has the name"), &answer)
            }
        }
    }
}

/// What came of unlocking: a name that is spelt wrongly must not seem to have been unlocked.
pub(super) fn unlocked(name: &str, answer: &Value) -> String {
    if answer["was_locked"] == true { format!("unlocked {name}") } else { format!("{name} was not locked") }
}

/// Everybody who came, then the locks that hold none of them.
fn listed(answer: &Value) -> String {
    let text = |value: &Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let each = |value: &Value, member: &str| value[member].as_array().cloned().unwrap_or_default();
    let standing = |person: &Value| if person["locked"] == true { "locked" } else { "" };
    let line =
        |person: &Value| format!("{:<40}  {}  {}", text(person, "name"), text(person, "signed_in"), standing(person));
    let people = each(answer, "people");
    let holds = |lock: &Value| {
        people
            .iter()
            .any(|person| person["name"] == lock["name"] || each(lock, "subjects").contains(&person["subject"]))
    };
    let others = each(answer, "locks").into_iter().filter(|lock| lock["kind"] == "person" && !holds(lock));
    let others = others.map(|lock| format!("{:<40}  unknown  locked", text(&lock, "name")));
    people.iter().map(|person| line(person).trim_end().to_owned()).chain(others).collect::<Vec<_>>().join("\n")
}
