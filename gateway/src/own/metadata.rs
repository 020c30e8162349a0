//! Where clients find the token service. Only what has a handler is listed.

use serde_json::{Value, json};

use super::{AUTHORIZE, DEVICE, KEYS, REVOKE, TOKEN};
use crate::exchange::{DEVICE_CODE, request::GRANT_TYPES};

/// RFC 8414 §3.
pub(super) const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
/// RFC 9728 §3.
pub(super) const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";

/// The metadata of the authorization server (RFC 8414 §2, RFC 9396 §10), with the grants by which people sign in.
pub(super) fn authorization_server(public_url: &str, sign_in: &[&str]) -> Value {
    let mut metadata = json!({
        "issuer": public_url,
        "token_endpoint": format!("{public_url}{TOKEN}"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["EdDSA"],
        "revocation_endpoint": format!("{public_url}{REVOKE}"),
        "revocation_endpoint_auth_methods_supported": ["none"],
        "jwks_uri": format!("{public_url}{KEYS}"),
        "grant_types_supported": GRANT_TYPES,
        "response_types_supported": [],
        "authorization_details_types_supported": ["gogs"],
    });
    if !sign_in.is_empty() {
        metadata["grant_types_supported"] = GRANT_TYPES.iter().chain(sign_in).copied().collect();
        metadata["authorization_endpoint"] = format!("{public_url}{AUTHORIZE}").into();
        metadata["response_types_supported"] = json!(["code"]);
        metadata["code_challenge_methods_supported"] = json!(["S256"]);
        metadata["authorization_response_iss_parameter_supported"] = true.into();
    }
    if sign_in.contains(&DEVICE_CODE) {
        metadata["device_authorization_endpoint"] = format!("{public_url}{DEVICE}").into();
    }
    metadata
}

/// The metadata of the protected resource, the forge behind us (RFC 9728 §2).
pub(super) fn protected_resource(public_url: &str) -> Value {
    json!({
        "resource": public_url,
        "resource_name": "Gogs Spanner",
        "authorization_servers": [public_url],
        "bearer_methods_supported": ["header"],
        "authorization_details_types_supported": ["gogs"],
    })
}
