//! Bytes of a repository: whoever wrote them, they are shown to nobody as a page of this origin.

use http::{HeaderMap, HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::classify::Answers;

/// Nothing of it runs, loads or is framed with the rights of this origin, whatever a browser takes it for.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

/// What a browser may show in place: text without markup, and pictures without scripts.
const SHOWN: [&str; 6] = ["text/plain", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];

/// Guards an answer that is no JSON: a file, or a page of the forge that was not asked for.
pub(super) fn guard(headers: &mut HeaderMap, answers: &Answers) {
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    if !is_shown(headers) {
        headers.insert(header::CONTENT_DISPOSITION, attachment(answers));
    }
}

/// Guards bytes of a repository that are never shown.
pub(in crate::forward) fn confine(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
}

fn is_shown(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(kind))
}

/// What a file is saved as. A name with more than a quoted text takes is written as RFC 8187 says.
fn attachment(answers: &Answers) -> HeaderValue {
    let Answers::File { name, .. } = answers else { return HeaderValue::from_static("attachment") };
    let is_plain = name.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\%".contains(&byte));
    let file = if is_plain {
        format!("filename=\"{name}\"")
    } else {
        format!("filename*=UTF-8''{}", utf8_percent_encode(name, NON_ALPHANUMERIC))
    };
    HeaderValue::try_from(format!("attachment; {file}")).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(kind: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.extend(kind.map(|kind| (header::CONTENT_TYPE, HeaderValue::from_static(kind))));
        guard(&mut headers, &Answers::File { name: "page.html".to_owned(), is_archive: false });
        headers
    }

    #[test]
    fn only_plain_text_and_pictures_are_shown_in_place() {
        for kind in ["text/plain; charset=utf-8", "image/png", "IMAGE/JPEG"] {
            assert_eq!(guarded(Some(kind)).get(header::CONTENT_DISPOSITION), None, "{kind}");
        }
        for kind in [
            "text/html",
            "image/svg+xml",
            "text/xml",
            "application/pdf",
            "application/octet-stream",
            "",
            "text/plainly",
        ] {
            let headers = guarded(Some(kind));
            assert_eq!(headers[header::CONTENT_DISPOSITION], "attachment; filename=\"page.html\"", "{kind}");
        }
    }

    #[test]
    fn a_name_is_written_so_that_it_cannot_be_read_in_two_ways() {
        let saved = |name: &str| attachment(&Answers::File { name: name.to_owned(), is_archive: false });
        assert_eq!(saved("a b.html"), "attachment; filename=\"a b.html\"");
        assert_eq!(saved("a\"; x=\".html"), "attachment; filename*=UTF-8''a%22%3B%20x%3D%22%2Ehtml");
        assert_eq!(saved("\u{fc}.html"), "attachment; filename*=UTF-8''%C3%BC%2Ehtml");
    }

    #[test]
    fn everything_is_sandboxed() {
        for kind in [None, Some("text/plain"), Some("text/html")] {
            assert_eq!(guarded(kind)[header::CONTENT_SECURITY_POLICY], "sandbox; default-src 'none'");
        }
    }
}
