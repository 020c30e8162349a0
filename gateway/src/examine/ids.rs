//! Ids that say nothing of their repository. Gogs before 0.14 takes a comment or a deploy key of any repository under the
//! path of another, so what was decided on would not be what is changed: whoever writes `/repos/a/b/…/7` must mean a 7 of
//! `a/b`. The repository is asked for what it has; a later Gogs would have answered the same.

use gogs_spanner_capability::{Reason, RepositoryName};

use super::Examiner;
use crate::{
    caller::Caller,
    classify::{NamedId, RestCall},
    refuse::Refusal,
};

impl Examiner {
    pub(super) async fn refuse_foreign_id(&self, caller: &Caller, call: &RestCall) -> Result<(), Refusal> {
        let (Some(named), Some(repository)) = (call.names, &call.repository) else { return Ok(()) };
        if self.has(caller, repository, named).await? { Ok(()) } else { Err(Refusal::new(Reason::IdAbsent)) }
    }

    async fn has(&self, caller: &Caller, repository: &RepositoryName, named: NamedId) -> Result<bool, Refusal> {
        let number = |issue: i64| issue.to_string();
        let (id, list) = match named {
            NamedId::Comment { id, issue: Some(issue) } => {
                (id, vec!["issues".into(), number(issue), "comments".into()])
            }
            NamedId::Comment { id, issue: None } => (id, vec!["issues".into(), "comments".into()]),
            NamedId::DeployKey(id) => (id, vec!["keys".into()]),
        };
        Ok(self.accounts.ids(&caller.agent, repository, &list).await?.contains(&id))
    }
}
