//! What is done at the forge once, however many requests wait for it.

use std::sync::{Arc, Mutex};

use gogs_spanner_capability::{AgentName, Reason, RepositoryName};
use jiff::{SignedDuration, Timestamp};

use super::{Standing, UpstreamAccounts, lock};
use crate::{
    authorize::policy::AgentPolicy,
    forward::credential::Credential,
    refuse::Refusal,
    store::Permission,
    upstream::{
        UpstreamError,
        provision::{ProvisionError, Tenant},
    },
};

/// The shortest time between two renewals: a forge that takes no fresh token either would be sent one for every request.
const RENEWAL_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// What is done once, however many wait for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Errand {
    Provide(AgentName),
    Renew(AgentName, u64),
    Admit(AgentName, RepositoryName),
    Identify(AgentName, RepositoryName),
}

impl UpstreamAccounts {
    pub(super) async fn standing(&self, agent: &AgentPolicy) -> Result<Arc<Standing>, Refusal> {
        if let Some(standing) = self.known(&agent.name) {
            return Ok(standing);
        }
        let (accounts, tenant) = (self.clone(), Tenant::from(agent));
        self.fly(Errand::Provide(agent.name.clone()), || async move { accounts.provide(&tenant).await }).await?;
        self.known(&agent.name).ok_or_else(lost)
    }

    pub(super) async fn renewed(&self, agent: &AgentPolicy, stale: &Credential) -> Result<Arc<Standing>, Refusal> {
        let (accounts, tenant, spent) = (self.clone(), Tenant::from(agent), stale.clone());
        let errand = Errand::Renew(agent.name.clone(), stale.generation());
        self.fly(errand, || async move { accounts.replace(&tenant, &spent).await }).await?;
        self.known(&agent.name).ok_or_else(lost)
    }

    pub(super) async fn admit(
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

    pub(super) async fn fly<F>(&self, errand: Errand, work: impl FnOnce() -> F) -> Result<(), Refusal>
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

    /// The errand that admits an account, once more where the account was gone and had to be made anew. It is told first
    /// whether the repository is the one that is meant: nobody is let into another.
    async fn raise(&self, tenant: &Tenant, repository: &RepositoryName, needed: Permission) -> Result<(), Refusal> {
        let standing = self.known(&tenant.name).ok_or_else(lost)?;
        let permission = standing.may(repository).map_or(needed, |now| now.max(needed));
        let number = self.provisioner.gogs.number_of(repository).await?.ok_or(UpstreamError::NoRepository)?;
        self.identities.meet(repository, number, self.provisioner.clock.now()).await?;
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

    pub(super) fn known(&self, agent: &AgentName) -> Option<Arc<Standing>> {
        lock(&self.standings).get(agent).cloned()
    }
}

impl From<&AgentPolicy> for Tenant {
    fn from(agent: &AgentPolicy) -> Self {
        Self { name: agent.name.clone(), owner: agent.owner.clone() }
    }
}

/// The errand ended without an end: it panicked.
fn lost() -> Refusal {
    Refusal::new(Reason::UpstreamUnavailable).truly("providing the account broke off")
}
