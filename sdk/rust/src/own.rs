//! The gateway's own API: who am I to it, and may I.

mod answers;

use gogs_spanner_capability::{Action, Effect, Paths};
use serde_json::{Value, json};

use self::answers::Decisions;
pub use self::answers::{Decision, LimitStanding, Outcome, Whoami};
use crate::{client::Client, error::Error, session::Session};

const WHOAMI: &str = "/-/spanner/api/v1/whoami";
const CAN: &str = "/-/spanner/api/v1/can";
/// Effects a gateway answers at once.
const MOST_EFFECTS: usize = 100;

impl Session {
    /// Who the agent is to the gateway, until when its token holds, and what it may do now.
    pub async fn whoami(&self) -> Result<Whoami, Error> {
        self.client().whoami().await
    }

    /// What would be decided of these effects, in their order; nothing is done.
    ///
    /// The gateway decides as it would of the requests, now. An [`Effect`] of a push is complete with its ref and paths;
    /// without paths the answer may be [`Outcome::Unknown`].
    ///
    /// ```no_run
    /// # async fn example(session: gogs_spanner_sdk::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// use gogs_spanner_sdk::{Action, Effect, RefName};
    ///
    /// let branch = RefName::for_branch("agents/docs")?;
    /// let push = Effect::on_repository(Action::RefCreate, &"acme/web".parse()?).at(branch);
    /// for decision in session.can(&[push]).await? {
    ///     println!("{:?}: {}", decision.outcome, decision.hint.unwrap_or_default());
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn can(&self, effects: &[Effect]) -> Result<Vec<Decision>, Error> {
        self.client().can(effects).await
    }
}

impl Client {
    /// Who the holder of the token is to the gateway; see [`Session::whoami`].
    pub async fn whoami(&self) -> Result<Whoami, Error> {
        self.get(WHOAMI).read().await
    }

    /// What would be decided of these effects; see [`Session::can`]. More than a gateway answers at once are several calls.
    pub async fn can(&self, effects: &[Effect]) -> Result<Vec<Decision>, Error> {
        let mut decisions = Vec::with_capacity(effects.len());
        for some in effects.chunks(MOST_EFFECTS) {
            let asked: Vec<_> = some.iter().map(question).collect();
            let answer: Decisions = self.post(CAN).json(&json!({ "effects": asked })).read().await?;
            if answer.decisions.len() != some.len() {
                return Err(Error::Unintelligible { status: 200 });
            }
            decisions.extend(answer.decisions);
        }
        Ok(decisions)
    }
}

/// An effect as it is asked about. Of a large object the paths are known to be none, and none are named.
fn question(effect: &Effect) -> Value {
    let mut question = json!({ "action": effect.action });
    if let Some(repository) = effect.repository() {
        question["repository"] = json!(repository);
    }
    if let Some(reference) = &effect.reference {
        question["ref"] = json!(reference);
    }
    if let (Paths::Known(touches), true) = (&effect.paths, effect.action != Action::LfsWrite) {
        question["paths"] = touches.iter().map(|touch| Value::from(touch.to_string())).collect();
    }
    question
}
