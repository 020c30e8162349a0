//! What is asked of repositories, and who is let into them.

use gogs_spanner_capability::Reason;
use gogs_spanner_fakes::forge::{Arrival, ForgeConfig};
use jiff::SignedDuration;

use super::house::{House, reader, web};
use crate::store::Accounts;

#[tokio::test]
async fn a_repository_policy_says_nothing_of_is_refused_without_asking_the_forge() {
    let house = House::new().await;
    let other = "other/web".parse().unwrap();
    let refusal = house.accounts().credential(&reader(), Some(&other)).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::NotGranted);
    assert!(house.forge.recorder().arrivals().is_empty());
}

#[tokio::test]
async fn a_repository_the_forge_does_not_know_is_absent_and_left_out_of_the_store() {
    let house = House::new().await;
    let absent = "acme/absent".parse().unwrap();
    let refusal = house.accounts().credential(&reader(), Some(&absent)).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::RepositoryAbsent);
    assert!(house.store.collaborations(&reader().name).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_repository_is_asked_for_as_the_agent() {
    let house = House::new().await;
    let facts = house.accounts().repository(&reader(), &web()).await.unwrap();
    assert_eq!((facts.default_branch.as_str(), facts.empty), ("master", false));
    assert!(facts.id > 0);
}

#[tokio::test]
async fn what_links_begin_with_is_asked_once_a_minute_as_the_agent() {
    let external_url = Some("https://people.example.test/gogs/".to_owned());
    let house = House::at(ForgeConfig { external_url, ..ForgeConfig::default() }).await;
    let accounts = house.accounts();
    assert_eq!(accounts.external_url_heard(), None);
    for _ in 0..3 {
        let external = accounts.external_url(&reader(), &web()).await.unwrap();
        assert_eq!(external.as_str(), "https://people.example.test/gogs/");
    }
    assert_eq!(house.arrived("GET", "/api/v1/repos/acme/web"), 2, "one of them to know which one to be let into");
    house.clock.advance(SignedDuration::from_secs(61));
    accounts.external_url(&reader(), &web()).await.unwrap();
    let arrivals = house.forge.recorder().arrivals();
    let own = |arrival: &&Arrival| !arrival.credentials.are_admins();
    let asked = arrivals.iter().filter(own).filter(|arrival| arrival.target == "/api/v1/repos/acme/web");
    let askers: Vec<_> = asked.map(|arrival| arrival.credentials.account()).collect();
    assert_eq!(askers, [Some("agent-docs-writer"); 2]);
}

#[tokio::test]
async fn nobody_without_a_right_there_is_told_what_links_begin_with() {
    let house = House::new().await;
    let refusal = house.accounts().external_url(&reader(), &"other/web".parse().unwrap()).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::NotGranted);
}

#[tokio::test]
async fn nobody_is_let_into_a_repository_that_took_the_name_of_the_one_that_is_meant() {
    let house = House::new().await;
    house.accounts().repository(&reader(), &web()).await.unwrap();
    house.pass_the_name_on().await;
    house.forge.recorder().clear();
    house.store.forget(&reader().name).await.unwrap();

    let accounts = house.accounts();
    let refusal = accounts.repository(&reader(), &web()).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::RepositoryIdentityChanged);
    assert_eq!(house.permission(), None, "not even for a moment");
    assert_eq!(house.arrived("PUT", "/api/v1/repos/acme/web/collaborators/agent-docs-writer"), 0);
    accounts.confirm(&web()).await.unwrap();
    accounts.repository(&reader(), &web()).await.unwrap();
    assert_eq!(house.permission(), Some("read"));
}
