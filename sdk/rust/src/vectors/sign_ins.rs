//! What may lie where `spanner login` keeps a sign-in, and whether a token is asked for with it.

use std::os::unix::fs::PermissionsExt as _;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{now, settle};
use crate::{
    origin::Origin,
    sign_in::{SignInError, SignIns},
};

const HERE: &str = "https://agents.example.com";

/// Which file mode, and what the file holds; none: there is none.
fn cases() -> Vec<(&'static str, &'static str, Option<String>)> {
    let usual = json!({
        "gateway": HERE, "sign_in": "gsi_secret", "person": "alice@example.com", "expires": "2026-11-23T18:00:00Z",
    });
    let but = |member: &str, value: Value| {
        let mut sign_in = usual.clone();
        sign_in[member] = value;
        Some(sign_in.to_string())
    };
    let without = |member: &str| {
        let mut sign_in = usual.clone();
        sign_in.as_object_mut().unwrap().remove(member);
        Some(sign_in.to_string())
    };
    let whole = Some(usual.to_string());
    vec![
        ("a sign-in that stands", "600", whole.clone()),
        ("one that nobody may change", "400", whole.clone()),
        ("none", "600", None),
        ("one that its group may read", "640", whole.clone()),
        ("one that everybody may change", "602", whole.clone()),
        ("one that has just ended", "600", but("expires", "2026-11-23T10:00:00Z".into())),
        ("one that ends in a moment", "600", but("expires", "2026-11-23T10:00:01Z".into())),
        ("one that ends between two seconds", "600", but("expires", "2026-11-23T10:00:01.123456789Z".into())),
        ("one that ends in another time zone", "600", but("expires", "2026-11-23T13:00:00+02:00".into())),
        ("one at another gateway", "600", but("gateway", "https://evil.example.com".into())),
        ("one at the same gateway in another spelling", "600", but("gateway", format!("{HERE}/").into())),
        ("one that ends at no time", "600", but("expires", "tomorrow".into())),
        ("one of a number", "600", but("sign_in", 1.into())),
        ("one with a member nobody knows", "600", but("more", true.into())),
        ("one of nobody", "600", without("person")),
        ("something else", "600", Some("gsi_secret".to_owned())),
        ("half of one", "600", whole.map(|text| text[..text.len() / 2].to_owned())),
    ]
}

fn case((name, mode, content): (&str, &str, Option<String>)) -> Value {
    let (directory, gateway) = (TempDir::new().unwrap(), HERE.parse::<Origin>().unwrap());
    let kept = SignIns::within(directory.path());
    let file = kept.file(&gateway);
    if let Some(content) = &content {
        std::fs::write(&file, content).unwrap();
        let mode = u32::from_str_radix(mode, 8).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut case = json!({ "name": name, "mode": mode, "content": content });
    match kept.standing(&gateway, now()) {
        Ok(sign_in) => case["stands"] = sign_in.secret().expose_secret().into(),
        Err(error) => {
            let message = error.to_string().replace(file.to_str().unwrap(), "{file}");
            case["error"] = json!({ "kind": kind(&error), "message": message });
        }
    }
    case
}

fn kind(error: &SignInError) -> &'static str {
    match error {
        SignInError::Unreadable { .. } => "unreadable",
        SignInError::Open { .. } => "open",
        SignInError::NotOne { .. } => "not-one",
        SignInError::Nobody { .. } => "nobody",
        SignInError::Over { .. } => "over",
    }
}

#[test]
fn sign_ins_on_file_are_used_as_this_library_uses_them() {
    let cases = cases().into_iter().map(case).collect::<Value>();
    settle("sign-ins.json", &json!({ "now": now(), "gateway": HERE, "cases": cases }));
}
