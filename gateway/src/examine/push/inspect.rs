//! The effects of a push that depend on its objects.

use std::collections::{BTreeSet, HashMap};

use gogs_spanner_capability::{Action, Effect, RefName, RepositoryName, Touch};
use gogs_spanner_gitwire::{ObjectId, RefUpdate};

use super::{
    super::{
        Examiner,
        mirror::{Base, MirrorError},
        pack::{ForgeRefs, Kinship, PackError, Room, Span},
        spool::{SpoolError, Spooled, Within},
    },
    reading::{Reading, action, at_sight, of_kinship},
};
use crate::{
    body::{Body, boxed, empty},
    caller::Caller,
    refuse::{self, Refusal},
};

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

impl Examiner {
    /// Spools the pack, looks into it, and gives it back to be forwarded.
    pub(super) async fn inspect(
        &self,
        caller: &Caller,
        repository: &RepositoryName,
        read: &[(&RefUpdate, Reading)],
        mut pack: Body,
    ) -> Result<(Vec<Effect>, Body), (Refusal, Body)> {
        if let Err(refusal) = self.authorizer.may_push_now(caller) {
            return Err((refusal, pack));
        }
        let mut within = Within::new(&mut pack, self.authorizer.bytes_left(caller));
        let stored = self.quarantine.spool().store(&mut within).await;
        if let Some(bytes) = within.found_beyond() {
            // When to come back shows when it has been sent to its end.
            let bytes = bytes + refuse::drain(pack).await;
            return Err((self.authorizer.too_much(caller, bytes), empty()));
        }
        match stored {
            Ok(spooled) => {
                let effects = self.look_into(caller, repository, read, &spooled).await;
                let looked = effects.and_then(|effects| Ok((effects, boxed(spooled.body().map_err(SpoolError::Io)?))));
                looked.map_err(|refusal| (refusal, empty()))
            }
            Err(error) => Err((error.into(), pack)),
        }
    }

    async fn look_into(
        &self,
        caller: &Caller,
        repository: &RepositoryName,
        read: &[(&RefUpdate, Reading)],
        spooled: &Spooled,
    ) -> Result<Vec<Effect>, Refusal> {
        if let Some(effects) = self.proven_alone(repository, read, spooled).await {
            return Ok(effects);
        }
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
        Ok(Room::within_time(inspection.effects(read)).await?)
    }

    /// The effects of a push in which every open update is shown to be a fast-forward by the pack itself, where anything
    /// else would cost a fetch.
    async fn proven_alone(
        &self,
        repository: &RepositoryName,
        read: &[(&RefUpdate, Reading)],
        spooled: &Spooled,
    ) -> Option<Vec<Effect>> {
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
        read.iter().map(effect).collect()
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
    async fn effects(&mut self, read: &[(&RefUpdate, Reading)]) -> Result<Vec<Effect>, PackError> {
        let speaks = |reading: &Reading| matches!(reading, Reading::Open(verdicts) if verdicts.speak_of_paths());
        let looks = read.iter().any(|(_, reading)| speaks(reading));
        let refs = if looks { self.room.forge_refs().await? } else { ForgeRefs::default() };
        let mut effects = Vec::with_capacity(read.len());
        for (update, reading) in read {
            let effect = Effect::on_repository(self.action(update, reading).await?, self.repository);
            let effect = effect.at(update.name.clone());
            let asks = matches!(reading, Reading::Open(verdicts) if verdicts.ask_for_paths(effect.action));
            effects.push(match if asks { self.touches(&refs, update, &effect).await? } else { None } {
                Some(touches) => effect.inspected(touches),
                None => effect,
            });
        }
        Ok(effects)
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
