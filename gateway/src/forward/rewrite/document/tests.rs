use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{body::Fault, upstream::ExternalUrl};

const EXTERNAL: &str = "https://git.example.com/gogs/";
const DOOR: &str = "https://agents.example.com";

fn links() -> Links {
    Links { external: ExternalUrl::parse(EXTERNAL), public_url: DOOR.into() }
}

/// The document, fed in pieces of this size.
fn rewritten(text: &str, piece: usize) -> String {
    let (mut reader, mut out) = (Reader::new(links()), BytesMut::new());
    for bytes in text.as_bytes().chunks(piece.max(1)) {
        reader.feed(bytes, &mut out);
    }
    reader.finish(&mut out);
    String::from_utf8(out.to_vec()).expect("UTF-8 stays UTF-8")
}

#[test]
fn links_for_agents_are_moved_and_links_for_people_are_left() {
    let given = format!(
        r#"{{ "id":7,"n":1.50e3, "clone_url":"{EXTERNAL}acme/web.git","ssh_url":"git@x:acme/web.git","html_url":"{EXTERNAL}acme/web",
        "owner":{{"avatar_url":"{EXTERNAL}avatars/1"}},"parent":null,"_links":{{"self":"{EXTERNAL}api/v1/a","git":"{EXTERNAL}api/v1/b","html":"{EXTERNAL}c"}},
        "commit":[{{"url":"{EXTERNAL}gogs/api/v1/repos/a/b/commits/c","sha":"url"}}],"url":"Not implemented"}}"#
    );
    let wanted = format!(
        r#"{{ "id":7,"n":1.50e3, "clone_url":"{DOOR}/acme/web.git","ssh_url":"","html_url":"{EXTERNAL}acme/web",
        "owner":{{"avatar_url":"{EXTERNAL}avatars/1"}},"parent":null,"_links":{{"self":"{DOOR}/api/v1/a","git":"{DOOR}/api/v1/b","html":"{EXTERNAL}c"}},
        "commit":[{{"url":"{DOOR}/api/v1/repos/a/b/commits/c","sha":"url"}}],"url":"Not implemented"}}"#
    );
    for piece in [1, 2, 3, 7, 64, usize::MAX] {
        assert_eq!(rewritten(&given, piece), wanted, "in pieces of {piece}");
    }
}

#[test]
fn only_the_text_of_a_member_is_a_link() {
    for text in [
        format!(r#"["clone_url","{EXTERNAL}x"]"#),
        format!(r#"{{"clone_url":["{EXTERNAL}x"]}}"#),
        format!(r#"{{"clone_url":{{"x":"{EXTERNAL}x"}}}}"#),
        format!(r#"{{"clone_url":null,"x":"{EXTERNAL}x"}}"#),
        format!(r#"{{"body":"\"clone_url\":\"{EXTERNAL}x\""}}"#),
        format!(r#"{{"body":"\\","x":"{EXTERNAL}x"}}"#),
        format!(r#"{{"a_clone_url":"{EXTERNAL}x","clone_url_b":"{EXTERNAL}x","download_url_":"{EXTERNAL}x"}}"#),
    ] {
        assert_eq!(rewritten(&text, 5), text);
    }
}

#[test]
fn a_text_too_long_for_a_link_passes_and_so_does_what_breaks_off() {
    let long = format!(r#"{{"clone_url":"{EXTERNAL}{}","ssh_url":"x"}}"#, "a".repeat(LONGEST_LINK));
    assert_eq!(rewritten(&long, 100), long.replace(r#""ssh_url":"x""#, r#""ssh_url":"""#));
    let cut = format!(r#"{{"clone_url":"{EXTERNAL}acme"#);
    assert_eq!(rewritten(&cut, 4), cut);
}

#[test]
fn too_deep_down_nothing_is_looked_at() {
    let deep = |depth| format!("{}{{\"ssh_url\":\"x\"}}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(rewritten(&deep(DEEPEST - 1), 9), deep(DEEPEST - 1).replace("\"x\"", "\"\""));
    assert_eq!(rewritten(&deep(DEEPEST), 9), deep(DEEPEST));
}

#[tokio::test]
async fn a_short_answer_has_a_length_and_a_long_one_flows() {
    let short = relinked(links(), body::full(r#"{"ssh_url":"x"}"#)).await;
    assert_eq!(http_body::Body::size_hint(&short).exact(), Some(14));
    let text = format!(r#"{{"content":"{}","ssh_url":"x"}}"#, "y".repeat(3 * AT_ONCE));
    let pieces: Vec<_> = text.as_bytes().chunks(AT_ONCE / 2).map(Bytes::copy_from_slice).map(Ok::<_, Fault>).collect();
    let mut long = relinked(links(), body::streaming(stream::iter(pieces))).await;
    assert_eq!(http_body::Body::size_hint(&long).exact(), None);
    let mut came = Vec::new();
    while let Some(bytes) = body::next(&mut long).await.expect("it flows") {
        assert!(bytes.len() <= 2 * AT_ONCE, "more than a piece or two is never held");
        came.extend_from_slice(&bytes);
    }
    assert_eq!(came, text.replace("\"x\"", "\"\"").into_bytes());
}

#[tokio::test]
async fn an_answer_that_breaks_off_breaks_off() {
    let pieces = [Ok(Bytes::from_static(b"{\"a\":")), Err(Fault::of("gone"))];
    let mut body = relinked(links(), body::streaming(stream::iter(pieces))).await;
    assert_eq!(body::next(&mut body).await.expect("what came").as_deref(), Some(&b"{\"a\":"[..]));
    assert!(body::next(&mut body).await.is_err());
}

/// Any document, with links in it where they are and where they are not.
fn document() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just(format!("{EXTERNAL}api/v1/x")),
        Just(format!("{EXTERNAL}acme/web.git")),
        Just("a\"b\\c\n\u{1}é".to_owned()),
        ".{0,8}",
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null)
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name =
            prop_oneof!["url", "clone_url", "ssh_url", "html_url", "git", "self", "\"", "download_url", ".{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same, as a reader of whole documents does it.
fn expected(value: Value) -> Value {
    let member = |(name, value): (String, Value)| {
        let moved = match (Fate::of(name.as_bytes()), &value) {
            (Some(fate), Value::String(text)) => links().member(fate, text.as_bytes()).map(Value::from),
            _ => None,
        };
        (name, moved.unwrap_or_else(|| expected(value)))
    };
    match value {
        Value::Object(members) => Value::Object(members.into_iter().map(member).collect()),
        Value::Array(items) => items.into_iter().map(expected).collect::<Vec<_>>().into(),
        other => other,
    }
}

proptest! {
    #[test]
    fn any_document_in_any_pieces_changes_as_a_whole_one_does(document in document(), piece in 1_usize..40, is_pretty: bool) {
        let text = |value: &Value| if is_pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        let given = text(&document).expect("JSON");
        prop_assert_eq!(rewritten(&given, piece), text(&expected(document)).expect("JSON"));
    }

    #[test]
    fn any_bytes_pass(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (mut reader, mut out) = (Reader::new(Links { external: None, public_url: DOOR.into() }), BytesMut::new());
        reader.feed(&bytes, &mut out);
        reader.finish(&mut out);
        let is_changed = bytes.windows(9).any(|name| name == b"\"ssh_url\"");
        prop_assert!(is_changed || out == bytes);
    }
}

#[test]
fn json_of_this_test_is_read() {
    assert_eq!(expected(json!({"ssh_url": "x"})), json!({"ssh_url": ""}));
}
