//! An identity provider nobody here wrote, whole: machines and people of a real Keycloak, and what its word is worth here.

use std::path::Path;

use gogs_spanner_testkit::{Browser, Caller, Keycloak, Setting, TestGateway, WRITER};

use crate::login::Laptop;

const TOKEN: &str = "/-/spanner/oauth/token";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// `robot` is Keycloak's client of the name; developers of Keycloak lend to `claude-code`.
const AGENTS: &str = r#"
[[group]]
name = "developers"
members = { claim = "groups", any = ["developers"] }
[[agent]]
name = "robot"
owner = "tests"
trust = [{ issuer = "keycloak", claims = { azp = "robot" } }]
grants = [{ role = "writer", repositories = ["acme/handbook"] }]
[[agent]]
name = "claude-code"
owner = "tests"
lend_to = ["developers"]
grants = [{ role = "writer", repositories = ["acme/handbook"] }]
[[role]]
name = "writer"
rights = "#;

/// A gateway that takes Keycloak's word.
async fn gateway() -> (TestGateway, Keycloak) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a directory in target");
    let home = target.join("keycloak");
    assert!(home.exists(), "{} is not there: `cargo xtask verify providers` makes it", home.display());
    let mut keycloak = Keycloak::at(&home).await;
    let setting = Setting::new().reachable().repository("acme/handbook");
    let gateway = TestGateway::with(setting.and(&format!("{}{AGENTS}{WRITER}\n", keycloak.sections()))).await;
    keycloak.run(&gateway.door.audience).await;
    (gateway, keycloak)
}

#[tokio::test]
#[ignore = "cargo xtask verify providers"]
async fn a_machine_becomes_an_agent_by_keycloaks_word() {
    let (gateway, keycloak) = gateway().await;
    let word = keycloak.word_for_robot().await;
    let show = async |word: &str| {
        let form = [("grant_type", EXCHANGE), ("subject_token", word), ("subject_token_type", JWT)];
        gateway.nobody().post_form(TOKEN, &form).await
    };
    let token = show(&word).await.is(200).json();
    let robot = gateway.nobody().with_token(token["access_token"].as_str().expect("a token"));
    robot.get("/api/v1/repos/acme/handbook").await.is(200);
    let (rest, signature) = word.rsplit_once('.').expect("three parts");
    show(&format!("{rest}.{}", signature.chars().rev().collect::<String>())).await.is_refused("assertion-not-accepted");
}

#[tokio::test]
#[ignore = "cargo xtask verify providers"]
async fn people_of_keycloak_sign_in_both_ways_and_only_those_of_the_group_lend() {
    let (gateway, _keycloak) = gateway().await;
    let (laptop, browser) = (Laptop::of(&gateway), Browser::start().await);
    let signing_in = laptop.login(&[]);
    browser.open(&laptop.opened().await).await;
    browser.click("a.onward").await;
    Keycloak::sign_in(&browser, "alice").await;
    browser.shows("You may close this page").await;
    let said = signing_in.await.expect("no panic").succeeds();
    assert!(said.stdout.contains("signed in as alice@example.com"), "{}", said.stdout);
    let token = laptop.token(&[]).await.succeeds().stdout;
    gateway.nobody().with_token(token.trim()).get("/api/v1/repos/acme/handbook").await.is(200);

    let by_device = async |person| {
        let (browser, signing_in) = (Browser::start().await, laptop.login(&["--device"]));
        let (page, code) = laptop.device().await;
        Keycloak::confirm(&browser, (&page, &code), person).await;
        signing_in.await.expect("no panic")
    };
    assert!(by_device("alice").await.succeeds().stdout.contains("signed in as alice@example.com"));
    let said = by_device("mallory").await.fails().stdout;
    assert!(said.contains("is in no group"), "{said}");
    assert!(!said.contains("bob@example.com"), "her address is not verified: {said}");
}
