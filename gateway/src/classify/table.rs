//! The forge's routes, as a table checked in with its origin, and the tree that finds a row.

use std::{collections::HashMap, sync::LazyLock};

use gogs_spanner_capability::{Action, Reason};
use http::Method;
use serde::Deserialize;

use super::{RowAction, downloads};
use crate::refuse::Refusal;

/// Every route Gogs registers, with the action a call of it is.
#[derive(Debug, Deserialize)]
struct Table {
    routes: Vec<Row>,
}

/// The methods a row can have.
static METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// One method on one pattern.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) method: String,
    pub(super) pattern: String,
    pub(super) group: String,
    action: String,
}

impl Row {
    pub(super) fn action(&self) -> RowAction {
        match self.action.as_str() {
            "ref:*" => RowAction::Ref,
            "contents:read|lfs:write" => RowAction::Transfer,
            "listing" => RowAction::Listing,
            name => name.parse::<Action>().map_or(RowAction::Never, RowAction::Plain),
        }
    }

    /// Whether it is there for whatever no other row is about.
    pub(super) fn is_catch_all(&self) -> bool {
        self.pattern == "/api/v1/*"
    }

    fn answers(&self, method: &Method) -> bool {
        self.method == "ANY" || self.method == method.as_str()
    }
}

pub(super) static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let table: Table = serde_json::from_str(include_str!("routes.json")).expect("the table is checked in and tested");
    table.routes
});

static TREE: LazyLock<Node> = LazyLock::new(|| {
    let mut tree = Node::default();
    for (index, row) in ROWS.iter().enumerate() {
        let pattern = row.pattern.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
        tree.insert(&segments, index);
    }
    tree
});

/// A place in the tree of patterns: static segments before holders before the rest, with backtracking, as Gogs does.
#[derive(Debug, Default)]
struct Node {
    named: HashMap<&'static str, Node>,
    holder: Option<Box<Node>>,
    rest: Vec<usize>,
    here: Vec<usize>,
}

impl Node {
    fn insert(&mut self, segments: &[&'static str], row: usize) {
        match segments {
            [] => self.here.push(row),
            ["*", ..] => self.rest.push(row),
            [holder, tail @ ..] if holder.starts_with(':') => {
                self.holder.get_or_insert_default().insert(tail, row);
            }
            [name, tail @ ..] => self.named.entry(name).or_default().insert(tail, row),
        }
    }

    fn find(&self, is_wanted: &dyn Fn(&Row) -> bool, segments: &[&str]) -> Option<&'static Row> {
        let row = |rows: &[usize]| rows.iter().map(|index| &ROWS[*index]).find(|row| is_wanted(row));
        let [first, tail @ ..] = segments else { return row(&self.here) };
        self.named
            .get(first)
            .and_then(|node| node.find(is_wanted, tail))
            .or_else(|| self.holder.as_ref().and_then(|node| node.find(is_wanted, tail)))
            .or_else(|| row(&self.rest))
    }
}

/// The row a call falls on.
pub(super) fn find(method: &Method, segments: &[&str]) -> Option<&'static Row> {
    TREE.find(&|row| row.answers(method), segments)
}

/// Refuses a call of the API that has no row: by its method, where the path has others.
pub(super) fn no_such_call(segments: &[&str]) -> Refusal {
    let is_served =
        |method: &Method| TREE.find(&|row| row.answers(method) && row.action() != RowAction::Never, segments).is_some();
    let methods: Vec<_> = METHODS.iter().filter(|method| is_served(method)).map(Method::as_str).collect();
    if methods.is_empty() {
        return Refusal::new(Reason::RouteUnknown);
    }
    Refusal::new(Reason::MethodRefused).because(format!("this path takes {}", methods.join(", ")))
}

/// Refuses a call that is neither Git nor REST, saying whether the forge has it.
pub(super) fn turned_away(method: &Method, segments: &[&str]) -> Refusal {
    if matches!(segments, [_, _, "releases", "download", ..]) {
        return downloads::of_pages_alone();
    }
    let Some(row) = find(method, segments) else { return Refusal::new(Reason::RouteUnknown) };
    match row.group.as_str() {
        "web" if row.pattern == "/attachments/:uuid" => downloads::of_pages_alone(),
        _ => Refusal::new(Reason::RouteRefused),
    }
}
