//! `docs/reference/clients.md`: what the table expects, and when it was last seen to be so.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use gogs_spanner::clock::{Clock, SystemClock};

use super::table::{CLIENTS, Cell, Client, Does};

const PREFACE: &str = "\
# Clients

Programs nobody here wrote, as `cargo xtask verify clients` runs them through the gateway with a token of it, and looks at
what the forge has afterwards and at what they showed. It writes this page; each is pinned in `gateway/tests/clients`,
Debian's git apart. `demonstration` is the demonstration forge. What reads *no* is the client's own limit.
";
const OF_GIT: &str = "
## Git

Git takes the token as a password, or as a `Bearer` from a credential helper that answers with `authtype` (git 2.46 and
newer). gitoxide refuses credentials in a URL of plain HTTP; `http.extraHeader` serves it. What git 2.47.3 sends is also
kept, byte for byte, and sent again by every run of the tests.

";
const OF_THE_API: &str = "
## API

The token stands in the place of one of Gogs's, in `Authorization: token`. gogs-client of PyPI puts its own `Token` into
the URL, where neither Gogs (since 0.14.2) nor the gateway takes it: give it a `requests.Session` with that header.

";

/// The tests of several clients note at the same time.
static WRITING: Mutex<()> = Mutex::new(());

/// Which version of a client was seen to do what the table says, when, and before which forges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) version: String,
    date: String,
    pub(super) before: Vec<String>,
}

impl Seen {
    pub(super) fn today() -> Self {
        let date = SystemClock.now().strftime("%Y-%m-%d").to_string();
        Self { version: String::new(), date, before: Vec::new() }
    }

    /// What a page says of each client it has a row of.
    fn all(page: &str) -> BTreeMap<String, Self> {
        let row = |line: &str| {
            let [name, version, date, before]: [&str; 4] =
                line.strip_prefix("| ")?.split(" | ").take(4).collect::<Vec<_>>().try_into().ok()?;
            let before = before.split(" · ").map(str::to_owned).collect();
            Some((name.to_owned(), Self { version: version.to_owned(), date: date.to_owned(), before }))
        };
        page.lines().filter_map(row).collect()
    }
}

/// Notes that a client was seen to do what the table says.
pub(super) fn note(client: &Client, seen: &Seen) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = Seen::all(&std::fs::read_to_string(path()).unwrap_or_default());
    all.insert(client.name.to_owned(), seen.clone());
    std::fs::write(path(), page(&all)).expect("the page can be written");
}

fn page(seen: &BTreeMap<String, Seen>) -> String {
    let is_api = |client: &&Client| matches!(client.does, Does::Api(_));
    let (api, git): (Vec<_>, Vec<_>) = CLIENTS.iter().partition(is_api);
    [PREFACE, OF_GIT, &table(&git, seen), OF_THE_API, &table(&api, seen)].concat()
}

/// Clients of one kind, which do the same operations.
fn table(clients: &[&Client], seen: &BTreeMap<String, Seen>) -> String {
    let operations = clients.first().map_or(&[][..], |client| client.does.operations());
    let mut text = format!("| client | version | seen | before | {} |\n", operations.join(" | "));
    writeln!(text, "|{}", "---|".repeat(4 + operations.len())).expect("a text grows");
    for (client, seen) in clients.iter().filter_map(|client| Some((client, seen.get(client.name)?))) {
        let cells: Vec<_> = client.does.cells().iter().map(cell).collect();
        let (version, date, before) = (&seen.version, &seen.date, seen.before.join(" · "));
        writeln!(text, "| {} | {version} | {date} | {before} | {} |", client.name, cells.join(" | "))
            .expect("a text grows");
    }
    text
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Done("") => "yes".to_owned(),
        Cell::Done(how) => format!("yes, {how}"),
        Cell::Cannot(why) => format!("no, {why}"),
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/clients.md")
}

#[test]
fn the_page_says_of_every_client_what_the_table_expects_of_it() {
    let text = std::fs::read_to_string(path()).expect("the page");
    let seen = Seen::all(&text);
    let missing: Vec<_> = CLIENTS.iter().filter(|client| !seen.contains_key(client.name)).collect();
    assert!(missing.is_empty(), "`cargo xtask verify clients` did not see these yet: {missing:?}");
    assert_eq!(text, page(&seen), "`cargo xtask verify clients` writes it anew");
}
