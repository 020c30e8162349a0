//! Room on disk, shared by all requests.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

/// How many bytes the spool may hold, and how many it holds.
#[derive(Clone, Debug)]
pub struct Quota(Arc<Room>);

#[derive(Debug)]
struct Room {
    quota: u64,
    taken: AtomicU64,
    yielding: OnceLock<Weak<dyn GiveWay>>,
}

/// Something that takes room and can do without.
pub trait GiveWay: fmt::Debug + Send + Sync {
    /// Gives back some of its room; whether it had any to give.
    fn give_way(&self) -> bool;
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
        Self(Arc::new(Room { quota, taken: AtomicU64::new(0), yielding: OnceLock::new() }))
    }

    /// Takes `bytes` of it.
    pub fn reserve(&self, bytes: u64) -> Result<Reservation, QuotaError> {
        let mut reservation = Reservation { quota: self.clone(), bytes: 0 };
        reservation.grow(bytes).map(|()| reservation)
    }

    /// Names who makes way when room is wanted; the first one named stays.
    pub fn made_room_by(&self, yielding: &Arc<dyn GiveWay>) {
        self.0.yielding.get_or_init(|| Arc::downgrade(yielding));
    }

    /// How many bytes are free.
    pub fn free(&self) -> u64 {
        self.0.quota.saturating_sub(self.taken())
    }

    fn give_way(&self) -> bool {
        self.0.yielding.get().and_then(Weak::upgrade).is_some_and(|yielding| yielding.give_way())
    }

    /// How many bytes are taken.
    pub fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::Relaxed)
    }
}

impl Reservation {
    /// Takes `more` bytes, all of them or none.
    pub fn grow(&mut self, more: u64) -> Result<(), QuotaError> {
        let Room { quota, taken, .. } = &*self.quota.0;
        if self.bytes.saturating_add(more) > *quota {
            return Err(QuotaError::Never { quota: *quota });
        }
        let room = |taken: u64| taken.checked_add(more).filter(|taken| taken <= quota);
        while taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_err() {
            if !self.quota.give_way() {
                return Err(QuotaError::Full);
            }
        }
        self.bytes += more;
        Ok(())
    }

    /// Takes or gives back what is missing to `bytes`.
    pub fn resize(&mut self, bytes: u64) -> Result<(), QuotaError> {
        if bytes >= self.bytes {
            return self.grow(bytes - self.bytes);
        }
        self.quota.0.taken.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        self.bytes = bytes;
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
        first.resize(5).expect("less always fits");
        first.resize(9).expect("room");
        assert_eq!((first.bytes(), quota.taken()), (9, 9));
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
