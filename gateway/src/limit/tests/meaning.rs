//! What a limit means, and that it does.

use proptest::{collection::vec, prelude::*};

use super::{
    super::allowance::{Allowance, Wait},
    *,
};

/// What a limit means, without a bucket: in no stretch of time that ends now is more taken than the amount, and the amount
/// for each period of its length. In nanoseconds × units, so that nothing is rounded.
fn fits(limit: Limit, taken: &[(i128, u64)], now: i128, units: u64) -> bool {
    let per = limit.per.length().as_nanos();
    let starts = taken.iter().map(|(at, _)| *at).chain([now]);
    starts.into_iter().all(|start| {
        let within: u64 = taken.iter().filter(|(at, _)| *at >= start).map(|(_, units)| units).sum();
        i128::from(within + units) * per <= i128::from(limit.amount) * (per + now - start)
    })
}

fn periods() -> impl Strategy<Value = Period> {
    prop_oneof![Just(Period::Second), Just(Period::Minute), Just(Period::Hour)]
}

proptest! {
    /// Whether it lets something through, and how long it says to wait, is what the meaning of a limit says.
    #[test]
    fn a_limit_is_what_it_means(
        amount in 1_u64..20,
        per in periods(),
        steps in vec((0_i64..40_000_000_000, 1_u64..24), 1..60),
    ) {
        let limit = limit(amount, per);
        let mut now = Timestamp::UNIX_EPOCH;
        let mut allowance = Allowance::whole(limit, now);
        let mut taken = Vec::new();
        for (pause, units) in steps {
            now += SignedDuration::from_nanos(pause);
            allowance = allowance.under(limit, now);
            let at = now.as_nanosecond();
            let wait = allowance.wait_for(units);
            prop_assert_eq!(wait.is_none(), fits(limit, &taken, at, units));
            let later = |seconds: u32| at + i128::from(seconds) * 1_000_000_000;
            match wait {
                None => {
                    allowance.take(units);
                    taken.push((at, units));
                }
                Some(Wait::Ever) => prop_assert!(units > amount),
                Some(Wait::Seconds(seconds)) => {
                    prop_assert!(fits(limit, &taken, later(seconds), units), "after {} s", seconds);
                    prop_assert!(seconds == 1 || !fits(limit, &taken, later(seconds - 1), units), "sooner");
                }
            }
            prop_assert!(fits(limit, &taken, at, allowance.remaining()));
            prop_assert!(!fits(limit, &taken, at, allowance.remaining() + 1));
        }
    }

    /// Whatever is taken and given back later, and under whatever limits, leaves no more than had it never been taken.
    #[test]
    fn giving_back_hands_out_nothing(
        amounts in (1_u64..20, 1_u64..20),
        per in periods(),
        steps in vec((0_i64..2_000_000_000, 1_u64..24, any::<bool>(), any::<bool>()), 1..40),
    ) {
        let limits = [limit(amounts.0, per), limit(amounts.1, Period::Minute)];
        let mut now = Timestamp::UNIX_EPOCH;
        let (mut had, mut never) = (Allowance::whole(limits[0], now), Allowance::whole(limits[0], now));
        let mut pending = Vec::new();
        for (pause, units, is_kept, is_first) in steps {
            now += SignedDuration::from_nanos(pause);
            let limit = limits[usize::from(!is_first)];
            (had, never) = (had.under(limit, now), never.under(limit, now));
            if had.wait_for(units).is_none() {
                let taking = had.take(units);
                if is_kept { never.take(units); } else { pending.push(taking); }
            }
            if pending.len() > 2 {
                had.give_back(pending.swap_remove(0));
            }
            prop_assert!(had.remaining() <= never.remaining());
        }
        for taking in pending {
            had.give_back(taking);
        }
        prop_assert!(had.remaining() <= never.remaining());
    }
}
