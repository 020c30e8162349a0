//! Small words of a story.

use std::{future::Future, time::Duration};

use tokio::time::{sleep, timeout};

/// How long something that must come may take to come, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked for.
const PACE: Duration = Duration::from_millis(10);

/// Waits, within a bound, until something holds.
pub async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl FnMut() -> F) {
    within(PATIENCE, what, holds).await;
}

/// The same within another bound.
pub(crate) async fn within<F: Future<Output = bool>>(bound: Duration, what: &str, mut holds: impl FnMut() -> F) {
    let waiting = async {
        while !holds().await {
            sleep(PACE).await;
        }
    };
    assert!(timeout(bound, waiting).await.is_ok(), "it never came to pass that {what}");
}

/// Bytes that do not compress, always the same ones.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        // xorshift64: all that is wanted is that zlib finds nothing in it.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(length).collect()
}
