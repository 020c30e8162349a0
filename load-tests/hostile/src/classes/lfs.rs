//! LFS bodies that are not what they say.

use serde_json::json;

use super::{BATCH, LFS as KIND, OID};
use crate::case::{Case, case, forwards, get, post, refused};

/// Batches no reader may take, whatever rights its caller has.
fn batches() -> Vec<(&'static str, String)> {
    let object = format!("{{\"oid\":\"{OID}\",\"size\":5}}");
    let of = |operation: &str, objects: &str| format!("{{\"operation\":\"{operation}\",\"objects\":[{objects}]}}");
    vec![
        ("an empty body", String::new()),
        ("no JSON", "operation=upload".to_owned()),
        ("a list for a batch", "[]".to_owned()),
        ("no operation", format!("{{\"objects\":[{object}]}}")),
        ("an operation nobody knows", of("destroy", &object)),
        ("an operation in capitals", of("UPLOAD", &object)),
        (
            "an operation twice",
            format!("{{\"operation\":\"download\",\"operation\":\"upload\",\"objects\":[{object}]}}"),
        ),
        (
            "an operation in two spellings",
            format!("{{\"operation\":\"download\",\"Operation\":\"upload\",\"objects\":[{object}]}}"),
        ),
        (
            "an operation with a Kelvin sign",
            format!(
                "{{\"operation\":\"download\",\"hash_algo\":\"sha256\",\"objects\":[{object}],\"obje\u{212a}ts\":[]}} x"
            ),
        ),
        ("bytes behind the batch", format!("{} {{}}", of("download", &object))),
        ("objects that are no list", format!("{{\"operation\":\"download\",\"objects\":{object}}}")),
        (
            "an upload to a branch nobody granted",
            format!("{{\"operation\":\"upload\",\"ref\":{{\"name\":\"refs/heads/master\"}},\"objects\":[{object}]}}"),
        ),
        ("more than a thousand objects", of("download", &vec![object.as_str(); 1_001].join(","))),
        ("nesting without an end", "[".repeat(100_000)),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let accepting = |message: crate::case::Message| message.with(&format!("Accept: {KIND}"));
    let batches = batches().into_iter().map(|(name, body)| case(name, accepting(post(BATCH, KIND, body)), refused()));
    let others = [
        case("a batch of another type", accepting(post(BATCH, "text/plain", "{}")), refused()),
        case("a batch without a credential", post(BATCH, KIND, "{}").without("Authorization"), refused()),
        case(
            "an object without a ticket",
            get(&format!("/acme/handbook.git/info/lfs/objects/basic/{OID}")).without("Authorization"),
            refused(),
        ),
        case(
            "an object by the agent's token",
            get(&format!("/acme/handbook.git/info/lfs/objects/basic/{OID}")),
            refused(),
        ),
        case("an object whose name is none", get("/acme/handbook.git/info/lfs/objects/basic/..%2f"), refused()),
        case(
            "an object in capitals",
            get(&format!("/acme/handbook.git/info/lfs/objects/basic/{}", OID.to_uppercase())),
            refused(),
        ),
    ];
    batches.chain(others).chain(passing()).collect()
}

/// Whatever is asked for, the forge is asked what is there, in the gateway's own words.
fn passing() -> Vec<Case> {
    let object = format!("{{\"oid\":\"{OID}\",\"size\":5}}");
    let question = json!({"operation": "download", "transfers": ["basic"], "objects": [{"oid": OID, "size": 5}]});
    let asked = |name: &str, operation: &str, objects: &str| {
        let reference = "\"ref\":{\"name\":\"refs/heads/agents/x\"}";
        let body = format!("{{\"operation\":\"{operation}\",{reference},\"objects\":[{objects}]}}");
        let message = post(BATCH, KIND, body).with(&format!("Accept: {KIND}"));
        case(name, message, forwards(&format!("POST {BATCH}")).carrying(question.to_string().as_bytes()))
    };
    vec![
        asked("a download", "download", &object),
        asked("an upload for a branch that is granted", "upload", &object),
        asked(
            "an object that is none beside one that is",
            "upload",
            &format!("{{\"oid\":\"../x\",\"size\":5}},{object}"),
        ),
        asked(
            "a size below zero beside one that is not",
            "download",
            &format!("{object},{{\"oid\":\"{OID}\",\"size\":-5}}"),
        ),
    ]
}
