//! A store that forgets, and that fails on demand: what the tests of its owners stand on.

mod people;

use std::{
    collections::{BTreeMap, HashMap},
    future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use gogs_spanner_capability::{AgentName, RepositoryName, token::RevocationId};
use jiff::Timestamp;

use super::{
    Account, Accounts, Appended, Entry, Holder, Identities, Key, Keys, Lock, Met, Permission, Records, Result,
    Revocations, SingleUse, Spending, Spendings, StoreError, StoredKey,
};
use crate::{
    journal::{AuditLine, Outcome, Record, Search},
    limit::Limited,
    request::RequestId,
    revoke::{Cut, Cutoff},
};

/// How the store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Fault {
    #[default]
    None,
    /// Every call fails at once.
    Down,
    /// No call ever comes back.
    Slow,
    /// Reads succeed, writes fail at once.
    ReadOnly,
    /// As read-only; the two differ in what the store says.
    Full,
    /// Writes are done, and then said to have failed.
    FailedButPersisted,
}

#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    fault: Fault,
    commits: usize,
    keys: Vec<StoredKey>,
    revoked: BTreeMap<RevocationId, Timestamp>,
    cutoffs: BTreeMap<Cut, Timestamp>,
    accounts: BTreeMap<AgentName, Account>,
    collaborations: BTreeMap<(AgentName, RepositoryName), Permission>,
    identities: BTreeMap<RepositoryName, i64>,
    people: BTreeMap<String, Met>,
    locks: BTreeMap<Holder, Lock>,
    proofs: HashMap<[u8; 32], RequestId>,
    spendings: BTreeMap<(AgentName, Limited), Spending>,
    records: Vec<(Key, Record)>,
    numbers: HashMap<Key, usize>,
    outcomes: HashMap<Key, String>,
}

impl Memory {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn suffer(&self, fault: Fault) {
        self.state().fault = fault;
    }

    /// How many groups were written.
    pub(crate) fn commits(&self) -> usize {
        self.state().commits
    }

    /// How many decisions lie in it, without asking through the journal.
    pub(crate) fn len(&self) -> usize {
        self.state().records.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T> {
        let fault = self.state().fault;
        match fault {
            Fault::Slow => future::pending().await,
            Fault::Down => Err(failed(fault)),
            _ => Ok(read(&self.state())),
        }
    }

    async fn write<T>(&self, write: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let fault = self.state().fault;
        match fault {
            Fault::None => write(&mut self.state()),
            Fault::FailedButPersisted => write(&mut self.state()).and(Err(failed(fault))),
            Fault::Slow => future::pending().await,
            Fault::Down | Fault::ReadOnly | Fault::Full => Err(failed(fault)),
        }
    }
}

fn failed(fault: Fault) -> StoreError {
    StoreError::Unavailable(format!("{fault:?}"))
}

impl State {
    fn append(&mut self, entry: &Entry) -> Appended {
        match entry {
            Entry::Outcome { of, result, .. } => self.conclude(*of, result),
            Entry::Record { key, single_use: Some(proof), .. } if self.is_replayed(*key, proof) => Appended::Replayed,
            Entry::Record { key, record, result, .. } => {
                if let Some(result) = result {
                    self.conclude(*key, result);
                }
                self.record(*key, record)
            }
        }
    }

    fn is_replayed(&mut self, key: Key, proof: &SingleUse) -> bool {
        self.proofs.entry(proof.digest).or_insert(key.request_id) != &key.request_id
    }

    fn record(&mut self, key: Key, record: &Record) -> Appended {
        let next = self.records.len();
        let at = *self.numbers.entry(key).or_insert(next);
        if at == next {
            self.records.push((key, record.clone()));
        }
        Appended::Recorded(at as u64 + 1)
    }

    fn conclude(&mut self, of: Key, result: &str) -> Appended {
        self.outcomes.entry(of).or_insert_with(|| result.to_owned());
        Appended::Concluded
    }

    fn line(&self, at: usize) -> AuditLine {
        let (key, record) = &self.records[at];
        let result = self.outcomes.get(key).cloned();
        AuditLine {
            seq: at as u64 + 1,
            time: record.time,
            request_id: record.request_id.to_string(),
            trace_id: record.trace_id.clone(),
            agent: record.agent.as_ref().map(ToString::to_string),
            on_behalf_of: record.on_behalf_of.clone(),
            action: record.action.clone(),
            repository: record.repository.clone(),
            reference: record.reference.clone(),
            paths: record.paths.clone(),
            outcome: match (record.verdict.reason(), &result) {
                (Some(_), _) => Outcome::Refuse,
                (None, Some(_)) => Outcome::Permit,
                (None, None) => Outcome::Unknown,
            },
            reason: record.verdict.reason().map(|reason| reason.to_string()),
            result: result.or_else(|| record.truth.clone()),
            token: record.token.as_ref().map(ToString::to_string),
        }
    }
}

fn finds(search: &Search, line: &AuditLine) -> bool {
    let is = |wanted: &Option<String>, found: Option<&str>| wanted.is_none() || wanted.as_deref() == found;
    is(&search.agent, line.agent.as_deref())
        && is(&search.action, Some(&line.action))
        && is(&search.repository.as_ref().map(|name| name.to_ascii_lowercase()), Some(&line.repository))
        && is(&search.reason, line.reason.as_deref())
        && is(&search.request, Some(&line.request_id))
        && search.outcome.is_none_or(|outcome| outcome == line.outcome)
        && search.since.is_none_or(|since| since <= line.time)
        && search.until.is_none_or(|until| line.time < until)
        && search.after_seq.is_none_or(|seq| seq < line.seq)
}

#[async_trait]
impl Records for Memory {
    async fn append(&self, entries: &[Entry]) -> Result<Vec<Appended>> {
        self.write(|state| {
            state.commits += 1;
            Ok(entries.iter().map(|entry| state.append(entry)).collect())
        })
        .await
    }

    async fn is_used(&self, proof: &SingleUse) -> Result<bool> {
        self.read(|state| state.proofs.contains_key(&proof.digest)).await
    }

    async fn search(&self, search: &Search) -> Result<Vec<AuditLine>> {
        self.read(|state| {
            let lines = (0..state.records.len()).map(|at| state.line(at));
            let mut found: Vec<_> = lines.filter(|line| finds(search, line)).collect();
            let limit = search.lines() as usize;
            if search.after_seq.is_none() {
                found.drain(..found.len().saturating_sub(limit));
            }
            found.truncate(limit);
            found
        })
        .await
    }
}

#[async_trait]
impl Keys for Memory {
    async fn all(&self) -> Result<Vec<StoredKey>> {
        self.read(|state| state.keys.clone()).await
    }

    async fn add(&self, key: &StoredKey) -> Result<()> {
        self.write(|state| {
            if state.keys.iter().any(|known| known.id == key.id) {
                return Err(StoreError::Taken);
            }
            state.keys.push(key.clone());
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Revocations for Memory {
    async fn all(&self) -> Result<Vec<RevocationId>> {
        self.read(|state| state.revoked.keys().cloned().collect()).await
    }

    async fn add(&self, id: &RevocationId, _at: Timestamp, keep_until: Timestamp) -> Result<()> {
        self.write(|state| {
            state.revoked.entry(id.clone()).or_insert(keep_until);
            Ok(())
        })
        .await
    }

    async fn prune(&self, now: Timestamp) -> Result<()> {
        self.write(|state| {
            state.revoked.retain(|_, keep_until| now <= *keep_until);
            Ok(())
        })
        .await
    }

    async fn cutoffs(&self) -> Result<Vec<Cutoff>> {
        let cutoff = |(cut, before): (&Cut, &Timestamp)| Cutoff { cut: cut.clone(), before: *before };
        self.read(|state| state.cutoffs.iter().map(cutoff).collect()).await
    }

    async fn cut_off(&self, cutoff: &Cutoff, _at: Timestamp) -> Result<()> {
        self.write(|state| {
            let before = state.cutoffs.entry(cutoff.cut.clone()).or_insert(cutoff.before);
            *before = cutoff.before.max(*before);
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Accounts for Memory {
    async fn account(&self, agent: &AgentName) -> Result<Option<Account>> {
        self.read(|state| state.accounts.get(agent).cloned()).await
    }

    async fn save(&self, account: &Account) -> Result<()> {
        self.write(|state| {
            state.accounts.insert(account.agent.clone(), account.clone());
            Ok(())
        })
        .await
    }

    async fn forget(&self, agent: &AgentName) -> Result<()> {
        self.write(|state| {
            state.collaborations.retain(|(of, _), _| of != agent);
            state.accounts.remove(agent);
            Ok(())
        })
        .await
    }

    async fn collaborations(&self, agent: &AgentName) -> Result<Vec<(RepositoryName, Permission)>> {
        let is_theirs = |((of, name), permission): (&(AgentName, RepositoryName), &Permission)| {
            (of == agent).then(|| (name.clone(), *permission))
        };
        self.read(|state| state.collaborations.iter().filter_map(is_theirs).collect()).await
    }

    async fn save_collaboration(
        &self,
        agent: &AgentName,
        repository: &RepositoryName,
        permission: Permission,
    ) -> Result<()> {
        self.write(|state| {
            state.collaborations.insert((agent.clone(), repository.clone()), permission);
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Identities for Memory {
    async fn pin(&self, repository: &RepositoryName, forge_id: i64, _at: Timestamp) -> Result<i64> {
        self.write(|state| Ok(*state.identities.entry(repository.clone()).or_insert(forge_id))).await
    }

    async fn pins(&self) -> Result<Vec<(RepositoryName, i64)>> {
        self.read(|state| state.identities.iter().map(|(name, number)| (name.clone(), *number)).collect()).await
    }

    async fn unpin(&self, repository: &RepositoryName) -> Result<Option<i64>> {
        self.write(|state| {
            state.collaborations.retain(|(_, name), _| name != repository);
            Ok(state.identities.remove(repository))
        })
        .await
    }
}

#[async_trait]
impl Spendings for Memory {
    async fn all(&self) -> Result<Vec<Spending>> {
        self.read(|state| state.spendings.values().cloned().collect()).await
    }

    async fn save(&self, spendings: &[Spending]) -> Result<()> {
        self.write(|state| {
            let row = |spending: &Spending| ((spending.agent.clone(), spending.limited), spending.clone());
            state.spendings.extend(spendings.iter().map(row));
            Ok(())
        })
        .await
    }

    async fn prune(&self, now: Timestamp) -> Result<()> {
        self.write(|state| {
            state.spendings.retain(|_, spending| now <= spending.back);
            Ok(())
        })
        .await
    }
}
