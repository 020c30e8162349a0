//! As much of a query of Prometheus as says which series it asks for. That it is one, Prometheus itself says.

use gogs_spanner::telemetry::instruments::table::{Metric, metric};

/// How every series of the gateway begins.
const PREFIX: &str = "gogs_spanner_";
/// What Prometheus makes three series of a histogram with.
const PARTS: [&str; 3] = ["_bucket", "_sum", "_count"];

/// `name{label="value"}` in a query, without its range.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Selector {
    pub(super) name: String,
    /// `label="value", …`, empty where there is none.
    pub(super) matchers: String,
}

impl Selector {
    /// Every selector of a query, in order.
    pub(super) fn of(query: &str) -> Vec<Self> {
        query.match_indices(PREFIX).map(|(at, _)| Self::at(&query[at..])).collect()
    }

    fn at(text: &str) -> Self {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let matchers = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or("", |(inside, _)| inside);
        Self { name: name.to_owned(), matchers: matchers.to_owned() }
    }

    /// The labels it asks about.
    pub(super) fn labels(&self) -> Vec<String> {
        let pairs = self.matchers.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        let label = |pair: &str| pair.split(['=', '!']).next().map(|name| name.trim().to_owned());
        pairs.filter_map(label).collect()
    }

    /// The row of the table it is of.
    pub(super) fn row(&self) -> Option<&'static Metric> {
        metric::ALL.iter().copied().find(|row| names_of(row).contains(&self.name))
    }

    /// The labels its series have.
    pub(super) fn offered(&self) -> Vec<&'static str> {
        let own = self.row().map_or(&[][..], |row| row.labels);
        let bucket = self.name.ends_with("_bucket").then_some("le");
        own.iter().copied().chain(bucket).collect()
    }

    /// The selector as it can be asked alone.
    pub(super) fn query(&self) -> String {
        format!("{}{{{}}}", self.name, self.matchers)
    }
}

/// What stands between the brackets after `by` or `ignoring`.
pub(super) fn grouped(query: &str) -> Vec<String> {
    let of = |word: &str| {
        let lists = query.split(word).skip(1).filter_map(|rest| rest.split_once(')'));
        lists.flat_map(|(inside, _)| inside.split(',').map(|label| label.trim().to_owned())).collect::<Vec<_>>()
    };
    [of(" by ("), of(" ignoring (")].concat()
}

/// A query with the dashboard's variables as they are at first, and windows as short as a test.
pub(super) fn filled(query: &str) -> String {
    let variables = [("$agent", ".*"), ("$reason", ".*"), ("$__rate_interval", "20s"), ("$__range", "2m")];
    variables.into_iter().fold(query.to_owned(), |query, (name, value)| query.replace(name, value))
}

fn names_of(row: &Metric) -> Vec<String> {
    let name = row.in_prometheus();
    if row.kind == "histogram" { PARTS.map(|part| format!("{name}{part}")).to_vec() } else { vec![name] }
}

#[test]
fn a_query_is_read_as_prometheus_reads_it() {
    let query = r#"sum by (le, door) (rate(gogs_spanner_a_bucket{x=~"5..|", y!=""}[5m])) / gogs_spanner_b_total"#;
    let [first, second] = Selector::of(query).try_into().expect("two selectors");
    assert_eq!((first.name.as_str(), first.labels()), ("gogs_spanner_a_bucket", vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(second.query(), "gogs_spanner_b_total{}");
    assert_eq!(grouped(query), ["le", "door"]);
}
