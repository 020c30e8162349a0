//! What the token endpoint answers.

use std::collections::BTreeSet;

use gogs_spanner_capability::{Rights, token::TokenText};
use serde_json::{Value, json};

use super::{details, request::ISSUED};

/// A token, and what was granted with it.
#[derive(Debug)]
pub struct TokenResponse {
    /// The token.
    pub token: TokenText,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// What it may do at most.
    pub granted: Rights,
}

impl TokenResponse {
    /// The body of the answer (RFC 6749 §5.1, RFC 8693 §2.2.1, RFC 9396 §7). It holds the secret.
    pub fn document(&self) -> Value {
        json!({
            "access_token": self.token.expose(),
            "issued_token_type": ISSUED,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope(),
            "authorization_details": details::describe(&self.granted),
        })
    }

    /// The granted actions, sorted.
    pub fn scope(&self) -> String {
        let actions: BTreeSet<_> =
            self.granted.iter().flat_map(|right| &right.actions).map(|action| action.as_str()).collect();
        actions.into_iter().collect::<Vec<_>>().join(" ")
    }
}
