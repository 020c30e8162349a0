//! Commands against an operator's socket that is really there, over a store that forgets.

mod people;

use std::sync::Arc;

use clap::CommandFactory;
use jiff::SignedDuration;
use secrecy::SecretBox;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    authorize::policy::{CurrentPolicy, Policy},
    client::{self, Purpose},
    clock::{ManualClock, SharedClock},
    journal::Journal,
    keys::KeyRing,
    limit::Limits,
    operate::{Operator, OperatorParts},
    people::Register,
    revoke::RevocationList,
    seal::Sealer,
    store::{self, memory::Memory},
    telemetry::{Instruments, Metrics},
    upstream::{Gogs, UpstreamAccounts},
};

const CONFIG: &str = r#"
[listen]
public_url = "https://agents.example.com"
[operate]
address = "127.0.0.1:0"
[upstream]
url = "http://127.0.0.1:3000"
admin_token = { file = "gogs-admin-token" }
[[issuer]]
name = "okta"
url = "https://example.okta.com"
[[role]]
name = "ci"
rights = [{ actions = ["contents:read"] }, { actions = ["ref:update"], refs = ["refs/heads/ci/**"] }]
"#;

struct Host {
    directory: TempDir,
    policy: Arc<CurrentPolicy>,
    revoked: Arc<RevocationList>,
    register: Arc<Register>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Host {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("spanner.toml");
        std::fs::write(&file, CONFIG).expect("a file");
        let config = Config::load(&file).expect("it is good");
        let clock: SharedClock = ManualClock::at("2026-11-23T12:00:00Z".parse().expect("an instant"));
        let (store, day) = (Memory::new(), SignedDuration::from_hours(24));
        let sealer = Arc::new(Sealer::from_key(&SecretBox::new(Box::new([7; 32]))).expect("a key"));
        let keys = (store.clone(), sealer.clone(), clock.clone());
        let keys =
            KeyRing::open(store::Purpose::Tokens, keys.0, keys.1, keys.2, day * 30, day).await.expect("it opens");
        let revoked = Arc::new(RevocationList::open(store.clone(), clock.clone()).await.expect("it opens"));
        let limits = Arc::new(Limits::open(store.clone(), clock.clone()).await.expect("it opens"));
        let register = Register::open(store.clone(), store.clone(), clock.clone()).await;
        let register = Arc::new(register.expect("it opens"));
        let policy = Arc::new(CurrentPolicy::new(Policy::compile(&config).expect("it is good")));
        let client = client::client(Purpose::Forge).expect("a client");
        let gogs = Arc::new(Gogs::new(client, config.upstream.url.clone(), "nobody asks it".to_owned().into()));
        let rows = (store.clone(), store.clone());
        let accounts = UpstreamAccounts::new(gogs, rows.0, rows.1, sealer, clock.clone(), "agent-");
        let metrics = Metrics::open(&config.telemetry);
        let parts = OperatorParts {
            tls: None,
            instruments: Instruments::of(&metrics.meter(), policy.clone()),
            metrics,
            config,
            accounts,
            policy: policy.clone(),
            keys: Arc::new(keys),
            revoked: revoked.clone(),
            limits: limits.clone(),
            register: register.clone(),
            journal: Journal::start(store, clock.clone()),
            clock,
        };
        let operator = Operator::open(parts).await.expect("the doors open");
        let stop = CancellationToken::new();
        let serving = tokio::spawn(operator.serve(stop.clone()));
        Self { directory, policy, revoked, register, stop, serving }
    }

    async fn run(&self, arguments: &[&str]) -> Result<(), Failure> {
        let config = self.directory.path().join("spanner.toml");
        let words =
            ["spanner", "--config", config.to_str().expect("text")].into_iter().chain(arguments.iter().copied());
        let Cli { common, command } = Cli::try_parse_from(words).expect("the words are right");
        execute(&common, command, Output::new(true)).await
    }

    fn gateway(&self) -> Gateway {
        Gateway::at(self.directory.path().join("spanner.sock"))
    }

    async fn trail(&self, path: &str) -> Vec<Value> {
        let mut records = Vec::new();
        let take = |bytes: &[u8]| {
            records.push(serde_json::from_slice(bytes).expect("a record"));
            Ok(())
        };
        self.gateway().lines(path, take).await.expect("the trail");
        records
    }
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let mut text = String::new();
    let mut command = Cli::command().term_width(100);
    command.build();
    explain(&command, &mut text);
    insta::assert_snapshot!(text);
}

#[test]
fn the_first_help_says_what_there_is() {
    insta::assert_snapshot!(Cli::command().term_width(100).render_long_help());
}

fn explain(command: &clap::Command, text: &mut String) {
    let help = command.clone().render_long_help().to_string();
    if command.has_subcommands() {
        command.get_subcommands().filter(|inner| inner.get_name() != "help").for_each(|inner| explain(inner, text));
    } else {
        assert!(help.contains("Example"), "{help}");
        text.push_str(&help);
        text.push_str("\n----\n");
    }
}

#[tokio::test]
async fn an_agent_that_is_added_is_known_to_the_running_gateway() {
    let host = Host::new().await;
    host.run(&["agent", "add", "ci-web", "--owner", "platform", "--role", "ci", "--repository", "acme/web"])
        .await
        .expect("it is added");
    let agent = host.policy.load().agent(&"ci-web".parse().expect("a name")).expect("it is in force");
    assert_eq!((agent.keys.len(), agent.rights.0.len(), host.policy.load().epoch), (1, 2, 2));
    let key = std::fs::read_to_string(host.directory.path().join("ci-web.key")).expect("a key");
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    host.run(&["agent", "show", "ci-web"]).await.expect("it is shown");
    let again = host.run(&["agent", "add", "ci-web", "--role", "ci", "--repository", "acme/web"]).await;
    assert!(matches!(again, Err(Failure::Failed(_))), "{again:?}");
}

#[tokio::test]
async fn a_stanza_that_would_be_refused_is_not_written() {
    let host = Host::new().await;
    let added = host.run(&["agent", "add", "ci-web", "--role", "nobodys", "--repository", "acme/web"]).await;
    assert!(matches!(added, Err(Failure::Failed(_))), "{added:?}");
    let file = host.directory.path().join("spanner.toml");
    assert_eq!(std::fs::read_to_string(file).expect("it is there"), CONFIG);
    assert!(!host.directory.path().join("ci-web.key").exists());
}

#[tokio::test]
async fn an_agent_of_an_issuer_gets_a_rule_and_no_key() {
    let host = Host::new().await;
    let words =
        ["agent", "add", "docs", "--role", "ci", "--repository", "acme/*", "--issuer", "okta", "--claim", "sub=0oa\"1"];
    host.run(&words).await.expect("it is added");
    let agent = host.policy.load().agent(&"docs".parse().expect("a name")).expect("it is in force");
    assert_eq!((agent.keys.len(), agent.trust.len()), (0, 1));
    assert!(agent.trust[0].holds(json!({ "sub": "0oa\"1" }).as_object().expect("an object")));
}

#[tokio::test]
async fn a_bad_reload_keeps_the_policy_before() {
    let host = Host::new().await;
    let file = host.directory.path().join("spanner.toml");
    std::fs::write(&file, CONFIG.replace("contents:read", "contents:reed")).expect("a file");
    let reloaded = host.gateway().post("/reload", &Value::Null).await;
    let Err(Failure::Failed(explained)) = reloaded else { panic!("it was taken: {reloaded:?}") };
    let told = format!("{explained:?}");
    assert!(told.contains("policy-invalid") && told.contains("spanner.toml:14:24"), "{told}");
    assert_eq!(host.policy.load().epoch, 1);
}

#[tokio::test]
async fn a_reload_does_not_change_issuers() {
    let host = Host::new().await;
    let file = host.directory.path().join("spanner.toml");
    std::fs::write(&file, CONFIG.replace("https://example.okta.com", "https://evil.okta.com")).expect("a file");
    assert!(host.gateway().post("/reload", &Value::Null).await.is_err());
}

#[tokio::test]
async fn a_revoked_id_is_revoked_and_the_trail_says_by_whom() {
    let host = Host::new().await;
    let id = "ab".repeat(64);
    host.run(&["revoke", "token", "--id", &id]).await.expect("it is revoked");
    assert!(host.revoked.contains(&id.parse().expect("an id")));
    let records = host.trail("/audit?action=token%3Arevoke").await;
    let [record] = records.as_slice() else { panic!("one record: {records:?}") };
    assert_eq!(
        (&record["token"], &record["outcome"], &record["result"]),
        (&json!(id), &json!("permit"), &json!("done"))
    );
    assert!(record["on_behalf_of"].as_str().is_some_and(|peer| peer.starts_with("uid:")), "{record}");
}

#[tokio::test]
async fn what_is_ended_by_when_it_was_minted_is_told_and_written_down() {
    let host = Host::new().await;
    host.run(&["agent", "add", "ci-web", "--role", "ci", "--repository", "acme/web"]).await.expect("it is added");
    let agent = host.policy.load().agent(&"ci-web".parse().expect("a name")).expect("it is in force");
    let key = agent.keys[0].thumbprint();
    host.run(&["revoke", "key", "ci-web", key]).await.expect("it is revoked");
    assert!(host.revoked.refuses_key(&agent.name, key));
    let described = host.gateway().get("/agents").await.expect("the agents");
    assert_eq!(described["agents"][0]["revoked_keys"], json!([key]));
    host.run(&["revoke", "agent", "ci-web"]).await.expect("they are revoked");
    host.run(&["revoke", "before", "2026-11-23T11:00:00Z"]).await.expect("they are revoked");
    let refused = host.run(&["revoke", "agent", "ci-wbe"]).await;
    assert!(matches!(refused, Err(Failure::Failed(_))), "{refused:?}");
    let results: Vec<_> =
        host.trail("/audit?action=token%3Arevoke").await.iter().map(|record| record["result"].to_string()).collect();
    let expected = [
        format!("\"the key {key} of ci-web, and its tokens minted before 2026-11-23T12:00:01Z\""),
        // What the first had dated ahead is reached by the second.
        "\"the tokens of ci-web minted before 2026-11-23T12:00:02Z\"".to_owned(),
        "\"all tokens and sign-ins of before 2026-11-23T11:00:00Z\"".to_owned(),
    ];
    assert_eq!(results, expected);
}

#[tokio::test]
async fn keys_are_listed_and_rotated() {
    let host = Host::new().await;
    host.run(&["keys", "rotate"]).await.expect("it rotates");
    let answer = host.gateway().get("/keys").await.expect("the keys");
    assert_eq!(answer["keys"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn who_follows_the_trail_sees_what_comes_and_is_let_go_at_the_end() {
    let host = Host::new().await;
    let gateway = host.gateway();
    let (seen, mut actions) = tokio::sync::mpsc::unbounded_channel();
    let following = tokio::spawn(async move {
        let take = |bytes: &[u8]| {
            let record: Value = serde_json::from_slice(bytes).expect("a record");
            seen.send(record["action"].to_string()).map_err(|_| Failure::ReaderGone)
        };
        gateway.lines("/audit/follow?limit=5", take).await
    });
    assert_eq!(actions.recv().await.as_deref(), Some("\"audit:read\""));
    host.run(&["keys", "rotate"]).await.expect("it rotates");
    assert_eq!(actions.recv().await.as_deref(), Some("\"keys:rotate\""));
    host.stop.cancel();
    following.await.expect("it ends").expect("it ends well");
    host.serving.await.expect("the doors close");
    assert!(!host.directory.path().join("spanner.sock").exists());
}

#[tokio::test]
async fn the_socket_is_its_owners_alone_and_a_living_one_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let host = Host::new().await;
    let socket = host.directory.path().join("spanner.sock");
    assert_eq!(socket.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
    host.run(&["agent", "list"]).await.expect("the first gateway still answers");
    let missing = host.directory.path().join("other.sock");
    let answer = host.run(&["--socket", missing.to_str().expect("text"), "keys", "list"]).await;
    assert!(matches!(answer, Err(Failure::Failed(_))), "{answer:?}");
}

#[test]
fn a_key_may_have_a_thumbprint_that_looks_like_an_option() {
    for words in [["ci-web", "-zBi", "--json"], ["ci-web", "--json", "-zBi"]] {
        let cli =
            Cli::try_parse_from(["spanner", "revoke", "key"].into_iter().chain(words)).expect("the words are right");
        assert!(cli.common.json, "{words:?}");
    }
}
