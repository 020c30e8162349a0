//! What stands for what: placeholders and ids of objects of the recording, and their values in this run.

use std::collections::BTreeMap;

/// The length of an object id, and of a token.
const ID: usize = 40;

/// Recorded values with this run's, bound at first sight and held to afterwards.
#[derive(Default)]
pub(super) struct Bindings {
    placeholders: BTreeMap<String, String>,
    ids: BTreeMap<String, String>,
    /// Ids of tokens on the page that deletes them.
    pub(super) tokens: BTreeMap<String, String>,
}

impl Bindings {
    pub(super) fn bind(&mut self, placeholder: &str, value: &str) {
        self.placeholders.insert(format!("{{{placeholder}}}"), value.to_owned());
    }

    /// A recorded text as it has to be said in this run.
    pub(super) fn filled(&self, recorded: &str) -> String {
        let filled =
            self.placeholders.iter().fold(recorded.to_owned(), |text, (name, value)| text.replace(name, value));
        self.ids.iter().fold(filled, |text, (recorded, actual)| text.replace(recorded, actual))
    }

    /// Whether a text is the recorded one; ids and placeholders seen for the first time are bound to what stands in
    /// their place.
    pub(super) fn same(&mut self, recorded: &str, actual: &str) -> bool {
        let is_placeholder = recorded.starts_with('{') && recorded.ends_with('}') && !recorded.contains(' ');
        if is_placeholder && !self.placeholders.contains_key(recorded) {
            self.placeholders.insert(recorded.to_owned(), actual.to_owned());
            return true;
        }
        if is_date(recorded) && is_date(actual) {
            return recorded.starts_with("0001-") == actual.starts_with("0001-");
        }
        let unbound =
            self.placeholders.iter().fold(recorded.to_owned(), |text, (name, value)| text.replace(name, value));
        for (recorded, actual) in ids(&unbound).into_iter().zip(ids(actual)) {
            self.ids.entry(recorded).or_insert(actual);
        }
        self.filled(recorded) == actual
    }
}

/// Every run of exactly forty hexadecimal digits.
fn ids(text: &str) -> Vec<String> {
    let runs = text.split(|letter: char| !matches!(letter, '0'..='9' | 'a'..='f'));
    runs.filter(|run| run.len() == ID).map(str::to_owned).collect()
}

/// `2026-11-23T19:40:56Z`
fn is_date(text: &str) -> bool {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"0000-00-00T00:00:00Z")
}
