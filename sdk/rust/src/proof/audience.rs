//! Whom a JWT says it is for. Nothing is verified: whoever it is for does that.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use crate::origin::Origin;

/// RFC 7519 §4.1.3: one text, or several.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    aud: Value,
}

/// Whether it names this gateway, letter by letter as gateways compare.
pub(super) fn names(jwt: &str, gateway: &Origin) -> bool {
    let is_it = |value: &Value| value.as_str() == Some(gateway.to_string().as_str());
    match claims(jwt).map(|claims| claims.aud) {
        Some(Value::Array(several)) => several.iter().any(is_it),
        Some(one) => is_it(&one),
        None => false,
    }
}

fn claims(jwt: &str) -> Option<Claims> {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_names_whom_it_is_for() {
        let gateway = Origin::parse("https://a.example").expect("an origin");
        let names = |claims: &str| names(&format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims)), &gateway);
        assert!(names(r#"{"aud":"https://a.example"}"#));
        assert!(names(r#"{"aud":["x","https://a.example"]}"#));
        for other in [r#"{"aud":"https://b.example"}"#, r#"{"aud":"https://a.example/"}"#, r#"{"aud":[]}"#, "{}", "x"] {
            assert!(!names(other), "{other}");
        }
        assert!(!super::names("opaque", &gateway));
    }
}
