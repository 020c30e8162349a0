//! Every other way in: none of these reaches the forge.

use std::fmt::Write;

use gogs_spanner_testkit::{Agent, Caller, TestGateway};

/// Request lines no client library would send.
const TARGETS: &[&str] = &[
    // Percent escapes, which Gogs matches decoded in one place and raw in another.
    "GET /acme%2fhandbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook%2egit/info/refs?service=git-upload-pack",
    "GET /acme/%68andbook.git/info/refs?service=git-upload-pack",
    "GET /api/v1/repos/acme/handbook%2F..%2Fsecret",
    "GET /api/v1/repos/acme/handbook/contents/%2e%2e/%2e%2e/secret",
    "GET /api%2fv1/user",
    "GET /api/v1/%75ser/keys",
    // Dot segments, doubled and trailing slashes, backslashes.
    "GET /acme/../acme/handbook.git/info/refs?service=git-upload-pack",
    "GET /acme/./handbook.git/info/refs?service=git-upload-pack",
    "GET //acme/handbook.git/info/refs?service=git-upload-pack",
    "GET /acme//handbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git//info/refs?service=git-upload-pack",
    "GET /acme/handbook.git/info/refs/?service=git-upload-pack",
    "GET /acme\\handbook.git/info/refs?service=git-upload-pack",
    "GET /api/v1/repos/acme/handbook/../../../admin/users",
    "GET /api/v1//repos/acme/handbook",
    "GET /api/v1/repos/acme/handbook/",
    // Other cases: Gogs lower-cases the path in one place only.
    "GET /acme/handbook.git/INFO/REFS?service=git-upload-pack",
    "GET /acme/handbook.git/info/refs?service=GIT-UPLOAD-PACK",
    "GET /acme/handbook.git/info/refs?SERVICE=git-upload-pack",
    "POST /acme/handbook.git/GIT-RECEIVE-PACK",
    "POST /acme/handbook.git/Git-Receive-Pack",
    "GET /acme/handbook.GIT/info/refs?service=git-upload-pack",
    "GET /API/V1/repos/acme/handbook",
    "GET /api/v1/REPOS/acme/handbook",
    // Odd queries.
    "GET /acme/handbook.git/info/refs",
    "GET /acme/handbook.git/info/refs?service=git-upload-pack&service=git-receive-pack",
    "GET /acme/handbook.git/info/refs?service=git-upload-pack&lang=de-DE",
    "GET /acme/handbook.git/info/refs?service=git-upload-pack;x=1",
    "GET /acme/handbook.git/info/refs?service=git-upload-archive",
    "GET /api/v1/repos/acme/handbook?token=0123456789abcdef0123456789abcdef01234567",
    "GET /api/v1/repos/acme/handbook?access_token=x",
    "GET /api/v1/repos/acme/handbook?lang=de-DE",
    "GET /api/v1/repos/acme/handbook?sudo=root1",
    "GET /api/v1/repos/acme/handbook/contents/README.md?ref=--output=/tmp/x",
    "GET /api/v1/repos/acme/handbook/contents/README.md?ref=master&ref=main",
    // Dumb HTTP, which serves objects without asking for rights one by one.
    "GET /acme/handbook.git/HEAD",
    "GET /acme/handbook.git/objects/info/packs",
    "GET /acme/handbook.git/objects/00/00000000000000000000000000000000000000",
    "GET /acme/handbook.git/config",
    // Methods.
    "POST /acme/handbook.git/info/refs?service=git-upload-pack",
    "HEAD /acme/handbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git/git-upload-pack",
    "PUT /acme/handbook.git/git-receive-pack",
    "CONNECT 127.0.0.1:3000",
    "TRACE /api/v1/repos/acme/handbook",
    "OPTIONS *",
    "PROPFIND /api/v1/repos/acme/handbook",
    "get /api/v1/repos/acme/handbook",
    // Other hosts' business.
    "GET http://other.example/api/v1/repos/acme/handbook",
    "GET http://127.0.0.1/acme/handbook.git/info/refs?service=git-upload-pack",
    // Pages of people, and what nobody may.
    "GET /acme/handbook",
    "GET /acme/handbook/settings",
    "GET /acme/handbook/releases/download/v1/handbook.tar.gz",
    "GET /user/settings/applications",
    "POST /user/login",
    "GET /admin",
    "GET /-/metrics",
    "GET /debug/pprof/",
    "GET /install",
    "GET /attachments/00000000-0000-0000-0000-000000000000",
    "POST /acme/handbook/tasks/trigger",
    "GET /api/v1/admin/users",
    "POST /api/v1/admin/users",
    "GET /api/v1/users/root1/tokens",
    "POST /api/v1/users/agent-docs-writer/tokens",
    "POST /api/v1/user/keys",
    "POST /api/v1/repos/migrate",
    "PUT /api/v1/repos/acme/handbook/collaborators/root1",
    "POST /api/v1/repos/acme/handbook/keys",
    "GET /api/v1/nothing/of/the/kind",
    "GET /api/v2/repos/acme/handbook",
    // LFS, until it has doors of its own.
    "POST /acme/handbook.git/info/lfs/objects/batch",
    "GET /acme/handbook.git/info/lfs/objects/basic/0000000000000000000000000000000000000000000000000000000000000000",
    // Bytes that are no path.
    "GET /acme/h\u{e9}ndbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git\0/info/refs?service=git-upload-pack",
    "GET /acme/handbook.WIKI.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.wiki.wiki/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git.git/info/refs?service=git-upload-pack",
    "GET /-/spanner/../../api/v1/user",
    "GET /-/spanner/oauth/../../../acme/handbook.git/info/refs?service=git-upload-pack",
    "GET /api/v1/repos/acme/handbook/issues/+7",
    "GET /api/v1/repos/acme/handbook/issues/007",
    "GET /api/v1/repos/acme/handbook/issues/1x",
];

fn head(line: &str, agent: &Agent, more: &str) -> Vec<u8> {
    let mut head = format!("{line} HTTP/1.1\r\nHost: agents.example.test\r\nConnection: close\r\n");
    let kind = if line.contains("RECEIVE-PACK") || line.contains("receive-pack") {
        "application/x-git-receive-pack-request"
    } else {
        "application/json"
    };
    write!(head, "Authorization: Bearer {}\r\nContent-Type: {kind}\r\n{more}\r\n", agent.token()).expect("text grows");
    head.into_bytes()
}

/// A gateway that has its account and collaborator already, so that whatever arrives now was let through.
async fn warm() -> (TestGateway, Agent) {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    gateway.forge.stand_in().recorder().clear();
    (gateway, docs)
}

#[tokio::test]
async fn no_hostile_target_and_no_other_door_reaches_the_forge() {
    let (gateway, docs) = warm().await;
    assert!(TARGETS.len() > 40);
    for line in TARGETS {
        let answer = gateway.door.send_raw(&head(line, &docs, "")).await;
        assert!(answer.status.is_none_or(|status| status >= 400), "{line}: {}", answer.text);
        let arrived: Vec<_> = gateway.forge.arrivals().into_iter().map(|arrival| arrival.target).collect();
        assert!(arrived.is_empty(), "{line} became {arrived:?}");
    }
}

#[tokio::test]
async fn a_head_that_could_be_read_in_two_ways_is_refused() {
    let (gateway, docs) = warm().await;
    let line = "GET /api/v1/repos/acme/handbook";
    let twice = format!("Authorization: Bearer {}\r\n", docs.token());
    for more in [
        twice.as_str(),
        "Host: other.example\r\n",
        "Content-Type: text/plain\r\n",
        "Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\n",
        "HTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: -1\r\n",
        " folded: x\r\n",
        "no colon\r\n",
    ] {
        let answer = gateway.door.send_raw(&head(line, &docs, more)).await;
        assert!(answer.status.is_none_or(|status| status >= 400), "{more:?}: {}", answer.text);
        assert!(gateway.forge.arrivals().is_empty(), "{more:?} went through");
    }
}

#[tokio::test]
async fn a_request_without_a_host_or_with_a_strange_one_is_refused() {
    let (gateway, docs) = warm().await;
    for host in ["", "Host: user@agents.example.test\r\n", "Host: a/b\r\n", "Host: a,b\r\n", "Host: a b\r\n"] {
        let token = docs.token();
        let head = format!(
            "GET /api/v1/repos/acme/handbook HTTP/1.1\r\n{host}Connection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        let answer = gateway.door.send_raw(head.as_bytes()).await;
        assert!(answer.status.is_none_or(|status| status >= 400), "{host:?}: {}", answer.text);
    }
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test]
async fn what_follows_a_refused_head_is_not_another_request() {
    let (gateway, docs) = warm().await;
    let inner = String::from_utf8(head("GET /api/v1/repos/acme/handbook", &docs, "")).expect("text");
    let more = format!("Content-Length: {}\r\n", inner.len());
    let smuggled = [head("POST /acme/handbook.git/GIT-RECEIVE-PACK", &docs, &more), inner.into_bytes()].concat();
    gateway.door.send_raw(&smuggled).await;
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let (gateway, docs) = warm().await;
    for more in [format!("X: {}\r\n", "x".repeat(64 * 1024)), "X: x\r\n".repeat(200)] {
        let answer = gateway.door.send_raw(&head("GET /api/v1/repos/acme/handbook", &docs, &more)).await;
        assert!(answer.status.is_none_or(|status| status >= 400), "{}", answer.text);
    }
    assert!(gateway.forge.arrivals().is_empty());
}
