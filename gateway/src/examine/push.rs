//! A push: every ref update is an effect of its own, decided before anything is forwarded.

mod inspect;
mod issues;
mod measure;
mod reading;

use gogs_spanner_capability::{Action, Effect, Reason, RepositoryName};
use gogs_spanner_gitwire::{CommandParser, Commands, Progress, RefUpdate, Service, WireError};
use http::HeaderMap;

use self::{
    inspect::Asked,
    reading::{Reading, action, at_sight},
};
use super::{Examined, Examiner, Pack, Payload, body};
use crate::{
    body::{Body, Paced, after, empty, full, next},
    caller::{Caller, Snapshot},
    classify::{GitRepository, Route},
    refuse::{Audience, Refusal, Refused},
};

impl Examiner {
    /// Reads the command list and makes each update's effect known. Of who may push nothing nothing is read.
    pub(super) async fn examine_push(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        git: GitRepository,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Examined, Refused> {
        let before = |refusal| Refused::to(Audience::Call(Service::ReceivePack), refusal);
        self.may_push(snapshot, caller, &git).map_err(before)?;
        let (commands, pack) = self.read_push(caller, headers, body).await.map_err(before)?;
        let settled = if git.is_wiki {
            self.measured(caller, pack).await.map(|pack| (in_wiki(&git.name, &commands), pack))
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

    /// Refuses a push before it is looked at. Its commands are read all the same: git is told of each of them, and only so.
    pub(super) async fn refuse_push(&self, caller: &Caller, headers: &HeaderMap, body: Body, why: Refusal) -> Refused {
        match self.read_push(caller, headers, body).await {
            Ok((commands, rest)) => Refused::to(Audience::Push { commands: Box::new(commands), rest }, why),
            Err(_unreadable) => Refused::to(Audience::Call(Service::ReceivePack), why),
        }
    }

    /// The commands of a push, and its pack.
    async fn read_push(&self, caller: &Caller, headers: &HeaderMap, body: Body) -> Result<(Commands, Body), Refusal> {
        read_commands(match body::git(self.share(caller), headers, body).await? {
            body::Git::Plain(body) => body,
            body::Git::Decoded(bytes) => full(bytes),
        })
        .await
    }

    /// The effect of every update. The pack is looked into only where a decision depends on what is in it (its history, its
    /// paths, or what its commits say), and nothing of the push is refused anyway.
    async fn settle(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        repository: &RepositoryName,
        commands: &Commands,
        pack: Body,
    ) -> Result<(Vec<Effect>, Pack), (Refusal, Body)> {
        let reading = |update: &RefUpdate| {
            let decide = |action| {
                let effect = Effect::on_repository(action, repository).at(update.name.clone());
                self.authorizer.decide(snapshot, caller, &effect).map_err(|refusal| refusal.reason())
            };
            Reading::of(update, decide)
        };
        let read: Vec<_> = commands.updates.iter().map(|update| (update, reading(update))).collect();
        let is_refused = read.iter().any(|(_, reading)| *reading == Reading::Refused);
        let messages = self.asks_for_messages(snapshot, caller, repository, commands);
        let is_open = messages
            || read.iter().any(|(update, reading)| match reading {
                Reading::Open(verdicts) => verdicts.ask_for_objects(update),
                Reading::Settled | Reading::Refused => false,
            });
        if is_refused || !is_open {
            let effect = |update: &RefUpdate| {
                let action = at_sight(update).unwrap_or_else(|| action(update.kind()));
                Effect::on_repository(action, repository).at(update.name.clone())
            };
            let effects = commands.updates.iter().map(effect).collect();
            // What is refused anyway is not waited for.
            return Ok((effects, if is_refused { Pack::Coming(pack) } else { self.measured(caller, pack).await? }));
        }
        self.inspect(Asked { snapshot, caller, repository, read: &read, messages }, pack).await
    }
}

/// A wiki has one right to write: whatever is done to its refs is that.
fn in_wiki(repository: &RepositoryName, commands: &Commands) -> Vec<Effect> {
    let write = Effect::on_repository(Action::WikiWrite, repository);
    commands.updates.iter().map(|update| write.clone().at(update.name.clone())).collect()
}

/// Reads exactly the command list; the pack behind it is left to flow. Where there is none, nothing may follow.
async fn read_commands(mut body: Body) -> Result<(Commands, Body), Refusal> {
    let mut parser = CommandParser::new();
    let mut paced = Paced::new(&mut body);
    while let Some(bytes) = next(&mut paced).await.map_err(|error| body::broken(&error))? {
        match parser.feed(&bytes).map_err(|error| unreadable(&error))? {
            Progress::More | Progress::Probe => {}
            Progress::Complete { commands, rest } if commands.expects_pack() => {
                return Ok((commands, after(rest, body)));
            }
            Progress::Complete { commands, rest } => {
                let ended = rest.is_empty() && matches!(next(&mut paced).await, Ok(None));
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
