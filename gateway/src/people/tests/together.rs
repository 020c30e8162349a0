//! What happens at once: memory and store agree afterwards, and nobody slips through in between.

use async_trait::async_trait;
use gogs_spanner_capability::token::SignIn;
use tokio::{
    sync::Notify,
    task::{JoinHandle, yield_now},
};

use super::*;
use crate::store::{Locks, Met, People, Result};

const ALICE: &str = "alice@example.com";
const NEW: &str = "alice@new.example.com";

/// A store that has done what it is asked and says so only when it is told to.
#[derive(Debug, Default)]
struct Slow {
    store: Arc<Memory>,
    done: Notify,
    go_on: Notify,
    lingers: std::sync::Mutex<bool>,
}

impl Slow {
    async fn linger(&self) {
        let is_slow = std::mem::take(&mut *self.lingers.lock().unwrap());
        if is_slow {
            self.done.notify_one();
            self.go_on.notified().await;
        }
    }

    /// Keeps the next answer back.
    fn slow_down(&self) {
        *self.lingers.lock().unwrap() = true;
    }
}

#[async_trait]
impl People for Slow {
    async fn all(&self) -> Result<Vec<Met>> {
        People::all(&*self.store).await
    }

    async fn meet(&self, person: &Person) -> Result<Identity> {
        let met = self.store.meet(person).await;
        self.linger().await;
        met
    }

    async fn outdate(&self, identity: &Identity) -> Result<()> {
        self.store.outdate(identity).await
    }

    async fn forget(&self, name: &str) -> Result<Option<Identity>> {
        let forgotten = People::forget(&*self.store, name).await;
        self.linger().await;
        forgotten
    }
}

#[async_trait]
impl Locks for Slow {
    async fn all(&self) -> Result<Vec<Lock>> {
        Locks::all(&*self.store).await
    }

    async fn add(&self, lock: &Lock) -> Result<()> {
        let added = Locks::add(&*self.store, lock).await;
        self.linger().await;
        added
    }

    async fn free(&self, holder: &Holder, identity: &Identity) -> Result<()> {
        self.store.free(holder, identity).await
    }

    async fn remove(&self, holder: &Holder) -> Result<()> {
        self.store.remove(holder).await
    }
}

struct Scene {
    store: Arc<Slow>,
    register: Arc<Register>,
    revoked: Arc<RevocationList>,
}

impl Scene {
    async fn new() -> Self {
        let (store, clock) = (Arc::<Slow>::default(), ManualClock::at(Timestamp::UNIX_EPOCH));
        let register = Register::open(store.clone(), store.clone(), clock).await.unwrap();
        Self { store, register: Arc::new(register), revoked: revoked().await }
    }

    /// Begins something, which the store has done and not said yet.
    async fn begin<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.store.slow_down();
        let begun = tokio::spawn(work);
        self.store.done.notified().await;
        begun
    }

    /// Does something meanwhile, as far as it gets.
    async fn meanwhile<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        let begun = tokio::spawn(work);
        for _ in 0..50 {
            yield_now().await;
        }
        begun
    }

    fn meet(&self, person: Person) -> impl Future<Output = std::result::Result<Arc<Person>, Refusal>> + use<> {
        let register = Arc::clone(&self.register);
        async move { register.meet(person).await }
    }

    fn forget(&self) -> impl Future<Output = Result<Option<Identity>>> + use<> {
        let (register, revoked) = (Arc::clone(&self.register), Arc::clone(&self.revoked));
        async move { register.forget(ALICE, &revoked).await }
    }

    fn lock(&self) -> impl Future<Output = Result<()>> + use<> {
        let register = Arc::clone(&self.register);
        async move { register.lock(her(ALICE), "uid:0".to_owned()).await }
    }

    /// The register, and the one of a gateway that is started again.
    async fn registers(&self) -> [Arc<Register>; 2] {
        [Arc::clone(&self.register), register(&self.store.store).await]
    }
}

fn sign_in() -> SignIn {
    let Identity { issuer, subject } = alice(ALICE).identity;
    let (issued, service) = (Timestamp::UNIX_EPOCH, "https://agents.example.com".to_owned());
    SignIn {
        issuer,
        subject,
        user: ALICE.to_owned(),
        nonce: "01J".to_owned(),
        issued,
        service,
        expires: Timestamp::MAX,
    }
}

#[tokio::test]
async fn nothing_is_lent_by_a_name_while_it_is_let_go_of_and_nobody_comes_with_it() {
    let scene = Scene::new().await;
    scene.register.meet(alice(ALICE)).await.unwrap();
    let forgetting = scene.begin(scene.forget()).await;
    assert_eq!(refuses(&scene.register, ALICE), Reason::NotLent);
    assert!(scene.revoked.cuts_off_sign_in(&sign_in()));
    let next = scene.meanwhile(scene.meet(person(ALICE, "00u2"))).await;
    assert!(!next.is_finished());
    scene.store.go_on.notify_one();
    assert_eq!(forgetting.await.unwrap().unwrap(), Some(alice("").identity));
    next.await.unwrap().unwrap();
    for register in scene.registers().await {
        assert_eq!(register.person(ALICE).unwrap().identity.subject, "00u2");
    }
}

#[tokio::test]
async fn a_sign_in_under_way_does_not_bring_back_a_name_that_is_let_go_of() {
    let scene = Scene::new().await;
    let meeting = scene.begin(scene.meet(alice(ALICE))).await;
    let forgetting = scene.meanwhile(scene.forget()).await;
    scene.store.go_on.notify_one();
    meeting.await.unwrap().unwrap();
    forgetting.await.unwrap().unwrap();
    for register in scene.registers().await {
        assert_eq!(refuses(&register, ALICE), Reason::NotLent);
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_let_go_of_stays_hers() {
    let (store, revoked) = (Memory::new(), revoked().await);
    let register = register(&store).await;
    register.meet(alice(ALICE)).await.unwrap();
    store.suffer(Fault::ReadOnly);
    register.forget(ALICE, &revoked).await.unwrap_err();
    assert_eq!(*register.person(ALICE).unwrap(), alice(ALICE));
}

#[tokio::test]
async fn a_lock_made_during_a_sign_in_holds_who_signs_in() {
    let scene = Scene::new().await;
    let meeting = scene.begin(scene.meet(alice(ALICE))).await;
    let locking = scene.meanwhile(scene.lock()).await;
    scene.store.go_on.notify_one();
    meeting.await.unwrap().unwrap();
    locking.await.unwrap().unwrap();
    for register in scene.registers().await {
        assert_eq!(register.meet(alice(NEW)).await.unwrap_err().reason(), Reason::PersonLocked);
    }
}

#[tokio::test]
async fn a_sign_in_that_is_turned_away_does_not_bring_back_a_lock() {
    let scene = Scene::new().await;
    scene.lock().await.unwrap();
    let turned_away = scene.begin(scene.meet(alice(ALICE))).await;
    let register = Arc::clone(&scene.register);
    let unlocking = scene.meanwhile(async move { register.unlock(&her(ALICE)).await }).await;
    scene.store.go_on.notify_one();
    turned_away.await.unwrap().unwrap_err();
    unlocking.await.unwrap().unwrap();
    for register in scene.registers().await {
        assert!(register.locks().is_empty());
    }
    scene.register.meet(alice(NEW)).await.unwrap();
}

#[tokio::test]
async fn whoever_hangs_up_has_signed_in_all_the_same() {
    let scene = Scene::new().await;
    let meeting = scene.begin(scene.meet(alice(ALICE))).await;
    meeting.abort();
    assert!(meeting.await.unwrap_err().is_cancelled());
    scene.store.go_on.notify_one();
    scene.register.unlock(&her("nobody")).await.unwrap();
    for register in scene.registers().await {
        assert_eq!(*register.person(ALICE).unwrap(), alice(ALICE));
    }
}

#[tokio::test]
async fn a_lock_that_missed_who_was_meant_holds_her_from_the_next_start_on() {
    let store = Memory::new();
    register(&store).await.meet(alice(ALICE)).await.unwrap();
    let missed = Lock {
        holder: her(ALICE),
        at: Timestamp::UNIX_EPOCH,
        by: "uid:0".to_owned(),
        identities: [].into(),
        freed: [].into(),
    };
    Locks::add(&*store, &missed).await.unwrap();
    for _ in 0..2 {
        let refused = register(&store).await.meet(alice(NEW)).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::PersonLocked);
    }
}
