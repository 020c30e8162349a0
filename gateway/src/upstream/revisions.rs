//! What a name means in a repository: a branch, and where it is, or a tag.

use std::sync::Arc;

use gogs_spanner_capability::RepositoryName;
use http::{Method, header};
use serde::Deserialize;

use super::{Gogs, UpstreamAccounts, UpstreamError, questions::path};
use crate::{authorize::policy::AgentPolicy, refuse::Refusal};

/// Asks for the id of what a name stands for: Gogs then takes branches, else tags, and nothing else (0.14.3,
/// `GetReferenceSHA` in `internal/route/api/v1/repo/commits.go`).
const ID_ALONE: &str = "application/vnd.gogs.sha";

/// A branch, as far as it is asked about.
#[derive(Deserialize)]
struct Branch {
    commit: Commit,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
}

#[derive(Deserialize)]
struct Shown {
    sha: String,
}

impl UpstreamAccounts {
    /// The id of the commit a branch is at; none where the repository has no such branch. A tag of its name is none.
    pub async fn branch(
        &self,
        agent: &AgentPolicy,
        repository: &RepositoryName,
        name: &str,
    ) -> Result<Option<String>, Refusal> {
        let path = &path(repository, &below("branches", name));
        let ask = |gogs: Arc<Gogs>, credential| async move {
            let Some(branch) = gogs.found::<Branch>("show branch", &credential, path).await? else { return Ok(None) };
            let id = branch.commit.id;
            // It is put into a query of ours, and must mean itself there.
            let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            let garbage = || UpstreamError::Garbage { call: "show branch", what: "no id of a commit".to_owned() };
            is_id.then_some(Some(id)).ok_or_else(garbage)
        };
        self.as_agent(agent, Some(repository), ask).await
    }

    /// Whether the repository has the commit of this id.
    ///
    /// # Errors
    /// Also where it has none: of one that is not there Gogs says 500 (0.14.3, `GetSingleCommit` in `commits.go`).
    pub async fn has_commit(
        &self,
        agent: &AgentPolicy,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<bool, Refusal> {
        let path = &path(repository, &below("commits", id));
        let ask =
            |gogs: Arc<Gogs>, credential| async move { gogs.found::<Shown>("show commit", &credential, path).await };
        Ok(self.as_agent(agent, Some(repository), ask).await?.is_some_and(|shown| shown.sha == id))
    }

    /// Whether the repository has a branch or a tag of that name.
    pub async fn has_ref_named(
        &self,
        agent: &AgentPolicy,
        repository: &RepositoryName,
        name: &str,
    ) -> Result<bool, Refusal> {
        let path = &path(repository, &below("commits", name));
        let ask = |gogs: Arc<Gogs>, credential| async move {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let request = gogs.call(Method::GET, &path).header(header::ACCEPT, ID_ALONE);
            gogs.asked("show reference", &credential, &path, request).await
        };
        Ok(self.as_agent(agent, Some(repository), ask).await?.is_some())
    }
}

fn below(list: &str, name: &str) -> Vec<String> {
    [list].into_iter().chain(name.split('/')).map(str::to_owned).collect()
}
