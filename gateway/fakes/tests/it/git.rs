//! Clone and push through the forge.

use std::fmt::Write;

use gogs_spanner_fakes::forge::Forge;
use reqwest::Method;
use serde_json::json;

use crate::{
    client::{admin, client, forge, remote},
    shell::Shell,
};

/// A forge with `acme/handbook`, and a token of an account that may do this much there.
async fn handbook(permission: &str) -> (Forge, String) {
    let forge = forge().await;
    forge.create_private_repository("acme/handbook").await.unwrap();
    forge.create_account("agent-docs", "secret");
    let path = "/repos/acme/handbook/collaborators/agent-docs";
    let granted = admin(&forge, Method::PUT, path).json(&json!({"permission": permission})).send().await.unwrap();
    assert_eq!(granted.status(), 204);
    let token = forge.mint_token("agent-docs", "test").unwrap();
    (forge, token)
}

#[tokio::test]
async fn what_is_pushed_is_in_the_repository() {
    let (forge, token) = handbook("write").await;
    let shell = Shell::new();
    let cloned = shell.git(".", &format!("clone -q {} h", remote(&forge, &token, "acme/handbook"))).await;
    assert_eq!(cloned.exit, 0, "{}", cloned.stderr);
    shell.write("h/n.md", "a line that compresses badly enough to matter\n".repeat(100_000));
    shell.git("h", "add n.md").await;
    shell.git("h", "commit -q -m n").await;
    let pushed = shell.git("h", "push -q origin HEAD:refs/heads/agents/one").await;
    assert_eq!(pushed.exit, 0, "{}", pushed.stderr);
    let head = shell.git("h", "rev-parse HEAD").await.stdout;
    let tip = forge.tip("acme/handbook", "refs/heads/agents/one").await.unwrap();
    assert_eq!(tip.as_deref(), Some(head.trim()));
}

#[tokio::test]
async fn a_push_too_large_for_one_request_is_probed_and_sent_in_chunks() {
    let (forge, token) = handbook("write").await;
    let shell = Shell::new();
    shell.git(".", &format!("clone -q {} h", remote(&forge, &token, "acme/handbook"))).await;
    let mut noise = String::new();
    for n in 0u64..60_000 {
        writeln!(noise, "{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).unwrap();
    }
    shell.write("h/noise", &noise);
    shell.git("h", "add noise").await;
    shell.git("h", "commit -q -m noise").await;
    let pushed = shell.git("h", "-c http.postBuffer=65536 push -q origin HEAD:refs/heads/large").await;
    assert_eq!(pushed.exit, 0, "{}", pushed.stderr);
    let sent = forge.recorder().arrivals();
    let sent: Vec<_> = sent.iter().filter(|arrival| arrival.target.ends_with("/git-receive-pack")).collect();
    assert_eq!(sent[0].body, b"0000");
    assert_eq!(sent[1].headers["transfer-encoding"], "chunked");
    assert!(sent[1].body_length > 65_536);
}

#[tokio::test]
async fn a_push_with_read_rights_is_refused_in_the_words_git_shows() {
    let (forge, token) = handbook("read").await;
    let shell = Shell::new();
    shell.git(".", &format!("clone -q {} h", remote(&forge, &token, "acme/handbook"))).await;
    let pushed = shell.git("h", "push origin HEAD:refs/heads/x").await;
    assert_eq!(pushed.exit, 128);
    assert!(pushed.stderr.contains("remote: User permission denied"), "{}", pushed.stderr);
}

#[tokio::test]
async fn a_site_administrator_is_nobody_special_to_git() {
    let forge = forge().await;
    forge.create_account("owner", "secret");
    let made = admin(&forge, Method::POST, "/admin/users/owner/repos").json(&json!({"name": "r", "private": true}));
    assert_eq!(made.send().await.unwrap().status(), 201);
    assert_eq!(admin(&forge, Method::GET, "/repos/owner/r").send().await.unwrap().status(), 200);
    let cloned = Shell::new().git(".", &format!("clone {} r", remote(&forge, forge.admin_token(), "owner/r"))).await;
    assert!(cloned.stderr.contains("error: 403"), "{}", cloned.stderr);
}

#[tokio::test]
async fn a_token_that_was_killed_opens_nothing() {
    let (forge, token) = handbook("write").await;
    forge.kill_tokens_of("agent-docs");
    let listed = Shell::new().git(".", &format!("ls-remote {}", remote(&forge, &token, "acme/handbook"))).await;
    assert!(listed.stderr.contains("Authentication failed"), "{}", listed.stderr);
}

#[tokio::test]
async fn a_compressed_request_is_understood() {
    let (forge, token) = handbook("read").await;
    for n in 0..40 {
        forge.commit("acme/handbook", &format!("b{n}"), "n.md", n.to_string().as_bytes()).await.unwrap();
    }
    let cloned = Shell::new().git(".", &format!("clone -q {} h", remote(&forge, &token, "acme/handbook"))).await;
    assert_eq!(cloned.exit, 0, "{}", cloned.stderr);
    let arrivals = forge.recorder().arrivals();
    let compressed = arrivals.iter().find(|arrival| arrival.headers.contains_key("content-encoding")).unwrap();
    assert_eq!(compressed.headers["content-encoding"], "gzip");
    assert_eq!(compressed.status.map(|status| status.as_u16()), Some(200));
}

#[tokio::test]
async fn a_path_in_capitals_is_found_and_authorized_as_a_read_which_is_why_nobody_may_forward_one() {
    let (forge, token) = handbook("read").await;
    let send = |action: &str| {
        let request = client().post(format!("{}/acme/handbook.git/{action}", forge.url()));
        let request = request.header("content-type", "application/x-git-receive-pack-request");
        request.basic_auth("-", Some(&token)).body("0000").send()
    };
    assert_eq!(send("git-receive-pack").await.unwrap().status(), 403);
    assert_eq!(send("GIT-RECEIVE-PACK").await.unwrap().status(), 200);
}
