//! A push: every ref update is an effect of its own, decided before anything is forwarded.

use std::collections::HashSet;

use gogs_spanner_capability::{Action, Effect, Reason, RefName, RepositoryName};
use gogs_spanner_gitwire::{CommandParser, Commands, Progress, RefUpdate, Service, UpdateKind as Kind, WireError};
use http::HeaderMap;

use super::{
    Examined, Examiner, Payload, body,
    mirror::MirrorError,
    pack::Kinship,
    spool::{SpoolError, Spooled},
};
use crate::{
    body::{Body, after, boxed, empty, full, next},
    caller::{Caller, Snapshot},
    classify::{GitRepository, Route},
    refuse::{Audience, Refusal, Refused},
};

impl Examiner {
    /// Reads the command list and makes each update's effect known.
    pub(super) async fn examine_push(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        git: GitRepository,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Examined, Refused> {
        let before = |refusal| Refused::to(Audience::Call(Service::ReceivePack), refusal);
        let body = match body::git(headers, body).await.map_err(before)? {
            body::Git::Plain(body) => body,
            body::Git::Decoded(bytes) => full(bytes),
        };
        let (commands, pack) = read_commands(body).await.map_err(before)?;
        let settled = if git.is_wiki {
            Ok((in_wiki(&git.name, &commands), pack))
        } else {
            self.settle(snapshot, caller, &git.name, &commands, pack).await
        };
        let route = Route::ReceivePack(git);
        match settled {
            Ok((effects, pack)) => {
                Ok(Examined { route, effects, payload: Payload::Push { commands, pack }, accept: None })
            }
            Err((refusal, rest)) => Err(Refused::to(Audience::Push { commands: Box::new(commands), rest }, refusal)),
        }
    }

    /// The effect of every update. The pack is looked into only where the decisions for an update and a force differ, and
    /// nothing else of the push is refused anyway.
    async fn settle(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        repository: &RepositoryName,
        commands: &Commands,
        pack: Body,
    ) -> Result<(Vec<Effect>, Body), (Refusal, Body)> {
        let readings = self.readings(snapshot, caller, repository, commands);
        let refused = readings.contains(&Reading::Refused);
        let open =
            |(update, reading): (&RefUpdate, &Reading)| (*reading == Reading::Open && !refused).then(|| update.clone());
        let open: Vec<RefUpdate> = commands.updates.iter().zip(&readings).filter_map(open).collect();
        let (kinships, pack) =
            if open.is_empty() { (Vec::new(), pack) } else { self.kinships(caller, repository, &open, pack).await? };
        let forced = open.iter().zip(kinships).filter(|(_, kinship)| *kinship == Kinship::Forced);
        let forced: HashSet<&RefName> = forced.map(|(update, _)| &update.name).collect();
        let effect = |update: &RefUpdate| {
            let action = if forced.contains(&update.name) { Action::RefForce } else { action(update.kind()) };
            Effect::on_repository(action, repository).at(update.name.clone())
        };
        Ok((commands.updates.iter().map(effect).collect(), pack))
    }

    /// What can be said of each update before its objects are looked at.
    fn readings(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        repository: &RepositoryName,
        commands: &Commands,
    ) -> Vec<Reading> {
        let decided = |action, update: &RefUpdate| {
            let effect = Effect::on_repository(action, repository).at(update.name.clone());
            self.authorizer.decide(snapshot, caller, &effect).map_err(|refusal| refusal.reason())
        };
        let reading = |update: &RefUpdate| {
            let plain = decided(action(update.kind()), update);
            let forced = if update.kind() == Kind::Update { decided(Action::RefForce, update) } else { plain };
            match (plain, forced) {
                (Err(_), Err(_)) => Reading::Refused,
                (plain, forced) if plain == forced => Reading::Settled,
                _ => Reading::Open,
            }
        };
        commands.updates.iter().map(reading).collect()
    }
}

/// A wiki has one right to write: whatever is done to its refs is that.
fn in_wiki(repository: &RepositoryName, commands: &Commands) -> Vec<Effect> {
    let write = Effect::on_repository(Action::WikiWrite, repository);
    commands.updates.iter().map(|update| write.clone().at(update.name.clone())).collect()
}

/// What is known of an update without its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Whatever it is, it is permitted.
    Settled,
    /// Whatever it is, it is refused.
    Refused,
    /// It depends on whether it is a fast-forward.
    Open,
}

/// The action of an update, as far as its ids tell.
const fn action(kind: Kind) -> Action {
    match kind {
        Kind::Create => Action::RefCreate,
        Kind::Delete => Action::RefDelete,
        Kind::Update => Action::RefUpdate,
    }
}

impl Examiner {
    /// What the new commits of some updates are to the old ones, and the pack again, to be forwarded.
    async fn kinships(
        &self,
        caller: &Caller,
        repository: &RepositoryName,
        updates: &[RefUpdate],
        mut pack: Body,
    ) -> Result<(Vec<Kinship>, Body), (Refusal, Body)> {
        if let Some(known) = updates.iter().map(Kinship::at_sight).collect() {
            return Ok((known, pack));
        }
        match self.quarantine.spool().store(&mut pack).await {
            Ok(spooled) => {
                self.look_into(caller, repository, updates, &spooled).await.map_err(|refusal| (refusal, empty()))
            }
            Err(error) => Err((error.into(), pack)),
        }
    }

    async fn look_into(
        &self,
        caller: &Caller,
        repository: &RepositoryName,
        updates: &[RefUpdate],
        spooled: &Spooled,
    ) -> Result<(Vec<Kinship>, Body), Refusal> {
        let mirrors = self.quarantine.mirrors();
        let credential = self.accounts.credential(&caller.agent, Some(repository)).await?;
        let base = match mirrors.base(repository, &credential.git_header()).await {
            Err(MirrorError::CredentialRefused) => {
                let fresh = self.accounts.renew(&caller.agent, &credential).await?;
                mirrors.base(repository, &fresh.git_header()).await?
            }
            base => base?,
        };
        let kinships = self.quarantine.ancestry(spooled, &base, updates).await?;
        let body = spooled.body().map_err(|error| Refusal::from(SpoolError::Io(error)))?;
        Ok((kinships, boxed(body)))
    }
}

/// Reads exactly the command list; the pack behind it is left to flow. Where there is none, nothing may follow.
async fn read_commands(mut body: Body) -> Result<(Commands, Body), Refusal> {
    let mut parser = CommandParser::new();
    while let Some(bytes) = next(&mut body).await.map_err(|error| body::broken(&error))? {
        match parser.feed(&bytes).map_err(|error| unreadable(&error))? {
            Progress::More | Progress::Probe => {}
            Progress::Complete { commands, rest } if commands.expects_pack() => {
                return Ok((commands, after(rest, body)));
            }
            Progress::Complete { commands, rest } => {
                let ended = rest.is_empty() && matches!(next(&mut body).await, Ok(None));
                return if ended { Ok((commands, empty())) } else { Err(unreadable(&WireError::TrailingBytes)) };
            }
        }
    }
    Err(unreadable(&parser.finish().err().unwrap_or(WireError::NoCommands)))
}

fn unreadable(error: &WireError) -> Refusal {
    let reason = if error.is_too_large() { Reason::TooLarge } else { Reason::RequestMalformed };
    Refusal::new(reason).because(error.to_string())
}
