//! One path an effect touches, and what was found out about it.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::names::{RefName, TreePath};

/// One path an effect touches.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Touch {
    /// Which path.
    pub place: Place,
    /// The new commits that change it, by id; none where only what was there before differs from what is there now.
    pub commits: Vec<String>,
    /// The refs at whose merge base with the new commit the entry is the same: who merges one of them changes nothing
    /// here. Empty where a new commit changes it as well.
    pub merged_from: BTreeSet<RefName>,
}

/// A path as a tree has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// One that patterns are about.
    Named(TreePath),
    /// One that no pattern holds: not UTF-8, with control characters, or not one git checks out. Its bytes, escaped.
    Odd(String),
}

impl Place {
    /// Reads a path as git writes it.
    pub fn of(path: &[u8]) -> Self {
        let named = std::str::from_utf8(path).ok().and_then(|text| TreePath::parse(text).ok());
        named.map_or_else(|| Self::Odd(path.escape_ascii().to_string()), Self::Named)
    }
}

impl Touch {
    /// The path, where a pattern can hold it.
    pub const fn path(&self) -> Option<&TreePath> {
        match &self.place {
            Place::Named(path) => Some(path),
            Place::Odd(_) => None,
        }
    }

    /// What is stated of it to the caveats. No prefix has a control character, so none holds an odd path.
    #[cfg(feature = "verify")]
    pub(crate) fn fact(&self) -> &str {
        self.path().map_or("\0", TreePath::as_str)
    }
}

impl From<TreePath> for Touch {
    fn from(path: TreePath) -> Self {
        Self { place: Place::Named(path), commits: Vec::new(), merged_from: BTreeSet::new() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(path) => path.fmt(f),
            Self::Odd(escaped) => write!(f, "\"{escaped}\""),
        }
    }
}

impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_no_pattern_can_hold_is_odd_and_shown_without_its_bytes() {
        for odd in [&b"docs/\xff"[..], b"docs/a\nb", b"docs/\x1b[2J", b"a/../b", b"a//b", b".GIT/config", b""] {
            let place = Place::of(odd);
            assert!(matches!(place, Place::Odd(_)), "{place:?}");
            assert!(place.to_string().bytes().all(|byte| byte.is_ascii_graphic()), "{place}");
        }
        assert_eq!(Place::of("docs/\u{e9}".as_bytes()).to_string(), "docs/\u{e9}");
    }
}
