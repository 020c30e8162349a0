//! What the sign-in page tells, read without a parser of HTML: three attributes that Gogs writes in one fixed form
//! (`templates/base/head.tmpl`, 0.12 to 0.14.3).

use http::HeaderValue;
use url::Url;

use crate::upstream::version::Sighting;

/// A page of Gogs.
pub(super) struct Page<'t>(std::borrow::Cow<'t, str>);

/// Whether a session cookie is that of a Gogs: it can be renamed, but hardly ever is.
pub(super) fn is_gogs_cookie(cookie: &HeaderValue) -> bool {
    cookie.as_bytes().starts_with(b"i_like_gogs=")
}

impl<'t> Page<'t> {
    pub(super) fn of(text: &'t [u8]) -> Self {
        Self(String::from_utf8_lossy(text))
    }

    /// Whether it loads the script of Gogs, or calls itself by its name.
    pub(super) fn is_gogs(&self) -> bool {
        ["/js/gogs.js", "<title>Gogs</title>"].iter().any(|mark| self.0.contains(mark))
    }

    /// The release, where the page names a release's commit.
    pub(super) fn version(&self) -> Option<Sighting> {
        Sighting::by_commit(self.between("/js/gogs.js?v=", "\"")?)
    }

    /// `EXTERNAL_URL`, as it is told to those who link to the page.
    pub(super) fn external_url(&self) -> Option<Url> {
        Url::parse(self.between("<meta property=\"og:url\" content=\"", "\"")?).ok()
    }

    fn between(&self, before: &str, after: &str) -> Option<&str> {
        let (_, rest) = self.0.split_once(before)?;
        rest.split_once(after).map(|(text, _)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that matter, as a Gogs 0.14.3 wrote them (recorded; a build that names its commit).
    const PAGE: &str = "<meta name=\"author\" content=\"Gogs\" />\n\
        <meta property=\"og:url\" content=\"https://git.example.com/gogs/\" />\n\
        <script src=\"/js/gogs.js?v=3ba8aca90e17e5410b7e8b227c9f29256ac3e875\"></script>\n";

    #[test]
    fn a_page_tells_the_release_and_the_peoples_name() {
        let page = Page::of(PAGE.as_bytes());
        assert!(page.is_gogs());
        assert_eq!(page.version().expect("a release").to_string(), "0.14.3");
        assert_eq!(page.external_url().expect("a url").as_str(), "https://git.example.com/gogs/");
    }

    #[test]
    fn a_page_of_something_else_tells_nothing() {
        for text in [&b"<title>Welcome to nginx!</title>"[..], b"", b"\xff\xfe", b"<title>Gitea</title>"] {
            let page = Page::of(text);
            assert!(!page.is_gogs() && page.version().is_none() && page.external_url().is_none());
        }
        assert_eq!(Page::of(b"<script src=\"/js/gogs.js?v=\"></script>").version(), None, "a build without its commit");
    }
}
