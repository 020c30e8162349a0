//! A head becomes a route, or is refused.

use gogs_spanner::classify::{Route, classify};
use http::{Request, header::CONTENT_TYPE, request::Parts};

/// Names Gogs reads in any query and takes for a credential, a language or a redirect (`internal/context` of 0.14.3).
const NEVER_FORWARDED: [&str; 5] = ["token=", "access_token=", "lang=", "go-get=", "sudo="];

/// What is let in is rebuilt to one spelling, and that spelling is the same route.
///
/// The input is a request line without its version, and header lines below it.
pub fn classifier(input: &[u8]) {
    let Some(head) = head(input) else { return };
    let Ok(route) = classify(&head) else { return };
    if matches!(route, Route::Probe(_)) {
        return;
    }
    let (method, target) = route.upstream();
    assert_is_plain(target.as_str());
    let mut again = Request::builder().method(method).uri(target.as_str()).header("host", "agents.example.com");
    for value in head.headers.get_all(CONTENT_TYPE) {
        again = again.header(CONTENT_TYPE, value);
    }
    let again = again.body(()).expect("what was rebuilt is a request line").into_parts().0;
    let rebuilt = classify(&again).expect("what was rebuilt is let in");
    assert_eq!(rebuilt, route, "{target:?} is another route than the one it was rebuilt from");
    assert_eq!(rebuilt.upstream().1, target, "rebuilding is done once");
}

fn head(input: &[u8]) -> Option<Parts> {
    let mut lines = input.split(|&byte| byte == b'\n');
    let mut line = lines.next()?.splitn(2, |&byte| byte == b' ');
    let (method, target) = (line.next()?, line.next()?);
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
        let colon = line.iter().position(|&byte| byte == b':')?;
        request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    Some(request.body(()).ok()?.into_parts().0)
}

/// Whether what stands behind a `%` is an escape of ours, for something that cannot be written without one.
fn is_needed(behind: &str) -> bool {
    let byte = behind.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let is_ours = behind.get(..2).is_some_and(|digits| digits == digits.to_ascii_uppercase());
    byte.is_some_and(|byte| {
        is_ours && !byte.is_ascii_alphanumeric() && !byte.is_ascii_control() && !b"-._~/\\%".contains(&byte)
    })
}

/// One reading only: nothing a decoder, a cleaner of paths or a folding of case would make another target of.
fn assert_is_plain(target: &str) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    assert!(path.starts_with('/'), "{target}");
    assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#;".contains(&byte)), "{target}");
    assert!(path.split('%').skip(1).all(is_needed), "{target}");
    let segments = || path[1..].split('/');
    assert!(!segments().any(|segment| matches!(segment, "" | "." | "..")), "{target}");
    assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && !b"#;".contains(&byte)), "{target}");
    for name in NEVER_FORWARDED {
        assert!(!query.split('&').any(|pair| pair.to_ascii_lowercase().starts_with(name)), "{target}");
    }
}
