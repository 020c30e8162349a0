//! Other spellings of a query, and what hides in one: Gogs takes credentials, languages and whole git options from it.

use super::REPOSITORY;
use crate::case::{Case, case, forwards, get, refused};

/// Queries behind the API's repository that are refused.
const OF_THE_API: &[&str] = &[
    "?token=$TOKEN",
    "?access_token=0123456789abcdef0123456789abcdef01234567",
    "?lang=de-DE",
    "?go-get=1",
    "?sudo=root1",
    "?",
    "?x",
    "?=x",
    "?a=1&b=2&c=3",
    "?redirect_to=//other.example",
    "?_csrf=x",
];

/// Queries behind a file of the API that are refused: its one parameter is `ref`.
const OF_A_FILE: &[&str] = &[
    "?ref=--output=/tmp/x",
    "?ref=-x",
    "?ref=%2dx",
    "?ref=master&ref=main",
    "?ref=master&REF=main",
    "?Ref=master",
    "?ref=master;x=1",
    "?ref=master%",
    "?ref=master%zz",
    "?ref=%00",
    "?ref=master%0a",
    "?ref=%ff",
    "?ref[]=master",
    "?%72ef=master",
    "?ref=master&lang=de-DE",
    "?ref=master&token=x",
    "?ref",
    "?&ref=master",
    "?ref=master&",
];

/// Queries behind the advertisement that are refused.
const OF_GIT: &[&str] = &[
    "",
    "?service=GIT-UPLOAD-PACK",
    "?service=git-upload-archive",
    "?service=git-upload-pack&service=git-receive-pack",
    "?service=git-receive-pack&service=git-upload-pack",
    "?SERVICE=git-upload-pack",
    "?service=git-upload-pack&lang=de-DE",
    "?service=git-upload-pack&go-get=1",
    "?service=git-upload-pack;x=1",
    "?service=git-upload-pack%00",
    "?service=git-upload-pack%0a",
    "?service=git-upload-pack+",
    "?service=upload-pack",
    "?service=",
];

pub(super) fn cases() -> Vec<Case> {
    let file = format!("{REPOSITORY}/contents/README.md");
    let behind = |path: &str, queries: &'static [&'static str]| {
        let path = path.to_owned();
        queries.iter().map(move |query| case(format!("{path}{query}"), get(&format!("{path}{query}")), refused()))
    };
    let refused = behind(REPOSITORY, OF_THE_API)
        .chain(behind(&file, OF_A_FILE))
        .chain(behind("/acme/handbook.git/info/refs", OF_GIT));
    refused.chain(passing()).collect()
}

fn passing() -> Vec<Case> {
    let file = "/api/v1/repos/acme/handbook/contents/README.md";
    vec![
        case("a ref", get(&format!("{file}?ref=master")), forwards(&format!("GET {file}?ref=master"))),
        // The HTTP library has cut it off before anybody could look at it.
        case(
            "a fragment",
            get(&format!("{file}?ref=master#x")),
            forwards(&format!("GET {file}?ref=master")).or_refused(),
        ),
        case("a ref, escaped", get(&format!("{file}?ref=%6daster")), forwards(&format!("GET {file}?ref=master"))),
        case(
            "a page and a state",
            get(&format!("{REPOSITORY}/issues?state=open&page=1")),
            forwards(&format!("GET {REPOSITORY}/issues?state=open&page=1")),
        ),
        case(
            "an advertisement, escaped",
            get("/Acme/Handbook/info/refs?service=git%2Dupload%2Dpack"),
            forwards("GET /acme/handbook.git/info/refs?service=git-upload-pack"),
        ),
        case(
            "a push's advertisement",
            get("/acme/handbook.git/info/refs?service=git-receive-pack"),
            forwards("GET /acme/handbook.git/info/refs?service=git-receive-pack"),
        ),
    ]
}
