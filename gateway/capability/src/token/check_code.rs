//! What a person compares when she signs in.

use sha2::{Digest as _, Sha256};

/// The letters of RFC 8628 §6.1, which make no words and are not taken for one another.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// What the gateway's page and the terminal of whoever began both show of a challenge (RFC 7636): eight letters of its
/// digest, by which a person knows that the page is about her own sign-in.
pub fn check_code(challenge: &str) -> String {
    let digest = Sha256::digest(challenge.as_bytes());
    let letters = digest.iter().take(8).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
    let mut code: String = letters.collect();
    code.insert(4, '-');
    code
}
