use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tempfile::TempDir;

use super::*;
use crate::examine::workbench::Workbench;

/// Room for all mirrors of a test.
const ROOM: u64 = 1 << 20;
const CREDENTIAL: &str = "Basic LTpjYW5hcnk=";

/// A forge that serves the workbench's `work` to one credential and counts the fetches.
struct Forge {
    bench: Workbench,
    advertisements: AtomicUsize,
}

async fn answer(State(forge): State<Arc<Forge>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != CREDENTIAL) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic realm=\".\"")]).into_response();
    }
    let Some(service) = uri.path().strip_prefix("/acme/web.git/") else { return StatusCode::NOT_FOUND.into_response() };
    let (content_type, answer) = if service == "info/refs" {
        forge.advertisements.fetch_add(1, Ordering::SeqCst);
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
    let forge = Arc::new(Forge { bench, advertisements: AtomicUsize::new(0) });
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
    RepositoryName::parse("acme/web").expect("a name")
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
    let mirrors = Mirrors { git: bench.git.clone(), source: Source::Store(bench.path("store")) };
    let base = mirrors.base(&RepositoryName::parse("Acme/Web").expect("a name"), &credential()).await.expect("a base");
    assert!(base.objects().ends_with("store/acme/web.git/objects"));
    let other = mirrors.base(&RepositoryName::parse("acme/other").expect("a name"), &credential()).await;
    assert!(matches!(other, Err(MirrorError::NotInStore(_))), "{other:?}");
}

#[tokio::test]
async fn a_mirror_there_is_no_room_for_is_refused_and_leaves_nothing() {
    let bench = Workbench::new().await;
    let noise: Vec<u8> = (0..500_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fs::write(bench.path("work/noise"), noise).expect("a file");
    bench.run(&["-C", "work", "add", "noise"], b"").await;
    bench.commit("large").await;
    let (_forge, mirrors, directory) = served(bench).await;
    let refused = mirrors.base(&web(), &credential()).await.expect_err("it is larger than the quota");
    assert!(matches!(refused, MirrorError::NoRoom), "{refused:?}");
    let refusal = Refusal::from(refused);
    assert_eq!(refusal.reason(), Reason::SpoolFull);
    assert!(refusal.next_step().contains("[git] quota"));
    let packs = fs::read_dir(directory.path().join("mirrors/acme/web.git/objects/pack"));
    assert_eq!(packs.map_or(0, Iterator::count), 0, "half a pack is no use");
}
