//! The credential a request leaves with: at hand in memory, or provided once for everybody who waits.

mod errands;
mod standing;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use gogs_spanner_capability::{AgentName, Reason, RepositoryName};

use self::{errands::Errand, standing::Standing};
use super::{
    ExternalUrl, Gogs, RepositoryFacts, UpstreamError,
    external_url::LastHeard,
    flights::Flights,
    identity::Identities,
    provision::{Provisioner, Tenant},
    questions::lists,
    turns::Turns,
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
        let provisioner = Provisioner { gogs, accounts, sealer, clock, prefix: prefix.into(), turns: Turns::default() };
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
            *lock(&standing.joined) = None;
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
}

impl std::fmt::Debug for UpstreamAccounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamAccounts").field("prefix", &self.provisioner.prefix).finish_non_exhaustive()
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
