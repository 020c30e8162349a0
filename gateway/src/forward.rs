//! Carrying a permitted request to the forge: consumes the [`Permit`], swaps the credential, streams both ways.

mod answer;
mod batch;
mod breakage;
pub mod credential;
mod forge;
mod lfs;
mod metered;
mod object;
mod rewrite;

use gogs_spanner_capability::Reason;
use gogs_spanner_gitwire::Commands;
use http::{HeaderValue, Method, StatusCode};
use http_body::Body as _;
use opentelemetry::trace::TraceId;

use self::{
    answer::Ending, breakage::Breakage, credential::Credential, forge::Outgoing, lfs::Making, metered::MeteredPack,
    object::ObjectBody,
};
pub use self::{forge::Forge, rewrite::Rewriter};
use crate::{
    authorize::Permit,
    body::{self, Body, Fault, Response},
    caller::{Caller, Standing},
    classify::{Route, Target},
    examine::{Examined, Payload},
    journal::Intent,
    limit::Charge,
    refuse::{self, Audience, Refusal, Refused},
    request::{Arrival, Door},
    ticket::TicketOffice,
    upstream::UpstreamAccounts,
};

/// Carries permitted requests to the forge.
#[derive(Debug)]
pub struct Forwarder {
    /// The agents' accounts there.
    pub accounts: UpstreamAccounts,
    /// The way there.
    pub forge: Forge,
    /// What makes answers right for the agents' door.
    pub rewriter: Rewriter,
    /// Who signs tickets.
    pub tickets: TicketOffice,
}

impl Forwarder {
    /// Carries out what was permitted, as long as it still is where that is asked on the way. The intent is concluded at
    /// the end, or drop, of the answer's body.
    pub async fn forward(
        &self,
        arrival: &Arrival,
        permit: Permit,
        intent: Intent,
        standing: Standing,
    ) -> Result<Response, Refused> {
        let (snapshot, caller, mut request, charge) = permit.redeem();
        let (ending, making, pushed) = (Ending::of(&request), Making::of(&caller, &request), Pushed::of(&request));
        let (asked, breakage) = (rewrite::Asked::of(&request.route), Breakage::default());
        request.payload = request.payload.checked(&standing, &charge, &breakage);
        let answered = self.journey(arrival, &caller, request).await;
        if let Some((refusal, rest)) = breakage.found() {
            return Err(match pushed {
                // Where a pack ends only git knows, so the forge may have had all of it: the outcome stays unknown.
                Some(pushed) => pushed.was_too_much(charge, rest).await,
                None => concluded(intent, "broken off", refusal).heard_by(Audience::Lfs { rest: Some(rest) }),
            });
        }
        if !matches!(answered, Err(Unsent::Never(_))) {
            charge.keep();
        }
        let response = match answered {
            Ok(response) => answer::passed(response),
            Err(Unsent::Never(refusal)) => return Err(concluded(intent, "not forwarded", refusal)),
            Err(Unsent::Perhaps(refusal)) => return Err(refusal.into()),
        };
        let status = response.status().as_u16();
        let made = match making {
            Some(making) => making.make(self, &caller, response, standing).await,
            None => self.rewriter.rewrite(&snapshot, &caller, asked, response).await,
        };
        match made {
            Ok(response) => Ok(answer::hand_back(response, ending, intent)),
            Err(refusal) => Err(concluded(intent, &format!("{status}, not passed on"), refusal)),
        }
    }

    /// There and back, a second time where the forge did not know our credential and nothing of the body is gone.
    async fn journey(&self, arrival: &Arrival, caller: &Caller, request: Examined) -> Result<Response, Unsent> {
        let Examined { route, payload, accept, .. } = request;
        let credential = self.credential(caller, &route).await.map_err(Unsent::Never)?;
        let (method, target) = route.upstream();
        let journey = Journey { method, target, accept, door: route.door(), trace_id: arrival.trace_id };
        let again = payload.again();
        let first = self.send(&journey, &credential, payload).await?;
        if !first.credential_died {
            return Ok(first.response);
        }
        self.accounts.renew(&caller.agent, &credential).await.map_err(Unsent::Never)?;
        // The account itself may have been gone: one that was made anew is let into the repository anew.
        let fresh = self.credential(caller, &route).await.map_err(Unsent::Never)?;
        let second = self.send(&journey, &fresh, again.ok_or_else(|| Unsent::Never(credential_died()))?).await?;
        if second.credential_died { Err(Unsent::Never(credential_died())) } else { Ok(second.response) }
    }

    /// The agent's own, let in where the route leads.
    async fn credential(&self, caller: &Caller, route: &Route) -> Result<Credential, Refusal> {
        match route.repository() {
            None if route.is_list() => self.accounts.credential_for_list(&caller.agent).await,
            repository => self.accounts.credential(&caller.agent, repository).await,
        }
    }

    /// One request to the forge. Whether it said that it does not know our credential is found out here, once.
    async fn send(&self, journey: &Journey, credential: &Credential, payload: Payload) -> Result<Answer, Unsent> {
        let (content_type, body, length) = payload.into_body();
        let authorization = match journey.door {
            Door::Git | Door::Lfs => credential.git_header(),
            Door::Rest | Door::Own => credential.api_header(),
        };
        let response = self.forge.send(Outgoing { journey, authorization, content_type, body, length }).await?;
        if !matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Ok(Answer { response, credential_died: false });
        }
        let (head, body) = response.into_parts();
        let bytes = body::small(body).await.map_err(|error| Unsent::Perhaps(broken(&error)))?;
        let credential_died = credential::is_dead(head.status, &bytes);
        Ok(Answer { response: Response::from_parts(head, body::full(bytes)), credential_died })
    }
}

/// What stays the same when a request is sent a second time.
#[derive(Debug)]
struct Journey {
    method: Method,
    target: Target,
    accept: Option<HeaderValue>,
    door: Door,
    trace_id: TraceId,
}

/// What the forge said.
struct Answer {
    response: Response,
    credential_died: bool,
}

/// Why there is no answer, and what may have happened meanwhile.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// Nothing reached the forge.
    Never(Refusal),
    /// Something may have.
    Perhaps(Refusal),
}

impl Payload {
    /// The same, where it is an object with every byte checked on its way, and where it is a pack of unknown length with
    /// every byte taken from its agent's limits.
    fn checked(self, standing: &Standing, charge: &Charge, breakage: &Breakage) -> Self {
        match self {
            Self::Object { object, body } => {
                let body = ObjectBody::new(object.clone(), body, standing.clone(), breakage.clone());
                Self::Object { object, body: body::boxed(body) }
            }
            Self::Push { commands, pack } if pack.size_hint().exact().is_none() => {
                let pack = MeteredPack::new(pack, charge.clone(), breakage.clone());
                Self::Push { commands, pack: body::boxed(pack) }
            }
            other => other,
        }
    }
}

/// The commands of a push, for the answer to one that is broken off.
struct Pushed(Box<Commands>);

impl Pushed {
    fn of(request: &Examined) -> Option<Self> {
        let Payload::Push { commands, .. } = &request.payload else { return None };
        Some(Self(Box::new(commands.clone())))
    }

    /// It was more than its agent may push now. How much more shows when it has been sent to its end, and so when to come
    /// back.
    async fn was_too_much(self, charge: Charge, rest: Body) -> Refused {
        let refusal = charge.refuse(refuse::drain(rest).await);
        Refused::to(Audience::Push { commands: self.0, rest: body::empty() }, refusal)
    }
}

/// A refusal after the intent was recorded, which is thereby known to have come to nothing more.
fn concluded(intent: Intent, what: &str, refusal: Refusal) -> Refused {
    intent.conclude(&[format!("{what}: {}", refusal.reason().code())]);
    refusal.into()
}

/// The forge stopped answering in the middle.
fn broken(error: &Fault) -> Refusal {
    Refusal::new(Reason::UpstreamUnavailable).because("the forge's answer broke off").truly(error)
}

fn credential_died() -> Refusal {
    Refusal::new(Reason::UpstreamUnavailable)
        .because("the forge no longer took the gateway's credential for this agent; it has been renewed")
        .hint("send the same request again")
        .retry(1)
}
