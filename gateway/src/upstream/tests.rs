//! Accounts, driven against a forge that behaves as Gogs 0.14.3 was seen to.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod house;
mod ill;
mod lists;
mod repositories;
mod secrets;

use gogs_spanner_capability::Reason;
use gogs_spanner_fakes::forge::Credentials;
use jiff::SignedDuration;
use serde_json::json;

use self::house::{House, docs_writer, reader, web};
use crate::store::{Accounts, Permission};

#[tokio::test]
async fn an_agent_gets_an_account_on_its_first_use_and_keeps_it() {
    let house = House::new().await;
    let first = house.accounts().credential(&reader(), Some(&web())).await.unwrap();
    let after_restart = house.accounts().credential(&reader(), Some(&web())).await.unwrap();

    assert_eq!(first.login(), "agent-docs-writer");
    assert_eq!(first.api_header(), after_restart.api_header());
    assert_eq!(house.permission(), Some("read"));
    assert_eq!(house.forge.tokens_of("agent-docs-writer"), ["spanner-1"]);
    assert_eq!(house.arrived("POST", "/api/v1/admin/users"), 1);
    assert_eq!(house.arrived("PUT", "/api/v1/repos/acme/web/collaborators/agent-docs-writer"), 1);
}

#[tokio::test]
async fn the_account_tells_people_whom_they_meet_and_may_own_nothing() {
    let house = House::new().await;
    house.accounts().credential(&reader(), None).await.unwrap();

    let made = house.body_of("POST", "/api/v1/admin/users");
    assert_eq!(made["full_name"], "docs-writer (automation of alice@example.com, by Gogs Spanner)");
    assert!(made["email"].as_str().unwrap().ends_with("@agents.invalid"), "{made}");
    assert_eq!(made["password"].as_str().unwrap().len(), 64, "an empty one would log anybody in");
    let edited = house.body_of("PATCH", "/api/v1/admin/users/agent-docs-writer");
    assert_eq!((&edited["max_repo_creation"], &edited["admin"]), (&json!(0), &json!(false)));
}

#[tokio::test]
async fn the_admin_token_makes_accounts_and_collaborators_and_nothing_else() {
    let house = House::new().await;
    let accounts = house.accounts();
    accounts.repository(&reader(), &web()).await.unwrap();
    house.forge.kill_tokens_of("agent-docs-writer");
    accounts.repository(&reader(), &web()).await.unwrap();

    let arrivals = house.forge.recorder().arrivals();
    let (admin, own): (Vec<_>, Vec<_>) = arrivals.iter().partition(|arrival| arrival.credentials.are_admins());
    let mut admin: Vec<_> = admin.iter().map(|arrival| format!("{} {}", arrival.method, arrival.target)).collect();
    admin.sort();
    admin.dedup();
    assert_eq!(
        admin,
        [
            "GET /api/v1/repos/acme/web",
            "GET /api/v1/users/agent-docs-writer",
            "PATCH /api/v1/admin/users/agent-docs-writer",
            "POST /api/v1/admin/users",
            "PUT /api/v1/repos/acme/web/collaborators/agent-docs-writer",
        ]
    );
    assert!(own.iter().all(|arrival| match &arrival.credentials {
        Credentials::Token { account, .. } | Credentials::Password { account, .. } => account == "agent-docs-writer",
        Credentials::Unknown => true, // the token that was killed
        Credentials::Absent => false,
    }));
}

#[tokio::test]
async fn everybody_who_comes_at_once_is_served_by_one_account() {
    let house = House::new().await;
    let (accounts, agent, web) = (house.accounts(), reader(), web());
    let all = futures::future::join_all((0..20).map(|_| accounts.credential(&agent, Some(&web)))).await;

    assert!(all.iter().all(Result::is_ok));
    assert_eq!(house.arrived("POST", "/api/v1/admin/users"), 1);
    assert_eq!(house.arrived("POST", "/api/v1/users/agent-docs-writer/tokens"), 1);
    assert_eq!(house.arrived("PUT", "/api/v1/repos/acme/web/collaborators/agent-docs-writer"), 1);
}

#[tokio::test]
async fn the_permission_grows_with_policy_and_is_never_lowered() {
    let house = House::new().await;
    let accounts = house.accounts();
    for (actions, permission) in [
        (["contents:read"].as_slice(), "read"),
        (&["contents:read", "ref:update"], "write"),
        (&["contents:read"], "write"),
        (&["repository:admin"], "admin"),
    ] {
        accounts.credential(&docs_writer(actions), Some(&web())).await.unwrap();
        assert_eq!(house.permission(), Some(permission), "{actions:?}");
    }
    let agent = reader().name;
    assert_eq!(house.store.collaborations(&agent).await.unwrap(), [(web(), Permission::Admin)]);
}

#[tokio::test]
async fn an_account_that_is_not_ours_is_refused_by_name_and_not_touched() {
    let house = House::new().await;
    house.forge.create_account("agent-docs-writer", "a person's");
    let refusal = house.accounts().credential(&reader(), Some(&web())).await.unwrap_err();

    assert_eq!(refusal.reason(), Reason::AccountNotOurs);
    assert!(refusal.why().contains("`agent-docs-writer`"), "{refusal}");
    assert_eq!(house.arrived("PATCH", "/api/v1/admin/users/agent-docs-writer"), 0);
    assert_eq!(house.permission(), None);
}

#[tokio::test]
async fn an_account_that_took_the_place_of_ours_is_not_ours() {
    let house = House::new().await;
    let accounts = house.accounts();
    let stale = accounts.credential(&reader(), None).await.unwrap();
    house.forge.delete_account("agent-docs-writer");
    house.forge.create_account("agent-docs-writer", "a person's");

    let refusal = accounts.renew(&reader(), &stale).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::AccountNotOurs);
}

#[tokio::test]
async fn an_account_made_but_not_written_down_is_taken_up_again() {
    let house = House::new().await;
    let lost = house.accounts().credential(&reader(), None).await.unwrap();
    house.store.forget(&reader().name).await.unwrap();

    let found = house.accounts().credential(&reader(), None).await.unwrap();
    assert_ne!(lost.api_header(), found.api_header(), "a token is shown once, so it is another");
    assert_eq!(house.arrived("POST", "/api/v1/admin/users"), 1);

    house.store.forget(&reader().name).await.unwrap();
    let of_another_gateway = house.accounts_with(house.forge.admin_token(), 2);
    let refusal = of_another_gateway.credential(&reader(), None).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::AccountNotOurs, "the mark is made with the sealing key");
}

#[tokio::test]
async fn a_token_sealed_with_a_lost_key_is_replaced() {
    let house = House::new().await;
    house.accounts().credential(&reader(), None).await.unwrap();
    let other_key = house.accounts_with(house.forge.admin_token(), 2);
    assert_eq!(other_key.credential(&reader(), None).await.unwrap().generation(), 2);
}

#[tokio::test]
async fn a_dead_credential_is_renewed_once_for_everybody() {
    let house = House::new().await;
    let (accounts, agent) = (house.accounts(), reader());
    let stale = accounts.credential(&agent, Some(&web())).await.unwrap();
    house.forge.kill_tokens_of("agent-docs-writer");

    let all = futures::future::join_all((0..10).map(|_| accounts.renew(&agent, &stale))).await;
    assert!(all.iter().all(|fresh| fresh.as_ref().is_ok_and(|fresh| fresh.generation() == 2)));
    assert_eq!(house.forge.tokens_of("agent-docs-writer"), ["spanner-2"]);
    let late = accounts.renew(&agent, &stale).await.unwrap();
    assert_eq!(late.generation(), 2, "whoever comes late with the stale one gets the fresh one");
}

#[tokio::test]
async fn a_forge_that_takes_no_fresh_credential_is_not_sent_one_for_every_request() {
    let house = House::new().await;
    let (accounts, agent) = (house.accounts(), reader());
    let mut credential = accounts.credential(&agent, None).await.unwrap();
    credential = accounts.renew(&agent, &credential).await.unwrap();

    let refusal = accounts.renew(&agent, &credential).await.unwrap_err();
    assert_eq!((refusal.reason(), refusal.retry_after()), (Reason::UpstreamUnavailable, Some(5)));
    house.clock.advance(SignedDuration::from_secs(6));
    assert_eq!(accounts.renew(&agent, &credential).await.unwrap().generation(), 3);
}

#[tokio::test]
async fn an_account_gone_from_the_forge_is_made_anew_and_let_in_again() {
    let house = House::new().await;
    let (accounts, agent) = (house.accounts(), reader());
    accounts.credential(&agent, Some(&web())).await.unwrap();
    house.forge.delete_account("agent-docs-writer");

    house.forge.create_private_repository("acme/handbook").await.unwrap();
    accounts.repository(&agent, &"acme/handbook".parse().unwrap()).await.unwrap();
    accounts.repository(&agent, &web()).await.unwrap();
    assert_eq!(house.permission(), Some("read"));
}

#[tokio::test]
async fn whoever_looks_at_an_account_shuts_out_nobody_who_gives_it_a_credential() {
    let house = House::new().await;
    let (accounts, agent) = (house.accounts(), reader());
    let stale = accounts.credential(&agent, None).await.unwrap();
    let looks = futures::future::join_all((0..4).map(|_| accounts.oddities(&agent)));
    let (renewed, looked) = tokio::join!(accounts.renew(&agent, &stale), looks);
    assert_eq!(renewed.unwrap().generation(), 2);
    assert_eq!(looked, vec![Vec::<String>::new(); 4], "each with a password of its own, one after the other");
}
