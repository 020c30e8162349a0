//! Which credential opens which door.

use gogs_spanner_capability::{Action as Deed, token::Narrowing};
use gogs_spanner_testkit::{Caller, Nobody, Presentation, Setting, TestGateway, WRITER, Workspace};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use super::caller::{Action, BATCH, LFS_TYPE, LfsCaller, oid, one, path};

async fn transfer(nobody: &Nobody, action: &Action, method: Method, body: &str) -> (u16, String) {
    let request = action.request(nobody.door(), method).header("content-type", LFS_TYPE).body(body.to_owned());
    let answer = nobody.answered(request).await;
    (answer.status.as_u16(), answer.reason())
}

#[tokio::test]
async fn a_ticket_opens_the_one_transfer_it_was_given_for() {
    let setting = Setting::usual().agent("other", "acme/other", WRITER);
    let gateway = TestGateway::with(setting).await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"x").await;
    let get = docs.action("download", "download", b"x").await;
    let put = docs.action("upload", "upload", b"y").await;
    let verify = docs.action("upload", "verify", b"y").await;
    let at = |path: String, ticket: &Action| Action { path, ..ticket.clone() };
    let asked = |content: &[u8]| json!({"oid": oid(content), "size": content.len()}).to_string();
    let other = |action: &Action| at(action.path.replace("handbook", "other"), action);
    let table = [
        ("a download's ticket on an upload", put.with(&get.ticket), Method::PUT, "y".to_owned()),
        ("an upload's ticket on a download", get.with(&put.ticket), Method::GET, String::new()),
        ("a download's ticket on a verification", verify.with(&get.ticket), Method::POST, asked(b"y")),
        ("a download's ticket on another object", at(path(b"y"), &get), Method::GET, String::new()),
        ("an upload's ticket on another object", at(path(b"z"), &put), Method::PUT, "z".to_owned()),
        ("a verification of another object", verify.clone(), Method::POST, asked(b"x")),
        ("a download in another repository", other(&get), Method::GET, String::new()),
        ("an upload in another repository", other(&put), Method::PUT, "y".to_owned()),
        ("a verification in another repository", other(&verify), Method::POST, asked(b"y")),
    ];
    gateway.forge.stand_in().recorder().clear();
    for (what, action, method, body) in table {
        let refused = transfer(&gateway.nobody(), &action, method, &body).await;
        assert_eq!(refused, (403, "not-granted".to_owned()), "{what}");
    }
    assert!(gateway.forge.forwarded().is_empty());
    assert_eq!(transfer(&gateway.nobody(), &get, Method::GET, "").await.0, 200);
}

#[tokio::test]
async fn a_ticket_stands_for_a_token_nowhere_and_a_token_for_a_ticket_neither() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"x").await;
    let get = docs.action("download", "download", b"x").await;
    let as_token = docs.with_token(&get.ticket);
    as_token.get("/api/v1/repos/acme/handbook").await.is(401).is_refused("token-malformed");
    as_token.batch(&one("download", b"x")).await.is(401).is_refused("token-malformed");
    for how in [Presentation::Bearer, Presentation::Password, Presentation::UserNameInUrl] {
        Workspace::new().list(&as_token.remote_by("acme/handbook", how)).await.fails();
    }
    let form = [("token", get.ticket.as_str())];
    assert!(matches!(gateway.nobody().post_form("/-/spanner/oauth/revoke", &form).await.status.as_u16(), 200 | 400));
    assert_eq!(transfer(&gateway.nobody(), &get, Method::GET, "").await.0, 200, "nothing was revoked");
    let as_ticket = transfer(&gateway.nobody(), &get.with(docs.token()), Method::GET, "").await;
    assert_eq!(as_ticket, (401, "token-malformed".to_owned()));
    docs.get(&get.path).await.is(401).is_refused("credential-missing");
    let beside = gateway.nobody().request(Method::POST, BATCH).header("spanner-ticket", &get.ticket);
    docs.answered(beside.header("content-type", LFS_TYPE).body("{}")).await.is(401).is_refused("credential-missing");
}

#[tokio::test]
async fn two_tickets_are_refused_and_a_token_beside_a_ticket_is_not_looked_at() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"x").await;
    let get = docs.action("download", "download", b"x").await;
    let twice = get.request(&gateway.door, Method::GET).header("spanner-ticket", &get.ticket);
    docs.answered(twice).await.is(400);
    for beside in [docs.token(), "gsp_nonsense", ""] {
        let both = get.request(&gateway.door, Method::GET).header("authorization", format!("Bearer {beside}"));
        docs.answered(both).await.is(200);
    }
}

#[tokio::test]
async fn a_ticket_that_was_tampered_with_is_not_accepted_wherever_it_was_touched() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"x").await;
    let get = docs.action("download", "download", b"x").await;
    for at in (0..get.ticket.len()).step_by(31) {
        let (head, tail) = get.ticket.split_at(at);
        let changed = format!("{head}{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, &tail[1..]);
        let (status, reason) = transfer(&gateway.nobody(), &get.with(&changed), Method::GET, "").await;
        assert!(
            status == 401 && matches!(&*reason, "token-malformed" | "token-not-accepted"),
            "{at}: {status} {reason}"
        );
    }
}

#[tokio::test]
async fn a_ticket_ends_with_its_hour_and_with_the_token_it_was_given_for() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"x").await;
    let lint = docs.narrow(&Narrowing::new().actions([Deed::ContentsRead]));
    let (of_parent, of_child) =
        (docs.action("download", "download", b"x").await, lint.action("download", "download", b"x").await);
    let nobody = gateway.nobody();
    gateway.advance(SignedDuration::from_mins(60));
    assert_eq!(transfer(&nobody, &of_child, Method::GET, "").await.0, 200, "the token has ended, the ticket has not");
    gateway.nobody().revoke(&lint).await.is(200);
    assert_eq!(transfer(&nobody, &of_child, Method::GET, "").await, (401, "token-revoked".to_owned()));
    assert_eq!(transfer(&nobody, &of_parent, Method::GET, "").await.0, 200);
    gateway.advance(SignedDuration::from_secs(1));
    assert_eq!(transfer(&nobody, &of_parent, Method::GET, "").await, (401, "token-expired".to_owned()));
    let fresh = gateway.agent("docs-writer").await;
    let child =
        fresh.narrow(&Narrowing::new().actions([Deed::ContentsRead])).action("download", "download", b"x").await;
    gateway.nobody().revoke(&fresh).await.is(200);
    assert_eq!(transfer(&nobody, &child, Method::GET, "").await, (401, "token-revoked".to_owned()));
}

#[tokio::test]
async fn a_ticket_ends_with_the_right_it_was_given_by_and_outlives_a_restart() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"x").await;
    let get = docs.action("download", "download", b"x").await;
    let put = docs.action("upload", "upload", b"y").await;
    let policy = gateway.directory().join("spanner.toml");
    let text = std::fs::read_to_string(&policy).expect("a configuration");
    let gateway = gateway.restart().await;
    assert_eq!(transfer(&gateway.nobody(), &get, Method::GET, "").await.0, 200, "the key is kept");
    std::fs::write(&policy, text.replace("refs/heads/agents/**", "refs/heads/others/**")).expect("it can be written");
    let gateway = gateway.restart().await;
    assert_eq!(transfer(&gateway.nobody(), &get, Method::GET, "").await.0, 200);
    assert_eq!(transfer(&gateway.nobody(), &put, Method::PUT, "y").await, (403, "not-granted".to_owned()));
    std::fs::write(&policy, text.replace("docs-writer", "somebody-else")).expect("it can be written");
    let gateway = gateway.restart().await;
    assert_eq!(transfer(&gateway.nobody(), &get, Method::GET, "").await, (403, "agent-unknown".to_owned()));
}
