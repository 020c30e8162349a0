//! Names that a path of the API can only hold escaped: decided, and written, as a push of them would be.

use gogs_spanner_testkit::{Caller, Forge, Setting, TestGateway, Workspace};
use http::header;
use reqwest::Method;
use serde_json::json;

const CONTENTS: &str = "/api/v1/repos/acme/handbook/contents";
const RIGHTS: &str = r#"[{ actions = ["contents:read"] }, { actions = ["ref:create"], refs = ["refs/heads/**"] },
    { actions = ["ref:update"], refs = ["refs/heads/master"], paths = ["docs/**"] }]"#;

/// How a name is written in a path, and which file that is.
const FILES: [(&str, &str); 4] = [
    ("a%20b.md", "docs/a b.md"),
    ("%C3%BCber.md", "docs/über.md"),
    ("%23%5Bx%5D%3F.md", "docs/#[x]?.md"),
    ("a+b%26c.md", "docs/a+b&c.md"),
];

/// A file with a space or an umlaut is the file of that name at every door.
pub(crate) async fn writes_files_of_any_name_as_it_could_push_them(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::new().agent("bot", "acme/handbook", RIGHTS)).await;
    let bot = gateway.agent("bot").await;
    for (written, path) in FILES {
        let body = json!({"message": "m", "content": "YQo="});
        let answer = bot.send(Method::PUT, &format!("{CONTENTS}/docs/{written}"), &body).await.is(201);
        assert_eq!(answer.json()["content"]["path"], path);
        let file = bot.get(&format!("{CONTENTS}/docs/{written}")).await.is(200).json();
        assert_eq!((&file["path"], &file["content"]), (&json!(path), &json!("YQo=")));
        assert_eq!(bot.get(&format!("/acme/handbook/raw/master/docs/{written}")).await.is(200).text, "a\n");
        let elsewhere = bot.send(Method::PUT, &format!("{CONTENTS}/src/{written}"), &body).await;
        elsewhere.is(403).is_refused("not-granted").says("in `src/");
    }
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    let listed = handbook.git(&["ls-tree", "-r", "-z", "--name-only", "HEAD", "docs"]).await.succeeds().stdout;
    let mut files: Vec<_> = FILES.map(|(_, path)| path).into();
    files.sort_unstable();
    assert_eq!(listed.split_terminator('\0').collect::<Vec<_>>(), files);
    handbook.push(&["HEAD:refs/heads/ü/x"]).await.succeeds();
    let branch = bot.get("/api/v1/repos/acme/handbook/branches/%C3%BC/x").await.is(200).json();
    assert_eq!(branch["name"], "ü/x");
    let puts: Vec<_> = gateway.trail().await.into_iter().filter(|line| line.action == "ref:update").collect();
    let permitted = puts.iter().filter(|line| line.reason.is_none()).flat_map(|line| line.paths.clone());
    assert_eq!(permitted.collect::<Vec<_>>(), FILES.map(|(_, path)| path));
}

#[tokio::test]
async fn files_of_any_name_are_written_as_they_could_be_pushed() {
    writes_files_of_any_name_as_it_could_push_them(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_file_with_another_name_than_its_bytes_is_saved_under_its_own() {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", RIGHTS)).await;
    let bot = gateway.agent("bot").await;
    let body = json!({"message": "m", "content": "AAECAwQFBgcICQoL/w=="});
    bot.send(Method::PUT, &format!("{CONTENTS}/docs/%C3%BC.bin"), &body).await.is(201);
    let saved = bot.get("/acme/handbook/raw/master/docs/%c3%bc.bin").await.is(200);
    assert_eq!(saved.header(&header::CONTENT_DISPOSITION), Some("attachment; filename*=UTF-8''%C3%BC%2Ebin"));
}
