//! Are the issuing keys as young as they should be?

use std::future::ready;

use jiff::{SignedDuration, Timestamp};

use super::{Case, Check, Severity, Told, unless};
use crate::keys::{KeyState, KeyView};

pub(super) const CHECK: Check = Check {
    id: "key-age",
    asks: "Does the key that signs tokens rotate as `[tokens] rotate_key_every` says?",
    severity: Severity::Warning,
    mend: "look at the gateway's log; `spanner keys rotate` makes a new one now",
    ask: |case| Box::pin(ready(ask(case))),
};

/// Rotation is asked for every minute; an hour more is no accident.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

fn ask(case: &Case) -> Told {
    let keys = &case.vitals()?.keys;
    unless(keys.iter().filter_map(|key| evidence(key, case.config.tokens.rotate_key_every, case.clock.now())).collect())
}

fn evidence(key: &KeyView, rotate_every: SignedDuration, now: Timestamp) -> Option<String> {
    let is_late = key.state == KeyState::Signing && now.duration_since(key.signs_from) > rotate_every + GRACE;
    is_late.then(|| format!("key {} has been signing since {:.0}", key.id, key.signs_from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_signs_for_too_long_is_found_and_a_retired_one_is_not() {
        let day = SignedDuration::from_hours(24);
        let signs_from = Timestamp::UNIX_EPOCH;
        let key = |state| KeyView { id: 1, state, published: signs_from, signs_from, age: 0 };
        assert_eq!(evidence(&key(KeyState::Signing), day, signs_from + day), None);
        assert!(evidence(&key(KeyState::Signing), day, signs_from + day * 2).is_some());
        assert_eq!(evidence(&key(KeyState::Retired), day, signs_from + day * 2), None);
    }
}
