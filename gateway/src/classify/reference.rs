//! `docs/reference/routes.md`, generated from the table and from what the classifier makes of each of its rows.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::Path};

use gogs_spanner_capability::Reason;

use super::{
    rest::{Answers, Change, RestCall, parameters},
    table::{ROWS, Row},
    tests::{classified, example},
    *,
};

const PREAMBLE: &str = "\
# Routes

Generated from `gateway/src/classify/routes.json` (every route Gogs 0.14.3 registers) and the classifier;
`UPDATE=1 cargo test -p gogs-spanner reference` writes it anew.

Each call is decided as the *effect* it has: the action of this page on the repository of its path. A path is taken in one
reading only: no empty or dot segments, numbers without sign or leading zeros, `%` escapes only for what cannot be written without
one (`a%20b.md`, `%C3%BCber.md`) and never for `/`, `\\`, `%` or a control character. Bodies are plain
`application/json`, at most 1 MiB (32 MiB for `PUT contents`), each member once; what is forwarded is the gateway's own
serialisation. Answers are Gogs's own, with links an agent follows (`clone_url`, `download_url`, `url`, `git_url`, `self`,
`git`, `Link`) led through this door, `ssh_url` empty, and links for people (`html_url`, `avatar_url`) left.

A list across repositories shows what the token may read, in Gogs's order: repositories that a right names, and of those a pattern covers the
ones the agent has been in before (Gogs lists to its account only where that was let in); of its `Link` the next page is left, where something
is shown. `parent`, what a repository was forked from, is `null` where the token may not read that.
A right to `contents:read` that is limited to refs or paths reads what names a branch and a path: `contents`, `raw`, `editorconfig`, and
(limited to refs alone) the root of `contents` and `branches/{name}`. The branch is looked up; what could be another (a tag, a commit, a tag in
the way of `raw`) is refused, `contents` is asked for at the commit the branch is at, and its links name that. A directory shows the entries
whose paths are covered. Clone, archive, and every other call with the action `contents:read` need all refs and paths.
Files are sandboxed (`Content-Security-Policy`) and attachments, unless they are plain text or a raster image.
";

/// What becomes of a row, as far as its head tells.
enum Fate {
    Served(Box<Route>),
    Refused(Reason),
}

fn fate(row: &Row) -> Fate {
    let method = if row.method == "ANY" { "GET" } else { &row.method };
    let target = example(&row.pattern);
    if http::Uri::try_from(&target).is_err() {
        return Fate::Refused(Reason::RouteRefused);
    }
    match classified(method, &target) {
        Ok(route) => Fate::Served(Box::new(route)),
        Err(reason) => Fate::Refused(reason),
    }
}

fn action(route: &Route) -> String {
    match route {
        Route::Rest(RestCall { change: Change::Plain(action), .. }) => format!("`{action}`"),
        Route::Rest(RestCall { change: Change::List(action), .. }) => format!("`{action}`, of each entry"),
        Route::Rest(_) => "`ref:update` or `ref:create`, with the path".to_owned(),
        Route::Advertisement(..) => "`repository:read`".to_owned(),
        Route::UploadPack(_) | Route::Lfs(LfsCall { request: LfsRequest::Download(_), .. }) => {
            "`contents:read`".to_owned()
        }
        Route::ReceivePack(_) => "`ref:create`, `ref:update`, `ref:force`, `ref:delete`, each ref by itself".to_owned(),
        Route::Lfs(LfsCall { request: LfsRequest::Batch, .. }) => {
            "`contents:read`, or `lfs:write` on the ref it names".to_owned()
        }
        Route::Lfs(_) => "`lfs:write` on the ref of its ticket".to_owned(),
        Route::Probe(_) => "none".to_owned(),
    }
}

fn notes(row: &Row, route: &Route) -> String {
    let call = match route {
        Route::Rest(call) => call,
        Route::Lfs(call) if call.takes_ticket() => return "with the ticket of a batch ([LFS](lfs.md))".to_owned(),
        Route::Lfs(_) => return "answered as [LFS](lfs.md) says".to_owned(),
        _ => return String::new(),
    };
    let mut notes = Vec::new();
    let query = parameters::of(row);
    if !query.is_empty() && row.group == "api" {
        notes.push(format!("query: `{}`", query.join("`, `")));
    }
    notes.extend(match &call.answers {
        Answers::Entries(_) => Some("filtered".to_owned()),
        Answers::Repository => Some("`parent` filtered".to_owned()),
        Answers::File { is_archive: true, .. } => Some("recorded before it is forwarded".to_owned()),
        Answers::File { .. } | Answers::Document | Answers::Content { .. } => None,
    });
    notes.extend(call.reads.as_ref().map(|_| "a limited right suffices".to_owned()));
    notes.extend(call.names.map(|_| "the id must be of this repository".to_owned()));
    notes.join("; ")
}

/// The rows of one pattern, with their methods together.
fn together<'a>(rows: impl Iterator<Item = (&'a Row, String, String)>) -> Vec<(String, String, String, String)> {
    let mut methods: BTreeMap<(usize, &str, String, String), Vec<&str>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for (row, what, notes) in rows {
        let place = order.iter().position(|known| *known == row.pattern).unwrap_or_else(|| {
            order.push(&row.pattern);
            order.len() - 1
        });
        methods.entry((place, &row.pattern, what, notes)).or_default().push(&row.method);
    }
    let line = |((_, pattern, what, notes), methods): ((usize, &str, String, String), Vec<&str>)| {
        (methods.join(", "), pattern.to_owned(), what, notes)
    };
    methods.into_iter().map(line).collect()
}

fn reference() -> String {
    let fates: Vec<_> = ROWS.iter().map(|row| (row, fate(row))).collect();
    let served = fates.iter().filter_map(|(row, fate)| match fate {
        Fate::Served(route) => Some((*row, action(route), notes(row, route))),
        Fate::Refused(_) => None,
    });
    let refused = fates.iter().filter_map(|(row, fate)| match fate {
        Fate::Refused(reason) => Some((*row, format!("`{reason}`"), reason.meaning().to_owned())),
        Fate::Served(_) => None,
    });
    let mut text = PREAMBLE.to_owned();
    text.push_str("\n## Served\n\n| method | path | action | more |\n|---|---|---|---|\n");
    for (methods, pattern, action, notes) in together(served) {
        writeln!(text, "| {methods} | `{pattern}` | {action} | {notes} |").expect("a String takes everything");
    }
    text.push_str("\n## Refused\n\n| method | path | reason | meaning |\n|---|---|---|---|\n");
    for (methods, pattern, reason, meaning) in together(refused) {
        let pattern = pattern.replace('|', "\\|");
        writeln!(text, "| {methods} | `{pattern}` | {reason} | {meaning} |").expect("a String takes everything");
    }
    text
}

#[test]
fn the_reference_says_what_is_made_of_every_row() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/routes.md");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, reference()).expect("the reference can be written");
    }
    let written = fs::read_to_string(&path).expect("docs/reference/routes.md is there");
    assert_eq!(written, reference(), "run it with UPDATE=1");
}
