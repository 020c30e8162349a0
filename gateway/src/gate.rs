//! The pipeline every request of an automation goes through, on one screen.

mod call;
mod record;

use std::sync::Arc;

use gogs_spanner_capability::Reason;
use http::Request;
use jiff::Timestamp;
use tracing::Instrument;

use crate::{
    authenticate::{Authenticator, Presented},
    authorize::{Authorizer, Permit, policy::CurrentPolicy},
    body::{Body, Response},
    caller::{Caller, Snapshot, Standing},
    classify::{Route, classify},
    clock::SharedClock,
    examine::{Examiner, probe},
    forward::Forwarder,
    journal::Journal,
    keys::KeyRing,
    limit::Limits,
    refuse::{self, Asked, Refusal, Refused},
    request::Arrival,
    telemetry::{Instruments, Stage},
};

pub use self::call::Call;

/// Everything a request needs, built once.
#[derive(Debug)]
pub struct Gate {
    /// The origin automations see.
    pub public_url: String,
    /// The time.
    pub clock: SharedClock,
    /// Today's rules.
    pub policy: Arc<CurrentPolicy>,
    /// The keys tokens are signed with.
    pub keys: Arc<KeyRing>,
    /// The keys tickets are signed with.
    pub ticket_keys: Arc<KeyRing>,
    /// Who is asking.
    pub authenticator: Authenticator,
    /// How often.
    pub limits: Arc<Limits>,
    /// May they.
    pub authorizer: Arc<Authorizer>,
    /// What would it do.
    pub examiner: Examiner,
    /// What was intended and done.
    pub journal: Journal,
    /// There and back.
    pub forwarder: Forwarder,
    /// What is counted, and said in traces.
    pub instruments: Instruments,
}

impl Gate {
    /// Carries one request from the listener to the forge, or refuses it.
    pub async fn handle(self: Arc<Self>, arrival: Arrival, request: Request<Body>) -> Response {
        let asked = Asked::by(&request);
        match self.carry(&arrival, request).await {
            Ok(response) => response,
            Err(refused) => self.turn_down(&arrival, refused, asked).await,
        }
    }

    /// Writes a refusal down, and says it as it will be read.
    async fn turn_down(&self, arrival: &Arrival, refused: Refused, asked: Asked) -> Response {
        self.record_refusal(arrival, &refused);
        refuse::answer(refused, asked, arrival, &self.public_url).await
    }

    async fn carry(self: &Arc<Self>, arrival: &Arrival, request: Request<Body>) -> Result<Response, Refused> {
        let (head, body) = request.into_parts();
        let route = Stage::Classify.span().in_scope(|| classify(&head))?;
        if let Route::Probe(service) = route {
            return probe::answer(service, body).await;
        }
        let snapshot = self.snapshot(arrival.at);
        let caller = Stage::Authenticate.span().in_scope(|| {
            let presented = Presented::at(&route, &head.headers)?;
            self.authenticator.authenticate(&snapshot, arrival, &route, &presented)
        });
        let caller = match caller {
            Ok(caller) => caller,
            Err(refusal) => return Err(refuse::unknown(&route, body, refusal)),
        };
        let by_caller = |refused: Refused| refused.by(&caller);
        if let Err(refusal) = self.limits.request(&caller.agent) {
            let refused = self.examiner.turn_back(&caller, &route, &head.headers, body, refusal);
            return Err(by_caller(refused.await));
        }
        let examined =
            self.examiner.examine(&snapshot, &caller, route, &head.headers, body).instrument(Stage::Examine.span());
        let examined = examined.await.map_err(by_caller)?;
        if let Err(refusal) = self.recheck(&snapshot, &caller) {
            return Err(by_caller(examined.refused(refusal)));
        }
        let permit = Stage::Authorize.span().in_scope(|| self.authorizer.authorize(&snapshot, &caller, examined));
        let permit = permit.map_err(by_caller)?;
        self.authenticator.lease(&caller, permit.route());
        self.carry_out(arrival, permit).await.map_err(|refused| by_caller(refused.once_intended()))
    }

    /// From here on the work is a task of its own: hyper drops a handler when its caller hangs up, and what has been
    /// written down as intended must come to its conclusion.
    async fn carry_out(self: &Arc<Self>, arrival: &Arrival, permit: Permit) -> Result<Response, Refused> {
        let (gate, arrival) = (Arc::clone(self), arrival.clone());
        let work = async move {
            let intent = gate.record_intent(&arrival, permit.caller(), permit.effects().to_vec(), permit.durability());
            let intent = match intent.instrument(Stage::Intend.span()).await {
                Ok(intent) => intent,
                Err(refusal) => return Err(permit.redeem().2.refused(refusal)),
            };
            let standing = gate.standing(&permit);
            gate.forwarder.forward(&arrival, permit, intent, standing).instrument(Stage::Forward.span()).await
        };
        let work = tokio::spawn(work.in_current_span()).await;
        work.unwrap_or_else(|fault| Err(Refusal::new(Reason::InternalError).truly(fault).into()))
    }

    fn recheck(&self, then: &Snapshot, caller: &Caller) -> Result<(), Refusal> {
        self.authenticator.recheck(then, &self.snapshot(self.clock.now()), caller)
    }

    fn snapshot(&self, now: Timestamp) -> Snapshot {
        let (keys, ticket_keys) = (self.keys.public(), self.ticket_keys.public());
        Snapshot { now, policy: self.policy.load(), keys, ticket_keys }
    }

    /// Whether what is permitted now still is, to be asked while it is carried out.
    fn standing(self: &Arc<Self>, permit: &Permit) -> Standing {
        let (gate, caller, effects) = (Arc::clone(self), permit.caller().clone(), permit.effects().to_vec());
        Standing::new(move || {
            let snapshot = gate.snapshot(gate.clock.now());
            let caller = gate.authenticator.still(&snapshot, &caller)?;
            effects.iter().try_for_each(|effect| gate.authorizer.decide(&snapshot, &caller, effect))
        })
    }
}
