//! What broke a body off on its way to the forge.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{body::Body, refuse::Refusal};

/// Why a transfer was broken off, and what its sender still sends. Shared with the body it is about.
#[derive(Clone, Default)]
pub(super) struct Breakage(Arc<Mutex<Option<(Refusal, Body)>>>);

impl Breakage {
    pub(super) fn set(&self, refusal: Refusal, rest: Body) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((refusal, rest));
    }

    /// What broke it off, if anything did.
    pub(super) fn found(&self) -> Option<(Refusal, Body)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
