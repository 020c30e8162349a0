//! `POST can`: what would be decided of these effects, asked before anything is done.
//!
//! Each is decided as a request with that effect would be ([`Examiner::foresee`](crate::examine::Examiner::foresee)).

mod asked;

use std::fmt;

use gogs_spanner_capability::{Effect, Reason};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::asked::AskedEffect;
use crate::{body::Body, gate::Call, refuse::Refusal};

/// Effects answered at once: each may cost a question to the forge, and its asker waits for all of them.
pub(super) const MOST_EFFECTS: usize = 100;
/// A hundred effects of some dozens of paths each.
pub(super) const LARGEST_QUESTION: usize = 256 * 1024;

/// What would be done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Each is decided for itself.
    #[schemars(length(max = MOST_EFFECTS))]
    effects: Vec<AskedEffect>,
}

/// What would be done, in the words decisions are made in.
#[derive(Debug)]
pub(super) struct Question(Vec<Effect>);

/// The answers, in the order of the effects.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Decisions {
    decisions: Vec<Decision>,
}

/// What would be decided of one effect.
#[derive(Debug, Serialize, JsonSchema)]
struct Decision {
    /// Whether it would be let through.
    outcome: Outcome,
    /// Why not; null where it would.
    reason: Option<String>,
    /// The same in words.
    detail: Option<String>,
    /// What to do next.
    hint: Option<String>,
    /// What to do next, for programs: a word of the table of reasons.
    next: Option<String>,
    /// Seconds after which the answer may be another; null: not by waiting.
    retry: Option<u32>,
    /// The paths that stand in the way, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<String>,
}

/// The word for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// It would be let through.
    Permit,
    /// It would be refused.
    Refuse,
    /// It cannot be said: it depends on paths that were not named, or something does not answer.
    Unknown,
}

impl Question {
    /// Reads what is asked.
    pub(super) async fn read(call: &Call, headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        let Asked { effects } = call.gate.examiner.question(&call.caller, headers, body, LARGEST_QUESTION).await?;
        if effects.len() > MOST_EFFECTS {
            return Err(Refusal::new(Reason::TooLarge)
                .because(format!(
                    "{} effects are asked about, at most {MOST_EFFECTS} are answered at once",
                    effects.len()
                ))
                .hint(format!("ask about {MOST_EFFECTS} at a time")));
        }
        let effects = effects.into_iter().enumerate().map(|(at, effect)| effect.read(at)).collect::<Result<_, _>>()?;
        Ok(Self(effects))
    }

    /// Answers it, as of the call's snapshot.
    pub(super) async fn decide(&self, call: &Call) -> Decisions {
        let mut decisions = Vec::with_capacity(self.0.len());
        for effect in &self.0 {
            let decided = call.gate.examiner.foresee(&call.snapshot, &call.caller, effect).await;
            decisions.push(decided.map_or_else(|refusal| Decision::of(&refusal), |()| Decision::permit()));
        }
        Decisions { decisions }
    }
}

impl Decision {
    const fn permit() -> Self {
        let (reason, detail, hint, next) = (None, None, None, None);
        Self { outcome: Outcome::Permit, reason, detail, hint, next, retry: None, findings: Vec::new() }
    }

    fn of(refusal: &Refusal) -> Self {
        let reason = refusal.reason();
        let is_open = reason.is_fault() && reason != Reason::UpstreamCannot || reason == Reason::PathsNotInspected;
        let hint = match reason {
            // A push is looked into for them.
            Reason::PathsNotInspected => "say in `paths` which it would touch",
            _ => refusal.next_step(),
        };
        Self {
            outcome: if is_open { Outcome::Unknown } else { Outcome::Refuse },
            reason: Some(reason.to_string()),
            detail: Some(refusal.why().to_owned()),
            hint: Some(hint.to_owned()),
            next: Some(reason.next().to_string()),
            retry: refusal.retry_after(),
            findings: refusal.findings().to_vec(),
        }
    }
}

/// What the journal keeps of the answers.
impl fmt::Display for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |outcome| self.decisions.iter().filter(|decision| decision.outcome == outcome).count();
        let [permit, refuse, unknown] = [Outcome::Permit, Outcome::Refuse, Outcome::Unknown].map(count);
        write!(f, "{permit} permit, {refuse} refuse, {unknown} unknown")
    }
}
