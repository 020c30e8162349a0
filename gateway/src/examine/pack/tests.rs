use std::collections::BTreeSet;

use bytes::Bytes;
use gogs_spanner_capability::{RefName, RepositoryName, Touch};
use gogs_spanner_gitwire::{ObjectId, RefUpdate};
use http::HeaderValue;
use http_body_util::Full;

use super::*;
use crate::examine::workbench::{Workbench, agent, update};

const ENOUGH: u64 = 1 << 30;

/// A quarantine over a forge's store that holds `acme/web` as the workbench has it now.
async fn quarantine(bench: &Workbench, quota: u64) -> (Quarantine, Base) {
    bench.publish("store/acme/web.git").await;
    quarantine_over(bench, quota).await
}

/// A quarantine over what was published.
async fn quarantine_over(bench: &Workbench, quota: u64) -> (Quarantine, Base) {
    let quarantine = Quarantine::open(Settings {
        directory: bench.path("spool"),
        quota,
        upstream: Url::parse("http://127.0.0.1:1/").expect("a URL"),
        repositories: Some(bench.path("store")),
    });
    let quarantine = quarantine.expect("a quarantine");
    let repository = RepositoryName::parse("Acme/Web").expect("a name");
    let base = quarantine.mirrors().base(&repository, &HeaderValue::from_static("unused")).await.expect("a base");
    (quarantine, base)
}

async fn look(
    quarantine: &Quarantine,
    base: &Base,
    pack: Vec<u8>,
    updates: &[RefUpdate],
) -> Result<Vec<Kinship>, PackError> {
    let pack = quarantine.spool().store(&agent(), &mut Full::new(Bytes::from(pack))).await.expect("room");
    let kinships = kinships(quarantine, base, &pack, updates).await;
    let left = std::fs::read_dir(quarantine.spool().quarantine()).expect("a directory").count();
    assert_eq!(left, 0, "a quarantine leaves nothing");
    assert_eq!(quarantine.spool().quota().taken(), pack.length(), "its room is given back");
    kinships
}

async fn kinships(
    quarantine: &Quarantine,
    base: &Base,
    pack: &Spooled,
    updates: &[RefUpdate],
) -> Result<Vec<Kinship>, PackError> {
    let room = quarantine.admit(pack, base).await?;
    let mut kinships = Vec::new();
    for update in updates {
        kinships.push(room.kinship(update).await?);
    }
    Ok(kinships)
}

#[tokio::test]
async fn a_descendant_is_a_fast_forward_and_a_rewritten_commit_is_a_force() {
    let bench = Workbench::new().await;
    bench.commit("first").await;
    let old = bench.commit("second").await;
    let (quarantine, base) = quarantine(&bench, ENOUGH).await;
    let next = bench.commit("third").await;
    bench.run(&["-C", "work", "reset", "-q", "--hard", "HEAD~2"], b"").await;
    let rewritten = bench.commit("second, otherwise").await;
    let pack = bench.pack(&[next.to_string(), rewritten.to_string(), format!("^{old}")]).await;
    let updates = [update("refs/heads/a", old, next), update("refs/heads/b", old, rewritten)];
    let kinships = look(&quarantine, &base, pack, &updates).await.expect("an answer");
    assert_eq!(kinships, [Kinship::FastForward, Kinship::Forced]);
}

#[tokio::test]
async fn a_branch_set_back_to_an_older_commit_is_a_force_though_its_pack_is_empty() {
    let bench = Workbench::new().await;
    let older = bench.commit("first").await;
    let old = bench.commit("second").await;
    let (quarantine, base) = quarantine(&bench, ENOUGH).await;
    let pack = bench.pack(&[older.to_string(), format!("^{old}")]).await;
    let updates = [update("refs/heads/main", old, older), update("refs/heads/other", older, old)];
    let kinships = look(&quarantine, &base, pack, &updates).await.expect("an answer");
    assert_eq!(kinships, [Kinship::Forced, Kinship::FastForward]);
}

#[tokio::test]
async fn moving_a_tag_is_a_force_even_forward() {
    let bench = Workbench::new().await;
    let old = bench.commit("first").await;
    let new = bench.commit("second").await;
    assert_eq!(Kinship::at_sight(&update("refs/tags/v1", old, new)), Some(Kinship::Forced));
    assert_eq!(Kinship::at_sight(&update("refs/tags/v1", old, old)), Some(Kinship::FastForward));
    assert_eq!(Kinship::at_sight(&update("refs/heads/main", old, new)), None);
    let (quarantine, base) = quarantine(&bench, ENOUGH).await;
    let both = [update("refs/tags/v1", old, new), update("refs/heads/main", old, new)];
    let kinships = look(&quarantine, &base, bench.pack(&[format!("^{new}")]).await, &both).await.expect("an answer");
    assert_eq!(kinships, [Kinship::Forced, Kinship::FastForward]);
}

#[tokio::test]
async fn what_is_no_commit_or_is_not_there_is_a_force() {
    let bench = Workbench::new().await;
    let old = bench.commit("first").await;
    let tree = bench.run(&["-C", "work", "rev-parse", "HEAD^{tree}"], b"").await;
    let tree = ObjectId::parse(tree.trim_ascii_end()).expect("an id");
    let absent = ObjectId::parse(&[b'1'; 40]).expect("an id");
    let (quarantine, base) = quarantine(&bench, ENOUGH).await;
    let updates = [
        update("refs/heads/a", old, tree),
        update("refs/heads/b", old, absent),
        update("refs/heads/c", absent, old),
        update("refs/heads/d", ObjectId::ZERO, old),
        update("refs/heads/e", old, ObjectId::ZERO),
    ];
    let pack = bench.pack(&[format!("^{old}")]).await;
    assert_eq!(look(&quarantine, &base, pack, &updates).await.expect("an answer"), [Kinship::Forced; 5]);
}

#[tokio::test]
async fn a_damaged_pack_is_refused_as_the_callers_fault() {
    let bench = Workbench::new().await;
    let old = bench.commit("first").await;
    let (quarantine, base) = quarantine(&bench, ENOUGH).await;
    let new = bench.commit("second").await;
    let whole = bench.pack(&[new.to_string(), format!("^{old}")]).await;
    let mut flipped = whole.clone();
    flipped[20] ^= 0xff;
    for pack in [flipped, whole[..whole.len() - 30].to_vec(), b"no pack".to_vec(), Vec::new()] {
        let looked = look(&quarantine, &base, pack, &[update("refs/heads/main", old, new)]).await;
        let refusal = Refusal::from(looked.expect_err("the pack is damaged"));
        assert_eq!(refusal.reason(), Reason::RequestMalformed);
    }
}

#[tokio::test]
async fn a_pack_whose_bases_the_forge_does_not_have_is_refused() {
    let bench = Workbench::new().await;
    bench.commit("first").await;
    let (quarantine, base) = quarantine(&bench, ENOUGH).await;
    let unpublished = bench.commit("second").await;
    let new = bench.commit("third").await;
    let pack = bench.pack(&[new.to_string(), format!("^{unpublished}")]).await;
    let looked = look(&quarantine, &base, pack, &[update("refs/heads/main", unpublished, new)]).await;
    assert!(matches!(looked, Err(PackError::Unreadable(_))), "{looked:?}");
}

#[tokio::test]
async fn a_few_bytes_that_claim_to_unfold_to_gigabytes_take_no_memory() {
    let bench = Workbench::new().await;
    let old = bench.commit("first").await;
    let (quarantine, base) = quarantine(&bench, ENOUGH).await;
    let objects = b"PACK\0\0\0\x02\x7f\xff\xff\xff".to_vec();
    let one_commit_of_three_gigabytes = b"PACK\0\0\0\x02\0\0\0\x01\x90\x80\x80\x80\x60".to_vec();
    for bomb in [objects, one_commit_of_three_gigabytes] {
        let looked = look(&quarantine, &base, bomb, &[update("refs/heads/main", ObjectId::ZERO, old)]).await;
        let refusal = Refusal::from(looked.expect_err("no memory for it"));
        assert_eq!(refusal.reason(), Reason::TooLarge, "{:?}", refusal.truth());
    }
}

#[tokio::test]
async fn without_room_to_unpack_it_a_push_is_refused_before_git_starts() {
    let bench = Workbench::new().await;
    let old = bench.commit("first").await;
    let (small, base) = quarantine(&bench, THIN_ROOM).await;
    let new = bench.commit("second").await;
    let updates = [update("refs/heads/main", old, new)];
    let pack = bench.pack(&[new.to_string(), format!("^{old}")]).await;
    let looked = look(&small, &base, pack.clone(), &updates).await;
    assert!(matches!(looked, Err(PackError::Quota(QuotaError::Never { .. }))), "{looked:?}");
    drop(small);
    let (shared, base) = quarantine(&bench, ENOUGH).await;
    let others = shared.spool().quota().reserve(ENOUGH - THIN_ROOM).expect("room");
    let pack = shared.spool().store(&agent(), &mut Full::new(Bytes::from(pack))).await.expect("room");
    let refusal = Refusal::from(kinships(&shared, &base, &pack, &updates).await.expect_err("no room"));
    assert_eq!(refusal.reason(), Reason::SpoolFull);
    drop(others);
    assert_eq!(kinships(&shared, &base, &pack, &updates).await.expect("an answer"), [Kinship::FastForward]);
}

/// What an update touches, or why it cannot be told.
async fn touches(bench: &Workbench, pack: Vec<u8>, update: &RefUpdate) -> Result<Option<Vec<Touch>>, PackError> {
    let (quarantine, base) = quarantine(bench, ENOUGH).await;
    let pack = quarantine.spool().store(&agent(), &mut Full::new(Bytes::from(pack))).await.expect("room");
    let room = quarantine.admit(&pack, &base).await?;
    let refs = room.forge_refs().await?;
    let main = RefName::parse("refs/heads/main").expect("a ref");
    room.touches(&refs, &Span { update, default_branch: Some(&main), merge_from: &BTreeSet::new() }).await
}

async fn id(bench: &Workbench, arguments: &[&str], input: &str) -> ObjectId {
    let output = bench.run(&[&["-C", "work"], arguments].concat(), input.as_bytes()).await;
    ObjectId::parse(output.trim_ascii_end()).expect("an id")
}

#[tokio::test]
async fn more_paths_than_are_decided_on_are_refused() {
    let bench = Workbench::new().await;
    let old = bench.commit("first").await;
    let blob = id(&bench, &["hash-object", "-w", "--stdin"], "").await;
    for (count, fits) in [(MAX_PATHS, true), (MAX_PATHS + 1, false)] {
        // The file of the first commit goes, which is a path as well.
        let entry = |n: usize| format!("100644 blob {blob}\t{n}\n");
        let entries = (1..count).map(entry).collect::<Vec<_>>().concat();
        let tree = id(&bench, &["mktree"], &entries).await.to_string();
        let new = id(&bench, &["commit-tree", "-m", "many", "-p", &old.to_string(), &tree], "").await;
        let pack = bench.pack(&[new.to_string(), format!("^{old}")]).await;
        match touches(&bench, pack, &update("refs/heads/x", old, new)).await {
            Ok(Some(touches)) => assert!(fits && touches.len() == count),
            refused => {
                let refusal = Refusal::from(refused.expect_err("too many"));
                assert!(!fits && refusal.reason() == Reason::TooLarge, "{:?}", refusal.truth());
            }
        }
    }
}

#[tokio::test]
async fn a_longer_history_than_is_looked_through_is_refused() {
    let bench = Workbench::new().await;
    let old = bench.commit("first").await;
    bench.publish("store/acme/web.git").await;
    let commit = "commit refs/heads/long\ncommitter a <a@example.com> 0 +0000\ndata 0\n";
    let first = format!("{commit}from {old}\n\n");
    let more = format!("{commit}\n").repeat(20_000);
    bench.run(&["-C", "work", "fast-import", "--quiet"], (first + &more).as_bytes()).await;
    for (tip, fits) in [("long~1", true), ("long", false)] {
        let new = id(&bench, &["rev-parse", tip], "").await;
        let pack = bench.pack(&[new.to_string(), format!("^{old}")]).await;
        let (quarantine, base) = quarantine_over(&bench, ENOUGH).await;
        let pack = quarantine.spool().store(&agent(), &mut Full::new(Bytes::from(pack))).await.expect("room");
        let room = quarantine.admit(&pack, &base).await.expect("a room");
        let refs = room.forge_refs().await.expect("refs");
        let span =
            Span { update: &update("refs/heads/x", old, new), default_branch: None, merge_from: &BTreeSet::new() };
        let touched = room.touches(&refs, &span).await;
        assert_eq!(touched.is_ok(), fits, "{touched:?}");
    }
}

#[tokio::test]
async fn a_thin_pack_alone_proves_a_fast_forward_and_nothing_else() {
    let bench = Workbench::new().await;
    let older = bench.commit("first").await;
    let old = bench.commit("second").await;
    let (quarantine, _base) = quarantine(&bench, ENOUGH).await;
    bench.commit("third").await;
    let new = bench.commit("fourth").await;
    let pack = bench.pack(&[new.to_string(), format!("^{old}")]).await;
    let pack = quarantine.spool().store(&agent(), &mut Full::new(Bytes::from(pack))).await.expect("room");
    let history = quarantine.history(&pack).await;
    assert!(history.proves(&update("refs/heads/a", old, new)));
    for (old, new) in [(older, new), (new, old), (old, older)] {
        assert!(!history.proves(&update("refs/heads/a", old, new)), "{old} to {new} is not shown");
    }
    assert_eq!(quarantine.spool().quota().taken(), pack.length());
}

#[tokio::test]
async fn a_pack_too_large_to_be_tried_alone_and_one_that_is_none_prove_nothing() {
    let bench = Workbench::new().await;
    let old = bench.commit("first").await;
    let (quarantine, _base) = quarantine(&bench, ENOUGH).await;
    for number in 0..90 {
        bench.commit(&number.to_string()).await;
    }
    let new = bench.commit("last").await;
    let many = bench.pack(&[new.to_string(), format!("^{old}")]).await;
    let noise: Vec<u8> = (0..600_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    std::fs::write(bench.path("work/noise"), noise).expect("a file");
    bench.run(&["-C", "work", "add", "noise"], b"").await;
    let after = bench.commit("large").await;
    let large = bench.pack(&[after.to_string(), format!("^{new}")]).await;
    for (pack, old, new) in [(many, old, new), (large, new, after), (b"PACK\0\0\0\x02\0\0\0\x01".to_vec(), old, new)] {
        let pack = quarantine.spool().store(&agent(), &mut Full::new(Bytes::from(pack))).await.expect("room");
        assert!(!quarantine.history(&pack).await.proves(&update("refs/heads/a", old, new)));
    }
}
