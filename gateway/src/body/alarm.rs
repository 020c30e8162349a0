//! A bound on one wait after another, made for bodies: there a wait ends ten thousand times a second.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

/// An end to each wait. Its timer is not set anew for each of them, which takes a lock: it goes off once in a while, and
/// only then is looked at what it should have been set to.
#[derive(Debug)]
pub struct Alarm {
    timer: Pin<Box<Sleep>>,
    since: Option<Instant>,
}

impl Alarm {
    /// For waits of about so long.
    pub fn new(patience: Duration) -> Self {
        Self { timer: Box::pin(sleep(patience)), since: None }
    }

    /// What was waited for has come: how long it took.
    pub fn stop(&mut self) -> Duration {
        self.since.take().map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Ready when a wait, this or the one it goes on with, has been longer than that.
    pub fn poll(&mut self, patience: Duration, context: &mut Context<'_>) -> Poll<()> {
        let until = *self.since.get_or_insert_with(Instant::now) + patience;
        loop {
            if until < self.timer.deadline() {
                self.timer.as_mut().reset(until);
            }
            ready!(self.timer.as_mut().poll(context));
            if until <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(until);
        }
    }
}
