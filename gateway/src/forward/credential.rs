//! The credential the caller never sees: what the forge takes for one agent.

use std::{fmt, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderValue, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// What Gogs's API says to a token it does not know (`internal/context/auth.go:67-72`), where sign-in is required to look.
const NOT_SIGNED_IN: &[u8] = b"Only authenticated user is allowed to call APIs.";

/// One agent's account and token on the forge. Cheap to clone; its text is wiped when the last clone goes.
#[derive(Clone)]
pub struct Credential(Arc<Held>);

struct Held {
    login: String,
    token: SecretString,
    generation: u64,
}

impl Credential {
    /// The credential of the account `login`, the `generation`-th it was given.
    pub(crate) fn new(login: impl Into<String>, token: SecretString, generation: u64) -> Self {
        Self(Arc::new(Held { login: login.into(), token, generation }))
    }

    /// The account it speaks for.
    pub fn login(&self) -> &str {
        &self.0.login
    }

    /// Counts the credentials of an account: a renewed one is a later generation.
    pub fn generation(&self) -> u64 {
        self.0.generation
    }

    /// `Authorization` for the REST API: exactly `token T` (`internal/context/auth.go:149-173` knows no other scheme).
    pub fn api_header(&self) -> HeaderValue {
        sensitive(&Zeroizing::new(format!("token {}", self.0.token.expose_secret())))
    }

    /// `Authorization` for Git and LFS: the token is the password of the user `-`.
    ///
    /// Gogs looks the user name up first; `-` is reserved, so it never exists, costs no password hash and, unlike the token
    /// itself as user name, leaves nothing in Gogs's SQL log.
    pub fn git_header(&self) -> HeaderValue {
        let pair = Zeroizing::new(format!("-:{}", self.0.token.expose_secret()));
        sensitive(&Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes()))))
    }

    /// The bare token, for sealing.
    pub(crate) fn token(&self) -> &SecretString {
        &self.0.token
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("login", &self.0.login).finish_non_exhaustive()
    }
}

/// Whether an API answer says that the forge no longer takes the credential: 401, or 403 with the message Gogs gives where
/// sign-in is required to look. Any other 403 is a permission the account lacks. (Git and LFS simply answer 401.)
pub fn is_dead(status: StatusCode, body: &[u8]) -> bool {
    match status {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::FORBIDDEN => body.windows(NOT_SIGNED_IN.len()).any(|text| text == NOT_SIGNED_IN),
        _ => false,
    }
}

fn sensitive(text: &str) -> HeaderValue {
    let mut value =
        HeaderValue::from_str(text).expect("a token is parsed as hexadecimal before it becomes a credential");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential() -> Credential {
        Credential::new("agent-docs", SecretString::from("0123456789abcdef0123456789abcdef01234567"), 3)
    }

    #[test]
    fn each_surface_gets_the_form_gogs_knows() {
        assert_eq!(credential().api_header(), "token 0123456789abcdef0123456789abcdef01234567");
        let git = credential().git_header();
        let pair =
            git.to_str().ok().and_then(|basic| basic.strip_prefix("Basic ")).map(|text| BASE64_STANDARD.decode(text));
        assert_eq!(pair, Some(Ok(b"-:0123456789abcdef0123456789abcdef01234567".to_vec())));
    }

    #[test]
    fn nothing_printed_holds_the_token() {
        let printed = format!("{:?} {:?} {:?}", credential(), credential().api_header(), credential().git_header());
        assert_eq!(printed, r#"Credential { login: "agent-docs", .. } Sensitive Sensitive"#);
    }

    #[test]
    fn a_dead_credential_is_told_from_a_missing_permission() {
        let message = br#"{"message":"Only authenticated user is allowed to call APIs."}"#;
        assert!(is_dead(StatusCode::FORBIDDEN, message), "as seen on Gogs 0.14.3 with REQUIRE_SIGNIN_VIEW");
        assert!(is_dead(StatusCode::UNAUTHORIZED, b""), "and without");
        assert!(!is_dead(StatusCode::FORBIDDEN, b""), "too little permission is 403 with an empty body");
        assert!(!is_dead(StatusCode::NOT_FOUND, message));
    }
}
