//! A header becomes a token nobody believes yet, or is refused.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gogs_spanner::{authenticate::Presented, request::Door};
use gogs_spanner_capability::{Reason, token::TokenText};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

const DOORS: [Door; 4] = [Door::Git, Door::Rest, Door::Lfs, Door::Own];

/// What is read is exactly one token, standing where RFC 6750 or RFC 7617 put it, and the same one as a bearer; what is
/// not read says no more than that it is malformed.
///
/// The first byte of the input picks the door; the rest is the header's value.
pub fn authorization(input: &[u8]) {
    let Some((&first, value)) = input.split_first() else { return };
    let door = DOORS[usize::from(first) % DOORS.len()];
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    match read(door, value.clone()) {
        Ok(presented) => {
            let token = only_token(&value).expect("a header that was read holds exactly one token");
            let bearer = format!("Bearer {}", token.expose()).parse().expect("a token is a header value");
            let again = read(door, bearer).expect("every door takes a bearer");
            // `Debug` of a token is its fingerprint.
            assert_eq!(format!("{again:?}"), format!("{presented:?}"));
        }
        Err(reason) => assert_eq!(reason, Reason::TokenMalformed),
    }
}

fn read(door: Door, value: HeaderValue) -> Result<Presented, Reason> {
    let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
    Presented::from_headers(door, &headers).map_err(|refusal| refusal.reason())
}

/// The token of a header, read as plainly as can be.
fn only_token(value: &HeaderValue) -> Option<TokenText> {
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return TokenText::parse(rest).ok();
    }
    let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    match (TokenText::parse(user), TokenText::parse(password)) {
        (Ok(token), Err(_)) | (Err(_), Ok(token)) => Some(token),
        _ => None,
    }
}
