//! The forge behind the gateway: the demonstration one, or a real Gogs.

use std::path::PathBuf;

use gogs_spanner_fakes::forge::{Arrival, Forge as Demonstration, ForgeConfig, Manner};

use crate::{
    colleague::Colleague,
    git::{Remote, Workspace},
    gogs::{Gogs, GogsSetting},
};

/// What stands behind the gateway. The same stories are told before either.
pub enum Forge {
    /// The stand-in, which can be looked into and broken.
    Demonstration(Demonstration),
    /// Gogs itself.
    Live(Gogs),
}

impl Forge {
    /// A stand-in without repositories.
    pub async fn demonstration() -> Self {
        Self::Demonstration(Demonstration::start(ForgeConfig::default()).await.expect("a demonstration forge starts"))
    }

    /// A stand-in set up in this way.
    pub async fn demonstration_with(manner: Manner) -> Self {
        let config = ForgeConfig { manner, ..ForgeConfig::default() };
        Self::Demonstration(Demonstration::start(config).await.expect("a demonstration forge starts"))
    }

    /// A Gogs in a directory of its own.
    pub async fn live() -> Self {
        Self::live_with(&GogsSetting::default()).await
    }

    /// A Gogs in a directory of its own, with this `app.ini`.
    pub async fn live_with(setting: &GogsSetting) -> Self {
        Self::Live(Gogs::start(setting).await.expect("GOGS_BIN names a Gogs that starts"))
    }

    /// A stand-in that people know by another name than its address.
    pub async fn demonstration_known_as(external_url: &str) -> Self {
        let config = ForgeConfig { external_url: Some(external_url.to_owned()), ..ForgeConfig::default() };
        Self::Demonstration(Demonstration::start(config).await.expect("a demonstration forge starts"))
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        match self {
            Self::Demonstration(forge) => forge.url(),
            Self::Live(gogs) => gogs.url(),
        }
    }

    /// A token of its site administrator.
    pub fn admin_token(&self) -> &str {
        match self {
            Self::Demonstration(forge) => forge.admin_token(),
            Self::Live(gogs) => gogs.admin_token(),
        }
    }

    /// Makes a private repository with a README, in an organization that is made if there is none.
    pub async fn create_private_repository(&self, name: &str) {
        match self {
            Self::Demonstration(forge) => forge.create_private_repository(name).await.expect("a repository is made"),
            Self::Live(gogs) => gogs.create_private_repository(name).await.expect("a repository is made"),
        }
    }

    /// Makes the wiki of a repository, without a page, where Gogs makes it with the first page (`InitWiki` in
    /// `internal/database/wiki.go` of Gogs 0.14.3).
    pub async fn create_wiki(&self, repository: &str) {
        match self {
            Self::Demonstration(forge) => forge.create_wiki(repository).await.expect("a wiki is made"),
            Self::Live(gogs) => {
                let directory = gogs.directory_of(&format!("{repository}.wiki"));
                let arguments = ["init", "-q", "--bare", directory.to_str().expect("a path of ours")];
                Workspace::new().git(".", &Remote::nowhere(), &arguments).await.succeeds();
            }
        }
    }

    /// Opens an issue as the administrator, and gives its number.
    pub async fn open_issue(&self, repository: &str, title: &str) -> i64 {
        match self {
            Self::Demonstration(forge) => forge.open_issue(repository, title, "").expect("an issue is opened"),
            Self::Live(gogs) => gogs.open_issue(repository, title).await.expect("an issue is opened"),
        }
    }

    /// Makes an account for somebody, with a password and a token, who may write to a repository.
    pub async fn colleague(&self, name: &str, repository: &str) -> Colleague {
        Colleague::join(self.url(), self.admin_token(), name, repository).await
    }

    /// The commit a ref names, empty if there is none: looked up where the forge keeps it.
    pub async fn tip(&self, repository: &str, reference: &str) -> String {
        let directory = self.directory_of(repository);
        let arguments = ["--git-dir", directory.to_str().expect("a path of ours"), "rev-parse", "-q", "--verify"];
        let said = Workspace::new().git(".", &Remote::nowhere(), &[&arguments[..], &[reference]].concat()).await;
        said.stdout.trim().to_owned()
    }

    /// Where it keeps all its bare repositories.
    pub(crate) fn store(&self) -> PathBuf {
        match self {
            Self::Demonstration(forge) => forge.store(),
            Self::Live(gogs) => gogs.store(),
        }
    }

    /// Changes an account behind the gateway's back: another e-mail, power, and a token `spare`.
    pub async fn tamper(&self, login: &str) {
        match self {
            Self::Demonstration(forge) => {
                forge.tamper(login, Some("mallory@x.invalid"), None, true).expect("the account");
                forge.mint_token(login, "spare").expect("the account");
            }
            Self::Live(gogs) => gogs.tamper(login).await.expect("an administrator may"),
        }
    }

    /// The stand-in, where a test looks into it or breaks it.
    pub fn stand_in(&self) -> &Demonstration {
        match self {
            Self::Demonstration(forge) => forge,
            Self::Live(_) => panic!("only the demonstration forge can be looked into"),
        }
    }

    /// Everything that arrived at the stand-in, oldest first.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.stand_in().recorder().arrivals()
    }

    /// The forwarded Git requests and API calls that arrived: what is not the gateway's own preparation.
    pub fn forwarded(&self) -> Vec<Arrival> {
        self.arrivals().into_iter().filter(|arrival| !is_preparation(arrival)).collect()
    }

    fn directory_of(&self, repository: &str) -> PathBuf {
        match self {
            Self::Demonstration(forge) => forge.directory_of(repository).expect("the repository exists"),
            Self::Live(gogs) => gogs.directory_of(repository),
        }
    }
}

/// Accounts, their tokens and collaborators, which are the administrator's business; and the look at a repository the
/// gateway takes with the agent's credential.
fn is_preparation(arrival: &Arrival) -> bool {
    let by_itself = arrival.headers.get("user-agent").is_some_and(|name| name.as_bytes().ends_with(b"(itself)"));
    by_itself
        || arrival.credentials.are_admins()
        || arrival.target.starts_with("/api/v1/users/") && arrival.target.ends_with("/tokens")
}
