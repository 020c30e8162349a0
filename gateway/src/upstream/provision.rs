//! Making an agent's account, giving it a credential, and telling ours from anybody else's.
//!
//! # An account is ours, or it is left alone
//!
//! The e-mail of every account we make carries a mark: a keyed hash of its login under the sealing key. Nobody who lacks that
//! key can write the mark for a login before the account exists, and the login is taken once it does. So an account that we
//! have a row for is ours if it has the *id* we wrote down, and one that we have no row for (we stopped between making it and
//! writing it down) is ours if it has the mark. Any other is refused by name, whatever it is called.

use std::sync::Arc;

use gogs_spanner_capability::{AgentName, Reason, RepositoryName};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Gogs, UpstreamError,
    tokens::{self, token_name},
    turns::Turns,
    users::{Profile, User},
};
use crate::{
    clock::SharedClock,
    forward::credential::Credential,
    refuse::Refusal,
    seal::{SealError, Sealer},
    store::{Account, Accounts, Permission, StoreError},
};

/// Where the accounts' e-mail goes: nowhere, by RFC 2606.
const EMAIL_DOMAIN: &str = "agents.invalid";

/// Bytes of the mark that are written down. One guess for each login leaves a forger 2⁻⁶⁴.
const MARK_BYTES: usize = 8;

/// Random bytes of a password that is used for two calls and forgotten.
const PASSWORD_BYTES: usize = 32;

/// The longest `full_name` Gogs takes (`internal/route/api/v1/admin/user.go`, binding `MaxSize(100)`), in characters.
const FULL_NAME_LENGTH: usize = 100;

/// What provisioning knows of an agent.
#[derive(Debug, Clone)]
pub(super) struct Tenant {
    pub(super) name: AgentName,
    pub(super) owner: String,
}

/// Makes and equips accounts. It keeps no state of its own: what it knows is in the store or on the forge.
#[derive(Debug, Clone)]
pub(super) struct Provisioner {
    pub(super) gogs: Arc<Gogs>,
    pub(super) accounts: Arc<dyn Accounts>,
    pub(super) sealer: Arc<Sealer>,
    pub(super) clock: SharedClock,
    pub(super) prefix: Arc<str>,
    pub(super) turns: Turns,
}

/// Why an agent has no credential now.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProvisionError {
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error("the store does not know the account: {0}")]
    Store(#[from] StoreError),
    #[error("the token could not be sealed: {0}")]
    Seal(#[from] SealError),
    #[error("the account `{login}` exists on the forge and was not made by this gateway")]
    NotOurs { login: String },
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl Provisioner {
    /// The credential of an agent's account, which is made where there is none.
    pub(super) async fn provide(&self, tenant: &Tenant) -> Result<Credential, ProvisionError> {
        let Some(account) = self.accounts.account(&tenant.name).await? else {
            let user = self.make_or_recognise(tenant).await?;
            return self.equip(tenant, &user, 0).await;
        };
        match self.open(&account) {
            Ok(credential) => Ok(credential),
            Err(error) => {
                tracing::warn!(agent = %tenant.name, %error, "a sealed token cannot be opened; the account gets another");
                self.equip_again(tenant, &account).await
            }
        }
    }

    /// Another credential for an account whose present one the forge no longer takes.
    pub(super) async fn renew(&self, tenant: &Tenant, stale: &Credential) -> Result<Credential, ProvisionError> {
        match self.accounts.account(&tenant.name).await? {
            Some(account) if tokens::generation(&account.token_name) == Some(stale.generation()) => {
                self.equip_again(tenant, &account).await
            }
            // Somebody else who shares the store has renewed it, or removed the row.
            _ => self.provide(tenant).await,
        }
    }

    /// Admits an account to a repository, on the forge first and then in the store: written down is what is so.
    pub(super) async fn admit(
        &self,
        tenant: &Tenant,
        repository: &RepositoryName,
        permission: Permission,
    ) -> Result<(), ProvisionError> {
        self.gogs.set_collaborator(repository, &self.login(&tenant.name), permission).await?;
        self.accounts.save_collaboration(&tenant.name, repository, permission).await?;
        tracing::info!(agent = %tenant.name, %repository, permission = permission.as_str(), "admitted to a repository");
        Ok(())
    }

    fn login(&self, agent: &AgentName) -> String {
        format!("{}{agent}", self.prefix)
    }

    /// Whom people meet in the forge's pages and commits, and the mark that makes the account ours.
    pub(super) fn profile(&self, tenant: &Tenant) -> Profile {
        let login = self.login(&tenant.name);
        let mark = hex::encode(&self.sealer.mark(&login)[..MARK_BYTES]);
        let full_name = format!("{} (automation of {}, by Gogs Spanner)", tenant.name, tenant.owner);
        Profile {
            email: format!("{}.{mark}@{EMAIL_DOMAIN}", tenant.name),
            full_name: full_name.chars().filter(|char| !char.is_control()).take(FULL_NAME_LENGTH).collect(),
            login,
        }
    }

    /// An account there is no row for: made now, or made by us before we could write it down.
    async fn make_or_recognise(&self, tenant: &Tenant) -> Result<User, ProvisionError> {
        let profile = self.profile(tenant);
        if let Some(user) = self.gogs.find_user(&profile.login).await? {
            return recognise(user, &profile);
        }
        match self.gogs.create_user(&profile, &password()?).await {
            Ok(user) => {
                tracing::info!(agent = %tenant.name, login = profile.login, "made an account on the forge");
                Ok(user)
            }
            // Made since we looked: by another of us, or by somebody else.
            Err(refused @ UpstreamError::AccountRefused { .. }) => match self.gogs.find_user(&profile.login).await? {
                Some(user) => recognise(user, &profile),
                None => Err(refused.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Another token for an account we have a row for, if it is still the one we wrote down.
    async fn equip_again(&self, tenant: &Tenant, account: &Account) -> Result<Credential, ProvisionError> {
        let spent = tokens::generation(&account.token_name).unwrap_or(0);
        match self.gogs.find_user(&account.login).await? {
            Some(user) if user.id == account.user_id => self.equip(tenant, &user, spent).await,
            Some(user) => Err(ProvisionError::NotOurs { login: user.username }),
            None => {
                tracing::warn!(agent = %tenant.name, login = account.login, "the account is gone from the forge; making it anew");
                self.accounts.forget(&tenant.name).await?;
                let user = self.make_or_recognise(tenant).await?;
                self.equip(tenant, &user, spent).await
            }
        }
    }

    /// A password that lives for these few calls, the profile, a token of a new name; the token sealed and written down.
    async fn equip(&self, tenant: &Tenant, user: &User, spent: u64) -> Result<Credential, ProvisionError> {
        let profile = self.profile(tenant);
        let _turn = self.turns.take(&tenant.name).await;
        let password = password()?;
        self.gogs.patch_user(&profile, &password).await?;
        let generation = self.gogs.last_generation(&profile.login, &password).await?.max(spent) + 1;
        let token = self.gogs.create_token(&profile.login, &password, &token_name(generation)).await?;
        let credential = Credential::new(profile.login, token, generation);
        self.accounts.save(&self.sealed(tenant, user, &credential)?).await?;
        tracing::info!(agent = %tenant.name, login = credential.login(), generation, "gave an account a credential");
        Ok(credential)
    }

    fn sealed(&self, tenant: &Tenant, user: &User, credential: &Credential) -> Result<Account, ProvisionError> {
        let token_name = token_name(credential.generation());
        let token = credential.token().expose_secret().as_bytes();
        Ok(Account {
            agent: tenant.name.clone(),
            login: credential.login().to_owned(),
            user_id: user.id,
            sealed_token: self.sealer.seal(token, &bound_to(credential.login(), &token_name))?,
            token_name,
            created: self.clock.now(),
        })
    }

    pub(super) fn open(&self, account: &Account) -> Result<Credential, SealError> {
        let token = self.sealer.open(&account.sealed_token, &bound_to(&account.login, &account.token_name))?;
        let token = std::str::from_utf8(&token).map_err(|_| SealError::NotOurs)?;
        let generation = tokens::generation(&account.token_name).unwrap_or(0);
        Ok(Credential::new(&*account.login, SecretString::from(token), generation))
    }
}

impl From<ProvisionError> for Refusal {
    fn from(error: ProvisionError) -> Self {
        match error {
            ProvisionError::Upstream(error) => error.into(),
            ProvisionError::NotOurs { ref login } => {
                tracing::error!(
                    login,
                    "an account of this name exists on the forge and is not ours: rename or remove it"
                );
                Self::new(Reason::AccountNotOurs)
                    .because(format!("the account `{login}` exists on the forge and is not ours"))
            }
            ProvisionError::Store(_) => Self::new(Reason::StoreUnavailable).truly(error),
            ProvisionError::Seal(_) | ProvisionError::NoRandomness => Self::new(Reason::InternalError).truly(error),
        }
    }
}

/// What a sealed token is bound to: it opens for this account and this name only.
fn bound_to(login: &str, token_name: &str) -> String {
    format!("upstream token {token_name} of {login}")
}

/// Whether an account we have no row for carries our mark. Gogs lower-cases e-mails; ours are.
fn recognise(user: User, profile: &Profile) -> Result<User, ProvisionError> {
    if user.username.eq_ignore_ascii_case(&profile.login) && user.email.eq_ignore_ascii_case(&profile.email) {
        Ok(user)
    } else {
        Err(ProvisionError::NotOurs { login: profile.login.clone() })
    }
}

pub(super) fn password() -> Result<SecretString, ProvisionError> {
    let mut bytes = zeroize::Zeroizing::new([0; PASSWORD_BYTES]);
    aws_lc_rs::rand::fill(&mut *bytes).map_err(|_| ProvisionError::NoRandomness)?;
    Ok(SecretString::from(hex::encode(*bytes)))
}
