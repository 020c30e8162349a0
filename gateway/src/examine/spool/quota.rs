//! Room on disk, shared by all requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes the spool may hold, and how many it holds.
#[derive(Clone, Debug)]
pub struct Quota(Arc<Room>);

#[derive(Debug)]
struct Room {
    quota: u64,
    taken: AtomicU64,
}

/// Room that was taken; dropping it gives it back.
#[derive(Debug)]
pub struct Reservation {
    quota: Quota,
    bytes: u64,
}

/// There is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// Others have taken it; they will give it back.
    #[error("the spool is full")]
    Full,
    /// The whole quota would not do.
    #[error("more than the whole spool of {quota} bytes")]
    Never {
        /// The quota.
        quota: u64,
    },
}

impl Quota {
    /// Room for `quota` bytes.
    pub fn new(quota: u64) -> Self {
        Self(Arc::new(Room { quota, taken: AtomicU64::new(0) }))
    }

    /// Takes `bytes` of it.
    pub fn reserve(&self, bytes: u64) -> Result<Reservation, QuotaError> {
        let mut reservation = Reservation { quota: self.clone(), bytes: 0 };
        reservation.grow(bytes).map(|()| reservation)
    }

    /// How many bytes are taken.
    pub fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::Relaxed)
    }
}

impl Reservation {
    /// Takes `more` bytes, all of them or none.
    pub fn grow(&mut self, more: u64) -> Result<(), QuotaError> {
        let Room { quota, taken } = &*self.quota.0;
        if self.bytes.saturating_add(more) > *quota {
            return Err(QuotaError::Never { quota: *quota });
        }
        let room = |taken: u64| taken.checked_add(more).filter(|taken| taken <= quota);
        taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).map_err(|_| QuotaError::Full)?;
        self.bytes += more;
        Ok(())
    }

    /// How many bytes it holds.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.quota.0.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_back_when_the_reservation_goes() {
        let quota = Quota::new(10);
        let mut first = quota.reserve(4).expect("room");
        first.grow(3).expect("room");
        assert_eq!((first.bytes(), quota.taken()), (7, 7));
        drop(first);
        assert_eq!(quota.taken(), 0);
    }

    #[test]
    fn a_full_quota_is_told_from_one_that_is_too_small() {
        let quota = Quota::new(10);
        let mut held = quota.reserve(6).expect("room");
        assert_eq!(quota.reserve(5).map(drop), Err(QuotaError::Full));
        assert_eq!(held.grow(5), Err(QuotaError::Never { quota: 10 }));
        assert_eq!(held.grow(u64::MAX), Err(QuotaError::Never { quota: 10 }));
        assert_eq!((held.bytes(), quota.taken()), (6, 6), "what was refused takes no room");
    }
}
