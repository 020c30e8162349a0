//! What else the gateway asks the forge as the agent: what a repository has, and what its account can see.

use std::{sync::Arc, time::Duration};

use gogs_spanner_capability::{Reason, RepositoryName, Rights};
use http::{Method, StatusCode, header};
use reqwest::RequestBuilder;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Answer, ExternalUrl, Gogs, UpstreamAccounts, UpstreamError, accounts::patiently, send_up_to};
use crate::{
    authorize::policy::AgentPolicy,
    forward::credential::{Credential, is_dead},
    places::{Places, Taken},
    refuse::Refusal,
};

/// The longest list that is read: some thousands of comments or repositories. Gogs gives both whole, without pages.
const LONGEST_LIST: usize = 8 * 1024 * 1024;

/// Long lists that are read at once: 128 MiB where each is the longest.
const LISTS: usize = 16;
/// Those of one agent. Gogs reads all of a list out of its database for each, so more would keep it busy with one caller
/// who names many ids.
pub(super) const LISTS_OF_AN_AGENT: usize = 4;
/// How long one is waited for, so that there is time left to read it.
const LIST_PATIENCE: Duration = Duration::from_secs(1);

/// A repository as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// The forge's number for it.
    pub id: i64,
    /// `Owner/name`, as the forge writes it.
    pub full_name: String,
    /// Where people clone it.
    #[serde(default)]
    clone_url: String,
}

#[derive(Deserialize)]
struct Numbered {
    id: i64,
}

impl Listed {
    /// Its name.
    pub fn name(&self) -> Option<RepositoryName> {
        RepositoryName::parse(&self.full_name).ok()
    }

    /// What every link of the forge begins with, where this repository tells.
    pub fn external_url(&self) -> Option<ExternalUrl> {
        ExternalUrl::of_clone_url(&self.clone_url, &self.full_name)
    }
}

impl UpstreamAccounts {
    /// The ids of what a repository has in one of its lists, `["keys"]`; none where there is no such list.
    pub async fn ids(
        &self,
        agent: &AgentPolicy,
        repository: &RepositoryName,
        list: &[String],
    ) -> Result<Vec<i64>, Refusal> {
        let rows: Vec<Numbered> = self.list(agent, Some(repository), "list ids", &path(repository, list)).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// The id of the issue of that number, where the repository has one.
    pub async fn issue_id(
        &self,
        agent: &AgentPolicy,
        repository: &RepositoryName,
        number: i64,
    ) -> Result<Option<i64>, Refusal> {
        let path = &path(repository, &["issues".to_owned(), number.to_string()]);
        let ask =
            |gogs: Arc<Gogs>, credential| async move { gogs.found::<Numbered>("show issue", &credential, path).await };
        Ok(self.as_agent(agent, Some(repository), ask).await?.map(|issue| issue.id))
    }

    /// The repositories the agent's account was let into.
    pub async fn own_repositories(&self, agent: &AgentPolicy) -> Result<Vec<Listed>, Refusal> {
        self.list(agent, None, "list own repositories", &["user".to_owned(), "repos".to_owned()]).await
    }

    /// All of a list, which may be long; nothing where there is none.
    async fn list<T: DeserializeOwned>(
        &self,
        agent: &AgentPolicy,
        on: Option<&RepositoryName>,
        call: &'static str,
        path: &[String],
    ) -> Result<Vec<T>, Refusal> {
        let ask = |gogs: Arc<Gogs>, credential| async move { gogs.found(call, &credential, path).await };
        patiently(async {
            let _place = self.lists.take(&agent.name).await.map_err(crowded)?;
            Ok(self.as_agent(agent, on, ask).await?.unwrap_or_default())
        })
        .await
    }

    /// The credential a list is asked for with: the account is first let into every repository that policy names, since
    /// Gogs lists what an account was let into. What only a pattern fits is listed once it was used.
    ///
    /// # Errors
    /// `upstream-unavailable` where that takes longer than a caller waits; what was joined by then stays joined.
    pub async fn credential_for_list(&self, agent: &AgentPolicy) -> Result<Credential, Refusal> {
        if !self.has_joined(agent) {
            patiently(async {
                for repository in literal(&agent.rights) {
                    match self.credential(agent, Some(&repository)).await {
                        Err(refusal) if !is_of_one(&refusal) => return Err(refusal),
                        _ => {}
                    }
                }
                Ok(())
            })
            .await?;
            self.now_joined(agent);
        }
        self.credential(agent, None).await
    }
}

impl Gogs {
    /// What a path of the API answers; `None` where it has nothing there.
    ///
    /// The comments of an issue that is not there are 500 (Gogs 0.14.3, `issue_comment.go:27`).
    pub(super) async fn found<T: DeserializeOwned>(
        &self,
        call: &'static str,
        credential: &Credential,
        path: &[String],
    ) -> Result<Option<T>, UpstreamError> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let request = self.call(Method::GET, &path);
        self.asked(call, credential, &path, request).await?.map(|answer| answer.json()).transpose()
    }

    /// The same where the question has more to it than its path.
    pub(super) async fn asked(
        &self,
        call: &'static str,
        credential: &Credential,
        path: &[&str],
        request: RequestBuilder,
    ) -> Result<Option<Answer>, UpstreamError> {
        let request = request.header(header::AUTHORIZATION, credential.api_header());
        let answer = send_up_to(LONGEST_LIST, call, request).await?;
        match answer.status {
            StatusCode::OK => Ok(Some(answer)),
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::INTERNAL_SERVER_ERROR if path.ends_with(&["comments"]) => Ok(None),
            status if is_dead(status, &answer.body) => {
                Err(UpstreamError::CredentialDead { login: credential.login().to_owned() })
            }
            _ => Err(answer.unexpected()),
        }
    }
}

/// Whether it says something of that repository alone: nobody is let into it, and no list shows it.
fn is_of_one(refusal: &Refusal) -> bool {
    matches!(refusal.reason(), Reason::RepositoryAbsent | Reason::RepositoryIdentityChanged)
}

/// The places in which long lists are read.
pub(super) fn lists() -> Places {
    Places::new(LISTS, LISTS_OF_AN_AGENT, LIST_PATIENCE)
}

/// Too many lists are read at once.
fn crowded(taken: Taken) -> Refusal {
    let refusal = Refusal::new(Reason::SpoolFull).retry(1);
    match taken {
        Taken::ByAgent => refusal
            .because(format!("{LISTS_OF_AN_AGENT} lists are being looked through for this agent already"))
            .hint("make such calls one after another"),
        Taken::ByAll => refusal.because(format!("{LISTS} lists are being looked through already")),
    }
}

/// Below a repository.
pub(super) fn path(repository: &RepositoryName, rest: &[String]) -> Vec<String> {
    let head = ["repos", repository.owner(), repository.name()].map(str::to_owned);
    [&head[..], rest].concat()
}

/// The repositories that rights name without a pattern, each once.
fn literal(rights: &Rights) -> Vec<RepositoryName> {
    let patterns = rights.iter().filter(|right| right.actions.iter().any(|action| action.is_on_repository()));
    let mut names: Vec<_> = patterns
        .flat_map(|right| right.repositories.iter())
        .filter_map(|pattern| RepositoryName::parse(pattern.as_str()).ok())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
