//! What stands in the way of something that would take more than a limit leaves.

use gogs_spanner_capability::Reason;

use super::{
    AgentLimits, Cost, Limit, Limited,
    allowance::{Allowance, Wait},
    text,
};
use crate::refuse::Refusal;

/// A limit that does not let something be done now.
pub(super) struct Shortage {
    limited: Limited,
    limit: Limit,
    wait: Wait,
}

pub(super) fn shortages(
    limits: &AgentLimits,
    cost: Cost,
    mut look: impl FnMut(Limited, Limit) -> Allowance,
) -> impl Iterator<Item = Shortage> {
    limits.each().filter(move |(limited, _)| cost.of(*limited) > 0).filter_map(move |(limited, limit)| {
        let wait = look(limited, limit).wait_for(cost.of(limited))?;
        Some(Shortage { limited, limit, wait })
    })
}

/// Refuses by the limit that is waited for longest, so that whoever comes back then finds no other in the way.
pub(super) fn refuse(shortages: impl Iterator<Item = Shortage>) -> Result<(), Refusal> {
    shortages.max_by_key(|shortage| shortage.wait).map_or(Ok(()), |shortage| Err(shortage.refusal()))
}

impl Shortage {
    fn refusal(&self) -> Refusal {
        let written = self.limit.written(self.limited);
        match self.wait {
            Wait::Seconds(seconds) => Refusal::new(Reason::LimitReached)
                .because(format!("{}, {written}", self.limited.used_up()))
                .hint(format!("try again in {}", text::duration(seconds)))
                .retry(seconds),
            Wait::Ever => Refusal::new(Reason::TooLarge)
                .because(format!("this is more than the agent may ever push at once, {written}"))
                .hint("push it in smaller parts, or ask the agent's owner for more `push_bytes`"),
        }
    }
}
