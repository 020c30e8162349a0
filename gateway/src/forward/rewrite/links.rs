//! Which links of the forge lead an agent through its own door, as one table.

use std::sync::Arc;

use http::HeaderValue;

use crate::upstream::ExternalUrl;

/// What becomes of a member of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// An agent follows it: what begins with `EXTERNAL_URL` is moved to `public_url`.
    Moved,
    /// The same, where it leads to the API. The URL of a hook, which somebody chose, bears the same name.
    MovedInApi,
    /// It leads to a door automations have no key to.
    Emptied,
}

/// The members an agent follows. All others are left, above all those for people: `html_url`, `html`, `avatar_url`,
/// `website` (Gogs 0.14.3: `go-gogs-client`, `internal/route/api/v1/repo/contents.go`).
const MEMBERS: [(&str, Fate); 7] = [
    ("clone_url", Fate::Moved),
    ("download_url", Fate::Moved),
    ("git", Fate::MovedInApi),
    ("git_url", Fate::MovedInApi),
    ("self", Fate::MovedInApi),
    ("ssh_url", Fate::Emptied),
    ("url", Fate::MovedInApi),
];

/// Where the API begins behind either name.
const API: &str = "api/v1/";

impl Fate {
    /// The longest name of the table.
    pub(super) const LONGEST_NAME: usize = "download_url".len();

    pub(super) fn of(member: &[u8]) -> Option<Self> {
        MEMBERS.iter().find(|(name, _)| name.as_bytes() == member).map(|(_, fate)| *fate)
    }
}

/// What links of the forge begin with, as far as that is known, and what they are to begin with.
#[derive(Debug, Clone)]
pub(super) struct Links {
    pub(super) external: Option<ExternalUrl>,
    pub(super) public_url: Arc<str>,
}

impl Links {
    /// The text of a member as it is passed on, between its quotes; `None` where it stays as it is.
    pub(super) fn member(&self, fate: Fate, text: &[u8]) -> Option<String> {
        if fate == Fate::Emptied {
            return Some(String::new());
        }
        let (external, link) = (self.external.as_ref()?, std::str::from_utf8(text).ok()?);
        let rest = external.rest_of(link)?;
        let is_led = fate == Fate::Moved || rest.starts_with(API);
        is_led.then(|| external.moved(link, &self.public_url)).flatten()
    }

    /// The header `Link` (RFC 8288) as it is passed on. It is there to be followed, so one that cannot be moved is left out.
    pub(super) fn header(&self, value: &HeaderValue) -> Option<HeaderValue> {
        let external = self.external.as_ref()?;
        let mut moved = String::new();
        for link in value.to_str().ok()?.split_inclusive('>') {
            let Some((before, target)) = link.split_once('<') else {
                moved.push_str(link);
                continue;
            };
            let target = external.moved(target.strip_suffix('>')?, &self.public_url)?;
            moved = moved + before + "<" + &target + ">";
        }
        HeaderValue::try_from(moved).ok()
    }
}

/// Of a header `Link` only what leads to the next page. Gogs writes its parameters in one way (0.14.3,
/// `internal/context/api.go:77`).
pub(super) fn next(value: &HeaderValue) -> Option<HeaderValue> {
    let next =
        value.to_str().ok()?.split(',').find(|link| link.starts_with('<') && link.ends_with(">; rel=\"next\""))?;
    HeaderValue::try_from(next).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(external: &str) -> Links {
        Links { external: ExternalUrl::parse(external), public_url: "https://agents.example.com".into() }
    }

    #[test]
    fn every_name_of_the_table_is_one_the_reader_can_hold() {
        assert!(
            MEMBERS.iter().all(|(name, _)| name.len() <= Fate::LONGEST_NAME && Fate::of(name.as_bytes()).is_some())
        );
    }

    #[test]
    fn pages_of_a_list_are_moved_and_none_leads_past_the_door() {
        let given = "<https://git.example.com/x/api/v1/user/issues?page=2>; rel=\"next\",<https://git.example.com/x/api/v1/user/issues?page=9>; rel=\"last\"";
        let given = HeaderValue::from_static(given);
        let moved = links("https://git.example.com/x/").header(&given).expect("it is moved");
        let wanted = "<https://agents.example.com/api/v1/user/issues?page=2>; rel=\"next\",<https://agents.example.com/api/v1/user/issues?page=9>; rel=\"last\"";
        assert_eq!(moved, wanted);
        assert_eq!(links("https://git.example.com/y/").header(&given), None);
        assert_eq!(links("").header(&given), None, "it is not known what links begin with");
    }

    #[test]
    fn of_pages_only_the_next_is_left() {
        let left = |given| next(&HeaderValue::from_static(given));
        let given =
            "<https://x/a?page=3>; rel=\"next\",<https://x/a?page=9>; rel=\"last\",<https://x/a?page=1>; rel=\"prev\"";
        assert_eq!(left(given).expect("there is one"), "<https://x/a?page=3>; rel=\"next\"");
        for given in [
            "",
            "<https://x/a?page=1>; rel=\"first\",<https://x/a?page=1>; rel=\"prev\"",
            "<https://x/a,b>; rel=\"next\"",
        ] {
            assert_eq!(left(given), None, "{given}");
        }
    }

    #[test]
    fn what_somebody_chose_is_not_a_link_of_the_forge() {
        let links = links("https://git.example.com/");
        let member =
            |name: &str, text: &str| Fate::of(name.as_bytes()).and_then(|fate| links.member(fate, text.as_bytes()));
        assert_eq!(member("url", "https://git.example.com/hooks/x"), None);
        assert_eq!(member("url", "https://github.com/gogs/docs-api"), None);
        assert_eq!(member("html_url", "https://git.example.com/acme/web"), None);
        assert_eq!(
            member("url", "https://git.example.com/api/v1/x").as_deref(),
            Some("https://agents.example.com/api/v1/x")
        );
        assert_eq!(member("ssh_url", "git@git.example.com:acme/web.git").as_deref(), Some(""));
    }
}
