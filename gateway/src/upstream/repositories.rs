//! Repositories: found and an account admitted to them with the admin token, asked about with the account's own.

use gogs_spanner_capability::RepositoryName;
use http::{Method, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::{ExternalUrl, Gogs, UpstreamError, send, send_json};
use crate::{
    forward::credential::{Credential, is_dead},
    store::Permission,
};

/// What the gateway asks about a repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositoryFacts {
    /// The forge's number for it. A name can pass to another repository, a number cannot.
    pub id: i64,
    /// The short name of the branch a write lands on that names none; empty as long as nothing was ever pushed.
    pub default_branch: String,
    /// Whether nothing was ever pushed.
    pub empty: bool,
    /// `Owner/name` as the forge writes it.
    #[serde(default)]
    full_name: String,
    /// Where people clone it.
    #[serde(default)]
    clone_url: String,
}

impl RepositoryFacts {
    /// What every link of the forge begins with, where this repository tells.
    pub fn external_url(&self) -> Option<ExternalUrl> {
        ExternalUrl::of_clone_url(&self.clone_url, &self.full_name)
    }
}

#[derive(Deserialize)]
struct Numbered {
    id: i64,
}

#[derive(Serialize)]
struct Admission {
    permission: &'static str,
}

impl Gogs {
    /// The number of the repository a name stands for now, whoever may see it.
    pub async fn number_of(&self, repository: &RepositoryName) -> Result<Option<i64>, UpstreamError> {
        let request = self.admin_call(Method::GET, &["repos", repository.owner(), repository.name()]);
        let answer = send("find repository", request).await?;
        match answer.status {
            StatusCode::OK => answer.json::<Numbered>().map(|found| Some(found.id)),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(answer.admin_error()),
        }
    }

    /// Admits an account to a repository. The permission is always written: Gogs gives `write` where it is missing or
    /// misspelt.
    pub(super) async fn set_collaborator(
        &self,
        repository: &RepositoryName,
        login: &str,
        permission: Permission,
    ) -> Result<(), UpstreamError> {
        let path = ["repos", repository.owner(), repository.name(), "collaborators", login];
        let body = Admission { permission: permission.as_str() };
        let answer = send_json("set collaborator", self.admin_call(Method::PUT, &path), &body).await?;
        match answer.status {
            StatusCode::NO_CONTENT => Ok(()),
            StatusCode::NOT_FOUND => Err(UpstreamError::NoRepository),
            StatusCode::UNPROCESSABLE_ENTITY => Err(UpstreamError::NoAccount { login: login.to_owned() }),
            _ => Err(answer.admin_error()),
        }
    }

    /// Asks about a repository, as the agent.
    ///
    /// # Errors
    /// [`UpstreamError::CredentialDead`] where the account must be given another; [`UpstreamError::NoRepository`] where it
    /// sees none of this name.
    pub async fn repository(
        &self,
        credential: &Credential,
        repository: &RepositoryName,
    ) -> Result<RepositoryFacts, UpstreamError> {
        let path = ["repos", repository.owner(), repository.name()];
        let request = self.call(Method::GET, &path).header(header::AUTHORIZATION, credential.api_header());
        let answer = send("show repository", request).await?;
        match answer.status {
            StatusCode::OK => answer.json(),
            StatusCode::NOT_FOUND if self.is_alive(credential).await? => Err(UpstreamError::NoRepository),
            StatusCode::NOT_FOUND => Err(dead(credential)),
            status if is_dead(status, &answer.body) => Err(dead(credential)),
            _ => Err(answer.unexpected()),
        }
    }

    /// Whether the forge still takes a credential.
    ///
    /// Where Gogs lets strangers look (`REQUIRE_SIGNIN_VIEW = false`), a dead token is a stranger's, to whom a private
    /// repository is 404 like an absent one; `/user` tells them apart.
    async fn is_alive(&self, credential: &Credential) -> Result<bool, UpstreamError> {
        let request = self.call(Method::GET, &["user"]).header(header::AUTHORIZATION, credential.api_header());
        let answer = send("show own user", request).await?;
        match answer.status {
            StatusCode::OK => Ok(true),
            status if is_dead(status, &answer.body) => Ok(false),
            _ => Err(answer.unexpected()),
        }
    }
}

fn dead(credential: &Credential) -> UpstreamError {
    UpstreamError::CredentialDead { login: credential.login().to_owned() }
}
