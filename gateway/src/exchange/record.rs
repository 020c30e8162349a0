//! What the journal keeps of an issuance: who, by which proof, and the token's name, never the token.

use std::fmt;

use gogs_spanner_capability::{AgentName, token::RevocationId};
use sha2::{Digest, Sha256};

use super::{Proven, mint::Product, request::Grant};
use crate::{
    journal::{Record, Verdict},
    refuse::Refusal,
    request::Arrival,
};

/// The action under which issuances stand in the journal.
const ISSUE: &str = "token:issue";

/// The resource of everything the gateway does to itself.
pub(super) const SPANNER: &str = "spanner";

/// A proof, by its fingerprint: every use of a proof that may be used again can be found by it.
pub(super) struct Evidence {
    /// The kind of grant.
    pub(super) grant: &'static str,
    fingerprint: String,
}

impl Evidence {
    /// Takes the fingerprint of what was presented.
    pub(super) fn of(grant: &Grant) -> Self {
        let proof = match grant {
            Grant::KeyHolder { assertion, .. } => assertion,
            Grant::Platform { proof, .. } => proof,
            Grant::Lent { sign_in, .. } => sign_in,
            Grant::Holder { token, .. } => token,
        };
        Self { grant: grant.as_str(), fingerprint: hex::encode(Sha256::digest(proof.as_bytes())) }
    }

    /// The record of a token that is about to be handed out.
    pub(super) fn issuance(&self, arrival: &Arrival, proven: &Proven, product: &Product) -> Record {
        let truth = match proven {
            Proven::Agent(identity) => format!("{self} of {}", identity.issuer()),
            Proven::Holder(holder) => format!("{self}, narrowed from {}", holder.verified.token_id()),
        };
        let token = Some(product.verified.token_id().clone());
        record(arrival, proven, Verdict::Permit, token, truth)
    }

    /// The record of a request that proved who was asking and got nothing.
    pub(super) fn refusal(&self, arrival: &Arrival, proven: &Proven, refusal: &Refusal) -> Record {
        let truth = self.truth(refusal);
        record(arrival, proven, Verdict::Refuse(refusal.reason()), proven.token_id().cloned(), truth)
    }

    /// The record of a person to whom no agent was given, under her name alone.
    pub(super) fn refusal_of_person(&self, arrival: &Arrival, person: &str, refusal: &Refusal) -> Record {
        let verdict = Verdict::Refuse(refusal.reason());
        of_spanner(arrival, ISSUE, None, Some(person), verdict, None, self.truth(refusal))
    }

    fn truth(&self, refusal: &Refusal) -> String {
        format!("{self}: {}", refusal.truth().unwrap_or_else(|| refusal.why()))
    }
}

fn record(arrival: &Arrival, proven: &Proven, verdict: Verdict, token: Option<RevocationId>, truth: String) -> Record {
    let (agent, on_behalf_of) = proven.names();
    of_spanner(arrival, ISSUE, Some(agent), on_behalf_of, verdict, token, truth)
}

/// A record about the gateway itself.
pub(super) fn of_spanner(
    arrival: &Arrival,
    action: &str,
    agent: Option<&AgentName>,
    on_behalf_of: Option<&str>,
    verdict: Verdict,
    token: Option<RevocationId>,
    truth: String,
) -> Record {
    Record {
        time: arrival.at,
        request_id: arrival.id,
        trace_id: Some(arrival.trace_id.to_string()),
        door: arrival.door,
        agent: agent.cloned(),
        on_behalf_of: on_behalf_of.map(str::to_owned),
        action: action.to_owned(),
        repository: SPANNER.to_owned(),
        reference: None,
        paths: Vec::new(),
        verdict,
        truth: Some(truth),
        token,
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sha256:{}", self.grant, self.fingerprint)
    }
}

impl Proven {
    /// Who, and for whom.
    pub(super) fn names(&self) -> (&AgentName, Option<&str>) {
        match self {
            Self::Agent(identity) => {
                (&identity.agent.name, identity.lender.as_ref().map(|lender| lender.name.as_str()))
            }
            Self::Holder(holder) => (holder.verified.agent(), holder.verified.user()),
        }
    }
}
