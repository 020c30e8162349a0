//! Calls and bodies that are none.

use gogs_spanner_capability::Reason;
use gogs_spanner_testkit::{Caller, Setting, TestGateway, WRITER};
use reqwest::Method;
use serde_json::json;

use super::{ISSUES, Outcome, at, meet, nothing, usual, wish};
use crate::{
    agents::script::{Attempt, CAN, Content},
    lfs::caller::{BATCH, LFS_TYPE, LfsCaller, one},
};

pub(super) async fn a_question_with_too_much_in_it() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let effect = json!({"action": "issues:read", "repository": "acme/handbook", "ref": "refs/heads/master"});
    let attempt = Attempt::json(Method::POST, CAN, json!({ "effects": [effect] }));
    meet(&mut agent, attempt, Reason::RequestMalformed, nothing).await
}

pub(super) async fn a_call_there_is_not() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    meet(&mut agent, Attempt::call(Method::GET, "/api/v1/nothing"), Reason::RouteUnknown, nothing).await
}

pub(super) async fn a_call_for_people() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    meet(&mut agent, Attempt::call(Method::GET, "/api/v1/user/keys"), Reason::RouteRefused, nothing).await
}

pub(super) async fn a_comment_of_elsewhere() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let token = agent.token.clone().expect("a token");
    token.send(Method::POST, ISSUES, &json!({"title": "t"})).await.is(201);
    token.send(Method::POST, &format!("{ISSUES}/1/comments"), &json!({"body": "b"})).await.is(201);
    let attempt = Attempt::json(Method::PATCH, &format!("{ISSUES}/comments/4711"), json!({"body": "c"}));
    meet(&mut agent, attempt, Reason::IdAbsent, nothing).await
}

pub(super) async fn a_repository_there_is_not() -> Outcome {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/*", WRITER).repository("acme/web")).await;
    let mut agent = at(&gateway, "bot").await;
    meet(&mut agent, Attempt::call(Method::GET, "/api/v1/repos/acme/absent"), Reason::RepositoryAbsent, nothing).await
}

pub(super) async fn a_method_there_is_not() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    meet(&mut agent, Attempt::call(Method::DELETE, ISSUES), Reason::MethodRefused, nothing).await
}

pub(super) async fn a_question_too_long() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let effects = vec![json!({"action": "issues:read", "repository": "acme/handbook"}); 101];
    let attempt = Attempt::json(Method::POST, CAN, json!({ "effects": effects }));
    meet(&mut agent, attempt, Reason::TooLarge, nothing).await
}

pub(super) async fn a_token_for_too_many() -> Outcome {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/*", WRITER)).await;
    let mut agent = at(&gateway, "bot").await;
    let names: Vec<_> = (0..120).map(|number| format!("acme/repository-{number}")).collect();
    let details = json!([{"type": "gogs", "actions": ["contents:read"], "repositories": names}]);
    let attempt = wish(&agent, &details);
    meet(&mut agent, attempt, Reason::TokenTooLarge, nothing).await
}

pub(super) async fn a_question_of_another_type() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let body = json!({ "effects": [{"action": "issues:read", "repository": "acme/handbook"}] });
    let content = Content::Json("text/plain", body);
    let attempt = Attempt::Call { method: Method::POST, path: CAN.to_owned(), content, headers: Vec::new() };
    meet(&mut agent, attempt, Reason::MediaTypeRefused, nothing).await
}

pub(super) async fn an_object_by_another_hash() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let mut batch = one("upload", &agent.object);
    batch["hash_algo"] = json!("sha512");
    let content = Content::Json(LFS_TYPE, batch);
    let attempt = Attempt::Call { method: Method::POST, path: BATCH.to_owned(), content, headers: Vec::new() };
    meet(&mut agent, attempt, Reason::HashAlgorithmRefused, nothing).await
}

pub(super) async fn other_bytes_than_announced() -> Outcome {
    let (gateway, mut agent) = usual().await;
    let batch = agent.token.take().expect("a token").batch(&one("upload", &agent.object)).await.is(200).json();
    let upload = &batch["objects"][0]["actions"]["upload"];
    let href = upload["href"].as_str().expect("an address");
    let path = href.strip_prefix(&gateway.door.audience).expect("our own address").to_owned();
    let headers = vec![("spanner-ticket", upload["header"]["spanner-ticket"].as_str().expect("a ticket").to_owned())];
    let content = Content::Bytes(b"an 0bject".to_vec());
    let attempt = Attempt::Call { method: Method::PUT, path, content, headers };
    meet(&mut agent, attempt, Reason::ObjectMismatch, nothing).await
}
