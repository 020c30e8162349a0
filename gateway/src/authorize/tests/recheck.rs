//! What is asked again while a request is read, which takes as long as its caller likes.

use super::*;
use crate::caller::Caller;

/// Which of the tokens names her.
const LENT: usize = 4;

/// Somebody let in with a token of this world, and as of when.
fn let_in(world: &World, token: usize) -> (Snapshot, Caller) {
    let snapshot = world.snapshot();
    let presented = Presented::Token(world.tokens[token].clone());
    let caller = world.seasoned.0.authenticate(&snapshot, &world.arrival(), &route(), &presented);
    (snapshot, caller.expect("nothing has happened yet"))
}

async fn recheck_after(event: &Event) -> Option<Reason> {
    let world = World::new().await;
    let (then, caller) = let_in(&world, LENT);
    world.happen(event).await;
    let again = world.seasoned.0.recheck(&then, &world.snapshot(), &caller);
    again.err().map(|refusal| refusal.reason())
}

#[tokio::test]
async fn what_ends_her_lending_ends_what_is_under_way_for_her() {
    for (event, expected) in [
        (Event::TimePasses(1), None),
        (Event::PersonSignsIn("developers"), None),
        (Event::PersonIsLocked(true), Some(Reason::PersonLocked)),
        (Event::PersonIsCutOff, Some(Reason::TokenRevoked)),
        (Event::PersonSignsIn("nobody"), Some(Reason::NotLent)),
        (Event::PersonSignsIn("readers"), Some(Reason::PolicyChanged)),
    ] {
        assert_eq!(recheck_after(&event).await, expected, "{event:?}");
    }
}

#[tokio::test]
async fn a_reload_that_withdraws_her_lending_ends_what_is_under_way_for_her() {
    let world = World::new().await;
    let (then, caller) = let_in(&world, LENT);
    let policy = world.policy.load();
    let withdrawn = policy.agents().map(|agent| AgentPolicy { lenders: Vec::new(), ..(**agent).clone() });
    world.policy.replace(withdrawn.collect::<Policy>().with_people(policy.people().clone()));
    let again = world.seasoned.0.recheck(&then, &world.snapshot(), &caller).expect_err("withdrawn");
    assert_eq!(again.reason(), Reason::NotLent);
}
