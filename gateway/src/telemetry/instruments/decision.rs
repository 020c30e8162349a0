//! A decision as spans and the log say it.

use std::net::IpAddr;

use gogs_spanner_capability::{AgentName, Reason};
use opentelemetry::Value;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::table::attribute;
use crate::journal::{Record, Verdict};

/// The log event of a decision.
const DECISION: &str = "gogs_spanner::decision";

/// A record, and what telemetry adds to it.
pub(super) struct Decision<'r> {
    pub(super) record: &'r Record,
    pub(super) owner: Option<String>,
    pub(super) epoch: u64,
    pub(super) seq: Option<u64>,
    pub(super) client: Option<IpAddr>,
}

impl Decision<'_> {
    /// Owner and name of the repository, where it is about one.
    fn repository(&self) -> Option<(&str, &str)> {
        self.record.repository.split_once('/')
    }

    pub(super) fn attach(&self, span: &Span) {
        let Self { record, owner, epoch, seq, client } = self;
        let set = |name: &'static str, value: Option<Value>| {
            if let Some(value) = value {
                span.set_attribute(name, value);
            }
        };
        set(attribute::AGENT, record.agent.as_ref().map(|agent| agent.to_string().into()));
        set(attribute::OWNER, owner.clone().map(Value::from));
        set(attribute::ON_BEHALF_OF, record.on_behalf_of.clone().map(Value::from));
        set(attribute::ACTION, Some(record.action.clone().into()));
        set(attribute::OUTCOME, Some(outcome(record.verdict).into()));
        set(attribute::REASON, record.verdict.reason().map(|reason| reason.code().into()));
        set(attribute::TOKEN, record.token.as_ref().map(|token| token.to_string().into()));
        set(attribute::SEQ, seq.and_then(|seq| i64::try_from(seq).ok()).map(Value::from));
        set(attribute::EPOCH, i64::try_from(*epoch).ok().map(Value::from));
        set(attribute::REQUEST_ID, Some(record.request_id.to_string().into()));
        set(attribute::DOOR, Some(record.door.as_str().into()));
        set(attribute::OWNER_NAME, self.repository().map(|(owner, _)| owner.to_owned().into()));
        set(attribute::REPOSITORY, self.repository().map(|(_, name)| name.to_owned().into()));
        set(attribute::REF, record.reference.clone().map(Value::from));
        set(attribute::CLIENT, client.map(|client| client.to_string().into()));
    }

    pub(super) fn log(&self) {
        let Self { record, owner, epoch, seq, client } = self;
        tracing::info!(
            target: DECISION,
            message = "decided",
            { attribute::AGENT } = record.agent.as_ref().map(AgentName::as_str),
            { attribute::OWNER } = owner.as_deref(),
            { attribute::ON_BEHALF_OF } = record.on_behalf_of.as_deref(),
            { attribute::ACTION } = record.action,
            { attribute::OUTCOME } = outcome(record.verdict),
            { attribute::REASON } = record.verdict.reason().map(Reason::code),
            { attribute::TOKEN } = record.token.as_ref().map(tracing::field::display),
            { attribute::SEQ } = seq,
            { attribute::EPOCH } = epoch,
            { attribute::REQUEST_ID } = tracing::field::display(record.request_id),
            { attribute::DOOR } = record.door.as_str(),
            { attribute::OWNER_NAME } = self.repository().map(|(owner, _)| owner),
            { attribute::REPOSITORY } = self.repository().map(|(_, name)| name),
            { attribute::REF } = record.reference.as_deref(),
            { attribute::CLIENT } = client.map(tracing::field::display),
        );
    }
}

/// The word for a verdict.
pub(super) fn outcome(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Permit => "permit",
        Verdict::Refuse(_) => "refuse",
    }
}
