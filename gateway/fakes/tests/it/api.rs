//! What the API does beyond what was recorded.

use gogs_spanner_fakes::forge::{Forge, ForgeConfig};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{admin, client, forge};

#[tokio::test]
async fn a_list_of_many_leads_through_its_pages_in_the_external_name_and_forgets_the_query() {
    let config = ForgeConfig { external_url: Some("https://git.example.com/".to_owned()), ..ForgeConfig::default() };
    let forge = Forge::start(config).await.unwrap();
    forge.create_private_repository("acme/web").await.unwrap();
    for n in 0..25 {
        let issue = json!({"title": format!("issue {n}")});
        admin(&forge, Method::POST, "/repos/acme/web/issues").json(&issue).send().await.unwrap();
    }
    let page = admin(&forge, Method::GET, "/repos/acme/web/issues?state=open&page=2").send().await.unwrap();
    let url = "https://git.example.com/api/v1/repos/acme/web/issues";
    let links = [(3, "next"), (3, "last"), (1, "first"), (1, "prev")];
    let links = links.map(|(page, relation)| format!("<{url}?page={page}>; rel=\"{relation}\""));
    assert_eq!(page.headers()["link"], links.join(","));
    assert_eq!(page.json::<Vec<Value>>().await.unwrap().len(), 10);
}

#[tokio::test]
async fn a_member_that_is_null_is_one_that_is_not_there() {
    let forge = forge().await;
    forge.create_private_repository("acme/web").await.unwrap();
    // As go-gogs-client sends it.
    let issue = json!({"title": "one", "body": "", "assignee": "", "milestone": 0, "labels": null, "closed": false});
    let answer = admin(&forge, Method::POST, "/repos/acme/web/issues").json(&issue).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.json::<Value>().await.unwrap()["labels"], json!([]));
}

#[tokio::test]
async fn by_its_own_name_an_account_lists_also_what_it_collaborates_in() {
    let forge = forge().await;
    forge.create_private_repository("acme/web").await.unwrap();
    forge.create_account("agent-a", "p");
    let token = forge.mint_token("agent-a", "one").unwrap();
    let path = "/repos/acme/web/collaborators/agent-a";
    let put = admin(&forge, Method::PUT, path).json(&json!({"permission": "read"})).send().await.unwrap();
    assert_eq!(put.status(), 204);
    for (path, count) in [("users/agent-a/repos", 1), ("user/repos", 1), ("users/acme/repos", 0)] {
        let list =
            client().get(format!("{}/api/v1/{path}", forge.url())).header("authorization", format!("token {token}"));
        assert_eq!(list.send().await.unwrap().json::<Vec<Value>>().await.unwrap().len(), count, "{path}");
    }
}

#[tokio::test]
async fn encoded_segments_and_one_slash_at_the_end_reach_the_same_route() {
    let forge = forge().await;
    for path in ["/us%65r", "/user/"] {
        assert_eq!(admin(&forge, Method::GET, path).send().await.unwrap().status(), 200, "{path}");
    }
    assert_eq!(admin(&forge, Method::GET, "//user").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_revision_never_becomes_an_option_of_git() {
    let forge = forge().await;
    forge.create_private_repository("acme/web").await.unwrap();
    for path in ["/commits/--output=x", "/contents?ref=--exec=x", "/git/trees/--all", "/archive/--help.zip"] {
        let answer = admin(&forge, Method::GET, &format!("/repos/acme/web{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn an_account_that_owns_a_repository_is_not_deleted_and_one_that_does_not_takes_its_tokens_along() {
    let forge = forge().await;
    forge.create_account("agent-a", "p");
    let token = forge.mint_token("agent-a", "one").unwrap();
    let made = admin(&forge, Method::POST, "/admin/users/agent-a/repos").json(&json!({"name": "r"}));
    assert_eq!(made.send().await.unwrap().status(), 201);
    assert_eq!(admin(&forge, Method::DELETE, "/admin/users/agent-a").send().await.unwrap().status(), 422);
    assert_eq!(admin(&forge, Method::DELETE, "/repos/agent-a/r").send().await.unwrap().status(), 204);
    assert_eq!(admin(&forge, Method::DELETE, "/admin/users/agent-a").send().await.unwrap().status(), 204);
    let request =
        client().get(format!("{}/api/v1/user", forge.url())).header("authorization", format!("token {token}"));
    assert_eq!(request.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn labels_and_milestones_of_an_issue_are_shown_with_it() {
    let forge = forge().await;
    forge.create_private_repository("acme/web").await.unwrap();
    let post =
        |path: &str, body: Value| admin(&forge, Method::POST, &format!("/repos/acme/web{path}")).json(&body).send();
    post("/labels", json!({"name": "bug", "color": "#ff0000"})).await.unwrap();
    post("/milestones", json!({"title": "M1"})).await.unwrap();
    post("/issues", json!({"title": "t", "labels": [1], "milestone": 1})).await.unwrap();
    let issue = admin(&forge, Method::GET, "/repos/acme/web/issues/1").send().await.unwrap();
    let issue: Value = issue.json().await.unwrap();
    assert_eq!(issue["labels"][0]["name"], "bug");
    assert_eq!(issue["milestone"]["open_issues"], 1);
    let removed = admin(&forge, Method::DELETE, "/repos/acme/web/issues/1/labels/1").send().await.unwrap();
    assert_eq!(removed.status(), 204);
}
