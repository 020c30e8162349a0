//! What lets one admitted Git operation finish although its token expires meanwhile.
//!
//! A clone or push is two requests, and people's clocks do not stop between them. A lease changes one thing: the `time` a
//! decision is made at is the time the operation was let in. Revocation, policy and every other caveat are judged as ever.

use std::time::Duration;

use gogs_spanner_gitwire::Service;
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;

use crate::{
    caller::Verified,
    classify::{GitRepository, Route},
};

/// How long an operation may go on after it was let in.
const LENGTH: SignedDuration = SignedDuration::from_mins(10);
/// Bytes a second of the slowest line a large object is waited for, as of a push: slower is nobody. An object let in with a
/// ticket may take as long as this makes it after the ticket has ended.
const SLOWEST: u64 = 64 * 1024;
/// Operations under way at once whose tokens are about to end; losing one means asking for a new token.
const MOST: u64 = 10_000;

type Operation = ([u8; 32], GitRepository, Service);

/// The operations under way whose tokens end soon.
#[derive(Debug)]
pub struct Leases(Cache<Operation, Timestamp>);

impl Default for Leases {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Leases {
    /// Remembers when an operation was let in, under a token that still held, if it ends before the lease would.
    pub fn grant(&self, token: [u8; 32], expires: Timestamp, route: &Route, admitted_at: Timestamp) {
        let Route::Advertisement(repository, service) = route else { return };
        if expires - admitted_at > LENGTH {
            return;
        }
        self.0.insert((token, repository.clone(), *service), admitted_at);
    }

    /// The instant the token is judged at on this route: `now`, or when the operation was let in.
    pub fn judged_at(&self, token: &[u8; 32], expires: Timestamp, route: &Route, now: Timestamp) -> Timestamp {
        if now <= expires {
            return now;
        }
        let (Some(repository), Some(service), false) =
            (route.git_repository(), route.service(), matches!(route, Route::Advertisement(..)))
        else {
            return now;
        };
        self.0
            .get(&(*token, repository.clone(), service))
            .filter(|admitted_at| *admitted_at <= now && now <= *admitted_at + LENGTH)
            .unwrap_or(now)
    }
}

/// Whether a token that has ended ended too long ago for what was let in at `admitted_at`: its caller may send as slowly as
/// it likes, and must not thereby outlive its token.
pub fn is_over(expires: Timestamp, admitted_at: Timestamp, now: Timestamp) -> bool {
    now > expires && now > admitted_at + LENGTH
}

/// Whether something that was let in at `admitted_at` has gone on for longer than its credential lets it: an operation of
/// git a lease longer, the transfer of a large object as long as its size takes on the slowest line.
pub fn has_outlived(verified: &Verified, admitted_at: Timestamp, now: Timestamp) -> bool {
    match verified {
        Verified::Token(token) => is_over(token.expires(), admitted_at, now),
        Verified::Ticket(ticket) => {
            let transfer = Duration::from_secs(ticket.object.size / SLOWEST);
            now.duration_since(ticket.expires) > SignedDuration::try_from(transfer).unwrap_or(SignedDuration::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_slowly_does_not_outlive_his_token() {
        let minute = |minute| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        assert!(!is_over(minute(1), minute(0), minute(10)), "what was let in may finish");
        assert!(is_over(minute(1), minute(0), minute(11)), "but not for longer than a lease");
        assert!(!is_over(minute(60), minute(0), minute(59)), "while the token holds nothing is over");
        assert!(is_over(minute(60), minute(0), minute(61)));
    }
}
