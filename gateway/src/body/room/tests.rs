use std::time::Duration;

use futures::stream;
use tokio::time::{Instant, sleep};

use super::*;
use crate::body::{full, streaming};

const LARGE: usize = Room::SMALL + 1;
const MOST: usize = 64 * Room::SMALL;

fn body(length: usize) -> Body {
    full(vec![b'x'; length])
}

fn agent(name: &str) -> AgentName {
    name.parse().expect("a name")
}

async fn hold(room: &Room, name: &str, length: usize) -> Result<Held, RoomError> {
    room.of(&agent(name)).hold(body(length), MOST).await
}

/// As many as there are places, by as few agents as can.
async fn fill(room: &Room) -> Vec<Held> {
    let mut held = Vec::new();
    for number in 0..PLACES {
        let name = format!("agent-{}", number / PLACES_OF_AN_AGENT);
        held.push(hold(room, &name, LARGE).await.expect("a place is left"));
    }
    held
}

#[tokio::test]
async fn a_body_is_held_up_to_its_bound_and_not_beyond() {
    let (room, bot) = (Room::default(), agent("bot"));
    for most in [8, LARGE] {
        let held = room.of(&bot).hold(body(most), most).await.expect("as large as it may be");
        assert_eq!(held.bytes.len(), most);
        let beyond = room.of(&bot).hold(body(most + 1), most).await;
        assert!(matches!(beyond, Err(RoomError::TooLarge { most: bound }) if bound == most));
    }
}

#[tokio::test(start_paused = true)]
async fn large_bodies_have_so_many_places_and_small_ones_need_none() {
    let room = Room::default();
    let mut held = fill(&room).await;
    assert!(matches!(hold(&room, "late", LARGE).await, Err(RoomError::Full)));
    assert!(hold(&room, "late", Room::SMALL).await.is_ok());
    let bytes = held.pop().expect("the last").replaced(vec![b'y'; LARGE]).into_bytes();
    let again = bytes.clone();
    drop(bytes);
    assert!(matches!(hold(&room, "late", LARGE).await, Err(RoomError::Full)), "its bytes are still somewhere");
    drop(again);
    assert!(hold(&room, "late", LARGE).await.is_ok(), "a place was given back");
}

#[tokio::test(start_paused = true)]
async fn one_agent_takes_no_place_of_the_others() {
    let room = Room::default();
    let mut held = Vec::new();
    for _ in 0..PLACES_OF_AN_AGENT {
        held.push(hold(&room, "greedy", LARGE).await.expect("a place is left"));
    }
    let refusal = Refusal::from(hold(&room, "greedy", LARGE).await.expect_err("it has as many as one may"));
    assert_eq!(refusal.reason(), Reason::SpoolFull);
    assert!(refusal.retry_after().is_some(), "it is told when to come back");
    assert!(hold(&room, "other", LARGE).await.is_ok());
    held.pop();
    assert!(hold(&room, "greedy", LARGE).await.is_ok(), "a place of its own was given back");
}

#[tokio::test(start_paused = true)]
async fn what_may_become_large_takes_a_place_before_it_does() {
    let (room, late) = (Room::default(), agent("late"));
    let held = hold(&room, "late", 8).await.expect("a small one");
    let held = room.of(&late).make_room(held, Room::SMALL).await.expect("it stays small");
    assert!(!held.is_large());
    let held = room.of(&late).make_room(held, LARGE).await.expect("a place is left");
    assert!(held.is_large());
    drop(held);
    let others = fill(&room).await;
    let held = hold(&room, "late", 8).await.expect("a small one");
    assert!(matches!(room.of(&late).make_room(held, LARGE).await, Err(RoomError::Full)));
    drop(others);
}

#[tokio::test(start_paused = true)]
async fn a_place_is_held_for_a_minute_by_what_is_still_coming() {
    let (room, slow) = (Room::default(), agent("slow"));
    // Fast enough for its pace: 128 KiB a second.
    let coming = stream::unfold((), |()| async {
        sleep(Duration::from_secs(1)).await;
        Some((Ok(Bytes::from(vec![b'x'; 128 * 1024])), ()))
    });
    let began = Instant::now();
    let refused = room.of(&slow).hold(streaming(coming), MOST).await.map(|held| held.bytes.len());
    assert!(matches!(refused, Err(RoomError::Slow)), "{refused:?}");
    // The first megabyte, and a little more, came before there was a place.
    assert_eq!(began.elapsed(), Duration::from_secs(9) + READ_WITHIN);
    let places = fill(&room).await;
    assert_eq!(places.len(), PLACES, "its place was given back");
}
