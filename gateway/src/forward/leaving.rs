//! A body on its way to the forge, and when something of it was last taken.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use crate::body::{self, Body, Fault};

/// The body, as the connection takes it.
struct Leaving {
    body: Body,
    taken: Taken,
}

/// When something of it, or its end, was last taken.
#[derive(Clone)]
pub(super) struct Taken(Arc<Mutex<Instant>>);

/// The same body, and what knows how it fares.
pub(super) fn leaving(body: Body) -> (Body, Taken) {
    let taken = Taken(Arc::new(Mutex::new(Instant::now())));
    (body::boxed(Leaving { body, taken: taken.clone() }), taken)
}

impl Taken {
    /// Ends when nothing was taken for so long. No piece sets a timer: it goes off once in a while, and only then is looked
    /// at what it should have been set to.
    pub(super) async fn nothing_for(&self, patience: Duration) {
        loop {
            let until = *self.last() + patience;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }

    fn last(&self) -> MutexGuard<'_, Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl http_body::Body for Leaving {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        *self.taken.last() = Instant::now();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
