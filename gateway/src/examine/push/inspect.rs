//! The effects of a push that depend on its objects.

use std::collections::{BTreeSet, HashMap, HashSet};

use gogs_spanner_capability::{Action, Effect, RefName, RepositoryName, Touch};
use gogs_spanner_gitwire::{ObjectId, RefUpdate};

use super::{
    super::{
        Examiner, Pack,
        mirror::{Base, MirrorError},
        pack::{ForgeRefs, Kinship, PackError, Room, Span},
        spool::Spooled,
    },
    issues::{Messages, is_read},
    measure::sent_on,
    reading::{Reading, action, at_sight, of_kinship},
};
use crate::{
    body::{Body, empty},
    caller::{Caller, Snapshot},
    refuse::Refusal,
};

/// Commits the forge is asked about before its objects are fetched: a branch begins at one, a merge brings another.
const MOST_ASKED: usize = 4;

/// One push in its room, and what is asked of it.
struct Inspection<'a> {
    room: &'a Room,
    repository: &'a RepositoryName,
    default_branch: Option<RefName>,
    /// The refs a right to such an effect lets be merged.
    merge_from: &'a (dyn Fn(&Effect) -> BTreeSet<RefName> + Sync),
    /// What was found out: a push of many refs often moves them all alike.
    kinships: HashMap<(ObjectId, ObjectId), Kinship>,
    touched: HashMap<(ObjectId, ObjectId, BTreeSet<RefName>), Option<Vec<Touch>>>,
}

/// A push that is to be looked into, and what its decision depends on.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) caller: &'a Caller,
    pub(super) repository: &'a RepositoryName,
    pub(super) read: &'a [(&'a RefUpdate, Reading)],
    /// Whether it depends on what the commits say.
    pub(super) messages: bool,
}

/// What was found in a push.
struct Found {
    effects: Vec<Effect>,
    messages: Messages,
}

impl Examiner {
    /// Spools the pack, looks into it, and gives it back to be forwarded.
    pub(super) async fn inspect(&self, asked: Asked<'_>, pack: Body) -> Result<(Vec<Effect>, Pack), (Refusal, Body)> {
        let spooled = self.spooled(asked.caller, pack).await?;
        let effects = self.look_into(asked, &spooled).await.map_err(|refusal| (refusal, empty()))?;
        Ok((effects, sent_on(&spooled)?))
    }

    async fn look_into(&self, asked: Asked<'_>, spooled: &Spooled) -> Result<Vec<Effect>, Refusal> {
        let found = match self.proven_alone(asked, spooled).await {
            Some(found) => found,
            None => self.found_in_room(asked, spooled).await?,
        };
        let Asked { snapshot, caller, repository, .. } = asked;
        let said = found.messages.iter().map(|(commit, message)| (format!("commit {commit}"), message.as_slice()));
        let written = self.issues_written(snapshot, caller, repository, said)?;
        Ok([found.effects, written].concat())
    }

    async fn found_in_room(&self, asked: Asked<'_>, spooled: &Spooled) -> Result<Found, Refusal> {
        let Asked { caller, repository, read, .. } = asked;
        let base = self.base(caller, repository).await?;
        let default_branch = self.default_branch(caller, repository, read).await?;
        let room = self.quarantine.admit(spooled, &base).await?;
        let merge_from = |effect: &Effect| self.authorizer.merge_sources(caller, effect);
        let mut inspection = Inspection {
            room: &room,
            repository,
            default_branch,
            merge_from: &merge_from,
            kinships: HashMap::new(),
            touched: HashMap::new(),
        };
        Ok(Room::within_time(inspection.find(asked)).await?)
    }

    /// What a push is, where the pack itself shows it (every open update a fast-forward, every message in it) and anything
    /// else would cost a fetch.
    async fn proven_alone(&self, asked: Asked<'_>, spooled: &Spooled) -> Option<Found> {
        let Asked { repository, read, .. } = asked;
        let is_open = |reading: &Reading| matches!(reading, Reading::Open(_));
        let asks = |reading: &Reading| matches!(reading, Reading::Open(verdicts) if verdicts.speak_of_paths());
        if !self.quarantine.mirrors().are_fetched() || read.iter().any(|(_, reading)| asks(reading)) {
            return None;
        }
        let history = self.quarantine.history(spooled).await;
        let action = |(update, reading): &(&RefUpdate, Reading)| match at_sight(update) {
            None if is_open(reading) => history.proves(update).then_some(Action::RefUpdate),
            sight => Some(sight.unwrap_or_else(|| action(update.kind()))),
        };
        let effect = |read: &(&RefUpdate, Reading)| {
            Some(Effect::on_repository(action(read)?, repository).at(read.0.name.clone()))
        };
        let effects = read.iter().map(effect).collect::<Option<_>>()?;
        let mut messages = Messages::new();
        for (update, _) in read.iter().filter(|(update, _)| asked.messages && is_read(update)) {
            let (brought, beneath) = history.brought(update);
            if beneath.len() > MOST_ASKED || !self.has_all(asked, &beneath).await {
                return None;
            }
            messages.extend(brought.into_iter().map(|(id, commit)| (id, commit.message.clone())));
        }
        Some(Found { effects, messages })
    }

    /// Whether the forge has these commits, as far as it says so.
    async fn has_all(&self, asked: Asked<'_>, commits: &[ObjectId]) -> bool {
        for commit in commits {
            let has = self.accounts.has_commit(&asked.caller.agent, asked.repository, &commit.to_string()).await;
            if !has.unwrap_or(false) {
                return false;
            }
        }
        true
    }

    /// The objects of the forge, fetched with the agent's credential, which is renewed once if it is dead.
    async fn base(&self, caller: &Caller, repository: &RepositoryName) -> Result<Base, Refusal> {
        let mirrors = self.quarantine.mirrors();
        let credential = self.accounts.credential(&caller.agent, Some(repository)).await?;
        match mirrors.base(repository, &credential.git_header()).await {
            Err(MirrorError::CredentialRefused) => {
                let fresh = self.accounts.renew(&caller.agent, &credential).await?;
                Ok(mirrors.base(repository, &fresh.git_header()).await?)
            }
            base => Ok(base?),
        }
    }

    /// Where branches begin, if it matters: a creation limited to some paths is compared with it. A forge whose
    /// repository is empty has none.
    async fn default_branch(
        &self,
        caller: &Caller,
        repository: &RepositoryName,
        read: &[(&RefUpdate, Reading)],
    ) -> Result<Option<RefName>, Refusal> {
        let is_asked_for = read.iter().any(|(update, reading)| {
            matches!(reading, Reading::Open(verdicts) if update.old.is_zero() && verdicts.ask_for_paths(Action::RefCreate))
        });
        if !is_asked_for {
            return Ok(None);
        }
        let facts = self.accounts.repository(&caller.agent, repository).await?;
        Ok(RefName::for_branch(&facts.default_branch).ok())
    }
}

impl Inspection<'_> {
    async fn find(&mut self, asked: Asked<'_>) -> Result<Found, PackError> {
        let speaks = |reading: &Reading| matches!(reading, Reading::Open(verdicts) if verdicts.speak_of_paths());
        let looks = asked.messages || asked.read.iter().any(|(_, reading)| speaks(reading));
        let refs = if looks { self.room.forge_refs().await? } else { ForgeRefs::default() };
        let messages = if asked.messages { self.messages(&refs, asked.read).await? } else { Messages::new() };
        Ok(Found { effects: self.effects(&refs, asked.read).await?, messages })
    }

    async fn effects(&mut self, refs: &ForgeRefs, read: &[(&RefUpdate, Reading)]) -> Result<Vec<Effect>, PackError> {
        let mut effects = Vec::with_capacity(read.len());
        for (update, reading) in read {
            let effect = Effect::on_repository(self.action(update, reading).await?, self.repository);
            let effect = effect.at(update.name.clone());
            let asks = matches!(reading, Reading::Open(verdicts) if verdicts.ask_for_paths(effect.action));
            effects.push(match if asks { self.touches(refs, update, &effect).await? } else { None } {
                Some(touches) => effect.inspected(touches),
                None => effect,
            });
        }
        Ok(effects)
    }

    /// What the new commits say. Many refs of a push mostly bring the same ones.
    async fn messages(&self, refs: &ForgeRefs, read: &[(&RefUpdate, Reading)]) -> Result<Messages, PackError> {
        let (mut messages, mut seen) = (Messages::new(), HashSet::new());
        for (update, _) in read.iter().filter(|(update, _)| is_read(update)) {
            if seen.insert(update.new) {
                let brought = self.room.brought(refs, update).await?;
                messages.extend(brought.into_iter().map(|(id, commit)| (id, commit.message)));
            }
        }
        Ok(messages)
    }

    /// What an update is; where it makes no difference, as far as can be seen.
    async fn action(&mut self, update: &RefUpdate, reading: &Reading) -> Result<Action, PackError> {
        match (at_sight(update), reading) {
            (Some(action), _) => Ok(action),
            (None, Reading::Settled | Reading::Refused) => Ok(action(update.kind())),
            (None, Reading::Open(_)) => {
                let ends = (update.old, update.new);
                let kinship = match self.kinships.get(&ends) {
                    Some(known) => *known,
                    None => self.room.kinship(update).await?,
                };
                self.kinships.insert(ends, kinship);
                Ok(of_kinship(kinship))
            }
        }
    }

    async fn touches(
        &mut self,
        refs: &ForgeRefs,
        update: &RefUpdate,
        effect: &Effect,
    ) -> Result<Option<Vec<Touch>>, PackError> {
        let question = (update.old, update.new, (self.merge_from)(effect));
        if let Some(known) = self.touched.get(&question) {
            return Ok(known.clone());
        }
        let span = Span { update, default_branch: self.default_branch.as_ref(), merge_from: &question.2 };
        let touched = self.room.touches(refs, &span).await?;
        self.touched.insert(question, touched.clone());
        Ok(touched)
    }
}
