//! Carrying a permitted request to the forge: consumes the [`Permit`], swaps the credential, streams both ways.

mod answer;
mod batch;
pub mod credential;
mod forge;
mod leaving;
mod lent;
mod lfs;
mod object;
mod rewrite;

use gogs_spanner_capability::Reason;
use gogs_spanner_gitwire::Commands;
use http::{HeaderValue, Method, StatusCode};
use opentelemetry::trace::TraceId;

use self::{answer::Ending, credential::Credential, forge::Outgoing, lent::Lender, lfs::Making, object::ObjectBody};
pub use self::{forge::Forge, rewrite::Rewriter};
use crate::{
    authorize::Permit,
    body::{self, Fault, Paced, Response},
    caller::{Caller, Standing},
    classify::{Route, Target},
    examine::{Examined, Payload},
    journal::Intent,
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
        let (ending, making) = (Ending::of(&request), Making::of(&caller, &request));
        let (asked, sender) = (rewrite::Asked::of(&request.route), Sender::of(&request));
        request.payload = request.payload.lent(&sender.lender, &standing);
        let answered = self.journey(arrival, &caller, request).await;
        if let Some(refusal) = sender.lender.refusal() {
            return Err(sender.hears(concluded(intent, "broken off", refusal)));
        }
        if !matches!(answered, Err(Unsent::Never(_))) {
            charge.keep();
        }
        let response = match answered {
            Ok(response) => answer::passed(response),
            Err(Unsent::Never(refusal)) => return Err(sender.hears(concluded(intent, "not forwarded", refusal))),
            Err(Unsent::Perhaps(refusal)) => {
                let refusal = sender.lender.fault().unwrap_or(refusal);
                return Err(sender.hears_in_doubt(refusal.into()));
            }
        };
        let response = match sender.hears_out(response).await {
            Ok(response) => response,
            Err(refusal) => return Err(sender.hears_in_doubt(refusal.into())),
        };
        let status = response.status().as_u16();
        let made = match making {
            Some(making) => making.make(self, &caller, response, standing).await,
            None => self.rewriter.rewrite(&snapshot, &caller, asked, response).await,
        };
        match made {
            Ok(response) => Ok(answer::hand_back(response, ending, intent)),
            Err(refusal) => Err(sender.hears_in_doubt(concluded(intent, &format!("{status}, not passed on"), refusal))),
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
    /// The same, such that it can be had back; where it flows, with an end to how slowly; an object with every byte checked on
    /// its way.
    fn lent(self, lender: &Lender, standing: &Standing) -> Self {
        match self {
            Self::Object { object, body } => {
                let body = ObjectBody::new(object.clone(), lender.lend(body), standing.clone(), lender.clone());
                Self::Object { object, body: body::boxed(body) }
            }
            Self::Push { commands, pack } => Self::Push { commands, pack: lender.lend_pack(pack) },
            Self::Flowing { content_type, body } => {
                Self::Flowing { content_type, body: body::boxed(Paced::flowing(body)) }
            }
            other => other,
        }
    }
}

/// Whoever sends something longer, and listens only when it is sent.
struct Sender {
    lender: Lender,
    /// Of a push, its commands.
    commands: Option<Box<Commands>>,
}

impl Sender {
    fn of(request: &Examined) -> Self {
        let commands = match &request.payload {
            Payload::Push { commands, .. } => Some(Box::new(commands.clone())),
            _ => None,
        };
        Self { lender: Lender::default(), commands }
    }

    /// The refusal of something of which the forge made nothing.
    fn hears(self, refused: Refused) -> Refused {
        match (self.lender.rest(), self.commands) {
            (None, _) => refused,
            (Some(rest), Some(commands)) => refused.heard_by(Audience::Push { commands, rest }),
            (rest, None) => refused.heard_by(Audience::Lfs { rest }),
        }
    }

    /// The refusal of something of which it may have made something. Git is not told that no ref was moved.
    fn hears_in_doubt(self, refused: Refused) -> Refused {
        match self.lender.rest() {
            Some(rest) if self.commands.is_some() => refused.heard_by(Audience::Doubt { rest }),
            Some(rest) => refused.heard_by(Audience::Lfs { rest: Some(rest) }),
            None => refused,
        }
    }

    /// What the forge says before it has taken everything, which is heard when everything is sent. All of it is read first:
    /// the connection it comes on ends with what is taken back.
    async fn hears_out(&self, response: Response) -> Result<Response, Refusal> {
        if response.status().is_success() || !self.lender.is_lending() {
            return Ok(response);
        }
        let (head, body) = response.into_parts();
        let bytes = body::small(body).await.map_err(|error| broken(&error))?;
        if let Some(rest) = self.lender.rest() {
            refuse::drain(rest).await;
        }
        Ok(Response::from_parts(head, body::full(bytes)))
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
