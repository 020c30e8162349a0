//! What a gateway answers when it says no, and what a caller is told.

use gogs_spanner_capability::Reason;
use serde_json::{Value, json};

use super::settle;
use crate::error::{Document, Refused};

const PROBLEM: &str = "application/problem+json";
const JSON: &str = "application/json";
/// As a gateway names requests.
const REQUEST: &str = "01JDXN0B9P7Q";

/// An answer as it arrives.
fn answer(name: &str, door: &str, status: u16, media_type: &str, body: &str) -> Value {
    json!({ "name": name, "door": door, "status": status, "headers": { "content-type": media_type }, "body": body })
}

/// RFC 9457, as the gateway writes it.
fn problem(reason: Reason, why: &str) -> Value {
    let body = json!({
        "type": format!("urn:gogs-spanner:reason:{reason}"), "title": reason.meaning(), "status": reason.status(),
        "detail": why, "reason": reason, "hint": reason.hint(), "retry": reason.retry(), "request_id": REQUEST,
    });
    let answer = answer(reason.code(), "api", reason.status(), PROBLEM, &body.to_string());
    told(with_retry(answer, reason))
}

/// RFC 6749 §5.2, as the gateway writes it.
fn oauth(reason: Reason, why: &str) -> Value {
    let body = json!({
        "error": reason.oauth_error(), "error_description": why, "reason": reason, "hint": reason.hint(),
        "retry": reason.retry(), "request_id": REQUEST,
    });
    let answer = answer(reason.code(), "token", reason.status(), JSON, &body.to_string());
    told(with_retry(answer, reason))
}

fn with_retry(mut answer: Value, reason: Reason) -> Value {
    if let Some(seconds) = reason.retry() {
        answer["headers"]["retry-after"] = seconds.to_string().into();
    }
    answer
}

/// The same, and what a caller is told.
fn told(mut answer: Value) -> Value {
    let document: Option<Document> = serde_json::from_str(answer["body"].as_str().unwrap()).ok();
    let refused = document.and_then(|document| Refused::try_from(document).ok());
    answer["refused"] = refused.map_or(Value::Null, |refused| {
        json!({
            "reason": refused.reason, "why": refused.why, "hint": refused.hint, "retry": refused.retry,
            "request_id": refused.request_id,
        })
    });
    answer
}

/// Answers of other versions, of another authorization server, and of what is no gateway.
fn others() -> Vec<Value> {
    let newer = json!({ "title": "no", "status": 403, "detail": "the moon is full", "reason": "moon-full", "hint": "wait",
        "retry": 90, "request_id": REQUEST, "findings": ["a"] });
    let bare = json!({ "reason": "agent-locked" });
    let foreign = json!({ "error": "invalid_grant", "error_description": "expired" });
    let nameless = json!({ "detail": "no" });
    let forge = json!({ "message": "Name is too long", "url": "" });
    let mut answers = vec![
        told(answer("a reason this library does not know", "api", 403, PROBLEM, &newer.to_string())),
        told(answer("a reason and nothing else", "token", 403, JSON, &bare.to_string())),
        told(answer("an error without a reason", "token", 400, JSON, &foreign.to_string())),
        told(answer("a problem without a reason", "api", 403, PROBLEM, &nameless.to_string())),
        told(answer("a page of some proxy", "token", 502, "text/html", "<html>Bad Gateway</html>")),
        told(answer("a redirect", "token", 302, "text/html", "")),
    ];
    let said = |name, status, media_type, body: &str, message: &str| {
        let mut answer = answer(name, "api", status, media_type, body);
        answer["refused"] = Value::Null;
        answer["forge"] = json!({ "status": status, "message": message });
        answer
    };
    answers.push(said("the forge's own no", 422, JSON, &forge.to_string(), "Name is too long"));
    answers.push(said("a page of some proxy", 502, "text/html", "<html>Bad Gateway</html>", ""));
    answers.push(said("a redirect", 302, "text/html", "", ""));
    answers
}

#[test]
fn refusals_on_file_are_what_this_library_makes_of_them() {
    let why = "no right to `ref:update` on `refs/heads/main` of `acme/handbook`";
    let mut answers: Vec<_> = Reason::ALL.iter().map(|reason| problem(*reason, why)).collect();
    let at_the_token_endpoint = [
        Reason::RequestMalformed,
        Reason::DetailsNotGranted,
        Reason::TokenRevoked,
        Reason::AssertionNotAccepted,
        Reason::AssertionReplayed,
        Reason::NoTrustRule,
        Reason::AgentLocked,
        Reason::LimitReached,
        Reason::JournalUnavailable,
    ];
    answers.extend(at_the_token_endpoint.map(|reason| oauth(reason, why)));
    answers.extend(others());
    settle("refusals.json", &json!({ "answers": answers }));
}

#[test]
fn reasons_on_file_are_those_of_the_table() {
    let reason = |reason: &Reason| {
        json!({
            "reason": reason, "status": reason.status(), "oauth_error": reason.oauth_error(), "retry": reason.retry(),
            "meaning": reason.meaning(), "hint": reason.hint(),
        })
    };
    settle("reasons.json", &json!({ "reasons": Reason::ALL.iter().map(reason).collect::<Value>() }));
}
