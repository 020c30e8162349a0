//! Other spellings of a path, and other doors. Gogs matches paths decoded in one place, raw in another and lower-cased in a
//! third, so only one spelling of each is let in, and what goes on is rebuilt.

use super::{ISSUE, JSON};
use crate::case::{Case, Message, ask, case, forwards, get, post, refused};

/// Request lines of which nothing arrives. Whatever is behind them, they come with a good credential.
const REFUSED: &[&str] = &[
    // Percent escapes.
    "GET /acme%2fhandbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook%2egit/info/refs?service=git-upload-pack",
    "GET /acme/%68andbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git/info%2frefs?service=git-upload-pack",
    "GET /acme/handbook.git/info/refs%3fservice=git-upload-pack",
    "GET /api/v1/repos/acme/handbook%2F..%2Fsecret",
    "GET /api/v1/repos/acme%2fhandbook",
    "GET /api/v1/repos/acme/handbook%00",
    "GET /api/v1/repos/acme/handbook%0d%0aX:%20y",
    "GET /api/v1/repos/acme/handbook/contents/%2e%2e/%2e%2e/secret",
    "GET /api/v1/repos/acme/handbook/contents/a%2Fb",
    "GET /api/v1/repos/acme/handbook/contents/%252e%252e/x",
    "GET /api/v1/repos/acme/handbook/contents/docs%5C..%5Cx",
    "GET /api/v1/repos/acme/handbook/contents/a%0Db",
    "GET /api/v1/repos/acme/handbook/contents/a%7F",
    "GET /api/v1/repos/acme/handbook/contents/a%C2%85",
    "GET /api/v1/repos/acme/handbook/contents/a%FF",
    "GET /api/v1/repos/acme/handbook/contents/a%C0%AF",
    "GET /api/v1/repos/acme/handbook/contents/a%ED%A0%80",
    "GET /api/v1/repos/acme/handbook/contents/a%",
    "GET /api/v1/repos/acme/handbook/contents/a%2",
    "GET /api/v1/repos/acme/handbook/contents/a%u00e9",
    "GET /api/v1/repos/acme/handbook/contents/%61",
    "GET /api/v1/repos/acme/handbook/cont%65nts/a",
    "GET /api/v1/repos/acme/handbook/issues/%31",
    "GET /api/v1/repos/acme/hand%20book/contents/a",
    "GET /api/v1/repos/%61cme/handbook/contents/a",
    "GET /acme/handbook/raw/master/a%2fb",
    "GET /acme/handbook/raw/%2doutput/a",
    "GET /api%2fv1/user",
    "GET /api/v1/%75ser/keys",
    "POST /api/v1/admin%2Fusers",
    // Dot segments, doubled and trailing slashes, backslashes, parameters.
    "GET /acme/../acme/handbook.git/info/refs?service=git-upload-pack",
    "GET /acme/./handbook.git/info/refs?service=git-upload-pack",
    "GET //acme/handbook.git/info/refs?service=git-upload-pack",
    "GET /acme//handbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git//info/refs?service=git-upload-pack",
    "GET /acme/handbook.git/info/refs/?service=git-upload-pack",
    "GET /acme\\handbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git;x/info/refs?service=git-upload-pack",
    "GET /api/v1/repos/acme/handbook/../../../admin/users",
    "GET /api/v1/repos/acme/handbook/..",
    "GET /api/v1/repos/acme/handbook/contents/../../x",
    "GET /api/v1/repos/acme/handbook/contents/a/./b",
    "GET /api/v1/repos/acme/handbook/contents//a",
    "PUT /api/v1/repos/acme/handbook/contents/.git/config",
    "GET /api/v1//repos/acme/handbook",
    "GET /api/v1/repos/acme/handbook/",
    "GET /api/v1/repos/acme/handbook;x",
    "GET /-/spanner/../../api/v1/user",
    "GET /-/spanner/oauth/../../../acme/handbook.git/info/refs?service=git-upload-pack",
    "GET /.well-known/../api/v1/user",
    // Other cases.
    "GET /acme/handbook.git/INFO/REFS?service=git-upload-pack",
    "GET /acme/handbook.git/Info/refs?service=git-upload-pack",
    "GET /acme/handbook.GIT/info/refs?service=git-upload-pack",
    "POST /acme/handbook.git/GIT-RECEIVE-PACK",
    "POST /acme/handbook.git/Git-Receive-Pack",
    "POST /acme/handbook.git/git-receive-pac\u{212a}",
    "GET /API/V1/repos/acme/handbook",
    "GET /api/v1/REPOS/acme/handbook",
    "GET /-/SPANNER/livez",
    // Names that are none, or another's.
    "GET /-/handbook.git/info/refs?service=git-upload-pack",
    "GET /acme/.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git.git/info/refs?service=git-upload-pack",
    "GET /api/v1/repos/acme/handbook.git",
    "GET /api/v1/repos/acme/secret",
    "GET /api/v1/repos/:username/:reponame/hooks",
    "GET /api/v1/repos/acme/h\u{e9}ndbook",
    "GET /acme/h\u{e9}ndbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.WIKI.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.wiki.wiki/info/refs?service=git-upload-pack",
    "GET /acme/handbook.wiki/info/lfs/objects/batch",
    "GET /acme/handbook.git/info/LFS/objects/batch",
    "GET /acme/handbook.git/info/lfs/objects/batch/",
    "GET /api/v1/repos/\u{212a}/handbook",
    // Numbers in other spellings.
    "GET /api/v1/repos/acme/handbook/issues/+7",
    "GET /api/v1/repos/acme/handbook/issues/007",
    "GET /api/v1/repos/acme/handbook/issues/1x",
    "GET /api/v1/repos/acme/handbook/issues/0",
    "GET /api/v1/repos/acme/handbook/issues/-1",
    "GET /api/v1/repos/acme/handbook/issues/9223372036854775808",
    "GET /api/v1/repos/acme/handbook/issues/\u{0661}",
    // Revisions git takes for options.
    "GET /api/v1/repos/acme/handbook/commits/--output=x",
    "GET /api/v1/repos/acme/handbook/branches/-x",
    "GET /api/v1/repos/acme/handbook/git/trees/--help",
    // Dumb HTTP, and what else lies in a repository.
    "GET /acme/handbook.git/HEAD",
    "GET /acme/handbook.git/config",
    "GET /acme/handbook.git/objects/info/packs",
    "GET /acme/handbook.git/objects/00/00000000000000000000000000000000000000",
    "POST /acme/handbook.git/git-upload-archive",
    // Methods.
    "POST /acme/handbook.git/info/refs?service=git-upload-pack",
    "HEAD /acme/handbook.git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git/git-upload-pack",
    "GET /acme/handbook.git/git-receive-pack",
    "PUT /acme/handbook.git/git-receive-pack",
    "CONNECT 127.0.0.1:3000",
    "CONNECT agents.example.test:80",
    "TRACE /api/v1/repos/acme/handbook",
    "OPTIONS *",
    "OPTIONS /api/v1/repos/acme/handbook",
    "PROPFIND /api/v1/repos/acme/handbook",
    "get /api/v1/repos/acme/handbook",
    "GETT /api/v1/repos/acme/handbook",
    "G\u{c9}T /api/v1/repos/acme/handbook",
    // Targets that are none, or of other hosts.
    "GET http://other.example/api/v1/repos/acme/handbook",
    "GET http://127.0.0.1/acme/handbook.git/info/refs?service=git-upload-pack",
    "GET https://agents.example.test/api/v1/user",
    "GET agents.example.test/api/v1/user",
    "GET *",
    "GET api/v1/user",
    "GET /api/v1/repos/acme/handbook HTTP/1.1\r\nX: y\r\n\r\nGET /api/v1/user",
    "GET /acme/handbook.git\0/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git\t/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git\u{7f}/info/refs?service=git-upload-pack",
    "GET /acme/{handbook}.git/info/refs?service=git-upload-pack",
    "GET /acme/\"handbook\".git/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git^/info/refs?service=git-upload-pack",
    "GET /acme/handbook.git|/info/refs?service=git-upload-pack",
    "GET /acme/<handbook>.git/info/refs?service=git-upload-pack",
    // Pages of people, and what nobody may.
    "GET /acme/handbook",
    "GET /acme/handbook/settings",
    "GET /user/settings/applications",
    "POST /user/settings/applications",
    "POST /user/login",
    "GET /admin",
    "GET /-/metrics",
    "GET /-/spanner",
    "GET /-/spanner/",
    "GET /-/spanner/nothing",
    "GET /debug/pprof/",
    "GET /urlmap.json",
    "GET /install",
    "GET /captcha/x.png",
    "GET /healthcheck",
    "GET /avatars/1",
    "GET /attachments/00000000-0000-0000-0000-000000000000",
    "POST /acme/handbook/issues/attachments",
    "POST /acme/handbook/tasks/trigger",
    "POST /acme/handbook/compare/master...x",
    "GET /api/v1/admin/users",
    "POST /api/v1/admin/users",
    "GET /api/v1/users/root1/tokens",
    "POST /api/v1/users/agent-docs-writer/tokens",
    "POST /api/v1/user/keys",
    "POST /api/v1/user/orgs",
    "POST /api/v1/repos/migrate",
    "PUT /api/v1/repos/acme/handbook/collaborators/root1",
    "POST /api/v1/repos/acme/handbook/keys",
    "POST /api/v1/repos/acme/handbook/hooks",
    "PATCH /api/v1/repos/acme/handbook/issue-tracker",
    "POST /api/v1/repos/acme/handbook/mirror-sync",
    "DELETE /api/v1/repos/acme/handbook",
    "GET /api/v1/nothing/of/the/kind",
    "GET /api/v2/repos/acme/handbook",
    "GET /api/v1",
    "GET /api/v1/",
];

pub(super) fn cases() -> Vec<Case> {
    let refused = REFUSED.iter().map(|line| case(*line, typed(line), refused()));
    refused.chain(DENIED.iter().map(denied)).chain(passing()).collect()
}

/// Repositories of somebody else: git is told so in its own words.
const DENIED: &[&str] =
    &["/acme/secret.git", "/acme/-handbook.git", "/acme/handbook-.git", "/acm/handbook.git", "/ACME/SECRET"];

fn denied(repository: &&str) -> Case {
    let refs = format!("{repository}/info/refs?service=git-upload-pack");
    case(format!("the refs of {repository}"), get(&refs), refused().with(200).naming("not-granted"))
}

/// With the type the door would take, so that it is the line that is refused.
fn typed(line: &str) -> Message {
    let of_git = line.to_ascii_lowercase().contains("receive-pac");
    ask(line).with(&format!("Content-Type: {}", if of_git { "application/x-git-receive-pack-request" } else { JSON }))
}

fn passing() -> Vec<Case> {
    let refs = "GET /acme/handbook.git/info/refs?service=git-upload-pack";
    vec![
        case("a repository", get("/api/v1/repos/acme/handbook"), forwards("GET /api/v1/repos/acme/handbook")),
        case(
            "a repository in capitals",
            get("/api/v1/repos/ACME/HandBook"),
            forwards("GET /api/v1/repos/acme/handbook"),
        ),
        case(
            "a file with a space and an umlaut",
            get("/api/v1/repos/acme/handbook/contents/docs/a%20b/%c3%bcber.md"),
            forwards("GET /api/v1/repos/acme/handbook/contents/docs/a%20b/%C3%BCber.md").with(404),
        ),
        case("the door itself", get("/"), refused().with(200)),
        case("an advertisement", get("/acme/handbook.git/info/refs?service=git-upload-pack"), forwards(refs)),
        case("an advertisement without .git", get("/acme/handbook/info/refs?service=git-upload-pack"), forwards(refs)),
        case(
            "an advertisement in capitals",
            get("/Acme/Handbook.git/info/refs?service=git-upload-pack"),
            forwards(refs),
        ),
        case("an issue", post("/api/v1/repos/Acme/Handbook/issues", JSON, ISSUE), issue()),
        case(
            "the same issue in another spelling",
            post("/api/v1/repos/acme/handbook/issues", JSON, "{ \"title\" : \"\\u0074\" }\n"),
            issue(),
        ),
    ]
}

fn issue() -> crate::case::Expected {
    forwards("POST /api/v1/repos/acme/handbook/issues").carrying(ISSUE.as_bytes())
}
