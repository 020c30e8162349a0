//! What every store must do, run against every backend.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use gogs_spanner_capability::{AgentName, Reason, RepositoryName, token::RevocationId};
use jiff::{SignedDuration, Timestamp};

use super::{
    Account, Accounts, Appended, Entry, Identities, Key, Keys, Permission, Purpose, Records, Revocations, SingleUse,
    Spending, Spendings, StoreError, StoredKey,
};
use crate::{
    journal::{AuditLine, Outcome, Record, Search, Verdict},
    limit::{Limit, Limited, Period},
    request::{Door, RequestId},
    revoke::{Cut, Cutoff},
};

mod backends;
mod people;

use self::people::*;

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn agent(name: &str) -> AgentName {
    AgentName::parse(name).unwrap()
}

fn id(byte: u8) -> RevocationId {
    RevocationId::from_bytes(&[byte; 64]).unwrap()
}

fn record() -> Record {
    Record {
        time: noon(),
        request_id: RequestId::new(),
        trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        door: Door::Git,
        agent: Some(agent("ci-web")),
        on_behalf_of: Some("alice@example.com".to_owned()),
        action: "ref:update".to_owned(),
        repository: "acme/web".to_owned(),
        reference: Some("refs/heads/main".to_owned()),
        paths: vec!["docs/a \"b\".md".to_owned(), "ü".to_owned()],
        verdict: Verdict::Permit,
        truth: None,
        token: Some(id(7)),
    }
}

fn refusal(reason: Reason) -> Record {
    Record { verdict: Verdict::Refuse(reason), truth: Some("signature".to_owned()), ..record() }
}

fn entry(record: &Record) -> Entry {
    using(record, None)
}

fn using(record: &Record, single_use: Option<SingleUse>) -> Entry {
    let key = Key { request_id: record.request_id, ordinal: 0 };
    Entry::Record { key, record: Box::new(record.clone()), result: None, single_use }
}

fn outcome(record: &Record, result: &str) -> Entry {
    let of = Key { request_id: record.request_id, ordinal: 0 };
    Entry::Outcome { of, at: noon(), result: result.to_owned() }
}

async fn found(store: &impl Records, search: Search) -> Vec<u64> {
    store.search(&search).await.unwrap().iter().map(|line| line.seq).collect()
}

fn key(id: u32, purpose: Purpose) -> StoredKey {
    StoredKey { id, purpose, sealed: vec![1, 0, 255], published: noon(), signs_from: noon() + seconds(60) }
}

fn account(name: &str) -> Account {
    Account {
        agent: agent(name),
        login: format!("agent-{name}"),
        user_id: 7,
        token_name: "spanner-1".to_owned(),
        sealed_token: vec![0, 1, 2],
        created: noon(),
    }
}

async fn keys_are_kept_as_they_were_given(store: &impl Keys) {
    let keys = [key(1, Purpose::Tokens), key(4_000_000_000, Purpose::LfsTickets)];
    for key in &keys {
        store.add(key).await.unwrap();
    }
    assert_eq!(store.all().await.unwrap(), keys);
}

async fn a_key_never_takes_the_place_of_another(store: &impl Keys) {
    store.add(&key(1, Purpose::Tokens)).await.unwrap();
    let other = StoredKey { sealed: vec![2], ..key(1, Purpose::ChangeTokens) };
    assert_eq!(store.add(&other).await, Err(StoreError::Taken));
    assert_eq!(store.all().await.unwrap(), [key(1, Purpose::Tokens)]);
}

async fn a_revocation_may_be_listed_twice_and_is_forgotten_when_its_time_is_over(store: &impl Revocations) {
    for until in [60, 600] {
        store.add(&id(1), noon(), noon() + seconds(until)).await.unwrap();
    }
    store.add(&id(2), noon(), noon() + seconds(120)).await.unwrap();
    store.prune(noon() + seconds(60)).await.unwrap();
    assert_eq!(store.all().await.unwrap(), [id(1), id(2)]);
    store.prune(noon() + seconds(61)).await.unwrap();
    assert_eq!(store.all().await.unwrap(), [id(2)]);
}

async fn of_two_cut_offs_of_one_kind_the_later_holds(store: &impl Revocations) {
    let key = |key: &str| Cut::Key(agent("ci-web"), key.to_owned());
    let alice = Cut::Person("alice@example.com".to_owned());
    let of_agent = Cut::Agent(agent("ci-web"));
    let cutoffs = [(Cut::All, 60), (of_agent.clone(), 120), (key("one"), 60), (key("two"), 180), (alice.clone(), 240)];
    for (cut, after) in cutoffs.iter().cloned().chain([(Cut::All, 30), (key("one"), 90)]) {
        store.cut_off(&Cutoff { cut, before: noon() + seconds(after) }, noon()).await.unwrap();
    }
    let mut found = store.cutoffs().await.unwrap();
    found.sort_by(|one, other| one.cut.cmp(&other.cut));
    let held = found.into_iter().map(|cutoff| (cutoff.cut, cutoff.before.duration_since(noon()).as_secs()));
    let expected = [(Cut::All, 60), (of_agent, 120), (key("one"), 90), (key("two"), 180), (alice, 240)];
    assert_eq!(held.collect::<Vec<_>>(), expected);
}

async fn what_is_spent_is_what_was_saved_last_until_it_has_come_back(store: &impl Spendings) {
    let spending = |limited, amount, back| Spending {
        agent: agent("ci-web"),
        limited,
        limit: Limit { amount, per: Period::Day },
        back: noon() + seconds(back),
    };
    let first = [spending(Limited::Pushes, 60, 60), spending(Limited::PushBytes, 1 << 40, 600)];
    store.save(&first).await.unwrap();
    assert_eq!(store.all().await.unwrap().len(), 2);
    let later = [spending(Limited::Pushes, 30, 120)];
    store.save(&later).await.unwrap();
    store.save(&[]).await.unwrap();
    let both = [later[0].clone(), first[1].clone()];
    let of = |limited| both.iter().find(|spending| spending.limited == limited).unwrap();
    for found in store.all().await.unwrap() {
        assert_eq!(&found, of(found.limited));
    }
    store.prune(noon() + seconds(120)).await.unwrap();
    assert_eq!(store.all().await.unwrap().len(), 2);
    store.prune(noon() + seconds(121)).await.unwrap();
    assert_eq!(store.all().await.unwrap(), first[1..]);
}

async fn an_agent_has_the_account_saved_last(store: &impl Accounts) {
    let first = account("ci-web");
    let second = Account { token_name: "spanner-2".to_owned(), sealed_token: vec![3], ..first.clone() };
    assert_eq!(store.account(&first.agent).await.unwrap(), None);
    store.save(&first).await.unwrap();
    store.save(&second).await.unwrap();
    assert_eq!(store.account(&first.agent).await.unwrap(), Some(second));
    assert_eq!(store.account(&agent("docs")).await.unwrap(), None);
}

async fn a_collaboration_has_the_permission_saved_last(store: &impl Accounts) {
    let (web, site) = (RepositoryName::parse("acme/web").unwrap(), RepositoryName::parse("acme/site").unwrap());
    for (name, permission) in [(&web, Permission::Read), (&site, Permission::Admin), (&web, Permission::Write)] {
        store.save_collaboration(&agent("ci-web"), name, permission).await.unwrap();
    }
    let expected = [(site, Permission::Admin), (web, Permission::Write)];
    assert_eq!(store.collaborations(&agent("ci-web")).await.unwrap(), expected);
    assert!(store.collaborations(&agent("docs")).await.unwrap().is_empty());
}

async fn a_forgotten_account_has_been_let_into_nothing(store: &impl Accounts) {
    let (ours, theirs) = (account("ci-web"), account("docs"));
    let web = RepositoryName::parse("acme/web").unwrap();
    for account in [&ours, &theirs] {
        store.save(account).await.unwrap();
        store.save_collaboration(&account.agent, &web, Permission::Read).await.unwrap();
    }
    store.forget(&ours.agent).await.unwrap();
    assert_eq!(store.account(&ours.agent).await.unwrap(), None);
    assert!(store.collaborations(&ours.agent).await.unwrap().is_empty());
    assert_eq!(store.account(&theirs.agent).await.unwrap(), Some(theirs.clone()));
    assert_eq!(store.collaborations(&theirs.agent).await.unwrap(), [(web, Permission::Read)]);
}

async fn the_first_number_met_under_a_name_stays_pinned(store: &impl Identities) {
    let (web, site) = (RepositoryName::parse("acme/web").unwrap(), RepositoryName::parse("acme/site").unwrap());
    assert_eq!(store.pin(&web, 7, noon()).await.unwrap(), 7);
    assert_eq!(store.pin(&web, 8, noon()).await.unwrap(), 7, "another number does not take its place");
    assert_eq!(store.pin(&site, 8, noon()).await.unwrap(), 8);
    let mut pins = store.pins().await.unwrap();
    pins.sort_unstable();
    assert_eq!(pins, [(site.clone(), 8), (web.clone(), 7)]);
    assert_eq!(store.unpin(&web).await.unwrap(), Some(7));
    assert_eq!(store.pins().await.unwrap(), [(site.clone(), 8)]);
    assert_eq!(store.unpin(&web).await.unwrap(), None);
    assert_eq!(store.pin(&web, 9, noon()).await.unwrap(), 9);
    assert_eq!(store.pin(&site, 9, noon()).await.unwrap(), 8, "no other name lost its own");
}

async fn nobody_keeps_a_place_in_a_repository_that_was_let_go(store: &(impl Identities + Accounts)) {
    let (web, site) = (RepositoryName::parse("acme/web").unwrap(), RepositoryName::parse("acme/site").unwrap());
    for name in ["ci-web", "docs"] {
        for repository in [&web, &site] {
            store.save_collaboration(&agent(name), repository, Permission::Read).await.unwrap();
        }
    }
    store.unpin(&web).await.unwrap();
    for name in ["ci-web", "docs"] {
        assert_eq!(store.collaborations(&agent(name)).await.unwrap(), [(site.clone(), Permission::Read)]);
    }
}

async fn records_are_numbered_in_the_order_they_come(store: &impl Records) {
    let group: Vec<_> = (0..3).map(|_| entry(&record())).collect();
    assert_eq!(store.append(&group).await.unwrap(), [1, 2, 3].map(Appended::Recorded));
    assert_eq!(store.append(&[entry(&record())]).await.unwrap(), [Appended::Recorded(4)]);
    assert_eq!(store.append(&[]).await.unwrap(), []);
}

async fn a_large_push_is_one_group(store: &impl Records) {
    let group: Vec<_> = (0..2500).map(|_| entry(&record())).collect();
    let appended = store.append(&group).await.unwrap();
    assert_eq!(appended.last(), Some(&Appended::Recorded(2500)));
    assert_eq!(found(store, Search { limit: Some(2), ..Search::default() }).await, [2499, 2500]);
}

async fn a_group_written_again_changes_nothing_and_has_the_same_numbers(store: &impl Records) {
    let (one, two) = (record(), record());
    let proof = SingleUse { digest: [9; 32], until: noon() };
    let group = [entry(&one), using(&two, Some(proof)), outcome(&one, "200")];
    let first = store.append(&group).await.unwrap();
    assert_eq!(first, [Appended::Recorded(1), Appended::Recorded(2), Appended::Concluded]);
    assert_eq!(store.append(&group).await.unwrap(), first);
    let more = [entry(&record()), entry(&two), outcome(&one, "500")];
    assert_eq!(store.append(&more).await.unwrap(), [Appended::Recorded(3), Appended::Recorded(2), Appended::Concluded]);
    let lines = store.search(&Search::default()).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.result.as_deref()).collect::<Vec<_>>(), [Some("200"), None, None]);
}

async fn a_proof_is_taken_once_and_a_replay_leaves_no_record(store: &impl Records) {
    let used = SingleUse { digest: [9; 32], until: noon() };
    let proof = Some(used);
    let other = Some(SingleUse { digest: [8; 32], until: noon() });
    let group = [using(&record(), proof), using(&record(), proof), using(&record(), other)];
    assert_eq!(store.append(&group).await.unwrap(), [Appended::Recorded(1), Appended::Replayed, Appended::Recorded(2)]);
    assert_eq!(store.append(&[using(&record(), proof)]).await.unwrap(), [Appended::Replayed]);
    let unknown = SingleUse { digest: [7; 32], until: noon() };
    assert!(store.is_used(&used).await.unwrap() && !store.is_used(&unknown).await.unwrap());
    assert_eq!(found(store, Search::default()).await, [1, 2]);
}

async fn a_line_says_all_that_was_recorded(store: &impl Records) {
    let record = record();
    store.append(&[entry(&record), outcome(&record, "ok refs/heads/main")]).await.unwrap();
    let expected = AuditLine {
        seq: 1,
        time: noon(),
        request_id: record.request_id.to_string(),
        trace_id: record.trace_id,
        agent: Some("ci-web".to_owned()),
        on_behalf_of: record.on_behalf_of,
        action: record.action,
        repository: record.repository,
        reference: record.reference,
        paths: record.paths,
        outcome: Outcome::Permit,
        reason: None,
        result: Some("ok refs/heads/main".to_owned()),
        token: Some("07".repeat(64)),
    };
    assert_eq!(store.search(&Search::default()).await.unwrap(), [expected]);
}

async fn a_permit_without_an_outcome_is_unknown_and_a_refusal_needs_none(store: &impl Records) {
    store.append(&[entry(&record()), entry(&refusal(Reason::NotGranted))]).await.unwrap();
    let lines = store.search(&Search::default()).await.unwrap();
    assert_eq!(lines[0].outcome, Outcome::Unknown);
    assert_eq!((lines[0].reason.as_deref(), lines[0].result.as_deref()), (None, None));
    assert_eq!(lines[1].outcome, Outcome::Refuse);
    assert_eq!((lines[1].reason.as_deref(), lines[1].result.as_deref()), (Some("not-granted"), Some("signature")));
}

async fn each_filter_finds_its_lines(store: &impl Records) {
    let plain = record();
    let other = Record { agent: Some(agent("docs")), action: "contents:read".to_owned(), ..record() };
    let later = Record { time: noon() + seconds(60), repository: "acme/site".to_owned(), ..record() };
    let refused = Record { agent: None, ..refusal(Reason::TokenRevoked) };
    let group = [entry(&plain), entry(&other), entry(&later), entry(&refused), outcome(&plain, "200")];
    store.append(&group).await.unwrap();

    let all = Search::default;
    let searches = [
        (all(), vec![1, 2, 3, 4]),
        (Search { agent: Some("docs".to_owned()), ..all() }, vec![2]),
        (Search { action: Some("contents:read".to_owned()), ..all() }, vec![2]),
        (Search { repository: Some("Acme/Site".to_owned()), ..all() }, vec![3]),
        (Search { outcome: Some(Outcome::Permit), ..all() }, vec![1]),
        (Search { outcome: Some(Outcome::Unknown), ..all() }, vec![2, 3]),
        (Search { outcome: Some(Outcome::Refuse), ..all() }, vec![4]),
        (Search { reason: Some("token-revoked".to_owned()), ..all() }, vec![4]),
        (Search { request: Some(other.request_id.to_string()), ..all() }, vec![2]),
        (Search { since: Some(noon() + seconds(60)), ..all() }, vec![3]),
        (Search { until: Some(noon() + seconds(60)), ..all() }, vec![1, 2, 4]),
        (Search { agent: Some("ci-web".to_owned()), outcome: Some(Outcome::Unknown), ..all() }, vec![3]),
        (Search { agent: Some("' OR 1 = 1 --".to_owned()), ..all() }, vec![]),
    ];
    for (search, expected) in searches {
        assert_eq!(found(store, search.clone()).await, expected, "{search:?}");
    }
}

async fn a_search_gives_the_newest_lines_and_goes_on_after_any_line(store: &impl Records) {
    let group: Vec<_> = (0..5).map(|_| entry(&record())).collect();
    store.append(&group).await.unwrap();
    let after = |after_seq, limit| Search { after_seq, limit, ..Search::default() };
    assert_eq!(found(store, after(None, Some(2))).await, [4, 5]);
    assert_eq!(found(store, after(Some(0), Some(2))).await, [1, 2]);
    assert_eq!(found(store, after(Some(2), Some(2))).await, [3, 4]);
    assert_eq!(found(store, after(Some(5), None)).await, [] as [u64; 0]);
    assert_eq!(found(store, after(Some(u64::MAX), None)).await, [] as [u64; 0]);
}
