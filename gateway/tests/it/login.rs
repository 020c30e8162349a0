//! A person lends authority: she signs in at a certified provider, with a real browser, from a terminal, and an agent on
//! her machine acts for her, no further than her groups lend, and no longer than she stands.

mod git;
mod laptop;
mod pages;

use std::path::Path;

use gogs_spanner_testkit::{Browser, Caller, Provider, Setting, TestGateway, WRITER, Workspace};

pub(crate) use self::laptop::{Laptop, OPENER};

/// `claude-code`, which nobody becomes by a proof: developers lend to it, and no more than reading.
const LENDING: &str = r#"
[[group]]
name = "developers"
members = { claim = "groups", any = ["developers"] }
lends = [{ role = "lent", repositories = ["acme/*"] }]
[[role]]
name = "lent"
rights = [{ actions = ["contents:read", "issues:read"] }, { actions = ["ref:create"], refs = ["refs/heads/agents/**"] }]
[[role]]
name = "claude"
rights = "#;
const AGENT: &str = r#"
[[agent]]
name = "claude-code"
owner = "tests"
lend_to = ["developers"]
grants = [{ role = "claude", repositories = ["acme/handbook", "other/notes"] }]
"#;

/// A provider of npm's, which does not run yet.
pub(crate) async fn provider() -> Provider {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a directory in target");
    let home = target.join("oidc-provider");
    assert!(home.exists(), "{} is not there: `cargo xtask setup` makes it", home.display());
    Provider::at(&home).await
}

/// A gateway at which people sign in, also by a device's code, and the provider they do it with.
async fn gateway() -> (TestGateway, Provider) {
    gateway_with("device = true").await
}

/// The same with another line in `[people]`.
async fn gateway_with(line: &str) -> (TestGateway, Provider) {
    let mut provider = provider().await;
    let setting = Setting::new().reachable().repository("acme/handbook").repository("other/notes");
    let setting = setting.and(&format!("{}{line}\n{LENDING}{WRITER}{AGENT}", provider.sections()));
    let gateway = TestGateway::with(setting).await;
    provider.run(&gateway.door.audience).await;
    (gateway, provider)
}

#[tokio::test]
async fn she_signs_in_with_her_browser_and_an_agent_acts_for_her_within_what_she_lends() {
    let (gateway, _provider) = gateway().await;
    let (laptop, browser) = (Laptop::of(&gateway), Browser::start().await);
    let signing_in = laptop.login(&[]);
    browser.open(&laptop.opened().await).await;
    assert!(laptop.terminal().contains(&browser.text("code").await), "{}", laptop.terminal());
    browser.click("a.onward").await;
    Provider::sign_in(&browser, "alice").await;
    browser.shows("You may close this page").await;
    let said = signing_in.await.expect("no panic").succeeds();
    assert!(said.stdout.contains("signed in as alice@example.com"), "{}", said.stdout);

    let token = laptop.token(&[]).await.succeeds().stdout;
    let agent = gateway.nobody().with_token(token.trim());
    agent.get("/api/v1/repos/acme/handbook").await.is(200);
    agent.get("/api/v1/repos/other/notes").await.is_refused("not-granted");
    let workspace = Workspace::new();
    let handbook = workspace.clone(&agent.remote("acme/handbook")).await;
    handbook.commit("docs/a.md", "for alice").await;
    handbook.push(&["HEAD:refs/heads/agents/a"]).await.succeeds();
    let refused = handbook.push(&["HEAD:refs/heads/master"]).await;
    assert!(refused.stderr.contains("not-granted"), "{}", refused.stderr);
    let refused = laptop.token(&["--repository", "other/notes"]).await;
    assert!(refused.stderr.contains("details-not-granted"), "{}", refused.stderr);

    assert!(gateway.operate(&["person", "lock", "alice@example.com"]).await);
    agent.get("/api/v1/repos/acme/handbook").await.is_refused("person-locked");
    assert!(laptop.token(&[]).await.stderr.contains("person-locked"));
    assert!(gateway.operate(&["person", "unlock", "alice@example.com"]).await);
    assert!(gateway.operate(&["agent", "lock", "claude-code"]).await);
    agent.get("/api/v1/repos/acme/handbook").await.is_refused("agent-locked");
    assert!(gateway.operate(&["agent", "unlock", "claude-code"]).await);
    laptop.token(&[]).await.succeeds();
    laptop.spanner(&["logout"]).await.succeeds();
    assert!(laptop.token(&[]).await.stderr.contains("no proof at hand"));

    let trail = gateway.trail().await;
    let lines = |action: &str| trail.iter().filter(|line| line.action == action).collect::<Vec<_>>();
    let for_alice = |action| lines(action).iter().all(|line| line.on_behalf_of.as_deref() == Some("alice@example.com"));
    for action in ["person:sign-in", "token:issue", "contents:read", "ref:create", "token:revoke"] {
        assert!(!lines(action).is_empty() && for_alice(action), "{action}: {trail:?}");
    }
    assert_eq!(lines("agent:lock").len(), 4);
}

#[tokio::test]
async fn she_confirms_on_another_device_until_it_is_ended_and_who_is_in_no_group_cannot() {
    let (gateway, _provider) = gateway().await;
    let (laptop, browser) = (Laptop::of(&gateway), Browser::start().await);
    let sign_in = async |person| {
        let signing_in = laptop.login(&["--device"]);
        let (page, code) = laptop.device().await;
        Provider::confirm(&browser, (&page, &code), person).await;
        browser.shows("Sign-in Success").await;
        browser.forget().await;
        signing_in.await.expect("no panic")
    };
    let said = sign_in("bob").await.fails();
    assert!(said.stdout.contains("`bob@example.com` is in no group"), "{}", said.stdout);
    let said = sign_in("alice").await.succeeds();
    assert!(said.stdout.contains("signed in as alice@example.com"), "{}", said.stdout);
    let token = laptop.token(&[]).await.succeeds().stdout;
    let agent = gateway.nobody().with_token(token.trim());
    agent.get("/api/v1/repos/acme/handbook").await.is(200);
    assert!(!gateway.operate(&["revoke", "person", "bob@example.com"]).await, "he never came");
    assert!(gateway.operate(&["revoke", "person", "Alice@Example.com"]).await);
    agent.get("/api/v1/repos/acme/handbook").await.is_refused("token-revoked");
    assert!(laptop.token(&[]).await.stderr.contains("sign-in-over"));
    sign_in("alice").await.succeeds();
    laptop.token(&[]).await.succeeds();
    let mut people = gateway.trail().await;
    people.retain(|line| line.action == "person:sign-in");
    let told = people.iter().map(|line| (line.on_behalf_of.clone(), line.reason.clone())).collect::<Vec<_>>();
    let expected = [("bob@example.com", Some("not-lent")), ("alice@example.com", None), ("alice@example.com", None)];
    assert_eq!(told, expected.map(|(who, why)| (Some(who.to_owned()), why.map(str::to_owned))));
    let truth = people[1].result.as_deref().unwrap_or_default();
    assert!(truth.starts_with("issued by device code, begun from 127.0.0.1 and redeemed from 127.0.0.1: "), "{truth}");
}

#[tokio::test]
async fn a_code_of_before_she_was_revoked_is_too_late_after() {
    let (gateway, _provider) = gateway().await;
    let (laptop, browser, nobody) = (Laptop::of(&gateway), Browser::start().await, gateway.nobody());
    let signing_in = laptop.login(&["--device"]);
    let (page, code) = laptop.device().await;
    Provider::confirm(&browser, (&page, &code), "alice").await;
    signing_in.await.expect("no panic").succeeds();
    browser.forget().await;
    let client = ("client_id", "spanner");
    let begun = nobody.post_form("/-/spanner/oauth/device_authorization", &[client]).await.is(200).json();
    let text = |member: &str| begun[member].as_str().expect("a text").to_owned();
    Provider::confirm(&browser, (&text("verification_uri"), &text("user_code")), "alice").await;
    browser.shows("Sign-in Success").await;
    assert!(gateway.operate(&["revoke", "person", "alice@example.com"]).await);
    let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    let device = ("device_code", &*text("device_code"));
    nobody.post_form("/-/spanner/oauth/token", &[grant, client, device]).await.is(400).is_refused("sign-in-too-late");
}

#[tokio::test]
async fn where_no_device_is_allowed_there_is_no_code_and_she_is_told_to_use_her_browser() {
    let (gateway, _provider) = gateway_with("").await;
    let nobody = gateway.nobody();
    let metadata = nobody.get("/.well-known/oauth-authorization-server").await.is(200).json();
    assert!(metadata["device_authorization_endpoint"].is_null() && metadata["authorization_endpoint"].is_string());
    let grants = metadata["grant_types_supported"].to_string();
    assert!(!grants.contains("device_code") && grants.contains("authorization_code"), "{grants}");
    let client = ("client_id", "spanner");
    let begun = nobody.post_form("/-/spanner/oauth/device_authorization", &[client]).await;
    begun.is(400).is_refused("grant-type-unsupported");
    let kind = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    let asked = nobody.post_form("/-/spanner/oauth/token", &[kind, client, ("device_code", "of another day")]).await;
    asked.is(400).is_refused("grant-type-unsupported");
    let said = Laptop::of(&gateway).login(&["--device"]).await.expect("no panic");
    assert_ne!(said.code, 0, "{}", said.stdout);
    for words in ["with a browser on the same machine", "run `spanner login` where a browser can be opened"] {
        assert!(said.stdout.contains(words), "{}", said.stdout);
    }
}

#[tokio::test]
async fn an_address_that_is_not_verified_names_nobody() {
    let (gateway, _provider) = gateway().await;
    let (laptop, browser) = (Laptop::of(&gateway), Browser::start().await);
    let signing_in = laptop.login(&["--device"]);
    let (page, code) = laptop.device().await;
    Provider::confirm(&browser, (&page, &code), "mallory").await;
    let said = signing_in.await.expect("no panic").fails();
    assert!(said.stdout.contains("`mallory` is in no group"), "by her subject: {}", said.stdout);
    browser.forget().await;
    let signing_in = laptop.login(&["--device"]);
    let (page, code) = laptop.device().await;
    Provider::confirm(&browser, (&page, &code), "alice@example.com").await;
    let said = signing_in.await.expect("no panic").fails();
    assert!(said.stdout.contains("her subject looks like an address"), "not by that either: {}", said.stdout);
}

#[tokio::test]
async fn nobody_is_asked_to_sign_in_where_nobody_sits() {
    let (gateway, _provider) = gateway().await;
    let laptop = Laptop::of(&gateway);
    let said = laptop.spanner(&["login"]).await;
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("signing in takes a person at a terminal"), "{}", said.stderr);
    assert!(said.stderr.contains(&format!("`spanner login --url {}`", gateway.door.audience)), "{}", said.stderr);
    let token = laptop.token(&[]).await;
    assert!(token.stderr.contains("a person may run `spanner login`"), "{}", token.stderr);
    assert!(gateway.trail().await.iter().all(|line| line.action != "person:sign-in"));
}
