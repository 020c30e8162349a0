//! Limits: what an agent may do in a while, at every door, and what it hears when that is done.

mod bytes;
mod chunked;
mod pushes;
mod requests;

use gogs_spanner_testkit::{Answer, Setting, TestGateway, WRITER};
use reqwest::header::RETRY_AFTER;

/// The usual gateway, whose agent is limited.
async fn with(limits: &str) -> TestGateway {
    TestGateway::with(Setting::usual().limited(limits)).await
}

/// Two agents, the first of which is limited.
async fn beside_another(limits: &str) -> TestGateway {
    let first = Setting::usual().limited(limits);
    TestGateway::with(first.agent("ci-web", "acme/handbook", WRITER)).await
}

/// The refusal of a limit, which tells twice, and alike, when to come back: so many seconds.
#[track_caller]
fn told_to_wait(answer: Answer) -> i64 {
    let answer = answer.is(429).is_refused("limit-reached");
    let retry = answer.json()["retry"].as_i64().expect("a number of seconds");
    assert_eq!(answer.header(&RETRY_AFTER), Some(retry.to_string().as_str()), "{}", answer.text);
    assert!(answer.text.contains(&format!("try again in {retry} s")), "{}", answer.text);
    retry
}
