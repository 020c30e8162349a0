//! Calls that the gateway itself answers: who asks is verified and written down as of any request, and nothing is
//! forwarded.

use std::sync::Arc;

use gogs_spanner_capability::{Reason, token::Verified};
use http::HeaderMap;

use super::Gate;
use crate::{
    authenticate::Presented,
    body::Response,
    caller::{Caller, Snapshot},
    journal::Intent,
    refuse::{Audience, Refusal, Refused},
    request::Arrival,
};

/// A call of somebody who is known.
#[derive(Debug)]
pub struct Call {
    /// The gate it came to.
    pub gate: Arc<Gate>,
    /// When and whence.
    pub arrival: Arrival,
    /// Under which rules.
    pub snapshot: Snapshot,
    /// Whose it is.
    pub caller: Caller,
    /// The token it came with.
    pub token: Verified,
}

impl Call {
    /// Verifies who calls.
    pub fn of(gate: &Arc<Gate>, arrival: &Arrival, headers: &HeaderMap) -> Result<Self, Refused> {
        let snapshot = gate.snapshot(arrival.at);
        let presented = Presented::from_headers(arrival.door, headers)?;
        let caller = gate.authenticator.authenticate_now(&snapshot, arrival, &presented)?;
        // A ticket is for one transfer.
        let token = caller.session.verified.token().cloned();
        let token = token.ok_or_else(|| Refusal::new(Reason::CredentialMissing))?;
        gate.limits.request(&caller.agent).map_err(|refusal| Refused::from(refusal).by(&caller))?;
        Ok(Self { gate: Arc::clone(gate), arrival: arrival.clone(), snapshot, caller, token })
    }

    /// Looks again whether token and rules are still those the call began under: its body may have come slowly.
    pub fn recheck(&self) -> Result<(), Refusal> {
        self.gate.recheck(&self.snapshot, &self.caller)
    }

    /// Writes the call down, under the name people search for. It changes nothing and carries nothing away, so the record
    /// need not be durable first.
    pub async fn note(&self, name: &str) -> Result<Intent, Refusal> {
        self.gate.record_call(&self.arrival, &self.caller, name).await
    }

    /// The refusal, as one of this caller.
    pub fn refused(&self, refusal: Refusal) -> Refused {
        Refused::from(refusal).by(&self.caller)
    }
}

impl Gate {
    /// Answers a call that is refused.
    pub async fn refuse_call(&self, arrival: &Arrival, refused: Refused) -> Response {
        self.turn_down(arrival, refused, Audience::Api.into()).await
    }
}
