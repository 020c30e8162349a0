use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tempfile::TempDir;

use super::*;
use crate::examine::workbench::Workbench;
use crate::process::Job;

/// Room for all mirrors of a test.
const ROOM: u64 = 1 << 20;
const CREDENTIAL: &str = "Basic LTpjYW5hcnk=";

/// A forge that serves the workbench's `work` as all `acme/web…` to one credential and counts the fetches.
struct Forge {
    bench: Workbench,
    advertisements: AtomicUsize,
    /// As many as have asked and not been waited for.
    asked: Semaphore,
    /// Through which all have to go.
    door: Semaphore,
}

async fn answer(State(forge): State<Arc<Forge>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != CREDENTIAL) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic realm=\".\"")]).into_response();
    }
    let web = uri.path().strip_prefix("/acme/web").and_then(|path| path.split_once(".git/"));
    let Some((_, service)) = web else { return StatusCode::NOT_FOUND.into_response() };
    let (content_type, answer) = if service == "info/refs" {
        forge.advertisements.fetch_add(1, Ordering::SeqCst);
        forge.asked.add_permits(1);
        drop(forge.door.acquire().await);
        let refs = forge.bench.run(&["upload-pack", "--advertise-refs", "work"], b"").await;
        let head = b"001e# service=git-upload-pack\n0000".to_vec();
        ("application/x-git-upload-pack-advertisement", [head, refs].concat())
    } else {
        (
            "application/x-git-upload-pack-result",
            forge.bench.run(&["upload-pack", "--stateless-rpc", "work"], &body).await,
        )
    };
    ([(header::CONTENT_TYPE, content_type)], answer).into_response()
}

/// The forge, its address, and mirrors of it.
async fn served(bench: Workbench) -> (Arc<Forge>, Mirrors, TempDir) {
    let (asked, door) = (Semaphore::new(0), Semaphore::new(1));
    let forge = Arc::new(Forge { bench, advertisements: AtomicUsize::new(0), asked, door });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let upstream = Url::parse(&format!("http://{}/", listener.local_addr().expect("an address"))).expect("a URL");
    let router = Router::new().fallback(answer).with_state(Arc::clone(&forge));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let directory = tempfile::tempdir().expect("a directory");
    let spool = Spool::open(directory.path(), ROOM).expect("a spool");
    let mirrors = Mirrors::new(&spool, Git::new(spool.home()), upstream, None).expect("mirrors");
    (forge, mirrors, directory)
}

fn credential() -> HeaderValue {
    HeaderValue::from_static(CREDENTIAL)
}

fn web() -> RepositoryName {
    named("acme/web")
}

fn named(name: &str) -> RepositoryName {
    RepositoryName::parse(name).expect("a name")
}

/// Mirrors that are fetched.
fn source(mirrors: &Mirrors) -> &Fetched {
    let Source::Fetched(source) = &mirrors.source else { panic!("they are fetched") };
    source
}

/// Commits so many bytes that hardly compress.
async fn commit_noise(bench: &Workbench, bytes: u32) {
    let noise: Vec<u8> = (0..bytes / 4).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fs::write(bench.path("work/noise"), noise).expect("a file");
    bench.run(&["-C", "work", "add", "noise"], b"").await;
    bench.commit("large").await;
}

fn packs(mirror: &Path) -> usize {
    let packs = fs::read_dir(mirror.join("objects/pack")).expect("a directory");
    packs
        .filter(|pack| pack.as_ref().is_ok_and(|pack| pack.path().extension().is_some_and(|end| end == "pack")))
        .count()
}

/// Whether a base holds an object.
async fn holds(forge: &Forge, base: &Base, id: impl ToString) -> bool {
    let objects = base.objects().parent().expect("a repository").to_string_lossy().into_owned();
    let job = Job::new(["--git-dir", &objects, "cat-file", "-e", &id.to_string()], INIT_TIME);
    forge.bench.git.run(job).await.expect("git runs").code == 0
}

#[tokio::test]
async fn a_mirror_follows_the_forge() {
    let bench = Workbench::new().await;
    let first = bench.commit("first").await;
    let (forge, mirrors, _directory) = served(bench).await;
    let base = mirrors.base(&web(), &credential()).await.expect("a base");
    assert!(holds(&forge, &base, first).await);
    let second = forge.bench.commit("second").await;
    assert!(!holds(&forge, &base, second).await);
    assert_eq!(mirrors.base(&web(), &credential()).await.expect("a base"), base);
    assert!(holds(&forge, &base, second).await);
}

#[tokio::test]
async fn an_empty_repository_has_a_base_too() {
    let (_forge, mirrors, _directory) = served(Workbench::new().await).await;
    mirrors.base(&web(), &credential()).await.expect("a base");
}

#[tokio::test]
async fn many_pushes_at_once_share_a_fetch_that_began_after_they_asked() {
    let bench = Workbench::new().await;
    bench.commit("first").await;
    let (forge, mirrors, _directory) = served(bench).await;
    let (web, credential) = (web(), credential());
    let bases = futures::future::join_all((0..20).map(|_| mirrors.base(&web, &credential))).await;
    assert!(bases.iter().all(Result::is_ok));
    assert!(forge.advertisements.load(Ordering::SeqCst) <= 2);
}

#[tokio::test]
async fn a_credential_the_forge_no_longer_takes_is_told_apart() {
    let (_forge, mirrors, _directory) = served(Workbench::new().await).await;
    let refused = mirrors.base(&web(), &HeaderValue::from_static("Basic LTpvbGQ=")).await;
    assert!(matches!(refused, Err(MirrorError::CredentialRefused)), "{refused:?}");
    mirrors.base(&web(), &credential()).await.expect("the next agent's fetch is its own");
}

#[tokio::test]
async fn a_repository_that_is_not_there_and_a_forge_that_is_not_there_are_told_apart() {
    let (_forge, mirrors, directory) = served(Workbench::new().await).await;
    let other = RepositoryName::parse("acme/other").expect("a name");
    let refused = mirrors.base(&other, &credential()).await;
    assert!(matches!(refused, Err(MirrorError::Refused(_))), "{refused:?}");
    drop(mirrors);
    let spool = Spool::open(directory.path(), ROOM).expect("a spool");
    let nowhere = Url::parse("http://127.0.0.1:1/").expect("a URL");
    let mirrors = Mirrors::new(&spool, Git::new(spool.home()), nowhere, None).expect("mirrors");
    let unreachable = mirrors.base(&web(), &credential()).await;
    assert!(matches!(unreachable, Err(MirrorError::Unreachable(_))), "{unreachable:?}");
}

#[tokio::test]
async fn a_mirror_a_killed_gateway_left_locked_is_made_anew() {
    let bench = Workbench::new().await;
    let first = bench.commit("first").await;
    let (forge, mirrors, directory) = served(bench).await;
    let lock = directory.path().join("mirrors/acme/web.git/refs/heads/main.lock");
    fs::create_dir_all(lock.parent().expect("a directory")).expect("a directory");
    fs::write(&lock, "").expect("a lock");
    fs::write(directory.path().join("mirrors/acme/web.git/HEAD"), "damaged").expect("a file");
    let base = mirrors.base(&web(), &credential()).await.expect("a base");
    assert!(holds(&forge, &base, first).await);
    assert!(!lock.exists());
}

#[tokio::test]
async fn a_credential_stands_in_no_file_of_a_mirror() {
    let bench = Workbench::new().await;
    bench.commit("first").await;
    let (_forge, mirrors, directory) = served(bench).await;
    mirrors.base(&web(), &credential()).await.expect("a base");
    let mut open = vec![directory.path().to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).expect("a directory").map(|entry| entry.expect("an entry").path()));
        } else {
            let bytes = fs::read(&path).expect("a file");
            assert!(!bytes.windows(12).any(|part| part == b"LTpjYW5hcnk="), "{}", path.display());
        }
    }
}

#[tokio::test]
async fn the_forges_own_store_is_used_where_it_is_named() {
    let bench = Workbench::new().await;
    bench.publish("store/acme/web.git").await;
    let mirrors = Mirrors { source: Source::Store(bench.path("store")) };
    let base = mirrors.base(&RepositoryName::parse("Acme/Web").expect("a name"), &credential()).await.expect("a base");
    assert!(base.objects().ends_with("store/acme/web.git/objects"));
    let other = mirrors.base(&RepositoryName::parse("acme/other").expect("a name"), &credential()).await;
    assert!(matches!(other, Err(MirrorError::NotInStore(_))), "{other:?}");
}

#[tokio::test]
async fn a_mirror_there_is_no_room_for_is_refused_and_leaves_nothing() {
    let bench = Workbench::new().await;
    commit_noise(&bench, 2_000_000).await;
    let (_forge, mirrors, directory) = served(bench).await;
    let refused = mirrors.base(&web(), &credential()).await.expect_err("it is larger than the quota");
    assert!(matches!(refused, MirrorError::NoRoom), "{refused:?}");
    let refusal = Refusal::from(refused);
    assert_eq!(refusal.reason(), Reason::SpoolFull);
    assert!(refusal.next_step().contains("[git] quota"));
    let packs = fs::read_dir(directory.path().join("mirrors/acme/web.git/objects/pack"));
    assert_eq!(packs.map_or(0, Iterator::count), 0, "half a pack is no use");
}

#[tokio::test]
async fn few_repositories_are_fetched_at_a_time_each_within_room_that_is_taken_before() {
    let bench = Workbench::new().await;
    bench.commit("first").await;
    let (forge, mirrors, _directory) = served(bench).await;
    let closed = forge.door.acquire().await.expect("it is open");
    let names: Vec<_> = (0..MAX_FETCHES + 2).map(|n| named(&format!("acme/web{n}"))).collect();
    let credential = credential();
    let fetches = futures::future::join_all(names.iter().map(|name| mirrors.base(name, &credential)));
    let look = async {
        let all = u32::try_from(MAX_FETCHES).expect("few");
        forge.asked.acquire_many(all).await.expect("it is open").forget();
        assert_eq!((forge.advertisements.load(Ordering::SeqCst), forge.asked.available_permits()), (MAX_FETCHES, 0));
        assert_eq!(source(&mirrors).places.available_permits(), 0);
        let left = (0..MAX_FETCHES).fold(ROOM, |free, _| free - free / 4);
        assert_eq!(source(&mirrors).ledger.available(), left, "each has taken a quarter of what the one before left");
        drop(closed);
    };
    let (bases, ()) = tokio::join!(fetches, look);
    assert!(bases.iter().all(Result::is_ok), "{bases:?}");
    assert_eq!(forge.advertisements.load(Ordering::SeqCst), names.len());
}

#[tokio::test]
async fn a_fetch_whose_turn_does_not_come_is_told_to_come_back() {
    let (_forge, mirrors, _directory) = served(Workbench::new().await).await;
    let source = source(&mirrors);
    let all = u32::try_from(MAX_FETCHES).expect("few");
    let all = source.places.acquire_many(all).await.expect("places");
    tokio::time::pause();
    let refused = mirrors.base(&web(), &credential()).await.expect_err("all places are taken");
    assert!(matches!(refused, MirrorError::Busy), "{refused:?}");
    assert_eq!(Refusal::from(refused).reason(), Reason::SpoolFull);
    drop(all);
    let (flight, web, credential) = (source.flight(&web()), web(), credential());
    tokio::select! {
        biased;
        _ = flight.join(std::future::pending) => panic!("it does not end"),
        refused = mirrors.base(&web, &credential) => assert!(matches!(refused, Err(MirrorError::Busy)), "{refused:?}"),
    }
    tokio::time::resume();
    mirrors.base(&web, &credential).await.expect("its turn has come");
}

#[tokio::test]
async fn a_fetch_that_needs_more_than_its_share_has_all_that_others_make_way_with() {
    let bench = Workbench::new().await;
    commit_noise(&bench, 300_000).await;
    let (forge, mirrors, directory) = served(bench).await;
    let mirror = |name: &str| directory.path().join("mirrors/acme").join(name);
    drop(mirrors.base(&named("acme/web1"), &credential()).await.expect("a base"));
    assert_eq!((packs(&mirror("web1.git")), forge.advertisements.load(Ordering::SeqCst)), (1, 2), "it began again");
    mirrors.base(&named("acme/web2"), &credential()).await.expect("a base");
    assert_eq!(packs(&mirror("web2.git")), 1);
    assert!(!mirror("web1.git").exists(), "nobody used it");
}

#[tokio::test]
async fn the_packs_of_many_fetches_are_gathered() {
    let bench = Workbench::new().await;
    bench.commit("first").await;
    let (forge, mirrors, directory) = served(bench).await;
    let mirror = directory.path().join("mirrors/acme/web.git");
    for packed in [1, 2] {
        mirrors.base(&web(), &credential()).await.expect("a base");
        assert_eq!(packs(&mirror), packed);
        forge.bench.commit(&format!("after {packed}")).await;
    }
    let settings = fs::read_to_string(mirror.join("config")).expect("a file");
    fs::write(mirror.join("config"), settings + "[gc]\n\tautoPackLimit = 2\n").expect("a file");
    let last = forge.bench.commit("last").await;
    let base = mirrors.base(&web(), &credential()).await.expect("a base");
    assert_eq!(packs(&mirror), 1);
    assert!(holds(&forge, &base, last).await);
}
