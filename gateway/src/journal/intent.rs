//! A recorded intention that waits for its outcome.

use tokio::sync::mpsc;

use super::{Message, record::plain};
use crate::{
    clock::SharedClock,
    store::{Entry, Key},
};

/// Proof that what is about to be done is recorded, and the place in the queue its outcome will take.
///
/// Dropped without [`conclude`](Self::conclude), the records stay without an outcome and are shown as *unknown*.
#[derive(Debug)]
#[must_use = "an intention without a conclusion is shown as unknown"]
pub struct Intent {
    keys: Vec<Key>,
    seq: Option<u64>,
    place: mpsc::OwnedPermit<Message>,
    clock: SharedClock,
}

impl Intent {
    pub(super) const fn new(
        keys: Vec<Key>,
        seq: Option<u64>,
        place: mpsc::OwnedPermit<Message>,
        clock: SharedClock,
    ) -> Self {
        Self { keys, seq, place, clock }
    }

    /// The number of the first record, where it was durable before this was given out.
    pub const fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// Records what came of it: one result for each record in their order, or one for all of them.
    ///
    /// Neither blocks nor fails: the place was kept. A record there is no result for stays *unknown*.
    pub fn conclude(self, results: &[String]) {
        let results = if let [one] = results { vec![one; self.keys.len()] } else { results.iter().collect() };
        let at = self.clock.now();
        let outcome = |(of, result): (Key, &String)| Entry::Outcome { of, at, result: plain(result) };
        self.place.send(Message::soon(self.keys.into_iter().zip(results).map(outcome).collect()));
    }
}
