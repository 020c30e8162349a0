//! One fact of the journal.

use gogs_spanner_capability::{AgentName, Reason, token::RevocationId};
use jiff::Timestamp;

use crate::{
    request::{Door, RequestId},
    store::Holder,
};

/// Bytes of free text a record keeps; an upstream may answer with any amount.
const TEXT: usize = 1024;

/// A decision about one effect: who would do what, where, and whether it may.
#[derive(Debug, Clone)]
pub struct Record {
    /// When the request arrived.
    pub time: Timestamp,
    /// The request.
    pub request_id: RequestId,
    /// The W3C trace; none where one record stands for many requests.
    pub trace_id: Option<String>,
    /// The door it came through.
    pub door: Door,
    /// Who.
    pub agent: Option<AgentName>,
    /// For whom.
    pub on_behalf_of: Option<String>,
    /// The action's name.
    pub action: String,
    /// The repository, `-` for none, `spanner` for the gateway itself.
    pub repository: String,
    /// The ref.
    pub reference: Option<String>,
    /// The paths, where they are known.
    pub paths: Vec<String>,
    /// Whether it may.
    pub verdict: Verdict,
    /// What really happened, where the caller was told less; never a secret.
    pub truth: Option<String>,
    /// The token, by its revocation id.
    pub token: Option<RevocationId>,
}

/// An agent by itself, an agent for a person, or a person by herself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Doer {
    pub(super) agent: Option<AgentName>,
    pub(super) person: Option<Holder>,
}

impl Record {
    /// Whose doing it was.
    pub(super) fn doer(&self) -> Option<Doer> {
        let person = self.on_behalf_of.as_deref().map(Holder::person);
        let doer = Doer { agent: self.agent.clone(), person };
        (doer != Doer::default()).then_some(doer)
    }

    /// The record with its free text as the journal keeps it.
    pub(super) fn plain(mut self) -> Self {
        for text in [&mut self.trace_id, &mut self.on_behalf_of, &mut self.truth].into_iter().flatten() {
            *text = plain(text);
        }
        self
    }
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be done.
    Permit,
    /// It may not.
    Refuse(Reason),
}

impl Verdict {
    /// Why not, where it may not.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Permit => None,
            Self::Refuse(reason) => Some(reason),
        }
    }
}

/// Free text as the journal keeps it: bounded, and without control characters, which would speak to the terminal of
/// whoever reads the trail.
pub(super) fn plain(text: &str) -> String {
    let end = (0..=TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::{TEXT, plain};

    #[test]
    fn what_an_upstream_says_cannot_drive_a_terminal() {
        assert_eq!(plain("ok\u{1b}[2J\r\nrefs/heads/main\0"), "ok [2J  refs/heads/main ");
    }

    #[test]
    fn text_is_cut_between_characters() {
        let long = "é".repeat(TEXT);
        assert_eq!(plain(&long).len(), TEXT);
        assert_eq!(plain(&format!("x{long}")).len(), TEXT - 1);
    }
}
