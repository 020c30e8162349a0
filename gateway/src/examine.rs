//! What a request would do, completely: route + request → effects.
//!
//! First it is asked whether the caller may touch the repository at all, in one decision; only then is a body read, and
//! never more of it than the effects need.

mod body;
mod contents;
mod examined;
mod foresee;
mod ids;
mod lfs;
mod mentions;
pub mod mirror;
pub mod pack;
pub(crate) mod probe;
mod push;
mod reading;
pub mod spool;
#[cfg(test)]
mod workbench;

use std::sync::Arc;

use gogs_spanner_capability::{Action, Effect, Reason, RepositoryName};
use gogs_spanner_gitwire::Service;
use http::{HeaderMap, HeaderValue, header};

use self::pack::Quarantine;
pub(crate) use self::{body::broken, lfs::mismatch};
pub use self::{
    examined::{Examined, Pack, Payload},
    lfs::{AskedObject, Batch, ObjectStore},
};
use crate::{
    authorize::Authorizer,
    body::{Body, Room, Share},
    caller::{Caller, Snapshot},
    classify::{Change, GitRepository, RestCall, Route, request_type},
    refuse::{Audience, Refusal, Refused},
    upstream::UpstreamAccounts,
};

/// Finds out what requests would do.
#[derive(Debug)]
pub struct Examiner {
    /// Who is asked before more is read.
    pub authorizer: Arc<Authorizer>,
    /// The agents' accounts, for what only the forge knows.
    pub accounts: UpstreamAccounts,
    /// Where packs are looked into.
    pub quarantine: Quarantine,
    /// Where bodies are held that are read whole.
    pub room: Room,
    /// Where large objects are brought.
    pub objects: ObjectStore,
}

impl Examiner {
    /// Makes the effects of a request complete.
    pub async fn examine(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        mut route: Route,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Examined, Refused> {
        let audience = Audience::of_route(&route);
        // Beyond ASCII a header value has no meaning (RFC 9110 §5.5), so nobody behind us gets to find one.
        let accept = headers.get(header::ACCEPT).filter(|value| value.to_str().is_ok()).cloned();
        if let Some(repository) = route.repository()
            && let Err(refusal) = self.enter(snapshot, caller, repository).await
        {
            return Err(match route {
                Route::Lfs(_) => Refused::to(Audience::Lfs { rest: Some(body) }, refusal),
                _ => Refused::to(audience, refusal),
            });
        }
        let examined = match route {
            Route::ReceivePack(git) => return self.examine_push(snapshot, caller, git, headers, body).await,
            Route::Advertisement(ref git, service) => {
                self.examine_advertisement(snapshot, caller, git, service).map(|effects| (effects, Payload::Empty))
            }
            Route::UploadPack(ref git) => self.examine_fetch(snapshot, caller, git, headers, body).await,
            Route::Lfs(call) => return self.examine_lfs(caller, call, headers, body).await,
            Route::Rest(ref mut call) => self.examine_call(snapshot, caller, call, headers, body).await,
            Route::Probe(_) => Err(Refusal::new(Reason::RouteRefused)),
        };
        let (effects, payload) = examined.map_err(|refusal| Refused::to(audience, refusal))?;
        Ok(Examined { route, effects, payload, accept })
    }

    /// Refuses a request of whose body nothing has been read, such that its caller hears of it.
    pub async fn turn_back(
        &self,
        caller: &Caller,
        route: &Route,
        headers: &HeaderMap,
        body: Body,
        why: Refusal,
    ) -> Refused {
        match route {
            Route::ReceivePack(_) => self.refuse_push(caller, headers, body, why).await,
            Route::Lfs(_) => Refused::to(Audience::Lfs { rest: Some(body) }, why),
            route => Refused::to(Audience::of_route(route), why),
        }
    }

    /// Whether the caller may touch the repository at all, and whether it is the one that is meant.
    async fn enter(&self, snapshot: &Snapshot, caller: &Caller, repository: &RepositoryName) -> Result<(), Refusal> {
        let read = Effect::on_repository(Action::RepositoryRead, repository);
        self.authorizer.decide(snapshot, caller, &read)?;
        self.accounts.identify(&caller.agent, repository).await.map_err(|refusal| refusal.about(&read))
    }

    /// The advertisement is `repository:read`; that of receive-pack is given only to those who may write some ref (in a
    /// wiki: any), and that of upload-pack to those who may fetch: what can be refused here is refused where git shows it
    /// best.
    fn examine_advertisement(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        git: &GitRepository,
        service: Service,
    ) -> Result<Vec<Effect>, Refusal> {
        match service {
            Service::ReceivePack => {
                self.may_push(snapshot, caller, git)?;
                self.authorizer.may_push_now(caller)?;
            }
            Service::UploadPack => self.authorizer.decide(snapshot, caller, &git.fetch())?,
        }
        Ok(vec![Effect::on_repository(Action::RepositoryRead, &git.name)])
    }

    /// Whether it is worth reading on what would be written.
    fn may_push(&self, snapshot: &Snapshot, caller: &Caller, git: &GitRepository) -> Result<(), Refusal> {
        if git.is_wiki {
            return self.authorizer.decide(snapshot, caller, &Effect::on_repository(Action::WikiWrite, &git.name));
        }
        self.authorizer.may_push(caller, &git.name)
    }

    /// Where the caller's bodies are held.
    fn share<'a>(&'a self, caller: &'a Caller) -> Share<'a> {
        self.room.of(&caller.agent.name)
    }

    async fn examine_fetch(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        git: &GitRepository,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Vec<Effect>, Payload), Refusal> {
        let effect = git.fetch();
        self.authorizer.decide(snapshot, caller, &effect)?;
        let content_type = HeaderValue::from_static(request_type(Service::UploadPack));
        let payload = match body::git(self.share(caller), headers, body).await? {
            body::Git::Plain(body) => Payload::Flowing { content_type, body },
            body::Git::Decoded(bytes) => Payload::Held { content_type, bytes },
        };
        Ok((vec![effect], payload))
    }

    async fn examine_call(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        call: &mut RestCall,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Vec<Effect>, Payload), Refusal> {
        let effect = match &call.change {
            Change::Plain(Action::ContentsRead) => {
                let (effect, decided) = self.examine_read(snapshot, caller, call).await?;
                *call = decided;
                effect
            }
            Change::Plain(action) => Effect::of(*action, call.repository.as_ref()),
            Change::List(action) => Effect::listing(*action),
            Change::PutContents(path) => {
                return self.examine_contents(snapshot, caller, call, path, headers, body).await;
            }
        };
        self.authorizer.decide(snapshot, caller, &effect)?;
        let payload = body::json(self.share(caller), headers, body, call.largest_body()).await?;
        body::expect_none_of_reads(&call.method, &payload)?;
        self.refuse_foreign_id(caller, call).await?;
        Ok((vec![effect], payload))
    }
}
