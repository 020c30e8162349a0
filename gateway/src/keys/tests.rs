//! The life of a key, on a clock that is moved by hand.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use secrecy::SecretBox;

use super::*;
use crate::{
    clock::{Clock, ManualClock},
    store::memory::{Fault, Memory},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

struct Fixture {
    store: Arc<Memory>,
    clock: Arc<ManualClock>,
    ring: KeyRing,
}

impl Fixture {
    async fn new() -> Self {
        let store = Memory::new();
        let clock = ManualClock::at("2026-11-23T12:00:00Z".parse().unwrap());
        let ring = open(&store, &clock, 1).await.unwrap();
        Self { store, clock, ring }
    }

    async fn later(&self, by: SignedDuration) {
        self.clock.advance(by);
        self.ring.rotate_if_due().await.unwrap();
    }

    fn published(&self) -> Vec<u32> {
        self.ring.public().iter().map(|key| key.id).collect()
    }

    fn signing(&self) -> u32 {
        self.ring.signing().id()
    }
}

async fn open(store: &Arc<Memory>, clock: &Arc<ManualClock>, sealing: u8) -> Result<KeyRing, KeyError> {
    KeyRing::open(Purpose::Tokens, store.clone(), sealer(sealing), clock.clone(), DAY * 30, HOUR).await
}

fn sealer(byte: u8) -> Arc<Sealer> {
    Arc::new(Sealer::from_key(&SecretBox::new(Box::new([byte; 32]))).unwrap())
}

#[tokio::test]
async fn the_first_start_makes_a_key_that_signs_at_once() {
    let fixture = Fixture::new().await;
    assert_eq!((fixture.signing(), fixture.published()), (1, vec![1]));
    assert_eq!(fixture.ring.public().get(1), Some(&fixture.ring.signing().public()));
}

#[tokio::test]
async fn a_restart_finds_the_same_key() {
    let fixture = Fixture::new().await;
    let again = open(&fixture.store, &fixture.clock, 1).await.unwrap();
    assert_eq!(again.signing().public(), fixture.ring.signing().public());
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_stays_while_its_tokens_live() {
    let fixture = Fixture::new().await;
    fixture.later(DAY * 30 - HOUR * 2).await;
    assert_eq!((fixture.signing(), fixture.published()), (1, vec![1]));
    fixture.later(HOUR).await;
    assert_eq!((fixture.signing(), fixture.published()), (1, vec![1, 2]), "an hour ahead");
    fixture.later(HOUR).await;
    assert_eq!((fixture.signing(), fixture.published()), (2, vec![1, 2]), "its turn");
    fixture.later(HOUR).await;
    assert_eq!(fixture.published(), [1, 2], "the last token of the first key ends now");
    fixture.later(HOUR).await;
    assert_eq!((fixture.signing(), fixture.published()), (2, vec![2]), "no token of it lives");
}

#[tokio::test]
async fn the_turn_comes_without_anybody_asking() {
    let fixture = Fixture::new().await;
    fixture.later(DAY * 30 - HOUR).await;
    fixture.clock.advance(HOUR);
    assert_eq!(fixture.signing(), 2);
}

#[tokio::test]
async fn a_gateway_that_slept_through_its_rotation_publishes_before_it_signs_all_the_same() {
    let fixture = Fixture::new().await;
    fixture.later(DAY * 90).await;
    assert_eq!((fixture.signing(), fixture.published()), (1, vec![1, 2]));
    fixture.later(HOUR).await;
    assert_eq!(fixture.signing(), 2);
}

#[tokio::test]
async fn a_clock_set_back_leaves_a_key_to_sign_with() {
    let fixture = Fixture::new().await;
    fixture.later(-DAY).await;
    assert_eq!((fixture.signing(), fixture.published()), (1, vec![1]));
}

#[tokio::test]
async fn rotating_by_hand_signs_with_the_new_key_at_once_and_keeps_the_old_one() {
    let fixture = Fixture::new().await;
    fixture.clock.advance(HOUR);
    assert_eq!(fixture.ring.rotate().await.unwrap(), 2);
    assert_eq!((fixture.signing(), fixture.published()), (2, vec![1, 2]));
    let states: Vec<_> = fixture.ring.list().iter().map(|key| (key.id, key.state, key.age)).collect();
    assert_eq!(states, [(1, KeyState::Retired, 3600), (2, KeyState::Signing, 0)]);
}

#[tokio::test]
async fn another_sealing_key_opens_no_ring() {
    let fixture = Fixture::new().await;
    let refused = open(&fixture.store, &fixture.clock, 2).await.unwrap_err();
    assert!(matches!(refused, KeyError::Sealed { id: 1, cause: SealError::NotOurs }));
}

#[tokio::test]
async fn a_key_of_another_purpose_neither_signs_nor_verifies_tokens() {
    let fixture = Fixture::new().await;
    let now = fixture.clock.now();
    let other = |id, purpose| StoredKey { id, purpose, sealed: vec![0], published: now, signs_from: now };
    for (id, purpose) in [(2, Purpose::LfsTickets), (3, Purpose::ChangeTokens)] {
        fixture.store.add(&other(id, purpose)).await.unwrap();
    }
    fixture.later(HOUR).await;
    assert_eq!((fixture.signing(), fixture.published()), (1, vec![1]));
    assert_eq!(fixture.ring.rotate().await.unwrap(), 4, "ids are unique over all purposes");
}

#[tokio::test]
async fn a_sealed_key_cannot_be_passed_off_as_another() {
    let fixture = Fixture::new().await;
    let first = fixture.store.all().await.unwrap().remove(0);
    fixture.store.add(&StoredKey { id: 2, ..first }).await.unwrap();
    assert!(matches!(fixture.ring.rotate_if_due().await, Err(KeyError::Sealed { id: 2, .. })));
}

#[tokio::test]
async fn a_store_that_fails_leaves_the_ring_as_it_is() {
    for fault in [Fault::Down, Fault::ReadOnly, Fault::Full] {
        let fixture = Fixture::new().await;
        fixture.store.suffer(fault);
        fixture.clock.advance(DAY * 30);
        assert!(fixture.ring.rotate_if_due().await.is_err(), "{fault:?}");
        assert_eq!((fixture.signing(), fixture.published()), (1, vec![1]), "{fault:?}");
        fixture.store.suffer(Fault::None);
        assert!(fixture.ring.rotate_if_due().await.unwrap(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_rotation_that_failed_but_persisted_makes_no_second_key() {
    let fixture = Fixture::new().await;
    fixture.store.suffer(Fault::FailedButPersisted);
    fixture.clock.advance(DAY * 30);
    assert!(fixture.ring.rotate_if_due().await.is_err());
    fixture.store.suffer(Fault::None);
    assert!(!fixture.ring.rotate_if_due().await.unwrap());
    assert_eq!(fixture.published(), [1, 2]);
}

#[tokio::test]
async fn the_key_set_is_one_a_jose_library_reads() {
    let fixture = Fixture::new().await;
    let expected = serde_json::json!({ "keys": [{
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": "1",
        "use": "biscuit",
        "x": BASE64_URL_SAFE_NO_PAD.encode(fixture.ring.signing().public().bytes),
    }]});
    assert_eq!(fixture.ring.jwks(), expected);
}

#[tokio::test]
async fn nothing_printed_of_a_ring_holds_a_private_key() {
    let fixture = Fixture::new().await;
    let secret = fixture.ring.signing().to_bytes();
    let printed = format!("{:?} {:?}", fixture.ring, fixture.ring.list());
    assert!(!printed.contains(&hex::encode(*secret)) && !printed.contains(&format!("{:?}", *secret)));
}
