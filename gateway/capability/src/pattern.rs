//! Patterns over names: literal segments, `*` within a segment, `**` across segments.
//!
//! `*` never crosses `/`; `x/**` is everything below `x`, not `x`; `a/**/b` includes `a/b`. There are no regular
//! expressions, so that whether one pattern contains another has an exact answer (see [`Patterns::contains`]).

mod glob;
mod set;

use serde::{Deserialize, Serialize};

use self::glob::{Depth, Glob};
pub use self::set::{Patterns, PatternsError};
use crate::{
    names::{RefName, RepositoryName, TreePath},
    text::parsed_text,
};

/// Patterns are written by hand; what is longer is an attack on the matcher.
const PATTERN_MAX: usize = 512;
/// Every repository is `owner/name`.
const REPOSITORY_DEPTH: usize = 2;
/// Where a ref pattern that begins with `**` looks.
const REF_ROOTS: [&str; 2] = ["refs/heads/", "refs/tags/"];

/// Why a text is not a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing, or more than a pattern may have.
    #[error("a pattern has 1 to 512 bytes, at most 32 segments and at most four \"**\"")]
    Size,
    /// A character patterns of this kind do not have.
    #[error("{0:?} cannot stand in this pattern")]
    Character(char),
    /// `**` beside something else in one segment, or twice in a row.
    #[error("\"**\" is a segment of its own, and one is enough")]
    Deep,
    /// An empty or dot segment.
    #[error("a pattern has no empty or dot segment")]
    Segment,
    /// It could match no name of its kind.
    #[error("{0}")]
    MatchesNothing(&'static str),
}

/// What the three kinds of pattern have in common.
pub trait Pattern: Clone + Ord + std::fmt::Display + std::str::FromStr<Err = PatternError> {
    /// The names it is about.
    type Name;

    /// The pattern `**`.
    fn any() -> Self;

    /// Whether it is `**`.
    fn is_any(&self) -> bool;

    /// Whether it holds that name.
    fn matches(&self, name: &Self::Name) -> bool;

    /// Whether some name is held by both.
    fn meets(&self, other: &Self) -> bool;

    /// Whether every name `inner` holds is held by one of `outer`.
    fn cover<'a>(outer: impl Iterator<Item = &'a Self>, inner: &Self) -> bool
    where
        Self: 'a;
}

macro_rules! pattern {
    ($(#[$doc:meta])* $type:ident of $name:ty, depth $depth:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type {
            text: String,
            globs: Vec<Glob>,
        }

        impl $type {
            /// The text as written (repositories: in lower case).
            pub fn as_str(&self) -> &str {
                &self.text
            }

            /// The pattern `**`.
            pub fn any() -> Self {
                Pattern::any()
            }

            /// Whether it is `**`.
            pub fn is_any(&self) -> bool {
                Pattern::is_any(self)
            }

            /// Whether it holds that name.
            pub fn matches(&self, name: &$name) -> bool {
                Pattern::matches(self, name)
            }

            /// Whether every name `other` holds is held by this one.
            pub fn contains(&self, other: &Self) -> bool {
                Self::cover(std::iter::once(self), other)
            }
        }

        impl Pattern for $type {
            type Name = $name;

            fn any() -> Self {
                Self::compile("**".to_owned())
            }

            fn is_any(&self) -> bool {
                self.text == "**"
            }

            fn matches(&self, name: &$name) -> bool {
                self.globs.iter().any(|glob| glob.matches(name.as_str()))
            }

            fn meets(&self, other: &Self) -> bool {
                self.globs.iter().any(|one| other.globs.iter().any(|another| glob::meet(one, another, $depth)))
            }

            fn cover<'a>(outer: impl Iterator<Item = &'a Self>, inner: &Self) -> bool {
                let outer: Vec<_> = outer.flat_map(|pattern| &pattern.globs).collect();
                let depth: Depth = $depth;
                inner.globs.iter().all(|glob| glob::covers(&outer, glob, depth))
            }
        }

        // The compiled form follows from the text.
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.text == other.text
            }
        }

        impl Eq for $type {}

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $type {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.text.cmp(&other.text)
            }
        }

        impl std::hash::Hash for $type {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.text.hash(state);
            }
        }

        parsed_text!(@traits $type, PatternError);
    };
}

pattern! {
    /// Repositories, without case: `acme/web`, `acme/site-*`, `**`.
    RepositoryPattern of RepositoryName, depth Some(REPOSITORY_DEPTH)
}

pattern! {
    /// Refs, written in full: `refs/heads/agents/**`. A leading `**` means below `refs/heads/` or `refs/tags/`.
    RefPattern of RefName, depth None
}

pattern! {
    /// Paths inside a repository: `docs/**`, `*.md`.
    PathPattern of TreePath, depth None
}

impl RepositoryPattern {
    /// Parses a pattern in any case.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        check_shape(text, is_plain)?;
        let pattern = Self::compile(text.to_ascii_lowercase());
        if pattern.globs.iter().any(|glob| glob::is_possible(glob, REPOSITORY_DEPTH)) {
            Ok(pattern)
        } else {
            Err(PatternError::MatchesNothing("a repository is written owner/name"))
        }
    }

    fn compile(text: String) -> Self {
        Self { globs: vec![Glob::compile(&text)], text }
    }
}

impl RefPattern {
    /// Parses a pattern of full ref names.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        check_shape(text, is_plain)?;
        if text == "**" || text.starts_with("**/") || text.starts_with("refs/") {
            Ok(Self::compile(text.to_owned()))
        } else {
            Err(PatternError::MatchesNothing("a ref is written in full, refs/…, or the pattern begins with \"**\""))
        }
    }

    /// Whether it holds some name below a prefix that ends in `/`.
    #[cfg(feature = "verify")]
    pub(crate) fn reaches_below(&self, prefix: &str) -> bool {
        self.globs.iter().any(|glob| glob.reaches_below(prefix.trim_end_matches('/')))
    }

    fn compile(text: String) -> Self {
        let globs = if text.starts_with("**") {
            REF_ROOTS.map(|root| Glob::compile(&format!("{root}{text}"))).to_vec()
        } else {
            vec![Glob::compile(&text)]
        };
        Self { text, globs }
    }
}

impl PathPattern {
    /// Parses a pattern of paths.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        check_shape(text, |c| !c.is_control())?;
        Ok(Self::compile(text.to_owned()))
    }

    fn compile(text: String) -> Self {
        Self { globs: vec![Glob::compile(&text)], text }
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._/*-".contains(c)
}

fn check_shape(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), PatternError> {
    // A last `**` compiles to two parts, hence the one left over.
    let deep = text.split('/').filter(|segment| *segment == "**").count();
    if text.is_empty()
        || text.len() > PATTERN_MAX
        || text.split('/').count() >= glob::MAX_PARTS
        || deep > glob::MAX_DEEP
    {
        return Err(PatternError::Size);
    }
    if let Some(character) = text.chars().find(|&c| !allowed(c)) {
        return Err(PatternError::Character(character));
    }
    if text.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(PatternError::Segment);
    }
    let beside = text.split('/').any(|segment| segment != "**" && segment.contains("**"));
    if beside || format!("/{text}/").contains("/**/**/") { Err(PatternError::Deep) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
