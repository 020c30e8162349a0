//! Tokens given back.

use gogs_spanner_capability::Reason;

use super::office::Office;
use crate::journal::Outcome;

#[tokio::test]
async fn a_token_given_back_is_dead_and_so_is_what_came_of_it() {
    let office = Office::open().await;
    let token = office.token().await;
    office.exchange.revoke(&office.arrival(), token.expose()).await.expect("revoked");
    let refusal = office.narrow(&token, &[("lifetime", "60")]).await.expect_err("revoked");
    assert_eq!(refusal.reason(), Reason::TokenRevoked);
    let trail = office.trail().await;
    let line = trail.iter().find(|line| line.action == "token:revoke").expect("a line");
    assert_eq!((line.outcome, line.result.as_deref()), (Outcome::Permit, Some("revoked")));
}

#[tokio::test]
async fn giving_back_the_child_leaves_the_parent_alone() {
    let office = Office::open().await;
    let parent = office.token().await;
    let child = office.narrow(&parent, &[("lifetime", "60")]).await.expect("a token").token;
    office.exchange.revoke(&office.arrival(), child.expose()).await.expect("revoked");
    office.narrow(&parent, &[("lifetime", "60")]).await.expect("the parent lives");
}

#[tokio::test]
async fn what_nobody_needs_to_revoke_is_no_error_and_no_record() {
    let office = Office::open().await;
    let other = Office::open().await.token().await;
    let token = office.token().await;
    for text in ["", "nonsense", &token.expose()[..40], other.expose()] {
        office.exchange.revoke(&office.arrival(), text).await.expect("RFC 7009 section 2.2");
    }
    assert!(office.trail().await.iter().all(|line| line.action != "token:revoke"));
}
