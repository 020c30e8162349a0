use super::*;

const QUOTA: u64 = 1 << 20;

fn spool(directory: &TempDir) -> Spool {
    Spool::open(directory.path(), QUOTA).expect("a spool")
}

fn name(text: &str) -> RepositoryName {
    RepositoryName::parse(text).expect("a name")
}

/// Writes a mirror of some size, and takes the room.
fn mirror(ledger: &Ledger, repository: &str, size: usize) -> Result<(), QuotaError> {
    let pack = place(&ledger.directory, &name(repository)).join("objects/pack");
    fs::create_dir_all(&pack).expect("a directory");
    fs::write(pack.join("pack-1.pack"), vec![1; size]).expect("a file");
    let _used = ledger.enter(&name(repository)).expect("an entry");
    ledger.settle(&name(repository))
}

fn is_there(ledger: &Ledger, repository: &str) -> bool {
    place(&ledger.directory, &name(repository)).exists()
}

#[test]
fn the_mirror_that_was_used_least_recently_makes_way_for_a_push() {
    let directory = tempfile::tempdir().expect("a directory");
    let spool = spool(&directory);
    let ledger = Ledger::open(&spool).expect("a ledger");
    for repository in ["acme/a", "acme/b", "acme/c"] {
        mirror(&ledger, repository, 300 << 10).expect("room");
    }
    drop(ledger.enter(&name("acme/a")).expect("an entry"));
    let push = spool.quota().reserve(400 << 10).expect("room is made");
    assert_eq!(["acme/a", "acme/b", "acme/c"].map(|name| is_there(&ledger, name)), [true, false, true]);
    assert_eq!(fs::read_dir(spool.quarantine()).expect("a directory").count(), 0);
    drop(push);
}

#[test]
fn a_mirror_a_push_builds_upon_stays_and_a_full_quota_is_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let spool = spool(&directory);
    let ledger = Ledger::open(&spool).expect("a ledger");
    mirror(&ledger, "acme/a", 700 << 10).expect("room");
    let lease = ledger.enter(&name("acme/a")).expect("an entry");
    assert_eq!(spool.quota().reserve(400 << 10).map(drop), Err(QuotaError::Full));
    assert_eq!(mirror(&ledger, "acme/b", 400 << 10), Err(QuotaError::Full));
    assert!(is_there(&ledger, "acme/a"));
    drop(lease);
    spool.quota().reserve(400 << 10).expect("now it makes way");
    assert!(!is_there(&ledger, "acme/a"));
}

#[test]
fn what_was_kept_is_counted_again_and_what_is_half_written_goes() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = spool(&directory);
    let ledger = Ledger::open(&first).expect("a ledger");
    for repository in ["acme/good", "acme/locked", "acme/half"] {
        mirror(&ledger, repository, 100 << 10).expect("room");
    }
    let left = |repository: &str, path: &str| place(&ledger.directory, &name(repository)).join(path);
    fs::write(left("acme/half", "objects/pack/tmp_pack_x1"), "").expect("a file");
    fs::create_dir_all(left("acme/locked", "refs/heads")).expect("a directory");
    fs::write(left("acme/locked", "refs/heads/main.lock"), "").expect("a file");
    drop((ledger, first));
    let second = spool(&directory);
    let ledger = Ledger::open(&second).expect("a ledger");
    assert_eq!(["acme/good", "acme/locked", "acme/half"].map(|name| is_there(&ledger, name)), [true, false, false]);
    assert!((100 << 10..120 << 10).contains(&second.quota().taken()), "{}", second.quota().taken());
    drop((ledger, second));
    let small = Spool::open(directory.path(), 50 << 10).expect("a spool");
    let ledger = Ledger::open(&small).expect("a ledger");
    assert!(!is_there(&ledger, "acme/good"), "it no longer fits");
    assert_eq!(small.quota().taken(), 0);
}

#[test]
fn a_mirror_of_more_than_half_the_quota_is_measured_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let spool = spool(&directory);
    let ledger = Ledger::open(&spool).expect("a ledger");
    for size in [700 << 10, 800 << 10, 100 << 10] {
        mirror(&ledger, "acme/a", size).expect("room for what is new of it");
        assert!(spool.quota().taken() < (size + (20 << 10)) as u64);
    }
}

#[test]
fn room_for_a_fetch_that_breaks_off_is_given_back_with_what_it_left() {
    let directory = tempfile::tempdir().expect("a directory");
    let spool = spool(&directory);
    let ledger = Ledger::open(&spool).expect("a ledger");
    let a = name("acme/a");
    mirror(&ledger, "acme/a", 100 << 10).expect("room");
    let _lease = ledger.enter(&a).expect("an entry");
    let settled = spool.quota().taken();
    let room = ledger.widen(&a, 500 << 10).expect("room");
    assert_eq!(spool.quota().taken(), settled + (500 << 10));
    let packs = place(&ledger.directory, &a).join("objects/pack");
    for half in ["tmp_pack_x1", ".tmp-7-pack-x2"] {
        fs::write(packs.join(half), vec![1; 200 << 10]).expect("a file");
    }
    drop(room);
    assert_eq!(fs::read_dir(packs).expect("a directory").count(), 1);
    assert_eq!(spool.quota().taken(), settled);
}

#[test]
fn a_mirror_that_outgrew_its_room_is_not_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let spool = spool(&directory);
    let ledger = Ledger::open(&spool).expect("a ledger");
    let a = name("acme/a");
    mirror(&ledger, "acme/a", 100 << 10).expect("room");
    let _lease = ledger.enter(&a).expect("an entry");
    let room = ledger.widen(&a, 100 << 10).expect("room");
    let others = spool.quota().reserve(700 << 10).expect("room");
    fs::write(place(&ledger.directory, &a).join("objects/pack/pack-2.pack"), vec![1; 400 << 10]).expect("a file");
    assert!(matches!(room.settle(), Err(MirrorError::NoRoom)));
    assert!(!is_there(&ledger, "acme/a"));
    assert_eq!(spool.quota().taken(), others.bytes());
}

#[test]
fn a_mirror_that_is_being_forgotten_stands_in_its_place_only_while_it_is_counted() {
    let directory = tempfile::tempdir().expect("a directory");
    let spool = spool(&directory);
    let ledger = Ledger::open(&spool).expect("a ledger");
    let a = name("acme/a");
    std::thread::scope(|scope| {
        let forgetting = scope.spawn(|| {
            for _ in 0..1_000 {
                let _own = ledger.enter(&a).expect("an entry");
                fs::create_dir_all(place(&ledger.directory, &a)).expect("a directory");
                ledger.forget_alone(&a).expect("a grave");
            }
        });
        while !forgetting.is_finished() {
            let kept = ledger.kept();
            assert!(kept.mirrors.contains_key(&a) || !is_there(&ledger, "acme/a"), "it is nobody's");
        }
    });
}
