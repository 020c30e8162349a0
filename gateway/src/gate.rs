//! The pipeline every request of an automation goes through, on one screen.

mod record;

use std::{convert::Infallible, sync::Arc};

use gogs_spanner_capability::Reason;
use http::Request;

use crate::{
    authenticate::{Authenticator, Presented},
    authorize::{Authorizer, Permit, Snapshot, policy::CurrentPolicy},
    classify::{Route, classify},
    clock::SharedClock,
    examine::{pack::Quarantine, probe},
    forward::{Body, Forge, Response},
    journal::Journal,
    keys::KeyRing,
    refuse::{self, Audience, Refusal, Refused},
    request::Arrival,
    upstream::UpstreamAccounts,
};

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
    /// Who is asking.
    pub authenticator: Authenticator,
    /// May they.
    pub authorizer: Authorizer,
    /// What was intended and done.
    pub journal: Journal,
    /// The agents' accounts at the forge.
    pub accounts: Arc<UpstreamAccounts>,
    /// The forge, for what is forwarded.
    pub forge: Forge,
    /// Where packs are looked into.
    pub quarantine: Quarantine,
}

impl Gate {
    /// Carries one request from the listener to the forge, or refuses it.
    pub async fn handle(self: Arc<Self>, arrival: Arrival, request: Request<Body>) -> Result<Response, Infallible> {
        let challenge = Audience::of_request(&request);
        let outcome = self.carry(&arrival, request).await;
        let response = match outcome {
            Ok(response) => response,
            Err(refused) => {
                self.record_refusal(&arrival, &refused);
                refuse::answer(refused, challenge, &arrival, &self.public_url).await
            }
        };
        Ok(response)
    }

    async fn carry(self: &Arc<Self>, arrival: &Arrival, request: Request<Body>) -> Result<Response, Refused> {
        let (head, body) = request.into_parts();
        let route = classify(&head)?;
        if let Route::Probe(service) = route {
            return probe::answer(service, body).await;
        }
        let snapshot = self.snapshot(arrival);
        let presented = Presented::from_headers(route.door(), &head.headers)?;
        let caller = self.authenticator.authenticate(&snapshot, arrival, &route, &presented)?;
        let by_caller = |refused: Refused| refused.by(&caller);
        let examined = self.examine(&snapshot, &caller, route, &head.headers, body).await.map_err(by_caller)?;
        let permit = self.authorizer.authorize(&snapshot, &caller, examined).map_err(by_caller)?;
        self.carry_out(arrival, permit).await.map_err(by_caller)
    }

    /// From here on the work is a task of its own: hyper drops a handler when its caller hangs up, and what has been
    /// written down as intended must come to its conclusion.
    async fn carry_out(self: &Arc<Self>, arrival: &Arrival, permit: Permit) -> Result<Response, Refused> {
        let (gate, arrival) = (Arc::clone(self), arrival.clone());
        let work = tokio::spawn(async move {
            let intent = gate.journal.intend(record::intended(&arrival, &permit), permit.durability()).await?;
            gate.forward(&arrival, permit, intent).await
        });
        work.await.unwrap_or_else(|fault| Err(Refusal::new(Reason::InternalError).truly(fault).into()))
    }

    fn snapshot(&self, arrival: &Arrival) -> Snapshot {
        Snapshot { now: arrival.at, policy: self.policy.load(), keys: self.keys.public() }
    }
}
