//! The agents of the examples, whose programs know the SDK alone: what they say happened is what happened at the forge.

use delegation::{equip, plan, stray, work};
use gogs_spanner::journal::Outcome;
use gogs_spanner_sdk::{Session, Token};
use gogs_spanner_testkit::{Forge, Setting, TestGateway, WRITER};
use review_agent::{Failure, Task, review};

async fn session(gateway: &TestGateway, name: &str) -> Session {
    let key = gateway.directory().join("agent.key");
    std::fs::write(&key, gateway.key_holder(name).key_pem()).expect("a file can be written");
    Session::builder().url(gateway.door.url("")).agent(name).key_file(key).discover().await.expect("a session")
}

fn task() -> Task {
    Task { repository: "acme/handbook".to_owned(), issue: 1 }
}

/// A gateway whose agent has these rights in a repository with an issue.
async fn asked_for_a_review(forge: Forge, rights: &str) -> TestGateway {
    let setting = Setting::new().agent("reviewer", "acme/handbook", rights).reachable();
    let gateway = TestGateway::before(forge, setting).await;
    assert_eq!(gateway.forge.open_issue("acme/handbook", "Please review the README").await, 1);
    gateway
}

#[tokio::test]
async fn the_review_agent_comments_is_refused_and_does_the_allowed_thing_instead() {
    reviews(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_worker_does_its_errand_and_is_refused_the_others_repository() {
    delegates(Forge::demonstration().await).await;
}

/// An agent that is asked for a review does it, and nothing else.
pub(crate) async fn reviews(forge: Forge) {
    let gateway = asked_for_a_review(forge, WRITER).await;
    let before = gateway.forge.tip("acme/handbook", "refs/heads/master").await;
    let review = review(&session(&gateway, "reviewer").await, &task(), |_| ()).await.expect("a review");

    assert_eq!(review.files, ["README.md"]);
    let comments = gateway.person().get("/api/v1/repos/acme/handbook/issues/1/comments").await.is(200).json();
    assert_eq!(comments[0]["id"], review.comment);
    assert_eq!(comments[0]["user"]["username"], "agent-reviewer");
    assert_eq!((review.refused.reason.as_str(), review.branch.as_str()), ("not-granted", "agents/review-1"));
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/master").await, before);
    let proposed = gateway.forge.tip("acme/handbook", "refs/heads/agents/review-1").await;
    assert!(!proposed.is_empty() && proposed != before);
    let file = gateway.person().get("/api/v1/repos/acme/handbook/raw/agents/review-1/README.md").await.is(200);
    assert!(file.text.ends_with("See the issues for what is planned.\n"), "{}", file.text);
}

#[tokio::test]
async fn the_review_agent_does_not_take_success_for_a_refusal_nor_write_where_it_may_not() {
    let everywhere = r#"[{ actions = ["contents:read", "issues:read", "issues:write"] },
        { actions = ["ref:create", "ref:update"], refs = ["refs/heads/**"] }]"#;
    let gateway = asked_for_a_review(Forge::demonstration().await, everywhere).await;
    let outcome = review(&session(&gateway, "reviewer").await, &task(), |_| ()).await;
    assert!(matches!(outcome, Err(Failure::NotRefused)), "{outcome:?}");

    let nowhere = r#"[{ actions = ["contents:read", "issues:read", "issues:write"] }]"#;
    let gateway = asked_for_a_review(Forge::demonstration().await, nowhere).await;
    let outcome = review(&session(&gateway, "reviewer").await, &task(), |_| ()).await;
    assert!(matches!(outcome, Err(Failure::NoBranch)), "{outcome:?}");
}

/// Two workers get what they need, and no more.
pub(crate) async fn delegates(forge: Forge) {
    let setting = Setting::new().agent("planner", "acme/*", WRITER).repository("acme/one").repository("acme/other");
    let gateway = TestGateway::before(forge, setting.reachable()).await;
    let session = session(&gateway, "planner").await;
    let repositories = ["acme/one", "acme/other"].map(str::to_owned);
    let errands = plan(&session.token().await.expect("a token"), &repositories).expect("two narrower tokens");
    let [one, other] = &errands[..] else { panic!("two errands") };

    let handed = |token: &Token| equip(session.origin().clone(), token.expose()).expect("a token of this gateway");
    assert_eq!(work(&handed(&one.token), "acme/one").await.expect("it is let in").repository, "acme/one");
    assert_eq!(work(&handed(&other.token), "acme/other").await.expect("it is let in").repository, "acme/other");
    let refused = stray(&handed(&other.token), "acme/one").await.expect("a refusal");
    assert_eq!(refused.reason, "narrowed");
    assert!(refused.hint.is_some_and(|hint| hint.contains("stay within its caveats")));
    let last = gateway.trail().await.pop().expect("a record");
    assert_eq!((last.outcome, last.reason.as_deref()), (Outcome::Refuse, Some("narrowed")));
}
