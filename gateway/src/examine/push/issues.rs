//! What the messages of a push write to issues, decided as the write it is (decision 0031).

use std::collections::BTreeMap;

use gogs_spanner_capability::{Action, Effect, RepositoryName};
use gogs_spanner_gitwire::{Commands, ObjectId, RefUpdate};

use super::super::{Examiner, mentions};
use crate::{
    caller::{Caller, Snapshot},
    refuse::Refusal,
};

/// Commits that are listed; who reads more than a screen of them reads none.
const FINDINGS_SHOWN: usize = 20;
/// Characters of a message's words that are shown.
const WORDS_SHOWN: usize = 100;

/// The messages of the commits a push brings, by commit.
pub(super) type Messages = BTreeMap<ObjectId, Vec<u8>>;

impl Examiner {
    /// Whether it matters what the commits of a push say: not to somebody who may write the repository's issues, nor where
    /// nothing comes to a branch.
    pub(super) fn asks_for_messages(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        repository: &RepositoryName,
        commands: &Commands,
    ) -> bool {
        let write = Effect::on_repository(Action::IssuesWrite, repository);
        commands.updates.iter().any(is_read) && self.authorizer.decide(snapshot, caller, &write).is_err()
    }

    /// The writes that messages are, if they may be: of one that may not, it is told which commit says what.
    pub(in crate::examine) fn issues_written<'m>(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        repository: &RepositoryName,
        said: impl IntoIterator<Item = (String, &'m [u8])>,
    ) -> Result<Vec<Effect>, Refusal> {
        let (mut effects, mut refused, mut findings) = (BTreeMap::new(), None, Vec::new());
        for (who, message) in said {
            for (named, words) in mentions::of(message, repository) {
                let effect = Effect::on_repository(Action::IssuesWrite, &named);
                if let Err(refusal) = self.authorizer.decide(snapshot, caller, &effect) {
                    findings.push(format!("{who}: `{}` writes to the issues of `{named}`", short(&words)));
                    refused.get_or_insert((refusal, effect));
                } else {
                    effects.insert(named, effect);
                }
            }
        }
        match refused {
            None => Ok(effects.into_values().collect()),
            Some((refusal, effect)) => Err(explained(refusal, &effect, findings)),
        }
    }
}

/// Whether Gogs reads the messages an update brings: those of tags it does not (`PushUpdate` in `update.go`).
pub(super) fn is_read(update: &RefUpdate) -> bool {
    !update.new.is_zero() && !update.name.is_tag()
}

fn explained(refusal: Refusal, effect: &Effect, mut findings: Vec<String>) -> Refusal {
    let all = findings.len();
    findings.truncate(FINDINGS_SHOWN);
    if all > findings.len() {
        findings.push(format!("and {} more", all - findings.len()));
    }
    let why = format!("what a commit says would write to issues: {}", refusal.why());
    let hint = "say it without naming the issue (`git commit --amend`, `git rebase -i`), or ask the agent's owner for \
        `issues:write` there";
    refusal.because(why).hint(hint).truly(findings.join("; ")).listing(effect, findings)
}

fn short(words: &str) -> String {
    words.chars().filter(|character| !character.is_control()).take(WORDS_SHOWN).collect()
}
