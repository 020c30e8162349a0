//! Whose an issue is. `/user/issues` shows issues of every repository and says of none where it belongs, so each
//! repository the token may read is asked whether it has an issue of that number and id. What none of them has is not shown.

use std::borrow::Cow;

use futures::{StreamExt, TryStreamExt, stream};
use gogs_spanner_capability::{Action, RepositoryName};

use super::{Array, Issue, Shown, garbled};
use crate::{
    caller::Caller,
    forward::rewrite::{Rewriter, sieve::Sieve},
    refuse::Refusal,
    upstream::Listed,
};

/// The most questions one list is worth: a page of ten issues (Gogs's default) in fifty repositories.
const MOST_QUESTIONS: usize = 500;
/// Questions asked at once, few enough to be no burden to a small forge.
const AT_ONCE: usize = 4;

impl Rewriter {
    /// Which issues of a list are shown.
    pub(super) async fn issues<'a>(
        &self,
        sieve: &Sieve<'_>,
        caller: &Caller,
        array: &Array<'a>,
    ) -> Result<Shown<'a>, Refusal> {
        let issues: Vec<Issue> = array.read().ok_or_else(|| garbled("an entry is no issue"))?;
        let own = self.accounts.own_repositories(&caller.agent).await?;
        if let Some(external) = own.iter().find_map(Listed::external_url) {
            self.accounts.hear(external);
        }
        let mut readable = Vec::new();
        for repository in &own {
            readable.extend(sieve.lets(Action::IssuesRead, repository)?);
        }
        refuse_too_many(issues.len(), readable.len())?;
        let readable = &readable;
        let asked = issues.into_iter().map(|issue| self.is_of_any(caller, readable, issue));
        let shown: Vec<bool> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        let pairs = shown.into_iter().zip(array.entries());
        Ok(pairs.map(|(is_shown, entry)| is_shown.then_some(Cow::Borrowed(*entry))).collect())
    }

    async fn is_of_any(&self, caller: &Caller, readable: &[RepositoryName], issue: Issue) -> Result<bool, Refusal> {
        for repository in readable {
            if self.accounts.issue_id(&caller.agent, repository, issue.number).await? == Some(issue.id) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn refuse_too_many(issues: usize, repositories: usize) -> Result<(), Refusal> {
    if issues * repositories <= MOST_QUESTIONS {
        return Ok(());
    }
    Err(garbled("it is of too many repositories")
        .because("the forge does not say which repository an issue is of, and there are too many to ask")
        .hint("ask for the issues of one repository, or narrow the token to a few"))
}

#[cfg(test)]
mod tests {
    use gogs_spanner_capability::Reason;

    use super::*;

    #[test]
    fn a_page_of_issues_is_looked_for_in_fifty_repositories_and_no_more() {
        assert!(refuse_too_many(10, MOST_QUESTIONS / 10).is_ok());
        assert_eq!(
            refuse_too_many(10, MOST_QUESTIONS / 10 + 1).map_err(|refusal| refusal.reason()),
            Err(Reason::AnswerRefused)
        );
    }
}
