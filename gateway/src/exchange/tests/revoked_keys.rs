//! Keys that are not taken any more, and what was got with them.

use std::sync::Arc;

use async_trait::async_trait;
use gogs_spanner_capability::{AgentName, Reason, token::TokenText};
use jiff::SignedDuration;
use tokio::sync::Notify;

use super::office::{AgentsKey, Office};
use crate::{
    authorize::policy::{AgentPolicy, Policy},
    journal::{AuditLine, Search},
    revoke::Cut,
    store::{self, Appended, Entry, Records, SingleUse},
};

/// A store that says whether a proof was used up when it is told to.
#[derive(Debug)]
struct Waiting {
    records: Arc<dyn Records>,
    asked: Arc<Notify>,
    go_on: Arc<Notify>,
}

#[async_trait]
impl Records for Waiting {
    async fn append(&self, entries: &[Entry]) -> store::Result<Vec<Appended>> {
        self.records.append(entries).await
    }

    async fn is_used(&self, proof: &SingleUse) -> store::Result<bool> {
        self.asked.notify_one();
        self.go_on.notified().await;
        self.records.is_used(proof).await
    }

    async fn search(&self, search: &Search) -> store::Result<Vec<AuditLine>> {
        self.records.search(search).await
    }
}

fn ci_web() -> AgentName {
    "ci-web".parse().expect("a name")
}

/// An office whose `ci-web` has a second key.
async fn with_two_keys() -> (Office, AgentsKey) {
    let (office, second) = (Office::open().await, AgentsKey::generate());
    let known = office.policy.load().agent(&ci_web()).expect("it is registered");
    let agent = AgentPolicy { keys: vec![office.key.public(), second.public()], ..(*known).clone() };
    office.policy.replace(Policy::from_iter([agent]));
    (office, second)
}

impl Office {
    async fn revoke_key(&self, key: &AgentsKey) {
        let cut = Cut::Key(ci_web(), key.public().thumbprint().to_owned());
        self.revoked.cut_off_now(cut).await.expect("a store");
    }

    fn is_cut_off(&self, token: &TokenText) -> bool {
        self.revoked.cuts_off(&self.verify(token))
    }
}

#[tokio::test]
async fn a_revoked_key_is_not_taken_and_the_other_one_is() {
    let (office, second) = with_two_keys().await;
    let (first, other) = (office.token().await, office.assert_by(&second).await.expect("a token").token);
    office.revoke_key(&office.key).await;
    assert!(office.is_cut_off(&first) && !office.is_cut_off(&other));
    let refusal = office.assert(&office.assertion(), &[]).await.expect_err("its key was revoked");
    assert_eq!((refusal.reason(), refusal.why()), (Reason::AssertionNotAccepted, "the key was revoked"));
    office.assert_by(&second).await.expect("the other key is as good as ever");
    office.clock.advance(SignedDuration::from_hours(24 * 365));
    office.assert(&office.assertion(), &[]).await.expect_err("for ever");
}

#[tokio::test]
async fn what_was_got_with_a_revoked_key_is_no_proof_either() {
    let (office, _) = with_two_keys().await;
    let token = office.token().await;
    let child = office.narrow(&token, &[("lifetime", "60")]).await.expect("a token").token;
    office.revoke_key(&office.key).await;
    for token in [&token, &child] {
        let refusal = office.narrow(token, &[("lifetime", "30")]).await.expect_err("it has ended");
        assert_eq!(refusal.reason(), Reason::TokenRevoked);
    }
}

#[tokio::test]
async fn a_token_got_right_after_its_agents_were_revoked_holds() {
    let office = Office::open().await;
    let before = office.token().await;
    office.clock.advance(SignedDuration::from_millis(300));
    office.revoked.cut_off_now(Cut::Agent(ci_web())).await.expect("a store");
    let after = office.token().await;
    assert!(office.is_cut_off(&before) && !office.is_cut_off(&after), "within one second");
}

#[tokio::test]
async fn a_key_that_is_revoked_while_its_proof_is_looked_at_gets_nothing() {
    let (asked, go_on) = <(Arc<Notify>, Arc<Notify>)>::default();
    let (was_asked, goes_on) = (Arc::clone(&asked), Arc::clone(&go_on));
    let office = Office::open_over(|records| Arc::new(Waiting { records, asked, go_on })).await;
    let (assertion, revoke) = (office.assertion(), async {
        was_asked.notified().await;
        office.revoke_key(&office.key).await;
        goes_on.notify_one();
    });
    let (answer, ()) = tokio::join!(office.assert(&assertion, &[]), revoke);
    let refusal = answer.expect_err("its key was revoked");
    assert_eq!((refusal.reason(), refusal.why()), (Reason::AssertionNotAccepted, "the key was revoked"));
}
