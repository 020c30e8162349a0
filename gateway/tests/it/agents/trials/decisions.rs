//! What is not decided, or not as it was wished.

use gogs_spanner_capability::{Action, Reason, token::Narrowing};
use gogs_spanner_fakes::forge::Trouble;
use gogs_spanner_testkit::{Setting, TestGateway, Workspace};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use super::{ISSUES, Outcome, REPOSITORY, at, meet, nothing, usual};
use crate::{
    agents::script::{Attempt, CAN, Scripted},
    stories,
};

pub(super) async fn a_push_to_the_default_branch() -> Outcome {
    let (gateway, agent) = usual().await;
    let workspace = Workspace::new();
    let copy = workspace.clone(&gateway.agent("docs-writer").await.remote("acme/handbook")).await;
    copy.commit("docs/page.md", "one").await;
    let mut agent = Scripted { copy: Some(&copy), ..agent };
    let outcome = meet(&mut agent, Attempt::Push("master".to_owned()), Reason::NotGranted, nothing).await;
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/mine").await, copy.head().await);
    outcome
}

pub(super) async fn a_write_with_a_token_for_reading() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    agent.parent = agent.token.take();
    agent.token = agent.parent.as_ref().map(|parent| parent.narrow(&Narrowing::new().actions([Action::ContentsRead])));
    let attempt = Attempt::json(Method::POST, ISSUES, json!({"title": "t"}));
    meet(&mut agent, attempt, Reason::Narrowed, nothing).await
}

pub(super) async fn a_question_without_paths() -> Outcome {
    let rights = r#"[{ actions = ["contents:read"] }, { actions = ["ref:create"], refs = ["refs/heads/**"], paths = ["docs/**"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", rights)).await;
    let mut agent = at(&gateway, "bot").await;
    let effect = json!({"action": "ref:create", "repository": "acme/handbook", "ref": "refs/heads/x"});
    let attempt = Attempt::json(Method::POST, CAN, json!({ "effects": [effect] }));
    meet(&mut agent, attempt, Reason::PathsNotInspected, nothing).await
}

pub(super) async fn a_name_of_another_repository() -> Outcome {
    let (gateway, mut agent) = usual().await;
    agent.tries(&Attempt::call(Method::GET, REPOSITORY)).await.expect("it is met");
    stories::replace(&gateway, "acme/handbook").await;
    gateway.advance(SignedDuration::from_secs(6));
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::RepositoryIdentityChanged, nothing).await
}

pub(super) async fn an_account_of_somebody_else() -> Outcome {
    let (gateway, mut agent) = usual().await;
    gateway.forge.stand_in().create_account("agent-docs-writer", "theirs");
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::AccountNotOurs, nothing).await
}

pub(super) async fn a_request_too_many() -> Outcome {
    let gateway = TestGateway::with(Setting::usual().limited("requests = \"2/m\"")).await;
    let mut agent = at(&gateway, "docs-writer").await;
    let attempt = Attempt::call(Method::GET, REPOSITORY);
    agent.tries(&attempt).await.expect("one is left");
    let waits = async |seconds| gateway.advance(SignedDuration::from_secs(seconds));
    meet(&mut agent, attempt, Reason::LimitReached, waits).await
}

pub(super) async fn a_repository_to_be_made() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let attempt = Attempt::json(Method::POST, "/api/v1/user/repos", json!({"name": "mine"}));
    meet(&mut agent, attempt, Reason::UpstreamCannot, nothing).await
}

pub(super) async fn a_list_nobody_can_sift() -> Outcome {
    let (gateway, mut agent) = usual().await;
    let attempt = Attempt::call(Method::GET, "/api/v1/user/repos");
    agent.tries(&attempt).await.expect("a list");
    gateway.forge.stand_in().trouble(Trouble::Shapeless);
    meet(&mut agent, attempt, Reason::AnswerRefused, nothing).await
}
