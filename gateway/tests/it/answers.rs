//! What the forge answers, made right for the agents' door: links, lists across repositories, downloads.

use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_fakes::forge::Trouble;
use gogs_spanner_testkit::{AUDIENCE, Agent, Caller, Forge, Setting, TestGateway};
use http::header;
use reqwest::Method;
use serde_json::{Value, json};

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";
/// Everything one reads and writes in a repository.
const MEMBER: &str = r#"[{ actions = ["contents:read", "issues:read", "issues:write", "directory:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/**"] }]"#;

/// The names of a list of repositories, sorted: Gogs lists what an account was let into in no order.
fn names(list: &Value) -> Vec<String> {
    let rows = list.as_array().expect("a list").iter();
    let mut names: Vec<_> = rows.map(|row| row["full_name"].as_str().expect("a name").to_owned()).collect();
    names.sort_unstable();
    names
}

fn titles(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|row| row["title"].as_str().expect("a title")).collect()
}

/// The path of a link that leads through the agents' door.
#[track_caller]
fn through_the_door(link: &Value) -> &str {
    let text = link.as_str().unwrap_or_else(|| panic!("{link} is no link"));
    text.strip_prefix(AUDIENCE).unwrap_or_else(|| panic!("{text} leads past the door"))
}

async fn write(agent: &Agent, path: &str, content: &str) {
    let body = json!({"message": "m", "content": content});
    agent.send(Method::PUT, &format!("{REPOSITORY}/contents/{path}"), &body).await.is(201);
}

/// Whatever people call the forge, an agent that follows its links stays behind its own door.
pub(crate) async fn links_lead_through_the_agents_door(forge: Forge, external: &str) {
    let gateway = TestGateway::before(forge, Setting::new().agent("bot", "acme/handbook", MEMBER)).await;
    let bot = gateway.agent("bot").await;
    let shown = bot.get(REPOSITORY).await.is(200).json();
    assert_eq!(shown["clone_url"], format!("{AUDIENCE}/acme/handbook.git"));
    assert_eq!(shown["ssh_url"], "");
    assert_eq!(shown["html_url"], format!("{external}acme/handbook"), "a page for people");
    let file = bot.get(&format!("{REPOSITORY}/contents/README.md")).await.is(200).json();
    for link in [&file["url"], &file["git_url"], &file["_links"]["self"], &file["_links"]["git"]] {
        bot.get(through_the_door(link)).await.is(200);
    }
    assert_eq!(file["_links"]["html"], file["html_url"]);
    assert!(file["html_url"].as_str().is_some_and(|link| link.starts_with(external)), "{file}");
    bot.get(through_the_door(&file["download_url"])).await.is(200);
    let commit = bot.get(&format!("{REPOSITORY}/commits/master")).await.is(200).json();
    for link in [&commit["url"], &commit["commit"]["url"]] {
        assert_eq!(bot.get(through_the_door(link)).await.is(200).json()["sha"], commit["sha"]);
    }
    pages_lead_through_the_agents_door(&bot).await;
}

async fn pages_lead_through_the_agents_door(bot: &Agent) {
    for number in 0..11 {
        let issue = json!({"title": format!("issue {number}")});
        bot.send(Method::POST, &format!("{REPOSITORY}/issues"), &issue).await.is(201);
    }
    let first = bot.get(&format!("{REPOSITORY}/issues")).await.is(200);
    let link = first.header(&header::LINK).expect("there are more pages").to_owned();
    let next = link.split(['<', '>']).nth(1).expect("a link").to_owned();
    let second = bot.get(through_the_door(&next.into())).await.is(200).json();
    assert!(!titles(&second).is_empty() && titles(&second) != titles(&first.json()), "{second}");
}

/// An account that was let into several repositories is shown by each token what that token may read.
pub(crate) async fn lists_show_what_the_token_may_read(forge: Forge) {
    let setting = Setting::new().agent("bot", "acme/handbook acme/web", MEMBER).repository("acme/secret");
    let gateway = TestGateway::before(forge, setting).await;
    let bot = gateway.agent("bot").await;
    let all = bot.get("/api/v1/user/repos").await.is(200).json();
    assert_eq!(names(&all), ["acme/handbook", "acme/web"], "joined before the first list");
    let web = bot.narrow(&Narrowing::new().repositories(["acme/web".parse().expect("a name")]));
    assert_eq!(names(&web.get("/api/v1/user/repos").await.is(200).json()), ["acme/web"]);
    for repository in ["acme/handbook", "acme/web", "acme/handbook"] {
        let issue = json!({"title": format!("of {repository}"), "assignee": "agent-bot"});
        bot.send(Method::POST, &format!("/api/v1/repos/{repository}/issues"), &issue).await.is(201);
    }
    for path in ["/api/v1/user/issues", "/api/v1/issues"] {
        assert_eq!(titles(&bot.get(path).await.is(200).json()).len(), 3);
        let narrow = web.get(path).await.is(200);
        assert_eq!(titles(&narrow.json()), ["of acme/web"], "{path}");
        assert_eq!(narrow.header(&header::LINK), None);
    }
    let listing = bot.narrow(&Narrowing::new().repositories_under("other/"));
    assert_eq!(names(&listing.get("/api/v1/user/repos").await.is(200).json()), Vec::<String>::new());
    listing.get("/api/v1/orgs/acme").await.is(403).is_refused("narrowed");
}

/// Files come by the paths of pages and by those of the API alike, and never as a page.
pub(crate) async fn files_are_downloaded_and_never_become_pages(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::new().agent("bot", "acme/handbook", MEMBER)).await;
    let bot = gateway.agent("bot").await;
    write(&bot, "docs/page.html", "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pgo=").await;
    write(&bot, "docs/x.bin", "AAECAwQFBgcICQoL/w==").await;
    for prefix in ["", "/api/v1/repos"] {
        let page = bot.get(&format!("{prefix}/acme/handbook/raw/master/docs/page.html")).await.is(200);
        assert_eq!(page.text, "<script>alert(1)</script>\n");
        assert!(page.header(&header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/plain")), "{page:?}");
        let bytes = bot.get(&format!("{prefix}/acme/handbook/raw/master/docs/x.bin")).await.is(200);
        assert_eq!(bytes.header(&header::CONTENT_DISPOSITION), Some("attachment; filename=\"x.bin\""));
        let archive = bot.get(&format!("{prefix}/acme/handbook/archive/master.zip")).await.is(200);
        assert!(archive.text.starts_with("PK"), "a zip file");
        assert_eq!(archive.header(&header::CONTENT_DISPOSITION), Some("attachment; filename=\"handbook-master.zip\""));
        for answer in [page, bytes, archive] {
            assert_eq!(answer.header(&header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
            assert_eq!(answer.header(&header::CONTENT_SECURITY_POLICY), Some("sandbox; default-src 'none'"));
        }
        bot.get(&format!("{prefix}/acme/handbook/raw/master/docs/absent")).await.is(404);
    }
    let head = bot.request(Method::HEAD, "/acme/handbook/raw/master/docs/x.bin").send().await.expect("an answer");
    assert_eq!((head.status().as_u16(), head.headers()["x-content-type-options"].as_bytes()), (200, &b"nosniff"[..]));
    let trail = gateway.trail().await;
    let read = trail.iter().filter(|line| line.action == "contents:read" && line.repository == "acme/handbook");
    assert!(read.count() >= 8, "every download is written down");
}

#[tokio::test]
async fn links_lead_through_the_door_whatever_people_call_the_forge() {
    for external in ["http://agents.example.test/", "https://git.example.test/", "https://example.test/a/gogs/"] {
        let forge = Forge::demonstration_known_as(external).await;
        links_lead_through_the_agents_door(forge, external).await;
    }
}

#[tokio::test]
async fn a_list_across_repositories_shows_what_the_token_may_read() {
    lists_show_what_the_token_may_read(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_file_is_downloaded_and_never_becomes_a_page() {
    files_are_downloaded_and_never_become_pages(Forge::demonstration().await).await;
}

#[tokio::test]
async fn what_a_list_leaves_out_is_told_by_nothing_else_in_it() {
    let setting = Setting::new().agent("bot", "acme/handbook", MEMBER).repository("acme/other");
    let gateway = TestGateway::with(setting).await;
    let forge = gateway.forge.stand_in();
    for number in 0..12 {
        forge.create_public_repository(&format!("acme/public-{number}")).await.expect("a repository is made");
    }
    forge.create_public_repository("acme/public-handbook").await.expect("a repository is made");
    let bot = gateway.agent("bot").await;
    let found = bot.get("/api/v1/repos/search?q=public&limit=5").await.is(200);
    assert_eq!((found.json(), found.header(&header::LINK)), (json!({"data": [], "ok": true}), None));
    let head = bot.request(Method::HEAD, "/api/v1/repos/search?q=public&limit=5").send().await.expect("an answer");
    assert!(head.headers().get(header::LINK).is_none() && head.headers().get(header::CONTENT_LENGTH).is_none());
    assert_eq!(bot.get("/api/v1/orgs/acme/repos").await.is(200).json(), json!([]));
}

#[tokio::test]
async fn a_list_nobody_can_sift_is_refused() {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", MEMBER)).await;
    let bot = gateway.agent("bot").await;
    bot.get("/api/v1/user/repos").await.is(200);
    let forge = gateway.forge.stand_in();
    forge.trouble(Trouble::Shapeless);
    for path in ["/api/v1/user/repos", "/api/v1/repos/search?q=x", "/api/v1/user/issues"] {
        let answer = bot.get(path).await.is(502).is_refused("answer-refused");
        assert!(!answer.text.contains("anything"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_list_without_an_end_is_not_held() {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", MEMBER)).await;
    let bot = gateway.agent("bot").await;
    let issues = format!("{REPOSITORY}/issues");
    bot.get("/api/v1/user/repos").await.is(200);
    bot.send(Method::POST, &issues, &json!({"title": "t"})).await.is(201);
    let comment = bot.send(Method::POST, &format!("{issues}/1/comments"), &json!({"body": "b"})).await.is(201);
    let edited = format!("{issues}/1/comments/{}", comment.json()["id"]);
    gateway.forge.stand_in().trouble(Trouble::Endless);
    for path in ["/api/v1/user/repos", "/api/v1/user/issues", REPOSITORY] {
        bot.get(path).await.is(502).is_refused("answer-refused");
    }
    bot.send(Method::PATCH, &edited, &json!({"body": "c"})).await.is(503).is_refused("upstream-unavailable");
    gateway.forge.stand_in().resume();
    bot.send(Method::PATCH, &edited, &json!({"body": "c"})).await.is(200);
}

#[tokio::test]
async fn of_the_pages_of_a_list_only_the_next_is_told_and_only_where_something_is_shown() {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/open-*", MEMBER)).await;
    let forge = gateway.forge.stand_in();
    for kind in ["open", "shut-open"] {
        for number in 0..6 {
            forge.create_public_repository(&format!("acme/{kind}-{number}")).await.expect("a repository is made");
        }
    }
    let bot = gateway.agent("bot").await;
    for (page, shown, next) in [(1, 5, Some(2)), (2, 1, Some(3)), (3, 0, None)] {
        let found = bot.get(&format!("/api/v1/repos/search?q=open&limit=5&page={page}")).await.is(200);
        assert_eq!(names(&found.json()["data"]).len(), shown, "page {page}");
        let next = next.map(|next| format!("<{AUDIENCE}/api/v1/repos/search?page={next}>; rel=\"next\""));
        assert_eq!(found.header(&header::LINK), next.as_deref(), "page {page}");
    }
}

#[tokio::test]
async fn a_fork_tells_of_what_the_token_may_read_and_of_nothing_else() {
    let setting = Setting::new().agent("bot", "acme/handbook bob/*", MEMBER).repository("acme/secret");
    let gateway = TestGateway::with(setting).await;
    let forge = gateway.forge.stand_in();
    for (parent, fork) in [("acme/secret", "bob/fork"), ("bob/fork", "bob/again"), ("acme/handbook", "bob/pages")] {
        forge.fork(parent, fork).await.expect("a fork is made");
    }
    let bot = gateway.agent("bot").await;
    let parent_of = async |fork: &str| {
        let shown = bot.get(&format!("/api/v1/repos/{fork}")).await.is(200);
        assert!(!shown.text.contains("secret"), "{}", shown.text);
        shown.json()["parent"].clone()
    };
    assert_eq!(parent_of("bob/fork").await, Value::Null);
    let again = parent_of("bob/again").await;
    assert_eq!((&again["full_name"], &again["parent"]), (&json!("bob/fork"), &Value::Null));
    assert_eq!(parent_of("bob/pages").await["clone_url"], format!("{AUDIENCE}/acme/handbook.git"));
    for (path, listed) in [("/api/v1/user/repos", 4), ("/api/v1/repos/bob/fork/forks", 1)] {
        let list = bot.get(path).await.is(200);
        assert!(!list.text.contains("secret"), "{}", list.text);
        assert_eq!(names(&list.json()).len(), listed, "{path}");
    }
    only_the_parent_is_gone(&bot).await;
}

/// What a narrowed token is shown of a fork is what the token is shown, without the parent and to the byte.
async fn only_the_parent_is_gone(bot: &Agent) {
    let narrow = bot.narrow(&Narrowing::new().repositories_under("bob/"));
    let whole = bot.get("/api/v1/repos/bob/pages").await.is(200).text;
    let less = narrow.get("/api/v1/repos/bob/pages").await.is(200).text;
    let (before, after) = less.split_once("\"parent\":null").expect("no parent");
    let parent = whole.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).expect("the same around it");
    let parent: Value = serde_json::from_str(&format!("{{{parent}}}")).expect("one member");
    assert_eq!(parent["parent"]["full_name"], "acme/handbook");
}

#[tokio::test]
async fn an_answer_of_another_kind_than_the_call_has_is_refused_or_confined() {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", MEMBER)).await;
    let bot = gateway.agent("bot").await;
    bot.get("/api/v1/user/repos").await.is(200);
    bot.get(REPOSITORY).await.is(200);
    let forge = gateway.forge.stand_in();
    forge.trouble(Trouble::Page);
    for path in ["/api/v1/user/repos", "/api/v1/repos/search?q=x", "/api/v1/user/issues", REPOSITORY] {
        let answer = bot.get(path).await.is(502).is_refused("answer-refused");
        assert!(!answer.text.contains("anything"), "{answer:?}");
    }
    forge.trouble(Trouble::Shapeless);
    let file = bot.get(&format!("{REPOSITORY}/raw/master/README.md")).await.is(200);
    assert_eq!(file.json()["ssh_url"], "git@acme", "the bytes of a file are nobody's links");
    assert_eq!(file.header(&header::CONTENT_DISPOSITION), Some("attachment; filename=\"README.md\""));
    assert_eq!(file.header(&header::CONTENT_SECURITY_POLICY), Some("sandbox; default-src 'none'"));
}

#[tokio::test]
async fn who_may_read_no_issues_is_shown_none() {
    let reader = r#"[{ actions = ["contents:read"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", reader)).await;
    let bot = gateway.agent("bot").await;
    bot.get("/api/v1/user/issues").await.is(403).is_refused("not-granted");
    assert_eq!(names(&bot.get("/api/v1/user/repos").await.is(200).json()), ["acme/handbook"]);
}

#[tokio::test]
async fn a_download_needs_a_right_to_the_whole_repository() {
    let limited = r#"[{ actions = ["contents:read"], paths = ["docs/**"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", limited)).await;
    let bot = gateway.agent("bot").await;
    bot.get("/acme/handbook/archive/master.zip").await.is(403).is_refused("not-granted");
    let web = bot.narrow(&Narrowing::new().repositories(["acme/web".parse().expect("a name")]));
    for path in ["/acme/handbook/raw/master/README.md", "/acme/handbook/archive/master.zip"] {
        web.get(path).await.is(403);
        gateway.nobody().get(path).await.is(401);
    }
}
