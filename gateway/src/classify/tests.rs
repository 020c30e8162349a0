use http::Request;

use super::{table::ROWS, *};

fn head(method: &str, target: &str) -> Parts {
    let service = if target.contains("receive-pack") { Service::ReceivePack } else { Service::UploadPack };
    let request = Request::builder().method(method).uri(target).header("host", "agents.example.com");
    let request =
        if target.starts_with("/api") { request } else { request.header("content-type", request_type(service)) };
    request.body(()).expect("a request line").into_parts().0
}

pub(super) fn classified(method: &str, target: &str) -> Result<Route, Reason> {
    classify(&head(method, target)).map_err(|refusal| refusal.reason())
}

/// A target that falls on a row: every holder filled with something it could stand for.
pub(super) fn example(pattern: &str) -> String {
    let (path, query) = pattern.split_once('?').map_or((pattern, None), |(path, query)| (path, Some(query)));
    let fill = |segment: &str| match segment {
        ":username" | ":org" | ":orgname" => "acme".to_owned(),
        ":reponame" => "web".to_owned(),
        ":id" | ":index" | ":teamid" => "7".to_owned(),
        ":sha" | "*" => "main".to_owned(),
        ":oid" => "0a".repeat(32),
        holder if holder.starts_with(':') => "thing".to_owned(),
        "[^" | "]*" => "x".to_owned(),
        plain => plain.to_owned(),
    };
    let path: Vec<_> = path.trim_matches('/').split('/').map(fill).collect();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("/{}{query}", path.join("/"))
}

#[test]
fn every_route_of_the_forge_has_an_effect_or_an_explicit_refusal() {
    assert_eq!(ROWS.len(), 243, "the table is the whole table");
    for row in ROWS.iter() {
        let target = example(&row.pattern);
        if http::Uri::try_from(&target).is_err() {
            continue; // Two patterns hold regular expressions no target can spell.
        }
        let outcome = classified(if row.method == "ANY" { "GET" } else { &row.method }, &target);
        match (row.action(), outcome) {
            (RowAction::Plain(action), Ok(Route::Rest(call))) => {
                assert_eq!(call.change, Change::Plain(action), "{target}");
            }
            (RowAction::Listing, Ok(Route::Rest(call))) => {
                assert!(matches!((&call.change, &call.answers), (Change::List(_), Answers::Entries(_))), "{target}");
            }
            (RowAction::Ref, Ok(Route::Rest(call))) => {
                assert!(matches!(call.change, Change::PutContents(_)), "{target}");
            }
            (RowAction::Plain(_) | RowAction::Ref | RowAction::Transfer, Ok(route)) => {
                let door = if row.group == "lfs" { Door::Lfs } else { Door::Git };
                assert_eq!(route.door(), door, "{target}");
            }
            (action, Ok(route)) => panic!("{} {target} is {action:?} and was let through as {route:?}", row.method),
            (RowAction::Plain(Action::RepositoryCreate | Action::RepositoryDelete), Err(reason)) => {
                assert_eq!(reason, Reason::UpstreamCannot, "{} {target}", row.method);
            }
            (RowAction::Plain(_) | RowAction::Ref | RowAction::Transfer, Err(reason)) => {
                let is_whether_it_is_there = row.group == "lfs" && row.method == "HEAD";
                assert!(is_whether_it_is_there && reason == Reason::RouteRefused, "{} {target}: {reason}", row.method);
            }
            (RowAction::Listing, Err(reason)) => panic!("{} {target}: {reason}", row.method),
            (RowAction::Never, Err(reason)) => {
                let explicit = [
                    Reason::RouteRefused,
                    Reason::RouteUnknown,
                    Reason::MethodRefused,
                    Reason::RequestMalformed,
                    Reason::UpstreamCannot,
                ];
                assert!(explicit.contains(&reason), "{} {target}: {reason}", row.method);
            }
        }
    }
}

#[test]
fn what_the_table_does_not_know_is_refused() {
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/api/v1/nope"),
        ("DELETE", "/api/v1/user"),
        ("POST", "/api/v1/repos/acme/web/contents/a.md"),
        ("GET", "/api/v2/user"),
        ("PUT", "/acme/web/git-receive-pack"),
        ("GET", "/acme/web/git-upload-pack"),
        ("POST", "/acme/web/info/refs?service=git-upload-pack"),
        ("TRACE", "/api/v1/user"),
        ("PROPFIND", "/acme/web/info/refs?service=git-upload-pack"),
    ] {
        assert!(classified(method, target).is_err(), "{method} {target}");
    }
}

#[test]
fn hostile_spellings_are_refused_and_never_normalised() {
    for target in [
        "/acme/web/info/refs",
        "/acme/web/info/refs?service=git-Upload-Pack",
        "/acme/web/info/refs?service=GIT-UPLOAD-PACK",
        "/acme/web/info/refs?service=git-upload-pack&service=git-receive-pack",
        "/acme/web/info/refs?service=git-upload-pack&lang=en-US",
        "/acme/web/info/refs?service=git-upload-pack%00",
        "/acme/web/info/refs?Service=git-upload-pack",
        "/acme/web/INFO/refs?service=git-upload-pack",
        "/acme/web/info/refs/?service=git-upload-pack",
        "/acme//web/info/refs?service=git-upload-pack",
        "//acme/web/info/refs?service=git-upload-pack",
        "/acme/./web/info/refs?service=git-upload-pack",
        "/acme/../acme/web/info/refs?service=git-upload-pack",
        "/ac%6de/web/info/refs?service=git-upload-pack",
        "/acme%2Fweb/info/refs?service=git-upload-pack",
        "/acme/web%2egit/info/refs?service=git-upload-pack",
        "/acme/web;x/info/refs?service=git-upload-pack",
        "/-/web/info/refs?service=git-upload-pack",
        "/acme/web.WIKI/info/refs?service=git-upload-pack",
        "/acme/web.wiki.wiki/info/refs?service=git-upload-pack",
        "/acme/web.git.git/info/refs?service=git-upload-pack",
        "/acme/web.GIT.wiki/info/refs?service=git-upload-pack",
        "/acme/web.git.wiki/info/refs?service=git-upload-pack",
        "/acme/.wiki/info/refs?service=git-upload-pack",
        "/api/v1/repos/acme/web/issues/+7",
        "/api/v1/repos/acme/web/issues/007",
        "/api/v1/repos/acme/web/issues/x",
        "/api/v1/repos/acme/web/commits/--output=x",
        "/api/v1/repos/acme/web/raw/--output=x/a",
        "/api/v1/repos/acme/web/archive/--output=x.zip",
        "/acme/web/raw/-x/a",
        "/acme/web/raw/main/../../x",
        "/acme/web/raw/main/a?render=1",
        "/acme/web/raw/main/a%2Fb",
        "/acme/web/raw/main/a%5Cb",
        "/acme/web/raw/main/%2e%2e/x",
        "/acme/web/raw/main/a%62",
        "/acme/web/raw/main/a%2500",
        "/acme/web/raw/main/a%0Ab",
        "/acme/web/raw/main/a%FF",
        "/acme/web/raw/main/a%",
        "/acme/web/raw/%20-x/%C0%AE",
        "/api/v1/repos/acme/w%20b/contents/a",
        "/api/v1/repos/acme/w%C3%A9b",
        "/api/v1/repos/acme/web/issues/%37",
        "/api/v1/repos/acme/web/issues/%207",
        "/api/v1/repos/acme/web/c%6Fntents/a",
        "/api/v1/repos/acme/web/collaborators/a%20b",
        "/api/v1/users/a%20b",
        "/acme/web.wiki.git/raw/main/a",
        "/api/v1/user/issues?page=+7",
        "/api/v1/user/issues?page=007",
        "/api/v1/user/issues?page=x",
        "/api/v1/repos/search?uid=0x7",
        "/api/v1/repos/search?limit=1001",
        "/api/v1/repos/acme/web/commits?pageSize=1001",
        "/api/v1/repos/acme/web/issues/comments/0",
        "/api/v1/repos/acme/web/contents/a.md?ref=--x",
        "/api/v1/repos/acme/web/contents/a.md?ref=main&ref=x",
        "/api/v1/repos/acme/web/contents/../x",
        "/api/v1/repos/acme/web/contents/a%2Fb",
        "/api/v1/repos/acme/web?token=x",
        "/api/v1/repos/acme/web?access_token=x",
        "/api/v1/repos/acme/web/",
        "/API/v1/repos/acme/web",
        "/api/v1//repos/acme/web",
        "/api/v1/repos/:username/:reponame/hooks",
    ] {
        assert!(classified("GET", target).is_err(), "{target}");
    }
    for target in [
        "/acme/web/git-receive-pack?service=git-upload-pack",
        "/acme/web/git-Receive-pack",
        "/acme/web/git-receive-pack/",
        "/acme/web/git-receive-pack%20",
        "/acme/web%20/git-receive-pack",
        "/ac%C3%BCme/web/git-receive-pack",
    ] {
        assert!(classified("POST", target).is_err(), "{target}");
    }
}

#[test]
fn heads_that_can_be_read_in_two_ways_are_refused() {
    let with = |name: &'static str, value: &'static str| {
        let mut head = head("GET", "/api/v1/user");
        head.headers.append(name, value.parse().expect("a value"));
        classify(&head).map_err(|refusal| refusal.reason())
    };
    for (name, value) in [
        ("host", "other.example.com"),
        ("upgrade", "websocket"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
        ("transfer-encoding", "chunked, chunked"),
        ("transfer-encoding", "gzip, chunked"),
        ("transfer-encoding", ""),
    ] {
        assert_eq!(with(name, value), Err(Reason::RequestMalformed), "{name}");
    }
    let mut doubled = head("GET", "/api/v1/user");
    doubled.headers.append("authorization", "Bearer a".parse().expect("a value"));
    doubled.headers.append("authorization", "Bearer b".parse().expect("a value"));
    assert_eq!(classify(&doubled).expect_err("two callers").reason(), Reason::RequestMalformed);
    let absolute = head("GET", "http://other.example.com/api/v1/user");
    assert_eq!(classify(&absolute).expect_err("another host").reason(), Reason::RequestMalformed);
}

#[test]
fn a_target_has_its_bounds() {
    let of_path = |length: usize| format!("/{}", "x".repeat(length - 1));
    assert!(target::segments(&of_path(target::LONGEST_PATH)).is_ok());
    assert!(target::segments(&of_path(target::LONGEST_PATH + 1)).is_err());
    let of_query = |length: usize| format!("q={}", "x".repeat(length - 2));
    assert!(Query::parse(Some(&of_query(query::LONGEST_QUERY))).is_ok());
    assert!(Query::parse(Some(&of_query(query::LONGEST_QUERY + 1))).is_err());
    let parameters = |count| (0..count).map(|n| format!("q{n}=x")).collect::<Vec<_>>().join("&");
    assert!(Query::parse(Some(&parameters(query::MOST_PARAMETERS))).is_ok());
    assert!(Query::parse(Some(&parameters(query::MOST_PARAMETERS + 1))).is_err());
}

#[test]
fn a_head_has_its_bound() {
    let of = |length: usize| {
        let mut head = head("GET", "/api/v1/user");
        head.headers.insert("x", "x".repeat(length).parse().expect("a value"));
        classify(&head).map_err(|refusal| refusal.reason())
    };
    assert!(of(LARGEST_HEAD - 1024).is_ok());
    assert_eq!(of(LARGEST_HEAD), Err(Reason::TooLarge));
}

#[test]
fn what_goes_upstream_is_rebuilt_in_one_spelling() {
    let upstream =
        |method, target| classified(method, target).expect("a good request").upstream().1.as_str().to_owned();
    let refs = "/acme/web.git/info/refs?service=git-upload-pack";
    assert_eq!(upstream("GET", "/Acme/Web/info/refs?service=git-upload-pack"), refs);
    assert_eq!(upstream("GET", "/acme/web.git/info/refs?service=git%2Dupload%2Dpack"), refs);
    assert_eq!(
        upstream("GET", "/api/v1/repos/Acme/Web/contents/Docs/A.md?ref=feature%2Fx"),
        "/api/v1/repos/acme/web/contents/Docs/A.md?ref=feature%2Fx"
    );
    assert_eq!(
        upstream("GET", "/api/v1/repos/acme/web/contents/%c3%bc/a%20b%2Bc.md"),
        "/api/v1/repos/acme/web/contents/%C3%BC/a%20b+c.md"
    );
    assert_eq!(upstream("POST", "/acme/web/git-receive-pack"), "/acme/web.git/git-receive-pack");
    let wiki = "/acme/web.wiki.git/info/refs?service=git-upload-pack";
    assert_eq!(upstream("GET", "/Acme/Web.wiki/info/refs?service=git-upload-pack"), wiki);
    assert_eq!(upstream("GET", "/acme/web.wiki.git/info/refs?service=git-upload-pack"), wiki);
    assert_eq!(upstream("POST", "/acme/web.wiki/git-receive-pack"), "/acme/web.wiki.git/git-receive-pack");
}

#[test]
fn a_download_by_the_path_of_a_page_is_the_call_of_the_api_that_gives_the_same_bytes() {
    for (page, call) in [
        ("/Acme/Web/raw/main/docs/a.md", "/api/v1/repos/acme/web/raw/main/docs/a.md"),
        ("/acme/web.git/archive/main.zip", "/api/v1/repos/acme/web/archive/main.zip"),
    ] {
        assert_eq!(classified("GET", page), classified("GET", call), "{page}");
        assert_eq!(classified("GET", page).expect("a download").upstream().1.as_str(), call);
        assert_eq!(classified("POST", page), Err(Reason::MethodRefused));
    }
    let archive = |target| classified("GET", target).expect("a download").is_bulk_read();
    assert!(archive("/acme/web/archive/main.tar.gz") && !archive("/acme/web/raw/main/a"));
    for target in ["/attachments/a-b-c", "/acme/web/releases/download/v1/web.tar.gz"] {
        assert_eq!(classified("GET", target), Err(Reason::UpstreamCannot), "{target}");
    }
}

#[test]
fn a_call_of_lfs_is_one_of_four_in_one_spelling() {
    let oid = "0a".repeat(32);
    let objects = "/acme/web.git/info/lfs/objects";
    for (method, target) in [
        ("POST", "/Acme/Web/info/lfs/objects/batch".to_owned()),
        ("POST", format!("{objects}/basic/verify")),
        ("GET", format!("{objects}/basic/{oid}")),
        ("PUT", format!("{objects}/basic/{oid}")),
    ] {
        let (upstream, path) = classified(method, &target).expect("a good request").upstream();
        assert_eq!((upstream.as_str(), path.as_str()), (method, &*target.replace("/Acme/Web/", "/acme/web.git/")));
    }
    for (method, target) in [
        ("GET", format!("{objects}/basic/{}", oid.to_uppercase())),
        ("GET", format!("{objects}/basic/{oid}/")),
        ("GET", format!("{objects}/basic/{oid}?x=1")),
        ("GET", format!("{objects}/basic/../{oid}")),
        ("GET", format!("{objects}/basic/verify")),
        ("PUT", format!("{objects}/basic/verify")),
        ("POST", format!("{objects}/batch?lang=en-US")),
        ("POST", format!("{objects}/Batch")),
        ("POST", "/acme/web.git/info/LFS/objects/batch".to_owned()),
        ("POST", "/acme/web.wiki.git/info/lfs/objects/batch".to_owned()),
        ("DELETE", format!("{objects}/basic/{oid}")),
    ] {
        assert!(classified(method, &target).is_err(), "{method} {target}");
    }
}

#[test]
fn a_path_asked_for_by_another_method_is_told_which_it_takes() {
    let refusal = classify(&head("POST", "/api/v1/repos/acme/web/branches")).expect_err("no such call");
    assert_eq!((refusal.reason(), refusal.why()), (Reason::MethodRefused, "this path takes GET, HEAD"));
    assert_eq!(classified("POST", "/api/v1/nowhere"), Err(Reason::RouteUnknown));
    assert_eq!(classified("PUT", "/api/v1/admin/users"), Err(Reason::RouteUnknown), "never served, so not told");
}

#[test]
fn the_probe_is_told_by_its_length_alone() {
    let mut probe = head("POST", "/acme/web/git-receive-pack");
    probe.headers.insert("content-length", "4".parse().expect("a value"));
    assert_eq!(classify(&probe).expect("the probe"), Route::Probe(Service::ReceivePack));
}
