//! Single flight: whoever wants what is already being done waits for it and shares its end, good or bad.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tracing::Instrument as _;

type Flight<T> = Shared<BoxFuture<'static, Option<T>>>;

/// The work under way, by what it is for.
pub(super) struct Flights<K, T> {
    under_way: Arc<Mutex<HashMap<K, Flight<T>>>>,
}

/// Takes a flight off the board when it ends, however it ends.
struct Landing<K: Eq + Hash, T> {
    under_way: Arc<Mutex<HashMap<K, Flight<T>>>>,
    key: K,
}

impl<K, T> Flights<K, T>
where
    K: Clone + Eq + Hash + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Joins the flight for `key`, or starts it. It is a task of its own: it goes on when everybody waiting has left, because
    /// an account half made is worse than one nobody waits for.
    ///
    /// `None` means that the work panicked.
    pub(super) async fn join<F>(&self, key: K, work: impl FnOnce() -> F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let flight = {
            let mut under_way = lock(&self.under_way);
            if let Some(flight) = under_way.get(&key) {
                flight.clone()
            } else {
                let flight = self.start(key.clone(), work());
                under_way.insert(key, flight.clone());
                flight
            }
        };
        flight.await
    }

    fn start(&self, key: K, work: impl Future<Output = T> + Send + 'static) -> Flight<T> {
        let landing = Landing { under_way: Arc::clone(&self.under_way), key };
        let task = async move {
            let _landing = landing;
            work.await
        };
        let task = tokio::spawn(task.in_current_span());
        async move { task.await.ok() }.boxed().shared()
    }
}

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self { under_way: Arc::default() }
    }
}

impl<K: Eq + Hash, T> Drop for Landing<K, T> {
    fn drop(&mut self) {
        let landed = lock(&self.under_way).remove(&self.key);
        drop(landed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn everybody_who_waits_shares_one_flight() {
        let flights = Flights::default();
        let (started, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let work = || {
            let (started, go) = (Arc::clone(&started), Arc::clone(&go));
            move || async move {
                let number = started.fetch_add(1, Ordering::SeqCst);
                go.notified().await;
                number
            }
        };
        let (first, second, third) = tokio::join!(flights.join("a", work()), flights.join("a", work()), async {
            go.notify_one();
            0
        });
        assert_eq!((first, second, third), (Some(0), Some(0), 0));
        go.notify_one();
        assert_eq!(flights.join("a", work()).await, Some(1), "the next one flies anew");
    }

    #[tokio::test]
    async fn a_flight_goes_on_when_nobody_waits_for_it() {
        let flights = Flights::default();
        let (go, landed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let work = {
            let (go, landed) = (Arc::clone(&go), Arc::clone(&landed));
            || async move {
                go.notified().await;
                landed.notify_one();
            }
        };
        assert!(flights.join("a", work).now_or_never().is_none(), "the caller hangs up");
        go.notify_one();
        landed.notified().await;
    }

    #[tokio::test]
    async fn a_flight_that_crashed_does_not_block_the_next() {
        let flights = Flights::<_, ()>::default();
        assert_eq!(flights.join("a", || async { panic!("as the test wants it") }).await, None);
        assert_eq!(flights.join("a", || async {}).await, Some(()));
    }
}
