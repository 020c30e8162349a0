//! What a request would do, completely: route + request → effects.
//!
//! First it is asked whether the caller may touch the repository at all, in one decision; only then is a body read, and
//! never more of it than the effects need.

mod body;
mod contents;
pub mod mirror;
pub mod pack;
pub(crate) mod probe;
mod push;
pub mod spool;
#[cfg(test)]
mod workbench;

use bytes::Bytes;
use gogs_spanner_capability::{Action, Effect, RepositoryName};
use gogs_spanner_gitwire::{Commands, Service};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    authenticate::Caller,
    authorize::Snapshot,
    classify::{Change, RestCall, Route, request_type},
    forward::Body,
    gate::Gate,
    refuse::{Audience, Refusal, Refused},
};

/// A request whose effects are known.
#[derive(Debug)]
pub struct Examined {
    /// The route it came on.
    pub route: Route,
    /// Everything it would do.
    pub effects: Vec<Effect>,
    /// What is to be sent on.
    pub payload: Payload,
    /// The answer's media types the caller takes.
    pub accept: Option<HeaderValue>,
}

/// The body to be forwarded: never the caller's framing, and where a decision was read from it, our own serialisation.
#[derive(Debug)]
pub enum Payload {
    /// No body.
    Empty,
    /// A body held in memory, so the request can be sent a second time.
    Held {
        /// Its media type.
        content_type: HeaderValue,
        /// Its bytes.
        bytes: Bytes,
    },
    /// A body that flows through.
    Flowing {
        /// Its media type.
        content_type: HeaderValue,
        /// Its bytes, as they come.
        body: Body,
    },
    /// A push: the commands that were decided on, and the pack behind them.
    Push {
        /// The decided commands; their exact bytes go first.
        commands: Commands,
        /// What follows them.
        pack: Body,
    },
}

impl Examined {
    /// The refusal of this request, addressed as its caller can read it.
    pub fn refused(self, refusal: Refusal) -> Refused {
        let audience = match (self.route, self.payload) {
            (Route::Advertisement(_, service), _) => Audience::Advertisement(service),
            (Route::ReceivePack(_), Payload::Push { commands, pack }) => {
                Audience::Push { commands: Box::new(commands), rest: pack }
            }
            (route, _) => Audience::of_route(&route),
        };
        Refused::to(audience, refusal)
    }
}

impl Gate {
    /// Makes the effects of a request complete.
    pub async fn examine(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        route: Route,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Examined, Refused> {
        let audience = Audience::of_route(&route);
        let accept = headers.get(header::ACCEPT).cloned();
        let examined = match route {
            Route::ReceivePack(repository) => {
                return self.examine_push(snapshot, caller, repository, headers, body).await;
            }
            Route::Advertisement(ref repository, service) => self
                .examine_advertisement(snapshot, caller, repository, service)
                .map(|effects| (effects, Payload::Empty)),
            Route::UploadPack(ref repository) => self.examine_fetch(snapshot, caller, repository, headers, body).await,
            Route::Rest(ref call) => self.examine_call(snapshot, caller, call, headers, body).await,
            Route::Probe(_) => Ok((Vec::new(), Payload::Empty)),
        };
        let (effects, payload) = examined.map_err(|refusal| Refused::to(audience, refusal))?;
        Ok(Examined { route, effects, payload, accept })
    }

    /// The advertisement is `repository:read`; that of receive-pack is given only to those who may write some ref, and
    /// that of upload-pack to those who may fetch: what can be refused here is refused where git shows it best.
    fn examine_advertisement(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        repository: &RepositoryName,
        service: Service,
    ) -> Result<Vec<Effect>, Refusal> {
        let read = Effect::on_repository(Action::RepositoryRead, repository);
        self.authorizer.decide(snapshot, caller, &read)?;
        match service {
            Service::ReceivePack => self.authorizer.may_push(caller, repository)?,
            Service::UploadPack => {
                self.authorizer.decide(snapshot, caller, &Effect::on_repository(Action::ContentsRead, repository))?;
            }
        }
        Ok(vec![read])
    }

    async fn examine_fetch(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        repository: &RepositoryName,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Vec<Effect>, Payload), Refusal> {
        let effect = Effect::on_repository(Action::ContentsRead, repository);
        self.authorizer.decide(snapshot, caller, &effect)?;
        let content_type = HeaderValue::from_static(request_type(Service::UploadPack));
        let payload = match body::git(headers, body).await? {
            body::Git::Plain(body) => Payload::Flowing { content_type, body },
            body::Git::Decoded(bytes) => Payload::Held { content_type, bytes },
        };
        Ok((vec![effect], payload))
    }

    async fn examine_call(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        call: &RestCall,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Vec<Effect>, Payload), Refusal> {
        if let Some(repository) = &call.repository {
            self.authorizer.decide(snapshot, caller, &Effect::on_repository(Action::RepositoryRead, repository))?;
        }
        match &call.change {
            Change::Plain(action) => {
                let effect = match &call.repository {
                    Some(repository) => Effect::on_repository(*action, repository),
                    None => Effect::unbound(*action),
                };
                self.authorizer.decide(snapshot, caller, &effect)?;
                Ok((vec![effect], body::json(headers, body).await?))
            }
            Change::PutContents(path) => self.examine_contents(caller, call, path, headers, body).await,
        }
    }
}
