//! Which names a caveat lets through: a set of them, or whatever lies below a prefix.

use std::{collections::BTreeSet, fmt, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::names::{RefName, RepositoryName, TreePath};

/// The text is no prefix of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a prefix is the beginning of a name, up to and with a \"/\"")]
pub struct PrefixError;

/// The beginning of a name up to a `/`, so that `acme/` never lets `acme-evil/x` through.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "N: FromStr + AsRef<str>")]
pub struct Prefix<N>(String, PhantomData<fn() -> N>);

impl<N: FromStr + AsRef<str>> Prefix<N> {
    /// Parses a prefix in its canonical spelling, `acme/`, `refs/heads/agents/`, `docs/`.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let example = format!("{text}x");
        match N::from_str(&example) {
            Ok(name) if text.ends_with('/') && name.as_ref() == example => Ok(Self(text.to_owned(), PhantomData)),
            Ok(_) | Err(_) => Err(PrefixError),
        }
    }

    /// Whether the name lies below it.
    pub fn holds(&self, name: &N) -> bool {
        name.as_ref().starts_with(&self.0)
    }
}

impl<N> Prefix<N> {
    /// The text, with the `/` at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name below it.
    fn example(&self) -> String {
        format!("{}x", self.0)
    }
}

impl<N: FromStr + AsRef<str>> TryFrom<String> for Prefix<N> {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl<N> From<Prefix<N>> for String {
    fn from(prefix: Prefix<N>) -> Self {
        prefix.0
    }
}

// Written out because a derive would ask the same of `N`.
impl<N> Clone for Prefix<N> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<N> PartialEq for Prefix<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<N> Eq for Prefix<N> {}

impl<N> fmt::Debug for Prefix<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({:?})", self.0)
    }
}

/// The names a caveat lets through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "snake_case",
    bound = "N: Ord + Clone + FromStr + AsRef<str> + Serialize + for<'a> Deserialize<'a>"
)]
pub enum Names<N> {
    /// These.
    Exact(BTreeSet<N>),
    /// Those below a prefix.
    Under(Prefix<N>),
}

/// The repositories a caveat lets through.
pub type RepositorySet = Names<RepositoryName>;
/// The refs a caveat lets through.
pub type RefSet = Names<RefName>;
/// Where the paths a caveat lets through lie.
pub type PathPrefix = Prefix<TreePath>;

impl<N: Ord + FromStr + AsRef<str>> Names<N> {
    /// Whether it lets that name through.
    pub fn holds(&self, name: &N) -> bool {
        match self {
            Self::Exact(names) => names.contains(name),
            Self::Under(prefix) => prefix.holds(name),
        }
    }

    /// A name it lets through.
    pub fn example(&self) -> Option<String> {
        match self {
            Self::Exact(names) => names.first().map(|name| name.as_ref().to_owned()),
            Self::Under(prefix) => Some(prefix.example()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_a_name_part_ends() {
        assert!(Prefix::<RepositoryName>::parse("acme/").is_ok());
        assert!(Prefix::<RefName>::parse("refs/heads/agents/").is_ok() && Prefix::<TreePath>::parse("docs/").is_ok());
        for text in ["", "/", "acme", "Acme/", "acme/web/", "-/", "acme//"] {
            assert_eq!(Prefix::<RepositoryName>::parse(text), Err(PrefixError), "{text:?}");
        }
        assert!(Prefix::<RefName>::parse("refs/heads/x").is_err() && Prefix::<TreePath>::parse("../").is_err());
    }
}
