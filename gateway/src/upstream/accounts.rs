//! The credential a request leaves with: at hand in memory, or provided once for everybody who waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use gogs_spanner_capability::{AgentName, Reason, RepositoryName, Rights};
use jiff::{SignedDuration, Timestamp};

use super::{
    ExternalUrl, Gogs, RepositoryFacts, UpstreamError,
    external_url::LastHeard,
    flights::Flights,
    identity::Identities,
    provision::{ProvisionError, Provisioner, Tenant},
    questions::lists,
};
use crate::{
    authorize::policy::AgentPolicy,
    clock::SharedClock,
    forward::credential::Credential,
    places::Places,
    refuse::Refusal,
    seal::Sealer,
    store::{self, Accounts, Permission},
};

/// How long a request waits for the forge to do what we ask. The work goes on; the next request may find it done.
const PATIENCE: Duration = Duration::from_millis(1800);

/// The shortest time between two renewals: a forge that takes no fresh token either would be sent one for every request.
const RENEWAL_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// The accounts of all agents on the forge. Cheap to clone.
#[derive(Clone)]
pub struct UpstreamAccounts {
    provisioner: Provisioner,
    identities: Arc<Identities>,
    standings: Arc<Mutex<HashMap<AgentName, Arc<Standing>>>>,
    flights: Arc<Flights<Errand, Result<(), Refusal>>>,
    external: LastHeard,
    pub(super) lists: Arc<Places>,
}

/// What is done once, however many wait for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Errand {
    Provide(AgentName),
    Renew(AgentName, u64),
    Admit(AgentName, RepositoryName),
    Identify(AgentName, RepositoryName),
}

/// How an agent stands with the forge.
struct Standing {
    credential: Credential,
    renewed: Option<Timestamp>,
    admitted: Mutex<HashMap<RepositoryName, Permission>>,
    /// The rights under which it was let into every repository they name.
    joined: Mutex<Option<Rights>>,
}

impl UpstreamAccounts {
    /// The accounts `gogs` holds for us, each named `prefix` and the agent's name.
    pub fn new(
        gogs: Arc<Gogs>,
        accounts: Arc<dyn Accounts>,
        identities: Arc<dyn store::Identities>,
        sealer: Arc<Sealer>,
        clock: SharedClock,
        prefix: &str,
    ) -> Self {
        let provisioner = Provisioner { gogs, accounts, sealer, clock, prefix: prefix.into() };
        let identities = Arc::new(Identities::new(identities));
        let external = LastHeard::default();
        let (standings, flights, lists) = (Arc::default(), Arc::default(), Arc::new(lists()));
        Self { provisioner, identities, standings, flights, external, lists }
    }

    /// The credential an agent's request leaves with.
    ///
    /// The account is made on first use, and admitted to the repository with the least that today's policy needs there:
    /// raised when policy grows, never lowered behind an operator's back.
    ///
    /// # Errors
    /// `not-granted` where policy has nothing for the agent in that repository; `account-not-ours`; `upstream-unavailable`
    /// within two seconds, whatever the forge does.
    pub async fn credential(&self, agent: &AgentPolicy, on: Option<&RepositoryName>) -> Result<Credential, Refusal> {
        let needed = on.map(|repository| needed(agent, repository)).transpose()?;
        patiently(async {
            let standing = self.standing(agent).await?;
            match needed {
                Some((repository, permission)) => self.admit(agent, standing, repository, permission).await,
                None => Ok(standing.credential.clone()),
            }
        })
        .await
    }

    /// Another credential in the place of one the forge no longer takes; whoever was renewed meanwhile gets that one.
    ///
    /// # Errors
    /// `upstream-unavailable` also where the last renewal was a moment ago: then a fresh token does not help.
    pub async fn renew(&self, agent: &AgentPolicy, stale: &Credential) -> Result<Credential, Refusal> {
        patiently(async { Ok(self.renewed(agent, stale).await?.credential.clone()) }).await
    }

    /// Makes sure that the repository behind a name is the one that was first met there.
    ///
    /// # Errors
    /// `repository-identity-changed` until an operator [confirms](Self::confirm) the other one.
    pub async fn identify(&self, agent: &Arc<AgentPolicy>, repository: &RepositoryName) -> Result<(), Refusal> {
        if self.identities.seen_lately(repository, self.provisioner.clock.now()) {
            return Ok(());
        }
        let (accounts, agent, name) = (self.clone(), Arc::clone(agent), repository.clone());
        // Each agent asks for itself: what keeps one out must not be another's answer.
        let errand = Errand::Identify(agent.name.clone(), repository.clone());
        patiently(self.fly(errand, || async move { accounts.repository(&agent, &name).await.map(drop) })).await
    }

    /// Takes whatever stands under a name now for the repository that is meant: its next use is a first use, and every
    /// account is admitted anew. Says which number had been pinned.
    pub async fn confirm(&self, repository: &RepositoryName) -> Result<Option<i64>, Refusal> {
        let pinned = self.identities.let_go(repository).await?;
        for standing in lock(&self.standings).values() {
            lock(&standing.admitted).remove(repository);
        }
        Ok(pinned)
    }

    /// The number of the forge that belongs under each name it was ever met under. Nothing is met by asking for it.
    pub async fn pins(&self) -> Result<HashMap<RepositoryName, i64>, Refusal> {
        self.identities.pins().await
    }

    /// What has become of an agent's account behind our back; a look that failed is told as an oddity, too.
    pub async fn oddities(&self, agent: &AgentPolicy) -> Vec<String> {
        let looked = self.provisioner.oddities(&Tenant::from(agent)).await;
        looked.unwrap_or_else(|error| vec![format!("it could not be looked at: {error}")])
    }

    /// What a repository is, asked as the agent; renews a dead credential once. It is the one that was first met under its
    /// name, or this is a refusal.
    pub async fn repository(
        &self,
        agent: &AgentPolicy,
        repository: &RepositoryName,
    ) -> Result<RepositoryFacts, Refusal> {
        patiently(async {
            let facts = self.look(agent, repository).await?;
            self.identities.meet(repository, facts.id, self.provisioner.clock.now()).await?;
            if let Some(external) = facts.external_url() {
                self.hear(external);
            }
            Ok(facts)
        })
        .await
    }

    /// What every absolute link of the forge begins with: as it said not long ago, or asked of this repository, as the
    /// agent.
    ///
    /// # Errors
    /// Those of [`repository`](Self::repository); `answer-refused` where the forge's `clone_url` is not one of Gogs's.
    pub async fn external_url(&self, agent: &AgentPolicy, repository: &RepositoryName) -> Result<ExternalUrl, Refusal> {
        if let Some(heard) = self.external_url_heard() {
            return Ok(heard);
        }
        self.repository(agent, repository).await?.external_url().ok_or_else(|| {
            tracing::error!(%repository, "the forge's `clone_url` does not tell its `EXTERNAL_URL`");
            Refusal::new(Reason::AnswerRefused).because("it is not known what the forge's links begin with")
        })
    }

    /// The same where no repository is at hand to be asked: only what the forge said not long ago.
    pub fn external_url_heard(&self) -> Option<ExternalUrl> {
        self.external.recall(self.provisioner.clock.now())
    }

    /// Takes note of what the forge's links begin with, as it has just said.
    pub fn hear(&self, external: ExternalUrl) {
        self.external.hear(external, self.provisioner.clock.now());
    }

    async fn look(&self, agent: &AgentPolicy, repository: &RepositoryName) -> Result<RepositoryFacts, Refusal> {
        let ask = |gogs: Arc<Gogs>, credential| async move { gogs.repository(&credential, repository).await };
        self.as_agent(agent, Some(repository), ask).await
    }

    /// Asks the forge something as the agent, a second time where its credential had died.
    pub(super) async fn as_agent<T, F>(
        &self,
        agent: &AgentPolicy,
        on: Option<&RepositoryName>,
        ask: impl Fn(Arc<Gogs>, Credential) -> F,
    ) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, UpstreamError>>,
    {
        patiently(async {
            let credential = self.credential(agent, on).await?;
            let gogs = || Arc::clone(&self.provisioner.gogs);
            match ask(gogs(), credential.clone()).await {
                Err(UpstreamError::CredentialDead { .. }) => {
                    self.renew(agent, &credential).await?;
                    // The account itself may have been gone: one that was made anew is admitted anew.
                    Ok(ask(gogs(), self.credential(agent, on).await?).await?)
                }
                answer => Ok(answer?),
            }
        })
        .await
    }

    /// Whether the account was let into all that its rights name, as they are now.
    pub(super) fn has_joined(&self, agent: &AgentPolicy) -> bool {
        self.known(&agent.name).is_some_and(|standing| lock(&standing.joined).as_ref() == Some(&agent.rights))
    }

    /// Remembers that it was.
    pub(super) fn now_joined(&self, agent: &AgentPolicy) {
        if let Some(standing) = self.known(&agent.name) {
            *lock(&standing.joined) = Some(agent.rights.clone());
        }
    }

    async fn standing(&self, agent: &AgentPolicy) -> Result<Arc<Standing>, Refusal> {
        if let Some(standing) = self.known(&agent.name) {
            return Ok(standing);
        }
        let (accounts, tenant) = (self.clone(), Tenant::from(agent));
        self.fly(Errand::Provide(agent.name.clone()), || async move { accounts.provide(&tenant).await }).await?;
        self.known(&agent.name).ok_or_else(lost)
    }

    async fn renewed(&self, agent: &AgentPolicy, stale: &Credential) -> Result<Arc<Standing>, Refusal> {
        let (accounts, tenant, spent) = (self.clone(), Tenant::from(agent), stale.clone());
        let errand = Errand::Renew(agent.name.clone(), stale.generation());
        self.fly(errand, || async move { accounts.replace(&tenant, &spent).await }).await?;
        self.known(&agent.name).ok_or_else(lost)
    }

    async fn admit(
        &self,
        agent: &AgentPolicy,
        mut standing: Arc<Standing>,
        repository: &RepositoryName,
        permission: Permission,
    ) -> Result<Credential, Refusal> {
        // Whoever joins an errand that policy has outgrown meanwhile starts the next.
        while standing.may(repository) < Some(permission) {
            let (accounts, tenant, name) = (self.clone(), Tenant::from(agent), repository.clone());
            let errand = Errand::Admit(agent.name.clone(), repository.clone());
            self.fly(errand, || async move { accounts.raise(&tenant, &name, permission).await }).await?;
            standing = self.known(&agent.name).ok_or_else(lost)?;
        }
        Ok(standing.credential.clone())
    }

    async fn fly<F>(&self, errand: Errand, work: impl FnOnce() -> F) -> Result<(), Refusal>
    where
        F: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        self.flights.join(errand, work).await.unwrap_or_else(|| Err(lost()))
    }

    /// The errand that makes an agent known.
    async fn provide(&self, tenant: &Tenant) -> Result<(), Refusal> {
        let credential = self.provisioner.provide(tenant).await?;
        self.remember(tenant, credential, None).await
    }

    /// The errand that replaces a dead credential.
    async fn replace(&self, tenant: &Tenant, stale: &Credential) -> Result<(), Refusal> {
        let now = self.provisioner.clock.now();
        if let Some(standing) = self.known(&tenant.name) {
            if standing.credential.generation() != stale.generation() {
                return Ok(());
            }
            if standing.renewed.is_some_and(|last| now.duration_since(last).abs() < RENEWAL_PAUSE) {
                return Err(
                    Refusal::new(Reason::UpstreamUnavailable).truly("the forge took no fresh credential either")
                );
            }
        }
        tracing::warn!(agent = %tenant.name, login = stale.login(), "the forge no longer takes a credential; renewing it");
        let credential = self.provisioner.renew(tenant, stale).await?;
        self.remember(tenant, credential, Some(now)).await
    }

    /// The errand that admits an account, once more where the account was gone and had to be made anew.
    async fn raise(&self, tenant: &Tenant, repository: &RepositoryName, needed: Permission) -> Result<(), Refusal> {
        let standing = self.known(&tenant.name).ok_or_else(lost)?;
        let permission = standing.may(repository).map_or(needed, |now| now.max(needed));
        match self.provisioner.admit(tenant, repository, permission).await {
            Err(ProvisionError::Upstream(UpstreamError::NoAccount { .. })) => {
                self.replace(tenant, &standing.credential).await?;
                self.provisioner.admit(tenant, repository, permission).await?;
            }
            admitted => admitted?,
        }
        self.known(&tenant.name).ok_or_else(lost)?.now_may(repository, permission);
        Ok(())
    }

    async fn remember(
        &self,
        tenant: &Tenant,
        credential: Credential,
        renewed: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let admitted = self.provisioner.accounts.collaborations(&tenant.name).await.map_err(ProvisionError::from)?;
        let admitted = Mutex::new(admitted.into_iter().collect());
        let standing = Standing { credential, renewed, admitted, joined: Mutex::default() };
        lock(&self.standings).insert(tenant.name.clone(), Arc::new(standing));
        Ok(())
    }

    fn known(&self, agent: &AgentName) -> Option<Arc<Standing>> {
        lock(&self.standings).get(agent).cloned()
    }
}

impl std::fmt::Debug for UpstreamAccounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamAccounts").field("prefix", &self.provisioner.prefix).finish_non_exhaustive()
    }
}

impl Standing {
    fn may(&self, repository: &RepositoryName) -> Option<Permission> {
        lock(&self.admitted).get(repository).copied()
    }

    fn now_may(&self, repository: &RepositoryName, permission: Permission) {
        lock(&self.admitted).insert(repository.clone(), permission);
    }
}

impl From<&AgentPolicy> for Tenant {
    fn from(agent: &AgentPolicy) -> Self {
        Self { name: agent.name.clone(), owner: agent.owner.clone() }
    }
}

/// The least permission that lets the forge do what today's policy lets the agent do there.
fn needed<'r>(
    agent: &AgentPolicy,
    repository: &'r RepositoryName,
) -> Result<(&'r RepositoryName, Permission), Refusal> {
    let permission =
        Permission::needed_by(&agent.rights, repository).ok_or_else(|| Refusal::new(Reason::NotGranted))?;
    Ok((repository, permission))
}

/// Waits for the forge as long as a caller can be kept waiting.
pub(super) async fn patiently<T>(work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    tokio::time::timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(Refusal::new(Reason::UpstreamUnavailable).truly("the forge was too slow")))
}

/// The errand ended without an end: it panicked.
fn lost() -> Refusal {
    Refusal::new(Reason::UpstreamUnavailable).truly("providing the account broke off")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
