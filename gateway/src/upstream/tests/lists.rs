//! Long lists of the forge, which take a place each.

use super::*;
use crate::{authorize::policy::AgentPolicy, upstream::questions::LISTS_OF_AN_AGENT};

#[tokio::test]
async fn an_agent_looks_through_so_many_lists_at_once_and_no_more() {
    let house = House::new().await;
    let (accounts, agent) = (house.accounts(), reader());
    let other = AgentPolicy { name: "other".parse().unwrap(), ..reader() };
    let ids = async |agent: &AgentPolicy| accounts.ids(agent, &web(), &["issues".into(), "comments".into()]).await;
    assert_eq!(ids(&agent).await.unwrap(), [] as [i64; 0]);
    let mut places = Vec::new();
    for _ in 0..LISTS_OF_AN_AGENT {
        places.push(accounts.lists.take(&agent.name).await.unwrap());
    }
    house.forge.recorder().clear();
    assert_eq!(ids(&other).await.unwrap(), [] as [i64; 0], "another agent has its own");
    let asked = house.arrived("GET", "/api/v1/repos/acme/web/issues/comments");
    tokio::time::pause();
    let refusal = ids(&agent).await.unwrap_err();
    tokio::time::resume();
    assert_eq!((refusal.reason(), refusal.retry_after()), (Reason::SpoolFull, Some(1)));
    assert_eq!(house.arrived("GET", "/api/v1/repos/acme/web/issues/comments"), asked, "the forge was not asked");
    places.pop();
    assert_eq!(ids(&agent).await.unwrap(), [] as [i64; 0], "a place was given back");
}

#[tokio::test]
async fn a_repository_that_took_a_name_takes_no_list_away_and_is_joined_once_it_is_confirmed() {
    let house = House::new().await;
    house.accounts().repository(&reader(), &web()).await.unwrap();
    house.pass_the_name_on().await;
    house.store.forget(&reader().name).await.unwrap();

    let right =
        json!([{ "repositories": ["acme/web"], "actions": ["contents:read"], "refs": ["**"], "paths": ["**"] }]);
    let agent = AgentPolicy { rights: serde_json::from_value(right).unwrap(), ..reader() };
    let accounts = house.accounts();
    accounts.credential_for_list(&agent).await.unwrap();
    assert_eq!(house.permission(), None, "nobody is let into it");
    accounts.confirm(&web()).await.unwrap();
    accounts.credential_for_list(&agent).await.unwrap();
    assert_eq!(house.permission(), Some("read"));
}
