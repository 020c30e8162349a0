//! What a test or the demonstration does to a forge behind its back: prepare, look, and break.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    ADMIN, Forge,
    account::Account,
    answer::Fault,
    git::GitFailure,
    repositories::{self, NewRepository},
    repository::Access,
    time::now,
    tracker::Issue,
    write::{self, Change},
};

/// A preparation that did not work.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A repository is named by two words with a slash between.
    #[error("{0:?} is not the name of a repository")]
    NotARepository(String),
    /// No account or repository has this name.
    #[error("there is no {0:?}")]
    Absent(String),
    /// The name is taken, or the forge is broken.
    #[error("the forge did not make {0:?}")]
    NotMade(String),
    /// Git did not do it.
    #[error(transparent)]
    Git(#[from] GitFailure),
}

impl Forge {
    /// Makes a private repository with a README, and its organization if there is none; the administrator owns both.
    pub async fn create_private_repository(&self, repository: &str) -> Result<(), SeedError> {
        self.create(repository, true, true).await.map(drop)
    }

    /// The same, readable for every account.
    pub async fn create_public_repository(&self, repository: &str) -> Result<(), SeedError> {
        self.create(repository, false, true).await.map(drop)
    }

    /// Forks a repository, as somebody does on its page: with all that is in it, and as private as it is.
    pub async fn fork(&self, parent: &str, fork: &str) -> Result<(), SeedError> {
        let (owner, name) = split(parent)?;
        let (parent_id, private) = {
            let state = self.core.state();
            let found = state.repository(owner, name).ok_or_else(|| SeedError::Absent(parent.to_owned()))?;
            (found.id, found.private)
        };
        let id = self.create(fork, private, false).await?;
        self.core.state().repositories.entry(id).and_modify(|fork| fork.parent = Some(parent_id));
        let (origin, directory) = (self.directory_of(parent)?, self.directory_of(fork)?);
        let fetch = ["fetch", "--quiet", &origin.to_string_lossy(), "refs/*:refs/*"].map(str::to_owned);
        Ok(self.core.git.run(&directory, &fetch).await.map(drop)?)
    }

    /// Makes the wiki of a repository, without a page, as Gogs does with the first page somebody writes.
    pub async fn create_wiki(&self, repository: &str) -> Result<(), SeedError> {
        self.directory_of(repository)?;
        let (owner, name) = split(repository)?;
        Ok(self.core.git.create(&self.core.directory(owner, &format!("{name}.wiki"))).await?)
    }

    /// Makes an account that can sign in with this password.
    pub fn create_account(&self, name: &str, password: &str) {
        let account = Account::user(name, &format!("{name}@x.invalid"), "", password);
        self.core.state().add_account(account);
    }

    /// Mints a token of an account.
    pub fn mint_token(&self, account: &str, name: &str) -> Result<String, SeedError> {
        let mut state = self.core.state();
        let id = state.account(account).ok_or_else(|| SeedError::Absent(account.to_owned()))?.id;
        Ok(state.mint(id, name))
    }

    /// Changes an account as its owner or an administrator might on a page: another e-mail, a key, or power.
    pub fn tamper(&self, account: &str, email: Option<&str>, key: Option<&str>, admin: bool) -> Result<(), SeedError> {
        let mut state = self.core.state();
        let id = state.account(account).ok_or_else(|| SeedError::Absent(account.to_owned()))?.id;
        if let Some(found) = state.accounts.get_mut(&id) {
            found.email = email.unwrap_or(&found.email).to_owned();
            found.keys.extend(key.map(str::to_owned));
            found.admin |= admin;
        }
        Ok(())
    }

    /// Deletes all tokens of an account: a credential that died while somebody relied on it.
    pub fn kill_tokens_of(&self, account: &str) {
        let mut state = self.core.state();
        if let Some(id) = state.account(account).map(|account| account.id) {
            state.tokens.retain(|_, token| token.account != id);
        }
    }

    /// Deletes an account with all its tokens and collaborations, as a person might on the administrator's page.
    pub fn delete_account(&self, account: &str) {
        let mut state = self.core.state();
        if let Some(id) = state.account(account).map(|account| account.id) {
            state.remove_account(id);
        }
    }

    /// Takes every collaborator off a repository.
    pub fn clear_collaborators(&self, repository: &str) -> Result<(), SeedError> {
        let (owner, name) = split(repository)?;
        let mut state = self.core.state();
        let id = state.repository(owner, name).ok_or_else(|| SeedError::Absent(repository.to_owned()))?.id;
        if let Some(found) = state.repositories.get_mut(&id) {
            found.collaborators.clear();
        }
        Ok(())
    }

    /// Commits one file to a branch, which is made from the default branch if it does not exist. Returns the commit.
    pub async fn commit(
        &self,
        repository: &str,
        branch: &str,
        path: &str,
        content: &[u8],
    ) -> Result<String, SeedError> {
        let directory = self.directory_of(repository)?;
        let git = &self.core.git;
        let base = match git.commit_of(&directory, &format!("refs/heads/{branch}")).await {
            Some(tip) => Some(tip),
            None => git.commit_of(&directory, "HEAD").await,
        };
        let author = self.core.state().account(ADMIN).ok_or_else(|| SeedError::Absent(ADMIN.to_owned()))?.clone();
        let message = format!("Write {path}");
        let change = Change { path, content, message: &message, author: &author, committer: None };
        let commit = write::commit(&self.core, &directory, base.as_deref(), &change).await?;
        write::advance(&self.core, &directory, branch, &commit).await?;
        Ok(commit)
    }

    /// Opens an issue as the administrator. Returns its number.
    pub fn open_issue(&self, repository: &str, title: &str, body: &str) -> Result<i64, SeedError> {
        let (owner, name) = split(repository)?;
        let mut state = self.core.state();
        let poster = state.account(ADMIN).ok_or_else(|| SeedError::Absent(ADMIN.to_owned()))?.id;
        let target = state.repository(owner, name).ok_or_else(|| SeedError::Absent(repository.to_owned()))?;
        let (target, number) = (target.id, target.next_issue());
        let issue = Issue::open(state.ids.issue.next(), number, poster, title.to_owned(), body.to_owned(), now());
        state.repositories.entry(target).and_modify(|repository| repository.issues.push(issue));
        Ok(number)
    }

    /// The commit a reference (`refs/heads/master`) names, if it exists.
    pub async fn tip(&self, repository: &str, reference: &str) -> Result<Option<String>, SeedError> {
        Ok(self.core.git.commit_of(&self.directory_of(repository)?, reference).await)
    }

    /// Where the bare repository lies, for a look with real git.
    pub fn directory_of(&self, repository: &str) -> Result<PathBuf, SeedError> {
        let (owner, name) = split(repository)?;
        self.core.state().repository(owner, name).ok_or_else(|| SeedError::Absent(repository.to_owned()))?;
        Ok(self.core.directory(owner, name))
    }

    /// Where all bare repositories lie (`[repository] ROOT`), for who may read them without asking.
    pub fn store(&self) -> PathBuf {
        self.core.project_root().to_owned()
    }

    /// The logins of all users and organizations.
    pub fn accounts(&self) -> Vec<String> {
        self.core.state().accounts.values().map(|account| account.name.clone()).collect()
    }

    /// The large objects of a repository with their sizes, by oid.
    pub fn lfs_objects_of(&self, repository: &str) -> Result<BTreeMap<String, i64>, SeedError> {
        let (owner, name) = split(repository)?;
        let state = self.core.state();
        let found = state.repository(owner, name).ok_or_else(|| SeedError::Absent(repository.to_owned()))?;
        Ok(found.lfs.clone())
    }

    /// Puts other bytes in the place of a large object, as a failing disk does.
    pub fn spoil_lfs_object(&self, oid: &str, content: &[u8]) -> std::io::Result<()> {
        std::fs::write(self.core.object(oid), content)
    }

    /// Lets the links of LFS begin with something else than `EXTERNAL_URL`.
    pub fn link_lfs_to(&self, prefix: &str) {
        self.core.state().lfs_links = Some(prefix.to_owned());
    }

    /// The names of an account's tokens.
    pub fn tokens_of(&self, account: &str) -> Vec<String> {
        let state = self.core.state();
        let Some(id) = state.account(account).map(|account| account.id) else { return Vec::new() };
        state.tokens_of(id).map(|token| token.name.clone()).collect()
    }

    /// The collaborators of a repository, each with `read`, `write` or `admin`.
    pub fn collaborators_of(&self, repository: &str) -> Result<BTreeMap<String, &'static str>, SeedError> {
        let (owner, name) = split(repository)?;
        let state = self.core.state();
        let found = state.repository(owner, name).ok_or_else(|| SeedError::Absent(repository.to_owned()))?;
        let named = found.collaborators.iter().filter_map(|(id, access)| {
            let account = state.accounts.get(id)?;
            Some((account.name.clone(), access.word()))
        });
        Ok(named.collect())
    }

    async fn create(&self, repository: &str, private: bool, auto_init: bool) -> Result<i64, SeedError> {
        let (owner, name) = split(repository)?;
        let (admin, owner) = {
            let mut state = self.core.state();
            let admin = state.account(ADMIN).ok_or_else(|| SeedError::Absent(ADMIN.to_owned()))?.id;
            let known = state.account(owner).map(|account| account.id);
            let owner = known.unwrap_or_else(|| state.add_account(Account::organization(owner, "", admin)).id);
            (admin, owner)
        };
        let form = NewRepository { name: name.to_owned(), description: String::new(), private, auto_init };
        match repositories::make(&self.core, owner, admin, form).await {
            Ok(id) => Ok(id),
            Err(Fault::Git(failure)) => Err(failure.into()),
            Err(_) => Err(SeedError::NotMade(repository.to_owned())),
        }
    }
}

impl Access {
    fn word(self) -> &'static str {
        match self {
            Self::None | Self::Read => "read",
            Self::Write => "write",
            Self::Admin | Self::Owner => "admin",
        }
    }
}

fn split(repository: &str) -> Result<(&str, &str), SeedError> {
    let parts = repository.split_once('/').filter(|(owner, name)| !owner.is_empty() && !name.is_empty());
    parts.filter(|(_, name)| !name.contains('/')).ok_or_else(|| SeedError::NotARepository(repository.to_owned()))
}
