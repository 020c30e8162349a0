//! What the gate writes down: one record per effect, whether permitted or refused.

use gogs_spanner_capability::{Effect, Paths, Resource, token::Ticket};

use super::Gate;
use crate::{
    caller::Caller,
    journal::{Durability, Intent, Record, Verdict},
    refuse::{Refusal, Refused},
    request::Arrival,
};

/// The paths of one effect a record keeps; the rest are counted by the refusal's text.
const PATHS_KEPT: usize = 32;

/// The refused effects of one request the journal keeps one by one; the rest stand in one line as a number. A push of
/// thousands of forbidden refs so takes a small part of its agent's budget, and what is tried next is still told.
const REFUSALS_KEPT: usize = 32;

impl Gate {
    /// Writes down what is about to be forwarded, effect by effect.
    pub(super) async fn record_intent(
        &self,
        arrival: &Arrival,
        caller: &Caller,
        effects: Vec<Effect>,
        durability: Durability,
    ) -> Result<Intent, Refusal> {
        let records: Vec<_> =
            effects.iter().map(|effect| record(arrival, Some(caller), effect, Verdict::Permit, None)).collect();
        let intent = self.journal.intend(records.clone(), durability).await?;
        for record in &records {
            self.instruments.decision(record, intent.seq(), arrival.client);
        }
        Ok(intent)
    }

    /// Writes down a call that is about the gateway itself and reads.
    pub(super) async fn record_call(&self, arrival: &Arrival, caller: &Caller, name: &str) -> Result<Intent, Refusal> {
        let (action, repository) = (name.to_owned(), Resource::Spanner.as_str().to_owned());
        let record = Record { action, repository, ..bare(arrival, Some(caller), Verdict::Permit, None) };
        let intent = self.journal.intend(vec![record.clone()], Durability::Soon).await?;
        self.instruments.decision(&record, intent.seq(), arrival.client);
        Ok(intent)
    }

    /// Writes down a refusal: of a verified caller as records, of anyone else as a count.
    pub(super) fn record_refusal(&self, arrival: &Arrival, refused: &Refused) {
        let reason = refused.refusal.reason();
        let Some(caller) = refused.caller.as_deref() else {
            self.instruments.turned_away(reason, arrival.door);
            return self.journal.turn_away(reason, arrival.door);
        };
        // Something failed, and what had been intended says so itself.
        if reason.is_fault() && refused.refusal.was_intended() {
            return;
        }
        let mut records = records(arrival, refused);
        for record in &records {
            self.instruments.decision(record, None, arrival.client);
        }
        abridge(&mut records, |besides| bare(arrival, Some(caller), Verdict::Refuse(reason), Some(besides)));
        self.journal.refuse(records, caller.session.verified.narrowed());
    }
}

/// One record per effect that was decided on, or one for the request where it was refused before it had any. Effects
/// that were refused for themselves come first where not all can be kept, so that they do not hide behind others.
fn records(arrival: &Arrival, refused: &Refused) -> Vec<Record> {
    let caller = refused.caller.as_deref();
    let refusing = |refusal: &Refusal, effect: Option<&Effect>| {
        let (verdict, truth) = (Verdict::Refuse(refusal.reason()), refusal.truth().map(str::to_owned));
        match effect {
            Some(effect) => record(arrival, caller, effect, verdict, truth),
            None => bare(arrival, caller, verdict, truth),
        }
    };
    if refused.decisions.is_empty() {
        return vec![refusing(&refused.refusal, refused.refusal.effect())];
    }
    let each =
        |(effect, own): &(Effect, Option<Refusal>)| refusing(own.as_ref().unwrap_or(&refused.refusal), Some(effect));
    let mut decisions: Vec<_> = refused.decisions.iter().collect();
    if decisions.len() > REFUSALS_KEPT {
        decisions.sort_by_key(|(_, own)| own.is_none());
    }
    decisions.into_iter().map(each).collect()
}

/// Keeps the first of many records, and says in one more how many there were besides.
fn abridge(records: &mut Vec<Record>, rest: impl FnOnce(String) -> Record) {
    let besides = records.len().saturating_sub(REFUSALS_KEPT);
    if besides == 0 {
        return;
    }
    records.truncate(REFUSALS_KEPT);
    let repository = records[0].repository.clone();
    records.push(Record { repository, ..rest(format!("{besides} more refused")) });
}

fn record(
    arrival: &Arrival,
    caller: Option<&Caller>,
    effect: &Effect,
    verdict: Verdict,
    truth: Option<String>,
) -> Record {
    let paths = match &effect.paths {
        Paths::Whole | Paths::Untouched => {
            caller.and_then(|caller| caller.session.verified.ticket()).map(object).into_iter().collect()
        }
        Paths::Known(touches) => touches.iter().take(PATHS_KEPT).map(ToString::to_string).collect(),
    };
    Record {
        action: effect.action.to_string(),
        repository: effect.resource.as_str().to_owned(),
        reference: effect.reference.as_ref().map(ToString::to_string),
        paths,
        ..bare(arrival, caller, verdict, truth)
    }
}

fn bare(arrival: &Arrival, caller: Option<&Caller>, verdict: Verdict, truth: Option<String>) -> Record {
    let token = caller.map(|caller| &caller.session.verified);
    Record {
        time: arrival.at,
        request_id: arrival.id,
        trace_id: Some(arrival.trace_id.to_string()),
        door: arrival.door,
        agent: token.map(|token| token.agent().clone()),
        on_behalf_of: token.and_then(|token| token.user()).map(str::to_owned),
        action: "-".to_owned(),
        repository: "-".to_owned(),
        reference: None,
        paths: Vec::new(),
        verdict,
        truth,
        token: token.and_then(|token| token.token_id().cloned()),
    }
}

/// Where the large object of a ticket is, since it has no path in a tree.
fn object(ticket: &Ticket) -> String {
    format!("info/lfs/objects/{}", ticket.object.oid)
}
