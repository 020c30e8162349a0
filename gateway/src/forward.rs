//! Carrying a permitted request to the forge: consumes the [`Permit`], swaps the credential, streams both ways.

mod answer;
pub mod body;
pub mod credential;
mod forge;

use gogs_spanner_capability::Reason;
use gogs_spanner_gitwire::Service;
use http::{HeaderValue, Method, StatusCode};

use self::{answer::Ending, credential::Credential, forge::Outgoing};
pub use self::{body::Body, forge::Forge};
use crate::{
    authenticate::Caller,
    authorize::Permit,
    classify::{Target, request_type},
    examine::{Examined, Payload},
    gate::Gate,
    journal::Intent,
    refuse::{Refusal, Refused},
    request::{Arrival, Door},
};

/// An answer on its way to the caller.
pub type Response = http::Response<Body>;

impl Gate {
    /// Carries out what was permitted. The intent is concluded at the end, or drop, of the answer's body.
    pub async fn forward(&self, arrival: &Arrival, permit: Permit, intent: Intent) -> Result<Response, Refused> {
        let (caller, request) = permit.redeem();
        let ending = Ending::of(&request);
        match self.journey(arrival, &caller, request).await {
            Ok(response) => Ok(answer::hand_back(response, ending, intent)),
            Err(Unsent::Never(refusal)) => {
                intent.conclude(&[format!("not forwarded: {}", refusal.reason().code())]);
                Err(refusal.into())
            }
            Err(Unsent::Perhaps(refusal)) => Err(refusal.into()),
        }
    }

    /// There and back, a second time where the forge did not know our credential and nothing of the body is gone.
    async fn journey(&self, arrival: &Arrival, caller: &Caller, request: Examined) -> Result<Response, Unsent> {
        let Examined { route, payload, accept, .. } = request;
        let credential = self.accounts.credential(&caller.agent, route.repository()).await.map_err(Unsent::Never)?;
        let (method, target) = route.upstream();
        let journey = Journey { method, target, accept, door: route.door(), trace_id: arrival.trace_id.clone() };
        let again = payload.again();
        let first = self.send(&journey, &credential, payload).await?;
        if !first.credential_died {
            return Ok(first.response);
        }
        let fresh = self.accounts.renew(&caller.agent, &credential).await.map_err(Unsent::Never)?;
        let second = self.send(&journey, &fresh, again.ok_or_else(|| Unsent::Never(credential_died()))?).await?;
        if second.credential_died { Err(Unsent::Never(credential_died())) } else { Ok(second.response) }
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
        let bytes = body::small(body).await.map_err(|error| Unsent::Perhaps(body::broken_upstream(&error)))?;
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
    trace_id: Option<String>,
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

fn credential_died() -> Refusal {
    Refusal::new(Reason::UpstreamUnavailable)
        .because("the forge no longer took the gateway's credential for this agent; it has been renewed")
        .hint("send the same request again")
        .retry(1)
}

impl Payload {
    /// The same payload once more, where nothing of it can have flowed away.
    fn again(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Held { content_type, bytes } => {
                Some(Self::Held { content_type: content_type.clone(), bytes: bytes.clone() })
            }
            Self::Flowing { .. } | Self::Push { .. } => None,
        }
    }

    fn into_body(self) -> (Option<HeaderValue>, Body, Option<u64>) {
        match self {
            Self::Empty => (None, body::empty(), None),
            Self::Held { content_type, bytes } => {
                let length = bytes.len() as u64;
                (Some(content_type), body::full(bytes), Some(length))
            }
            Self::Flowing { content_type, body } => (Some(content_type), body, None),
            Self::Push { commands, pack } => {
                let content_type = HeaderValue::from_static(request_type(Service::ReceivePack));
                (Some(content_type), body::after(commands.raw, pack), None)
            }
        }
    }
}
