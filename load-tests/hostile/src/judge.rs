//! Whether what came of a case is what may come of it.

use crate::{
    case::{Case, Sent},
    talk::{Answer, Ending},
    upstream::Recorded,
};

/// Judges one case: what was answered, and what arrived at the forge under its traces.
///
/// # Errors
/// What did not hold, as text.
pub fn judge(case: &Case, answer: &Answer, arrived: &[Recorded]) -> Result<(), String> {
    ended(case, answer)?;
    answered(case, answer)?;
    forwarded(case, arrived)
}

fn ended(case: &Case, answer: &Answer) -> Result<(), String> {
    match answer.ending {
        Ending::Open => Err(format!("it was not over within {:?}: {}", case.expected.within, shown(&answer.text))),
        Ending::HungUp if !case.expected.cut => Err("the answer did not end".to_owned()),
        _ => Ok(()),
    }
}

fn answered(case: &Case, answer: &Answer) -> Result<(), String> {
    let expected = &case.expected;
    match answer.status {
        None if !expected.silence => return Err("the connection was closed without an answer".to_owned()),
        Some(status) if !expected.statuses.contains(&status) => {
            return Err(format!("answered with {status}: {}", shown(&answer.text)));
        }
        _ => {}
    }
    let named = expected.reason.is_none_or(|reason| answer.text.contains(reason));
    if !named && answer.status.is_some() {
        return Err(format!("the reason is another one: {}", shown(&answer.text)));
    }
    if expected.cut && answer.is_whole() {
        return Err(format!("the answer can be taken for whole: {}", shown(&answer.text)));
    }
    match expected.never.iter().find(|text| answer.text.to_ascii_lowercase().contains(&text.to_ascii_lowercase())) {
        Some(text) => Err(format!("the answer says {text:?}: {}", shown(&answer.text))),
        None => Ok(()),
    }
}

fn forwarded(case: &Case, arrived: &[Recorded]) -> Result<(), String> {
    let lines = || arrived.iter().map(|recorded| recorded.line.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(odd) = arrived.iter().find_map(|recorded| recorded.ambiguous.as_deref()) {
        return Err(format!("the upstream would not take what arrived: {odd}"));
    }
    if arrived.is_empty() && case.expected.optional {
        return Ok(());
    }
    if arrived.len() != case.expected.forwarded.len() {
        return Err(format!("{} requests arrived: {}", arrived.len(), lines()));
    }
    case.expected.forwarded.iter().zip(arrived).try_for_each(|(sent, recorded)| same(sent, recorded))
}

/// Byte for byte: method, target and body.
fn same(sent: &Sent, recorded: &Recorded) -> Result<(), String> {
    if sent.line != recorded.line {
        return Err(format!("{:?} arrived in the place of {:?}", recorded.line, sent.line));
    }
    if sent.short_of.is_some_and(|length| recorded.body_length >= length) {
        return Err(format!("all {} bytes of {} arrived", recorded.body_length, recorded.line));
    }
    match &sent.body {
        Some(digest) if !recorded.complete => Err(format!("the body {digest} broke off")),
        Some(digest) if *digest != recorded.body_sha256 => {
            Err(format!("{} arrived with another body, of {} bytes", recorded.line, recorded.body_length))
        }
        _ => Ok(()),
    }
}

/// The beginning of a text.
fn shown(text: &str) -> String {
    text.chars().take(400).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::case::{case, expected::digest, forwards, get, refused};

    fn answer(text: &str) -> Answer {
        let status = text.get(9..12).and_then(|code| code.parse().ok());
        Answer { status, text: text.to_owned(), ending: Ending::Closed, took: Duration::ZERO }
    }

    fn arrived(line: &str, body: &[u8]) -> Recorded {
        Recorded {
            trace: None,
            line: line.to_owned(),
            head: String::new(),
            by_admin: false,
            body_length: body.len() as u64,
            body_sha256: digest(body),
            complete: true,
            ambiguous: None,
        }
    }

    #[test]
    fn a_refusal_that_reaches_the_forge_is_broken() {
        let case = case("x", get("/x"), refused().naming("route-unknown"));
        let no = answer("HTTP/1.1 404 Not Found\r\n\r\nroute-unknown");
        assert_eq!(judge(&case, &no, &[]), Ok(()));
        assert!(judge(&case, &no, &[arrived("GET /x", b"")]).is_err());
        assert!(judge(&case, &answer("HTTP/1.1 404 Not Found\r\n\r\nother"), &[]).is_err());
        assert!(judge(&case, &answer("HTTP/1.1 200 OK\r\n\r\n"), &[]).is_err());
        assert!(judge(&case, &answer("HTTP/1.1 500 Oh\r\n\r\nroute-unknown"), &[]).is_err(), "a fault is no refusal");
    }

    #[test]
    fn what_is_let_through_must_arrive_byte_for_byte() {
        let case = case("x", get("/x"), forwards("GET /y").carrying(b"z").never("secret"));
        let yes = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        assert_eq!(judge(&case, &yes, &[arrived("GET /y", b"z")]), Ok(()));
        for arrived in
            [vec![], vec![arrived("GET /x", b"z")], vec![arrived("GET /y", b"Z")], vec![arrived("GET /y", b"z"); 2]]
        {
            assert!(judge(&case, &yes, &arrived).is_err(), "{arrived:?}");
        }
        assert!(judge(&case, &answer("HTTP/1.1 200 OK\r\nX: Secret\r\n\r\n"), &[arrived("GET /y", b"z")]).is_err());
        assert!(judge(&case, &answer(""), &[arrived("GET /y", b"z")]).is_err());
    }

    #[test]
    fn what_must_break_off_may_not_arrive_whole() {
        let case = case("x", get("/x"), forwards("PUT /x").short_of(5));
        let yes = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        assert_eq!(judge(&case, &yes, &[arrived("PUT /x", b"hell")]), Ok(()));
        assert!(judge(&case, &yes, &[arrived("PUT /x", b"jello")]).is_err());
    }

    #[test]
    fn an_answer_that_must_break_off_may_not_look_whole() {
        let case = case("x", get("/x"), forwards("GET /x").cut());
        let there = [arrived("GET /x", b"")];
        assert_eq!(judge(&case, &answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"), &there), Ok(()));
        assert!(judge(&case, &answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), &there).is_err());
    }
}
