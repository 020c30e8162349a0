//! Room at the issuer. Strangers may begin, and may hand in what they made up; they must neither have us flood the issuer nor
//! stand in the way of people in the midst of signing in.

mod network;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gogs_spanner_capability::Reason;
use jiff::Timestamp;
use tracing::Instrument;

use self::network::{NETWORKS, Network, SHARES};
use crate::{
    exchange::mint::broken,
    limit::{Allowance, Wait},
    refuse::Refusal,
};

/// Sign-ins for which the issuer is asked something at this moment.
const PLACES: usize = 16;
/// Of these, beginnings: the rest is kept for who has begun.
const BEGINNINGS: usize = PLACES / 2;
/// What is counted at a time. Where there is more, counting begins anew: that gets nobody into more places.
const COUNTS: usize = 20_000;

/// Who is asking the issuer for something, and who asked how often.
#[derive(Default)]
pub(super) struct Room {
    taken: Mutex<Vec<Taken>>,
    asked: Mutex<HashMap<(Stage, Network), Allowance>>,
}

/// What somebody is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// She begins. So may anybody.
    Beginning,
    /// She brings what she was given in the beginning.
    Redeeming,
}

/// A place at the issuer; dropping it gives it back.
pub(super) struct Place {
    room: Arc<Room>,
    taken: Taken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Taken {
    stage: Stage,
    networks: [Network; NETWORKS],
}

impl Room {
    /// Takes a place for a client, or says how long to wait.
    pub(super) fn enter(
        self: &Arc<Self>,
        stage: Stage,
        client: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Place, Refusal> {
        let taken = Taken { stage, networks: SHARES.map(|share| share.of(client)) };
        self.count(taken, now)?;
        let mut places = lock(&self.taken);
        let begin = places.iter().filter(|other| other.stage == Stage::Beginning).count();
        let of = |network| places.iter().filter(|other| other.networks.contains(network)).count();
        let is_crowded = SHARES.iter().zip(&taken.networks).any(|(share, network)| of(network) >= share.places);
        if is_crowded || places.len() == PLACES || stage == Stage::Beginning && begin == BEGINNINGS {
            return Err(Refusal::new(Reason::UpstreamUnavailable).because("many people are signing in at this moment"));
        }
        places.push(taken);
        Ok(Place { room: Arc::clone(self), taken })
    }

    /// Counts a question for all networks its asker is in, or for none.
    fn count(&self, Taken { stage, networks }: Taken, now: Timestamp) -> Result<(), Refusal> {
        let mut asked = lock(&self.asked);
        let allowances = SHARES.iter().zip(networks).map(|(share, network)| {
            let (key, limit) = ((stage, network), share.limit(stage));
            let known = asked.get(&key).map(|allowance| allowance.under(limit, now));
            (key, known.unwrap_or_else(|| Allowance::whole(limit, now)))
        });
        let allowances: Vec<_> = allowances.collect();
        if let Some(wait) = allowances.iter().filter_map(|(_, allowance)| allowance.wait_for(1)).max() {
            return Err(too_often(stage, wait));
        }
        let newcomers = allowances.iter().filter(|(key, _)| !asked.contains_key(key)).count();
        if asked.len() + newcomers > COUNTS {
            asked.retain(|_, allowance| allowance.under(allowance.limit(), now).whole_in() > 0);
            if asked.len() + newcomers > COUNTS {
                asked.clear();
            }
        }
        for (key, mut allowance) in allowances {
            allowance.take(1);
            asked.insert(key, allowance);
        }
        Ok(())
    }
}

impl Place {
    /// Does something at the issuer, to its end and in this place: an asker who hangs up must not have the place free while the
    /// issuer is at it.
    pub(super) async fn during<T: Send + 'static>(
        self,
        work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        let working = async move {
            let _place = self;
            work.await
        };
        let done = tokio::spawn(working.in_current_span()).await;
        done.unwrap_or_else(|error| Err(broken(error.to_string())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = lock(&self.room.taken);
        if let Some(at) = places.iter().position(|other| *other == self.taken) {
            places.swap_remove(at);
        }
    }
}

fn too_often(stage: Stage, wait: Wait) -> Refusal {
    let why = match stage {
        Stage::Beginning => "sign-ins are begun from this network too often",
        Stage::Redeeming => "codes of sign-ins are brought from this network too often",
    };
    let refusal = Refusal::new(Reason::LimitReached).because(why).hint("wait, then run `spanner login` again");
    if let Wait::Seconds(seconds) = wait { refusal.retry(seconds) } else { refusal }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
