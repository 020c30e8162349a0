//! What the forge says about what reached it.

use gogs_spanner_fakes::forge::{Credentials, Trouble};
use reqwest::Method;
use serde_json::json;

use crate::client::{admin, client, forge};

#[tokio::test]
async fn a_request_is_recorded_with_its_body_and_whose_it_was() {
    let forge = forge().await;
    let form = json!({"username": "agent-a", "email": "a@x.invalid", "password": "p"});
    admin(&forge, Method::POST, "/admin/users?x=%2F").json(&form).send().await.unwrap();
    let arrivals = forge.recorder().arrivals();
    let [arrival] = arrivals.as_slice() else { panic!("one request arrived") };
    assert_eq!(arrival.target, "/api/v1/admin/users?x=%2F");
    assert_eq!(arrival.credentials, Credentials::Token { account: "root1".to_owned(), admin: true });
    assert_eq!(arrival.body, form.to_string().as_bytes());
    assert_eq!(arrival.body_length, arrival.body.len() as u64);
    assert_eq!(arrival.status.map(|status| status.as_u16()), Some(201));
}

#[tokio::test]
async fn a_forge_in_trouble_says_so_or_says_nothing_until_it_is_over() {
    let forge = forge().await;
    forge.trouble(Trouble::Unavailable);
    assert_eq!(client().get(forge.url()).send().await.unwrap().status(), 503);
    forge.pause();
    let waiting = tokio::spawn(admin(&forge, Method::GET, "/user").send());
    while forge.recorder().arrivals().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    forge.resume();
    assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn the_fields_of_a_body_are_read_as_go_reads_them() {
    let forge = forge().await;
    let body = r#"{"USERNAME": "first", "username": "second", "email": "e@x.invalid", "password": "p"} trailing"#;
    let request = admin(&forge, Method::POST, "/admin/users").header("content-type", "application/json").body(body);
    assert_eq!(request.send().await.unwrap().status(), 201);
    assert!(forge.accounts().contains(&"second".to_owned()));
}
