//! `[tokens]`: how long tokens and the keys that sign them live.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    error::Complaint,
    spelling::{Spelled, spelled},
};

/// What a stolen token is worth is bounded by this; longer work renews.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Lifetimes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// How long a token lives when the request does not say.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<SignedDuration>", extend("default" = "15m"))]
    pub lifetime: SignedDuration,
    /// The longest a request may ask for, at most 24 hours.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<SignedDuration>", extend("default" = "1h"))]
    pub max_lifetime: SignedDuration,
    /// How old the key that signs tokens becomes.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<SignedDuration>", extend("default" = "30d"))]
    pub rotate_key_every: SignedDuration,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            lifetime: SignedDuration::from_mins(15),
            max_lifetime: SignedDuration::from_hours(1),
            rotate_key_every: SignedDuration::from_hours(30 * 24),
        }
    }
}

impl Tokens {
    /// What does not fit together, with the key it is said about.
    pub(super) fn check(&self) -> Result<(), (&'static str, Complaint)> {
        if self.max_lifetime > LONGEST {
            return Err(("max_lifetime", Complaint::new("tokens would live longer than a day", "write `24h` or less")));
        }
        if self.lifetime > self.max_lifetime {
            let mend = "lower `lifetime` or raise `max_lifetime` (1h unless written)";
            return Err(("lifetime", Complaint::new("`lifetime` is longer than `max_lifetime`", mend)));
        }
        if self.rotate_key_every < self.max_lifetime {
            let mend = "write `max_lifetime` or more, days are usual: `30d`";
            return Err(("rotate_key_every", Complaint::new("keys would change faster than tokens expire", mend)));
        }
        Ok(())
    }
}
