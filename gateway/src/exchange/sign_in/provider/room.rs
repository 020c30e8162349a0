//! Room at the issuer. Strangers may begin, and may hand in what they made up; they must neither have us flood the issuer nor
//! stand in the way of people in the midst of signing in.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
};

use gogs_spanner_capability::Reason;
use jiff::Timestamp;

use crate::{
    limit::{Allowance, Limit, Period, Wait},
    refuse::Refusal,
};

/// Sign-ins for which the issuer is asked something at this moment.
const PLACES: usize = 16;
/// Of these, beginnings: the rest is kept for who has begun.
const BEGINNINGS: usize = PLACES / 2;
/// Of these, one network's. The issuer answers in a moment, so an office behind one address has enough of them.
const OF_ONE_NETWORK: usize = 4;
/// How often one network begins: an office at nine o'clock does not reach it, a loop does.
const BEGUN: Limit = Limit { amount: 30, per: Period::Minute };
/// Networks whose beginnings are counted. Who has more gets past the count, and into no more places.
const NETWORKS: usize = 10_000;

/// Who is asking the issuer for something, and who began how often.
#[derive(Default)]
pub(super) struct Room {
    taken: Mutex<Vec<Taken>>,
    begun: Mutex<HashMap<Network, Allowance>>,
}

/// What somebody is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// She begins. So may anybody.
    Beginning,
    /// She brings what she was given in the beginning.
    Redeeming,
}

/// A place at the issuer; dropping it gives it back.
pub(super) struct Place<'r> {
    room: &'r Room,
    taken: Taken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Taken {
    stage: Stage,
    network: Network,
}

/// What one client has as a rule: an IPv4 address, or 64 bits of IPv6 (RFC 6177). Those nobody can tell are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network(Option<IpAddr>);

impl Network {
    fn of(client: Option<IpAddr>) -> Self {
        Self(client.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address @ IpAddr::V4(_) => address,
        }))
    }
}

impl Room {
    /// Takes a place for a client, or says how long to wait.
    pub(super) fn enter(&self, stage: Stage, client: Option<IpAddr>, now: Timestamp) -> Result<Place<'_>, Refusal> {
        let taken = Taken { stage, network: Network::of(client) };
        if stage == Stage::Beginning {
            self.count(taken.network, now)?;
        }
        let mut places = lock(&self.taken);
        let begin = places.iter().filter(|other| other.stage == Stage::Beginning).count();
        let of_it = places.iter().filter(|other| other.network == taken.network).count();
        let is_full = places.len() == PLACES || of_it == OF_ONE_NETWORK;
        if is_full || stage == Stage::Beginning && begin == BEGINNINGS {
            return Err(Refusal::new(Reason::UpstreamUnavailable).because("many people are signing in at this moment"));
        }
        places.push(taken);
        Ok(Place { room: self, taken })
    }

    fn count(&self, network: Network, now: Timestamp) -> Result<(), Refusal> {
        let mut begun = lock(&self.begun);
        if begun.len() == NETWORKS && !begun.contains_key(&network) {
            begun.retain(|_, allowance| allowance.under(BEGUN, now).whole_in() > 0);
            if begun.len() == NETWORKS {
                begun.clear();
            }
        }
        let allowance = begun.entry(network).or_insert_with(|| Allowance::whole(BEGUN, now));
        *allowance = allowance.under(BEGUN, now);
        match allowance.wait_for(1) {
            None => {
                allowance.take(1);
                Ok(())
            }
            Some(Wait::Seconds(seconds)) => Err(too_often().retry(seconds)),
            Some(Wait::Ever) => Err(too_often()),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut places = lock(&self.room.taken);
        if let Some(at) = places.iter().position(|other| *other == self.taken) {
            places.swap_remove(at);
        }
    }
}

fn too_often() -> Refusal {
    let why = "sign-ins are begun from this network too often";
    Refusal::new(Reason::LimitReached).because(why).hint("wait, then run `spanner login` again")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn enter(room: &Room, stage: Stage, network: u8, now: Timestamp) -> Result<Place<'_>, Refusal> {
        room.enter(stage, Some([203, 0, 113, network].into()), now)
    }

    fn reason(entered: Result<Place<'_>, Refusal>) -> Option<Reason> {
        entered.err().map(|refusal| refusal.reason())
    }

    #[test]
    fn strangers_who_begin_leave_room_for_whoever_has_begun() {
        let room = Room::default();
        let begin = |network| enter(&room, Stage::Beginning, network, NOW);
        let strangers: Vec<_> = (0..8).map(|network| begin(network).expect("a place")).collect();
        assert_eq!(strangers.len(), BEGINNINGS);
        assert_eq!(reason(begin(9)), Some(Reason::UpstreamUnavailable));
        let redeem = |network| enter(&room, Stage::Redeeming, network, NOW);
        let people: Vec<_> = (10..18).map(|network| redeem(network).expect("a place")).collect();
        assert_eq!(reason(redeem(18)), Some(Reason::UpstreamUnavailable), "{PLACES} in all");
        drop(strangers);
        begin(9).expect("places that are given back");
        drop(people);
    }

    #[test]
    fn one_network_takes_a_few_places_whatever_its_clients_are_at() {
        let room = Room::default();
        let subnet = |last: u16| Some(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last).into());
        let one: Vec<_> = (0..4)
            .map(|last| {
                let stage = if last % 2 == 0 { Stage::Beginning } else { Stage::Redeeming };
                room.enter(stage, subnet(last), NOW).expect("a place")
            })
            .collect();
        assert_eq!(one.len(), OF_ONE_NETWORK);
        assert_eq!(reason(room.enter(Stage::Redeeming, subnet(5), NOW)), Some(Reason::UpstreamUnavailable));
        enter(&room, Stage::Redeeming, 1, NOW).expect("another network has places");
    }

    #[test]
    fn a_network_that_begins_too_often_waits_and_no_other_does() {
        let room = Room::default();
        let begin = |network, now| enter(&room, Stage::Beginning, network, now);
        for _ in 0..BEGUN.amount {
            begin(1, NOW).expect("not often yet");
        }
        let refusal = begin(1, NOW).err().expect("too often");
        assert_eq!((refusal.reason(), refusal.retry_after()), (Reason::LimitReached, Some(2)));
        begin(2, NOW).expect("another network");
        enter(&room, Stage::Redeeming, 1, NOW).expect("who has begun may go on");
        begin(1, NOW + SignedDuration::from_secs(2)).expect("time has passed");
    }

    #[test]
    fn no_more_networks_are_counted_than_there_is_memory_for() {
        let room = Room::default();
        let network = |n: usize| Some(IpAddr::from(u32::try_from(n).expect("small").to_be_bytes()));
        for n in 0..=NETWORKS {
            room.enter(Stage::Beginning, network(n), NOW).expect("each for the first time");
        }
        assert!(lock(&room.begun).len() <= NETWORKS);
    }
}
