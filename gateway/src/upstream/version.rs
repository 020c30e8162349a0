//! Which Gogs this is. No call tells it: the version stands on a page for site administrators alone, which takes no token.
//!
//! Two things tell it to everybody, and neither leans on the other (seen on 0.12 to 0.14.3): every page names the commit it
//! was built from (`gogs.js?v=…`, empty in builds without `-ldflags`), and the script and style sheet of a release are its
//! own. Where both are silent, a route that 0.13.0 brought proves that it is not older.

use std::{fmt, str::FromStr};

/// The oldest Gogs the gateway works with: the first that takes a token as the password of Git.
pub const OLDEST: Version = Version(0, 13, 0);

/// A release of Gogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16, pub u16, pub u16);

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a version as Gogs does on its dashboard, `0.14.3`")]
pub struct NotAVersion;

/// What is known of a version: not before `first`, and not after `last` where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// The oldest it can be.
    pub first: Version,
    /// The newest it can be.
    pub last: Option<Version>,
    /// What told it.
    pub by: &'static str,
}

/// A release: its version, and the beginnings of its commit and of the SHA-256 of its script and its style sheet.
struct Release(Version, &'static str, Looks);

/// What a release serves as `js/gogs.js` and `css/gogs.min.css`.
type Looks = [&'static str; 2];

const OF_0_12: Looks = ["14f7d368b12be15d", "ede2998aa1d25277"];
const OF_0_13_0: Looks = ["d547074ace0e7447", "ede2998aa1d25277"];
const OF_0_13_3: Looks = ["d2a6818aba50565e", "ede2998aa1d25277"];
const OF_0_14_2: Looks = ["3ddd1689c08e4423", "ede2998aa1d25277"];
const OF_0_14_3: Looks = ["3ddd1689c08e4423", "7037a3a8c0d87570"];

/// The releases, from the tags of Gogs's public repository.
const RELEASES: &[Release] = &[
    Release(Version(0, 12, 0), "f17e7d5a2c36c52a", OF_0_12),
    Release(Version(0, 12, 1), "43fc8260850090b5", OF_0_12),
    Release(Version(0, 12, 2), "253b2bef4c26925d", OF_0_12),
    Release(Version(0, 12, 3), "f0e3cd90f8d76959", OF_0_12),
    Release(Version(0, 12, 4), "d4ae178b72d78abc", OF_0_12),
    Release(Version(0, 12, 5), "e309bc8324ca0799", OF_0_12),
    Release(Version(0, 12, 6), "26395294bdef382b", OF_0_12),
    Release(Version(0, 12, 7), "d06ba7e527fcc462", OF_0_12),
    Release(Version(0, 12, 8), "7f8799c01f264eb7", OF_0_12),
    Release(Version(0, 12, 9), "012a1ba19ed2f8f5", OF_0_12),
    Release(Version(0, 12, 10), "1ce5171ae1707502", OF_0_12),
    Release(Version(0, 12, 11), "c9fba3cb30af0789", OF_0_12),
    Release(Version(0, 13, 0), "8c21874c00b6100d", OF_0_13_0),
    Release(Version(0, 13, 1), "0c40e600a275d490", OF_0_13_0),
    Release(Version(0, 13, 2), "593c7b6db601c68d", OF_0_13_0),
    Release(Version(0, 13, 3), "5084b4a9b77a506f", OF_0_13_3),
    Release(Version(0, 13, 4), "d958a47a0e9d8747", OF_0_13_3),
    Release(Version(0, 14, 0), "36c26c4ccc3ca033", OF_0_13_3),
    Release(Version(0, 14, 1), "f5c8030c1fd936f3", OF_0_13_3),
    Release(Version(0, 14, 2), "5dcb6c64bdf61e38", OF_0_14_2),
    Release(Version(0, 14, 3), "3ba8aca90e17e541", OF_0_14_3),
];

impl Sighting {
    /// What an operator says it is.
    pub const fn told(version: Version) -> Self {
        Self { first: version, last: Some(version), by: "as you say" }
    }

    /// The release built from this commit.
    pub(super) fn by_commit(commit: &str) -> Option<Self> {
        let release = RELEASES.iter().find(|Release(_, begins, _)| commit.starts_with(begins))?;
        Some(Self { by: "by the commit its pages name", ..Self::told(release.0) })
    }

    /// The releases that serve a script and a style sheet of these digests, in hexadecimal.
    pub(super) fn by_looks(script: &str, style: &str) -> Option<Self> {
        let is_it = |[js, css]: &Looks| script.starts_with(js) && style.starts_with(css);
        let mut alike =
            RELEASES.iter().filter(|Release(_, _, looks)| is_it(looks)).map(|Release(version, ..)| *version);
        let first = alike.next()?;
        Some(Self { first, last: alike.next_back().or(Some(first)), by: "by the script and style sheet it serves" })
    }

    /// A Gogs that knows a route 0.13.0 brought.
    pub(super) const fn by_route() -> Self {
        Self { first: OLDEST, last: None, by: "by a route it knows; its pages do not tell more" }
    }

    /// Whether it is certainly too old.
    pub fn is_too_old(&self) -> bool {
        self.last.is_some_and(|last| last < OLDEST)
    }

    /// Whether it can be this one.
    pub fn may_be(&self, version: Version) -> bool {
        self.first <= version && self.last.is_none_or(|last| version <= last)
    }

    /// Whether it certainly is a release before `fixed`.
    pub fn is_before(&self, fixed: Version) -> bool {
        self.last.is_some_and(|last| last < fixed)
    }

    /// Whether it can be a release before `fixed`.
    pub fn may_be_before(&self, fixed: Version) -> bool {
        self.first < fixed
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// `0.14.3`; `0.13.3 to 0.14.1`; `0.13.0 or newer`.
impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            Some(last) if last == self.first => last.fmt(f),
            Some(last) => write!(f, "{} to {last}", self.first),
            None => write!(f, "{} or newer", self.first),
        }
    }
}

/// As Gogs writes it: `0.14.3`, `0.15.0+dev`.
impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let plain = text.trim_start_matches('v').split(['+', '-']).next().unwrap_or_default();
        let mut parts = plain.split('.').map(|part| part.parse().map_err(|_| NotAVersion));
        let mut next = || parts.next().unwrap_or(Err(NotAVersion));
        let version = Self(next()?, next()?, next()?);
        if parts.next().is_none() { Ok(version) } else { Err(NotAVersion) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Version {
        text.parse().expect("a version")
    }

    #[test]
    fn a_version_is_read_as_gogs_writes_it() {
        assert_eq!((of("0.14.3"), of("v0.13.0"), of("0.15.0+dev")), (Version(0, 14, 3), OLDEST, Version(0, 15, 0)));
        for odd in ["", "0.14", "0.14.3.1", "0.14.x", "latest"] {
            assert_eq!(odd.parse::<Version>(), Err(NotAVersion), "{odd}");
        }
    }

    #[test]
    fn a_commit_tells_the_release_and_looks_tell_a_span() {
        let commit = Sighting::by_commit("3ba8aca90e17e5410b7e8b227c9f29256ac3e875").expect("a release");
        assert_eq!(commit.to_string(), "0.14.3");
        assert_eq!(Sighting::by_commit("eb1054e5432fc8397678372f08613429be233d7c"), None, "a commit between releases");
        assert_eq!(Sighting::by_commit(""), None, "a build that names none");
        let looks = |[script, style]: Looks| Sighting::by_looks(script, style).expect("releases").to_string();
        assert_eq!([OF_0_14_3, OF_0_13_3].map(looks), ["0.14.3", "0.13.3 to 0.14.1"]);
        assert_eq!(Sighting::by_looks(OF_0_12[0], OF_0_14_3[1]), None, "files of two releases are of none");
    }

    #[test]
    fn what_is_only_possible_is_not_certain() {
        let span = Sighting::by_looks(OF_0_13_3[0], OF_0_13_3[1]).expect("releases");
        assert!(span.may_be_before(of("0.14.0")) && !span.is_before(of("0.14.0")) && span.is_before(of("0.14.2")));
        assert!(!span.is_too_old() && Sighting::told(of("0.12.11")).is_too_old());
        let open = Sighting::by_route();
        assert!(open.may_be_before(of("0.14.3")) && !open.is_before(of("0.14.3")) && !open.is_too_old());
        assert_eq!(open.to_string(), "0.13.0 or newer");
    }
}
