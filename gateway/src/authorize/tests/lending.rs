//! What is asked of the caller is asked of what was lent to it, too.

use super::*;
use crate::caller::Caller;

impl World {
    fn caller(&self, token: usize) -> Caller {
        let presented = Presented::Token(self.tokens[token].clone());
        let (snapshot, arrival) = (self.snapshot(), self.arrival());
        self.seasoned.0.authenticate(&snapshot, &arrival, &route(), &presented).expect("a good token")
    }
}

#[tokio::test]
async fn who_acts_for_a_person_reads_nothing_she_does_not_lend_any_more() {
    let (world, lent) = (World::new().await, 4);
    let reads =
        |repository_name: &str| world.seasoned.1.reads_some_content(&world.caller(lent), &repository(repository_name));
    assert!(reads("acme/web") && reads("acme/site"));
    world.happen(&Event::PersonSignsIn("readers")).await;
    assert!(reads("acme/web"));
    assert!(!reads("acme/site"), "the agent and the token would, her group does not");
}
