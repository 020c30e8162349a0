//! The path of a call. Whatever it holds, it stays on the origin the token is for.

use url::Url;

use crate::origin::Origin;

/// The path of a call is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It may name a host, or is relative to nothing.
    #[error("a path begins with one slash and names no host")]
    NotAbsolute,
    /// A name that was put into it would lead elsewhere.
    #[error("a path has no segment `.` or `..`")]
    Dots,
    /// URL parsers do not agree about these.
    #[error("a path has no backslash, no fragment and no control character")]
    Ambiguous,
}

/// The URL of a path and query on an origin; spaces and the like are encoded.
pub(super) fn on(origin: &Origin, path: &str) -> Result<Url, PathError> {
    if !path.starts_with('/') || path.starts_with("//") {
        return Err(PathError::NotAbsolute);
    }
    if path.chars().any(|char| matches!(char, '\\' | '#') || char.is_control()) {
        return Err(PathError::Ambiguous);
    }
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    if path.split('/').any(is_dots) {
        return Err(PathError::Dots);
    }
    Ok(origin.at(path, query))
}

/// `.` and `..`, also as the URL standard lets them be written.
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
    use super::*;

    fn url(path: &str) -> Result<String, PathError> {
        on(&Origin::parse("https://agents.example").unwrap(), path).map(String::from)
    }

    #[test]
    fn a_path_is_put_on_the_origin_and_encoded() {
        for (path, expected) in [
            ("/", "https://agents.example/"),
            ("/api/v1/repos/acme/web?page=2", "https://agents.example/api/v1/repos/acme/web?page=2"),
            ("/contents/a b.md", "https://agents.example/contents/a%20b.md"),
            ("/contents/über..md", "https://agents.example/contents/%C3%BCber..md"),
            ("/a?next=//b@c/../d", "https://agents.example/a?next=//b@c/../d"),
        ] {
            assert_eq!(url(path).unwrap(), expected);
        }
    }

    #[test]
    fn no_path_leads_to_another_host() {
        for path in ["", "api", "https://elsewhere.example/", "//elsewhere.example/", "@elsewhere.example/"] {
            assert_eq!(url(path), Err(PathError::NotAbsolute), "{path}");
        }
        for path in ["/\\elsewhere.example", "/a\r\nHost: b", "/\t/elsewhere.example", "/a#b"] {
            assert_eq!(url(path), Err(PathError::Ambiguous), "{path:?}");
        }
    }

    #[test]
    fn no_name_in_a_path_leads_to_another_repository() {
        for path in ["/repos/acme/web/contents/../../other", "/a/./b", "/a/%2E%2e/b", "/.."] {
            assert_eq!(url(path), Err(PathError::Dots), "{path}");
        }
    }
}
