//! Asking the journal, and what it answers.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Lines of one answer, when no fewer are asked for: about 300 KiB.
const LINES: u32 = 1000;

/// What to look for; a member left out looks for nothing.
///
/// With `after_seq` the answer begins right after that line and may be continued from its last; without it the answer is
/// the newest lines. Both come in the order they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Who.
    pub agent: Option<String>,
    /// Which action.
    pub action: Option<String>,
    /// Which repository.
    pub repository: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Which request.
    pub request: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// After this line.
    pub after_seq: Option<u64>,
    /// At most so many lines, and never more than a thousand.
    pub limit: Option<u32>,
}

impl Search {
    /// How many lines the answer may have.
    pub fn lines(&self) -> u32 {
        self.limit.map_or(LINES, |limit| limit.min(LINES))
    }
}

/// How one effect ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was allowed, and something came of it.
    Permit,
    /// It was refused.
    Refuse,
    /// It was allowed, and nobody wrote what came of it.
    Unknown,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Permit, Self::Refuse, Self::Unknown];

    /// The word the trail uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Refuse => "refuse",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word).ok_or(UnknownOutcome)
    }
}

/// A word that is no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an outcome is one of permit, refuse, unknown")]
pub struct UnknownOutcome;

/// One effect in the trail, as `spanner audit --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its number, in the order of commit.
    pub seq: u64,
    /// When the request arrived.
    pub time: Timestamp,
    /// The request.
    pub request_id: String,
    /// The caller's W3C trace.
    pub trace_id: Option<String>,
    /// Who.
    pub agent: Option<String>,
    /// For whom.
    pub on_behalf_of: Option<String>,
    /// What.
    pub action: String,
    /// Where; `-` for no repository.
    pub repository: String,
    /// On which ref.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// On which paths.
    pub paths: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused.
    pub reason: Option<String>,
    /// An upstream status or a line of a report; of a refusal the truth about it, where the caller was told less.
    pub result: Option<String>,
    /// The token, by its revocation id.
    pub token: Option<String>,
}
