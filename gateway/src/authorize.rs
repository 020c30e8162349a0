//! The one place that decides.
//!
//! A decision is: the credential's rights ∧ its checks ∧ today's policy for its agent. (Not revoked, and not expired,
//! were seen to by [`authenticate`](crate::authenticate) on this very request.) Whatever door a request came through, it
//! stands here as [`Effect`]s, and the only way to a [`Permit`] is [`Authorizer::authorize`], which takes what it costs
//! of the agent's limits as well.

mod cache;
mod explain;
pub mod policy;

use std::{collections::BTreeSet, sync::Arc};

use gogs_spanner_capability::{
    Action, Coverage, Effect, Paths, Reason, RefName, RepositoryName, Touch,
    token::{self, CheckError, Circumstances},
};

use self::{
    cache::{Decisions, Question},
    explain::explain,
};
use crate::{
    caller::{Caller, Snapshot},
    classify::Route,
    examine::Examined,
    journal::Durability,
    limit::{Charge, Cost, Limited, Limits},
    refuse::{Refusal, Refused},
    telemetry::Instruments,
};

/// What is left to those whose right to read is limited (design: clone and archive need all refs and paths).
const LIMITED_READING: &str = "what is limited to refs or paths reads files by `contents` and `raw` of a branch; all else needs \
    `contents:read` on refs and paths `**`";

/// The positive outcome, for exactly these effects of exactly this caller. Forwarding consumes it.
#[derive(Debug)]
#[must_use = "a permit is there to be forwarded with"]
pub struct Permit {
    snapshot: Snapshot,
    caller: Caller,
    request: Examined,
    charge: Charge,
}

impl Permit {
    /// Who may.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What.
    pub fn effects(&self) -> &[Effect] {
        &self.request.effects
    }

    /// On which route.
    pub const fn route(&self) -> &Route {
        &self.request.route
    }

    /// Whether the intent must be durable before it is carried out: what changes something, and what carries a whole
    /// repository away.
    pub fn durability(&self) -> Durability {
        let weighs = self.request.route.is_bulk_read() || self.effects().iter().any(|effect| effect.action.is_write());
        if weighs { Durability::BeforeForward } else { Durability::Soon }
    }

    /// Gives up the permit for what it permits, to whom, as of when, and at what cost.
    pub(crate) fn redeem(self) -> (Snapshot, Caller, Examined, Charge) {
        (self.snapshot, self.caller, self.request, self.charge)
    }
}

/// Decides, and remembers for a while what it has decided.
#[derive(Debug)]
pub struct Authorizer {
    service: String,
    limits: Arc<Limits>,
    decisions: Decisions,
    instruments: Instruments,
}

impl Authorizer {
    /// An authorizer for tokens whose audience is `service`.
    pub fn new(service: impl Into<String>, limits: Arc<Limits>, instruments: Instruments) -> Self {
        Self { service: service.into(), limits, decisions: Decisions::default(), instruments }
    }

    /// Permits all effects of a request, or none; a refusal tells what was decided of each.
    pub fn authorize(&self, snapshot: &Snapshot, caller: &Caller, request: Examined) -> Result<Permit, Refused> {
        let mut verdicts: Vec<_> =
            request.effects.iter().map(|effect| self.decide(snapshot, caller, effect).err()).collect();
        let is_unseen = |refusal: &Refusal| refusal.reason() == Reason::PathsNotInspected;
        if verdicts.iter().flatten().any(|refusal| !is_unseen(refusal)) {
            // Nobody looks into a push that is refused anyway: the ref whose paths are not known might have passed.
            for verdict in &mut verdicts {
                *verdict = verdict.take().filter(|refusal| !is_unseen(refusal));
            }
        }
        let first = match verdicts.iter().flatten().next() {
            Some(refusal) => refusal.clone(),
            None if request.effects.is_empty() => {
                Refusal::new(Reason::NotGranted).because("the request has no known effect")
            }
            None => match self.limits.charge(&caller.agent, request.cost()) {
                Ok(charge) => {
                    return Ok(Permit { snapshot: snapshot.clone(), caller: caller.clone(), request, charge });
                }
                Err(refusal) => refusal,
            },
        };
        let decisions = request.effects.iter().cloned().zip(verdicts).collect();
        Err(request.refused(first).deciding(decisions))
    }

    /// The decision on one effect, without a permit: what is asked before more of a request is read.
    pub fn decide(&self, snapshot: &Snapshot, caller: &Caller, effect: &Effect) -> Result<(), Refusal> {
        let question = Decisions::question(snapshot, caller, effect);
        let known = question.as_ref().and_then(|question| self.recall(question, snapshot));
        let outcome = known.unwrap_or_else(|| {
            let outcome = self.decide_afresh(caller, effect);
            if let Some(question) = question {
                self.decisions.remember(question, outcome, snapshot.now, caller.session.verified.expires());
            }
            outcome
        });
        outcome.map_err(|reason| {
            let refusal = explain(reason, effect, &beyond(reason, caller, effect));
            if self.is_of_everything(caller, effect) { refusal.hint(LIMITED_READING) } else { refusal }
        })
    }

    /// The refs that some right to this effect, of the token or of today's policy, lets be merged.
    pub fn merge_sources(&self, caller: &Caller, effect: &Effect) -> BTreeSet<RefName> {
        let of_token = caller.session.verified.token().map(token::Verified::rights);
        of_token.into_iter().chain([caller.rights()]).flat_map(|rights| rights.merge_sources(effect)).collect()
    }

    /// Whether it is worth reading on what would be written: some ref of the repository may be.
    pub fn may_push(&self, caller: &Caller, repository: &RepositoryName) -> Result<(), Refusal> {
        let (held, left) = caller.session.verified.writes_some_ref(repository);
        let reason = match (held && caller.rights().writes_some_ref(repository), left) {
            (true, true) => return Ok(()),
            (true, false) => Reason::Narrowed,
            (false, _) => Reason::NotGranted,
        };
        let any_update = Effect::on_repository(Action::RefUpdate, repository);
        Err(Refusal::new(reason).because(format!("no right to push anything to `{repository}`")).about(&any_update))
    }

    /// Whether some right, of the token and of today's policy, lets read something in the repository. Where that is limited
    /// to refs or paths, a read is decided only when both are known.
    pub fn reads_some_content(&self, caller: &Caller, repository: &RepositoryName) -> bool {
        let of_token =
            caller.session.verified.token().is_some_and(|token| token.rights().reads_some_content(repository));
        of_token && caller.rights().reads_some_content(repository)
    }

    /// Whether it is a read of everything, by somebody who may read something.
    fn is_of_everything(&self, caller: &Caller, effect: &Effect) -> bool {
        let is_of_no_path = effect.action == Action::ContentsRead && effect.paths.known().is_none();
        let repository = effect.repository().filter(|_| is_of_no_path);
        repository.is_some_and(|repository| self.reads_some_content(caller, repository))
    }

    /// Whether the agent's limits leave a push, before more of one is read. Never remembered.
    pub fn may_push_now(&self, caller: &Caller) -> Result<(), Refusal> {
        self.limits.foresee(&caller.agent, Cost::PUSH)
    }

    /// Whether the agent's limits leave a request with this effect, as far as is known before it is made. Never remembered.
    pub fn may_now(&self, caller: &Caller, effect: &Effect) -> Result<(), Refusal> {
        self.limits.foresee(&caller.agent, Cost::at_least(effect)).map_err(|refusal| refusal.about(effect))
    }

    /// How many bytes the agent's limits leave; `None`: any number. Never remembered.
    pub fn bytes_left(&self, caller: &Caller) -> Option<u64> {
        self.limits.left(&caller.agent, Limited::PushBytes)
    }

    /// Whether the agent's limits leave so many bytes, beside others that are brought before. Never remembered.
    pub fn may_bring(&self, caller: &Caller, bytes: u64, before: u64) -> Result<(), Refusal> {
        self.limits.foresee_after(&caller.agent, Cost::bytes(before), Cost::bytes(bytes))
    }

    /// The refusal of a push of so many bytes.
    pub fn too_much(&self, caller: &Caller, bytes: u64) -> Refusal {
        self.limits.too_much(&caller.agent, Cost::PUSH.and(Cost::bytes(bytes)))
    }

    fn recall(&self, question: &Question, snapshot: &Snapshot) -> Option<Result<(), Reason>> {
        let known = self.decisions.recall(question, snapshot.now);
        self.instruments.cache_lookup("decisions", if known.is_some() { "hit" } else { "miss" });
        known
    }

    /// The facts its checks are asked with, beside the effect's own.
    pub fn circumstances(&self, caller: &Caller) -> Circumstances<'_> {
        Circumstances { time: caller.judged_at, service: &self.service, client: caller.client }
    }

    /// What is refused whatever its paths is refused for that, also where they are known: a push is not looked into then,
    /// and the reason is the same at every door.
    fn decide_afresh(&self, caller: &Caller, effect: &Effect) -> Result<(), Reason> {
        let decided = self.ask(caller, effect);
        if decided.is_ok() || !effect.action.writes_ref() || effect.paths.known().is_none() {
            return decided;
        }
        match self.ask(caller, &Effect { paths: Paths::Whole, ..effect.clone() }) {
            Err(reason) if reason != Reason::PathsNotInspected => Err(reason),
            _ => decided,
        }
    }

    /// That paths are not known is the answer only where knowing them could change it.
    fn ask(&self, caller: &Caller, effect: &Effect) -> Result<(), Reason> {
        let verified = &caller.session.verified;
        let questions: [&dyn Fn() -> Result<(), Reason>; 3] =
            [&|| granted(verified.cover(effect)), &|| granted(caller.rights().cover(effect)), &|| {
                verified.check(effect, &self.circumstances(caller)).map_err(CheckError::reason)
            }];
        let mut outcome = Ok(());
        for ask in questions {
            match ask() {
                Err(Reason::PathsNotInspected) => outcome = Err(Reason::PathsNotInspected),
                answer => answer?,
            }
        }
        outcome
    }
}

const fn granted(coverage: Coverage) -> Result<(), Reason> {
    match coverage {
        Coverage::Granted => Ok(()),
        Coverage::PathsUnknown => Err(Reason::PathsNotInspected),
        Coverage::NotGranted => Err(Reason::NotGranted),
    }
}

/// What the effect touches and may not.
fn beyond<'a>(reason: Reason, caller: &Caller, effect: &'a Effect) -> Vec<&'a Touch> {
    // A ticket is for one effect, and touches no path.
    let Some(token) = caller.session.verified.token() else { return Vec::new() };
    match reason {
        Reason::NotGranted => {
            let beyond = token.rights().beyond(effect);
            if beyond.is_empty() { caller.rights().beyond(effect) } else { beyond }
        }
        Reason::Narrowed => token.beyond(effect),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
