//! Tickets for large objects, got as git-lfs gets them before the cases are played that abuse them.

use std::io;

use gogs_spanner_capability::token::{Narrowing, TokenText, attenuate};
use serde_json::{Value, json};

use crate::{
    case::{Expected, Message, ask, case, forwards, post, refused},
    classes::{BATCH, LFS, OBJECT, OID, OTHER_OID},
    stage::Scene,
    talk,
    trace::Run,
    words::Tokens,
};

/// The number of no case.
pub(super) const NUMBER: u16 = u16::MAX;

/// What getting them brings to the forge.
pub(super) fn expected() -> Expected {
    let batch = || forwards(&format!("POST {BATCH}"));
    batch().and(forwards(&format!("PUT {OBJECT}"))).and(batch()).and(batch()).and(batch())
}

/// The tokens of the scene, and tickets: to upload, verify and download one object, which is uploaded on the way, to upload
/// another, and to download with a token that was revoked afterwards.
///
/// # Errors
/// The gateway does not give them.
pub(super) async fn get(scene: &Scene, run: Run) -> io::Result<Tokens> {
    let say = async |tokens: &Tokens, message: Message| {
        let (asked, words) = (case("a ticket", message, refused()), tokens.words(run, NUMBER, None));
        talk::play(scene.gateway, &asked, &words).await.map(|answer| answer.text)
    };
    let plain = scene.tokens.clone();
    let of_object = say(&plain, batch("upload", OID)).await?;
    let of_other = say(&plain, batch("upload", OTHER_OID)).await?;
    let words = [("$UPLOAD", ticket(&of_object, "upload")?), ("$VERIFY", ticket(&of_object, "verify")?)];
    let tokens = plain.with(words).with([("$ANOTHER", ticket(&of_other, "upload")?)]);
    say(&tokens, ask(&format!("PUT {OBJECT}")).without("Authorization").with("Spanner-Ticket: $UPLOAD").body("hello"))
        .await?;
    let download = say(&tokens, batch("download", OID)).await?;
    let child = narrowed(tokens.whole());
    let of_child = say(&tokens, batch("download", OID).by(&format!("Bearer {child}"))).await?;
    let revoke = post("/-/spanner/oauth/revoke", "application/x-www-form-urlencoded", format!("token={child}"));
    // It goes nowhere, so nothing that arrives is to be found by its trace.
    say(&tokens, revoke.without("Authorization").without("traceparent")).await?;
    Ok(tokens.with([("$DOWNLOAD", ticket(&download, "download")?), ("$GONE", ticket(&of_child, "download")?)]))
}

fn batch(operation: &str, oid: &str) -> Message {
    let reference = json!({"name": "refs/heads/agents/x"});
    let body = json!({"operation": operation, "ref": reference, "objects": [{"oid": oid, "size": 5}]});
    post(BATCH, LFS, body.to_string()).with(&format!("Accept: {LFS}"))
}

fn ticket(answer: &str, action: &str) -> io::Result<String> {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    let ticket = document["objects"][0]["actions"][action]["header"]["spanner-ticket"].as_str();
    ticket.map(str::to_owned).ok_or_else(|| io::Error::other(format!("no ticket to {action}: {answer}")))
}

/// A token of the same holder, which can be revoked alone.
fn narrowed(token: &str) -> String {
    let parent = TokenText::parse(token).expect("a whole token");
    let here = "acme/handbook".parse().expect("a name");
    let child = attenuate(&parent, &Narrowing::new().repositories([here])).expect("a token that may be narrowed");
    child.expose().to_owned()
}
