//! A refusal is worth what an agent can make of it. A scripted agent, which has nothing but what a refusal carries and the
//! table of reasons, meets each reason and has one step: to mend it, or, where no agent can, to tell whom it should.

mod reference;
mod script;
mod trials;

use gogs_spanner_capability::Reason;

use self::trials::{TRIALS, UNTRIED};

/// What an agent made of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The next attempt went through.
    Mended,
    /// It stopped, and told a person, with the id of the request.
    Told,
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the score is there to be read")]
async fn a_scripted_agent_makes_of_each_refusal_what_can_be_made_of_it_in_one_step() {
    // One after another: many gateways at once keep one another's journals waiting.
    let mut met = Vec::new();
    for (reason, trial) in TRIALS {
        met.push((*reason, trial().await));
    }
    let times = |outcome| met.iter().filter(|(_, got)| *got == outcome).count();
    let (mended, told) = (times(Outcome::Mended), times(Outcome::Told));
    println!("agent score: {mended} of {} refusals mended in one step, {told} told to a person", met.len());
    for (reason, outcome) in &met {
        let is_for_a_person = reason.next().as_str().starts_with("tell-");
        assert_eq!(*outcome == Outcome::Told, is_for_a_person, "{reason}");
    }
    assert_eq!(mended + told, met.len());
    reference::is_what_was_met(&met);
}

#[test]
fn every_reason_is_met_or_it_is_said_why_not() {
    let mut known: Vec<Reason> = TRIALS.iter().map(|(reason, _)| *reason).collect();
    known.extend(UNTRIED.iter().map(|(reason, _)| *reason));
    known.sort();
    let mut all = Reason::ALL.to_vec();
    all.sort();
    assert_eq!(known, all);
}
