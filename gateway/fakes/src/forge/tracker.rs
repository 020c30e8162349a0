//! The rows of the issue tracker.

use jiff::Timestamp;

#[derive(Clone)]
pub(super) struct Issue {
    pub(super) id: i64,
    pub(super) number: i64,
    pub(super) poster: i64,
    pub(super) assignee: Option<i64>,
    pub(super) milestone: Option<i64>,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) labels: Vec<i64>,
    pub(super) open: bool,
    pub(super) comments: Vec<Comment>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Issue {
    /// A new one, as anybody who reads the repository may open it.
    pub(super) fn open(id: i64, number: i64, poster: i64, title: String, body: String, at: Timestamp) -> Self {
        let (assignee, milestone, labels, comments) = (None, None, Vec::new(), Vec::new());
        Self {
            id,
            number,
            poster,
            assignee,
            milestone,
            title,
            body,
            labels,
            open: true,
            comments,
            created: at,
            updated: at,
        }
    }
}

#[derive(Clone)]
pub(super) struct Comment {
    pub(super) id: i64,
    pub(super) poster: i64,
    pub(super) body: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

#[derive(Clone)]
pub(super) struct Label {
    pub(super) id: i64,
    pub(super) name: String,
    /// Six hexadecimal digits, without the `#` it may be given with.
    pub(super) color: String,
}

#[derive(Clone)]
pub(super) struct Milestone {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) open: bool,
    pub(super) due_on: Option<String>,
}
