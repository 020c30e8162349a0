//! What every absolute link of the forge begins with, as the forge itself says.
//!
//! Gogs builds links from its `EXTERNAL_URL` and never from the name it was asked by. That is the people's name, so an
//! automation that follows such a link would leave its own door. No call tells `EXTERNAL_URL`, but every repository does:
//! its `clone_url` is `EXTERNAL_URL`, its `full_name` and `.git` (Gogs 0.14.3, `internal/repoutil/repoutil.go:36`).

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use url::Url;

/// How long what was learned is believed: `EXTERNAL_URL` changes when an operator starts the forge anew.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(60);

/// Where links of the API begin, below `EXTERNAL_URL`.
const API: &str = "api/v1/";

/// `EXTERNAL_URL` of the forge. It ends with a slash, and stands in JSON as it stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalUrl(Arc<str>);

impl ExternalUrl {
    /// Reads one. `None` for what Gogs would not write, or what JSON would have to escape.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>&?#".contains(&byte));
        let is_base = matches!(url.scheme(), "http" | "https") && url.has_host() && text.ends_with('/');
        (is_plain && is_base).then(|| Self(text.into()))
    }

    /// What is left of a clone URL without the repository's name.
    pub fn of_clone_url(clone_url: &str, full_name: &str) -> Option<Self> {
        Self::parse(clone_url.strip_suffix(".git")?.strip_suffix(full_name)?)
    }

    /// The text, with the slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind it in a link, where the link begins with exactly this.
    ///
    /// Gogs writes the path of `EXTERNAL_URL` twice where it puts `Link[1:]` behind it (links of commits, 0.14.3,
    /// `internal/route/api/v1/repo/commits.go:151`); in front of the API that is taken off too.
    pub fn rest_of<'l>(&self, link: &'l str) -> Option<&'l str> {
        let rest = link.strip_prefix(self.as_str())?;
        Some(rest.strip_prefix(self.path()).filter(|rest| rest.starts_with(API)).unwrap_or(rest))
    }

    /// The same link behind `public_url`, an origin; `None` for one that does not begin with exactly this.
    pub fn moved(&self, link: &str, public_url: &str) -> Option<String> {
        self.rest_of(link).map(|rest| format!("{public_url}/{rest}"))
    }

    /// Its path without the first slash: empty, or with one at its end.
    fn path(&self) -> &str {
        let behind_scheme = self.0.split_once("//").map_or("", |(_, rest)| rest);
        behind_scheme.split_once('/').map_or("", |(_, path)| path)
    }
}

/// The last [`ExternalUrl`] the forge spoke of, and when.
#[derive(Debug, Clone, Default)]
pub(super) struct LastHeard(Arc<Mutex<Option<(ExternalUrl, Timestamp)>>>);

impl LastHeard {
    pub(super) fn hear(&self, external: ExternalUrl, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((external, now));
    }

    /// What was heard, as long as it is believed.
    pub(super) fn recall(&self, now: Timestamp) -> Option<ExternalUrl> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        heard.filter(|(_, at)| now.duration_since(*at).abs() <= BELIEVED_FOR).map(|(external, _)| external)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOOR: &str = "https://agents.example.com";

    fn of(clone_url: &str) -> Option<ExternalUrl> {
        ExternalUrl::of_clone_url(clone_url, "Acme/web")
    }

    #[test]
    fn a_clone_url_tells_it_with_and_without_a_path() {
        for external in ["https://git.example.com/", "http://10.0.0.1:3000/", "https://example.com/a/gogs/"] {
            assert_eq!(of(&format!("{external}Acme/web.git")).as_ref().map(ExternalUrl::as_str), Some(external));
        }
    }

    #[test]
    fn what_gogs_would_not_write_tells_nothing() {
        for odd in [
            "",
            "https://git.example.com/acme/web.git",
            "https://git.example.com/Acme/web",
            "https://git.example.comAcme/web.git",
            "ssh://git@git.example.com/Acme/web.git",
            "/Acme/web.git",
            "https://git.example.com/\"/Acme/web.git",
            "https://git.example.com/?x=/Acme/web.git",
        ] {
            assert_eq!(of(odd), None, "{odd}");
        }
    }

    #[test]
    fn only_a_link_that_begins_with_exactly_it_is_moved() {
        let external = ExternalUrl::parse("https://git.example.com/gogs/").expect("a good one");
        let moved = |link| external.moved(link, DOOR);
        assert_eq!(moved("https://git.example.com/gogs/acme/web.git"), Some(format!("{DOOR}/acme/web.git")));
        for other in [
            "https://git.example.com/acme/web.git",
            "https://git.example.com/gogsacme/web.git",
            "http://git.example.com/gogs/acme/web.git",
            "https://git.example.com.evil.example/gogs/acme/web.git",
            "https://GIT.example.com/gogs/acme/web.git",
            "https://github.com/gogs/docs-api",
        ] {
            assert_eq!(moved(other), None, "{other}");
        }
    }

    #[test]
    fn a_path_gogs_wrote_twice_is_taken_off_twice_before_the_api_alone() {
        let external = ExternalUrl::parse("https://git.example.com/gogs/").expect("a good one");
        let rest = |tail: &str| external.rest_of(&format!("https://git.example.com/gogs/{tail}")).map(str::to_owned);
        assert_eq!(rest("gogs/api/v1/repos/a/b/commits/c").as_deref(), Some("api/v1/repos/a/b/commits/c"));
        assert_eq!(rest("gogs/api.git").as_deref(), Some("gogs/api.git"), "an owner may be called so");
        let plain = ExternalUrl::parse("https://git.example.com/").expect("a good one");
        assert_eq!(plain.rest_of("https://git.example.com/api/v1/user"), Some("api/v1/user"));
    }

    #[test]
    fn what_was_heard_is_believed_for_a_minute() {
        let (heard, now) = (LastHeard::default(), Timestamp::UNIX_EPOCH);
        let external = ExternalUrl::parse("https://git.example.com/").expect("a good one");
        assert_eq!(heard.recall(now), None);
        heard.hear(external.clone(), now);
        assert_eq!(heard.recall(now + BELIEVED_FOR), Some(external));
        assert_eq!(heard.recall(now + BELIEVED_FOR + SignedDuration::from_secs(1)), None);
    }
}
