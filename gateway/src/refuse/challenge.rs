//! What a caller without a good credential is asked for.

use http::{HeaderName, HeaderValue, header};

use crate::request::Door;

/// What git-lfs looks at before `WWW-Authenticate`, and all that Gogs itself says (`internal/route/lfs/route.go:48`).
const LFS_AUTHENTICATE: HeaderName = HeaderName::from_static("lfs-authenticate");

/// The headers a door challenges in.
pub(super) fn headers(door: Door) -> Vec<HeaderName> {
    if matches!(door, Door::Lfs) {
        vec![header::WWW_AUTHENTICATE, LFS_AUTHENTICATE]
    } else {
        vec![header::WWW_AUTHENTICATE]
    }
}

/// The challenge of a door (RFC 7617, RFC 6750 §3, RFC 9728 §5.1). Git gets exactly one scheme: a second costs git 2.39
/// one more round trip on every clone.
pub(super) fn challenge(door: Door, public_url: &str) -> HeaderValue {
    let metadata = format!("{public_url}/.well-known/oauth-protected-resource");
    let text = match door {
        Door::Git | Door::Lfs => format!("Basic realm=\"spanner\", resource_metadata=\"{metadata}\""),
        Door::Rest | Door::Own => format!("Bearer realm=\"spanner\", resource_metadata=\"{metadata}\""),
    };
    HeaderValue::from_str(&text).expect("a parsed origin is a header value")
}
