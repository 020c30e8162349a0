use std::net::Ipv6Addr;

use jiff::SignedDuration;
use tokio::{sync::oneshot, task::yield_now};

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn enter(room: &Arc<Room>, stage: Stage, network: u8, now: Timestamp) -> Result<Place, Refusal> {
    room.enter(stage, Some([203, 0, 113, network].into()), now)
}

fn reason(entered: Result<Place, Refusal>) -> Option<Reason> {
    entered.err().map(|refusal| refusal.reason())
}

fn in_subnet(subnet: u16, last: u16) -> IpAddr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, subnet, 0, 0, 0, last).into()
}

#[test]
fn strangers_who_begin_leave_room_for_whoever_has_begun() {
    let room = Arc::<Room>::default();
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
    let room = Arc::<Room>::default();
    let enter_as = |last: u16| {
        let stage = if last.is_multiple_of(2) { Stage::Beginning } else { Stage::Redeeming };
        room.enter(stage, Some(in_subnet(1, last)), NOW)
    };
    let one: Vec<_> = (0..4).map(|last| enter_as(last).expect("a place")).collect();
    assert_eq!(one.len(), SHARES[0].places);
    assert_eq!(reason(enter_as(5)), Some(Reason::UpstreamUnavailable));
    enter(&room, Stage::Redeeming, 1, NOW).expect("another network has places");
}

#[test]
fn one_site_takes_half_of_the_places_however_many_networks_it_has() {
    let room = Arc::<Room>::default();
    let redeem = |subnet| room.enter(Stage::Redeeming, Some(in_subnet(subnet, 1)), NOW);
    let one: Vec<_> = (0..8).map(|subnet| redeem(subnet).expect("a place")).collect();
    assert_eq!(one.len(), SHARES[1].places);
    assert_eq!(reason(redeem(9)), Some(Reason::UpstreamUnavailable));
    let elsewhere = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1);
    room.enter(Stage::Redeeming, Some(elsewhere.into()), NOW).expect("another site has places");
}

#[test]
fn a_network_that_asks_too_often_waits_and_no_other_does() {
    for (stage, other, seconds) in [(Stage::Beginning, Stage::Redeeming, 2), (Stage::Redeeming, Stage::Beginning, 1)] {
        let room = Arc::<Room>::default();
        let ask = |network, now| enter(&room, stage, network, now);
        for _ in 0..SHARES[0].limit(stage).amount {
            ask(1, NOW).expect("not often yet");
        }
        let refusal = ask(1, NOW).err().expect("too often");
        assert_eq!((refusal.reason(), refusal.retry_after()), (Reason::LimitReached, Some(seconds)));
        ask(2, NOW).expect("another network");
        enter(&room, other, 1, NOW).expect("who is at something else goes on");
        ask(1, NOW + SignedDuration::from_secs(seconds.into())).expect("time has passed");
    }
}

#[test]
fn a_site_that_asks_too_often_waits_however_many_networks_it_has() {
    for stage in [Stage::Beginning, Stage::Redeeming] {
        let room = Arc::<Room>::default();
        let most = u16::try_from(SHARES[1].limit(stage).amount).expect("small");
        for subnet in 0..most {
            room.enter(stage, Some(in_subnet(subnet, 1)), NOW).expect("not often yet");
        }
        assert_eq!(reason(room.enter(stage, Some(in_subnet(most, 1)), NOW)), Some(Reason::LimitReached));
        assert_eq!(lock(&room.asked).len(), usize::from(most) + 1, "who is refused costs no memory");
    }
}

#[test]
fn no_more_is_counted_than_there_is_memory_for() {
    let room = Arc::<Room>::default();
    let network = |n: usize| Some(IpAddr::from(u32::try_from(n).expect("small").to_be_bytes()));
    for n in 0..=COUNTS / 2 {
        room.enter(Stage::Beginning, network(n), NOW).expect("each for the first time");
    }
    assert!(lock(&room.asked).len() <= COUNTS);
}

#[tokio::test]
async fn who_hangs_up_keeps_his_place_until_the_issuer_has_answered() {
    let room = Arc::<Room>::default();
    let (answer, answered) = oneshot::channel();
    let place = enter(&room, Stage::Redeeming, 1, NOW).expect("a place");
    let asking = place.during(async { answered.await.map_err(|error| broken(error.to_string())) });
    tokio::select! {
        biased;
        _ = asking => panic!("nobody has answered"),
        () = yield_now() => {}
    }
    assert_eq!(lock(&room.taken).len(), 1, "the asker is gone, the question is not");
    answer.send(()).expect("it is waited for");
    while !lock(&room.taken).is_empty() {
        yield_now().await;
    }
}
