//! Keys the product's surface has and this build has not. They are refused, never ignored: a limit nobody enforces is
//! worse than none.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::error::Complaint;

/// The path of each key (tables in lists included), and what it would do.
const KEYS: &[(&[&str], &str)] = &[
    (&["include"], "policy in files of its own"),
    (&["group", "may"], "what people may do themselves"),
    (&["limits"], "limits of all agents together"),
    (&["journal"], "retention of the journal"),
    (&["receiver"], "webhook intake"),
    (&["issuer", "preset"], "presets of issuers"),
    (&["role", "rights", "approval"], "approvals"),
];

/// The first such key, with its place.
pub(super) fn first(root: &DeTable<'_>) -> Option<(Range<usize>, Complaint)> {
    let key = KEYS.iter().find_map(|(path, purpose)| {
        let span = find(root, path)?.key;
        let what = format!("not-yet: `{}` ({purpose}) is not built", path.join("."));
        Some((span, Complaint::new(what, "take it out; it would not be enforced")))
    });
    key.or_else(|| postgres(root)).or_else(|| distant_forge(root))
}

/// The store for replicas.
fn postgres(root: &DeTable<'_>) -> Option<(Range<usize>, Complaint)> {
    let found = find(root, &["store", "url"])?;
    let is_postgres = found.value.get_ref().as_str().is_some_and(|url| url.starts_with("postgres"));
    let complaint = || Complaint::new("not-yet: a store in PostgreSQL is not built", "write `sqlite://spanner.db`");
    is_postgres.then(|| (found.value.span(), complaint()))
}

/// A forge that is not next to the gateway.
fn distant_forge(root: &DeTable<'_>) -> Option<(Range<usize>, Complaint)> {
    let found = find(root, &["upstream", "url"])?;
    let is_distant = found.value.get_ref().as_str().is_some_and(|url| url.starts_with("https"));
    let what = "not-yet: requests are forwarded over plain HTTP only, to loopback or a private network";
    let complaint = || Complaint::new(what, "write the address Gogs itself listens on, `http://127.0.0.1:3000`");
    is_distant.then(|| (found.value.span(), complaint()))
}

/// A key's place, and its value with the value's.
pub(super) struct Found<'a, 'i> {
    pub(super) key: Range<usize>,
    pub(super) value: &'a Spanned<DeValue<'i>>,
}

/// The first key at the end of `path`.
pub(super) fn find<'a, 'i>(table: &'a DeTable<'i>, path: &[&str]) -> Option<Found<'a, 'i>> {
    let (head, rest) = path.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == head)?;
    if rest.is_empty() {
        return Some(Found { key: key.span(), value });
    }
    tables(value.get_ref()).find_map(|table| find(table, rest))
}

/// The tables directly in a value: itself, or the members of a list.
fn tables<'a, 'i>(value: &'a DeValue<'i>) -> Box<dyn Iterator<Item = &'a DeTable<'i>> + 'a> {
    match value {
        DeValue::Table(table) => Box::new(std::iter::once(table)),
        DeValue::Array(array) => Box::new(array.iter().flat_map(|member| tables(member.get_ref()))),
        _ => Box::new(std::iter::empty()),
    }
}
