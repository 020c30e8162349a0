//! The one place where the forge looks at a clock.

use jiff::Timestamp;

/// Now. A forge is somebody else's server and keeps the world's time, as the git beside it does.
#[expect(clippy::disallowed_methods, reason = "no test moves the time of the forge it plays against")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
