//! What git asks, and what it is answered.

use std::net::TcpListener;

use gogs_spanner_capability::token::{Caveat, TokenText, inspect};
use gogs_spanner_sdk::{Action, Clock as _, SystemClock};

use crate::desk::{Desk, gateway, heard, question};

/// What a line of the answer says.
fn line<'a>(answer: &'a str, key: &str) -> Option<&'a str> {
    answer.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

#[tokio::test]
async fn an_older_git_gets_a_user_name_and_a_password_that_ends() {
    let gateway = gateway().await;
    let answer = Desk::new().keyed(&gateway).ask(&gateway, "").answer;
    assert_eq!(line(&answer, "username"), Some("spanner"));
    assert!(line(&answer, "password").is_some_and(|password| password.starts_with("gsp_")));
    let ends: i64 = line(&answer, "password_expiry_utc").expect("an end").parse().expect("seconds");
    let left = ends - SystemClock.now().as_second();
    assert!((280..=300).contains(&left), "{left} s");
    assert!(!answer.contains("authtype") && !answer.contains("ephemeral"));
    let asked = Desk::new().keyed(&gateway).ask(&gateway, "username=bot\n").answer;
    assert_eq!(line(&asked, "username"), Some("bot"));
}

#[tokio::test]
async fn a_git_that_takes_an_authtype_gets_a_bearer_that_nobody_keeps() {
    let gateway = gateway().await;
    let answer = Desk::new().keyed(&gateway).ask(&gateway, "capability[]=authtype\ncapability[]=state\n").answer;
    assert!(answer.starts_with("capability[]=authtype\nauthtype=Bearer\ncredential=gsp_"), "{answer}");
    assert_eq!((line(&answer, "ephemeral"), line(&answer, "password")), (Some("1"), None));
    assert!(line(&answer, "password_expiry_utc").is_some());
}

#[tokio::test]
async fn a_challenge_narrows_the_token_to_the_repository_and_the_action() {
    let gateway = gateway().await;
    let challenge = format!(
        "wwwauth[]=Basic realm=\"spanner\", resource_metadata=\"{}/.well-known/oauth-protected-resource\", \
         scope=\"contents:read\", repository=\"acme/web\"\n",
        gateway.uri()
    );
    let answer = Desk::new().keyed(&gateway).ask(&gateway, &challenge).answer;
    let token = TokenText::parse(line(&answer, "password").expect("a token")).expect("a token");
    let caveats: Vec<_> =
        inspect(&token).expect("a token").blocks.into_iter().flat_map(|block| block.caveats).collect();
    let reading = Caveat::Actions([Action::ContentsRead, Action::RepositoryRead].into());
    assert!(caveats.contains(&reading), "{caveats:?}");
    let form = &heard(&gateway).await[1].1;
    let details = form.split('&').find(|pair| pair.starts_with("authorization_details=")).expect("less is asked for");
    assert!(details.contains("acme%2Fweb"), "{details}");
}

#[tokio::test]
async fn arguments_say_which_gateway_they_are_for() {
    let gateway = gateway().await;
    let desk = Desk::new();
    let (uri, key) = (gateway.uri(), desk.key());
    let said = desk.run(&["--url", &uri, "--agent", "ci", "--key-file", &key, "get"], &question(&gateway, ""));
    assert!(said.answer.contains("password=gsp_"), "{}", said.told);
}

#[tokio::test]
async fn what_is_missing_is_said_and_nobody_is_asked() {
    let gateway = gateway().await;
    let told = Desk::new().told(&gateway.uri());
    told.ask(&gateway, "").quits("no proof at hand; set GOGS_SPANNER_KEY_FILE with GOGS_SPANNER_AGENT");
    let key = told.key();
    let nameless = told.variable("GOGS_SPANNER_URL", gateway.uri()).variable("GOGS_SPANNER_KEY_FILE", key);
    nameless.ask(&gateway, "").quits("a key does not say whose it is; set GOGS_SPANNER_AGENT");
    let unread = Desk::new().keyed(&gateway).variable("GOGS_SPANNER_KEY_FILE", "/no/key");
    unread.ask(&gateway, "").quits("could not read the key in /no/key");
    let twice = Desk::new().keyed(&gateway).variable("GOGS_SPANNER_ASSERTION_FILE", "/proof");
    twice.ask(&gateway, "").quits("GOGS_SPANNER_KEY_FILE and GOGS_SPANNER_ASSERTION_FILE disagree");
}

#[test]
fn a_gateway_that_is_down_is_said_to_be() {
    // Bound and let go of, so that nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("an address");
    let desk = Desk::new();
    let (url, key) = (format!("http://{address}"), desk.key());
    let words = ["--url", &url, "--agent", "ci", "--key-file", &key, "get"];
    desk.run(&words, &format!("protocol=http\nhost={address}\n\n")).quits("the gateway did not answer");
}

#[test]
fn what_it_can_do_is_said_and_what_needs_nothing_done_is_heard_out() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["capability"], "").answer, "version 0\ncapability authtype\n");
    for operation in ["store", "erase", "whatever-comes"] {
        let told = "protocol=https\nhost=agents.example.com\nusername=spanner\npassword=gsp_x\n\n".repeat(10_000);
        desk.run(&[operation], &told).is_nothing();
    }
}

#[test]
fn places_where_no_gateway_can_be_are_passed_over() {
    let desk = Desk::new().variable("GOGS_SPANNER_URL", "https://agents.example.com");
    for question in
        ["", "protocol=ssh\nhost=agents.example.com\n\n", "protocol=https\n\n", "host=agents.example.com\n\n"]
    {
        desk.run(&["get"], question).is_nothing();
    }
}
