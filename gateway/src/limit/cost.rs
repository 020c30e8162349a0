//! What requests take of their agent's limits.

use gogs_spanner_capability::{Action, Effect};

use super::Limited;

/// What something takes of an agent's limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Requests.
    pub requests: u64,
    /// Pushes.
    pub pushes: u64,
    /// Bytes pushed.
    pub bytes: u64,
}

impl Cost {
    /// One request.
    pub const REQUEST: Self = Self { requests: 1, pushes: 0, bytes: 0 };
    /// One push, whatever it brings.
    pub const PUSH: Self = Self { requests: 0, pushes: 1, bytes: 0 };

    /// Bytes that are pushed.
    pub const fn bytes(bytes: u64) -> Self {
        Self { requests: 0, pushes: 0, bytes }
    }

    /// What a request with this effect takes at least, the request itself with it.
    pub fn at_least(effect: &Effect) -> Self {
        let push = if writes(effect) { Self::PUSH } else { Self::default() };
        let brings = effect.action.brings_content() || effect.action == Action::LfsWrite;
        Self::REQUEST.and(push).and(Self::bytes(u64::from(brings)))
    }

    /// One push, if any of the effects writes a ref.
    pub fn of_effects(effects: &[Effect]) -> Self {
        if effects.iter().any(writes) { Self::PUSH } else { Self::default() }
    }

    pub(super) const fn of(&self, limited: Limited) -> u64 {
        match limited {
            Limited::Requests => self.requests,
            Limited::Pushes => self.pushes,
            Limited::PushBytes => self.bytes,
        }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            pushes: self.pushes + other.pushes,
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// Whether an effect is what a push has: a ref is written, or a wiki's.
fn writes(effect: &Effect) -> bool {
    effect.action.writes_ref() || effect.action == Action::WikiWrite
}
