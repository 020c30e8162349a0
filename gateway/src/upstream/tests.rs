//! Accounts, driven against a forge that behaves as Gogs 0.14.3 was seen to.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod lists;

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use gogs_spanner_capability::{Reason, RepositoryName};
use gogs_spanner_fakes::forge::{Credentials, Forge, ForgeConfig, Trouble};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde_json::{Value, json};

use tracing_subscriber::fmt::MakeWriter;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::{Gogs, UpstreamAccounts};
use crate::{
    authorize::policy::AgentPolicy,
    client::{Purpose, client},
    clock::ManualClock,
    limit::AgentLimits,
    seal::Sealer,
    store::{Accounts, Permission, Sqlite},
};

/// Longer than the two seconds a caller may be kept waiting.
const TOO_LONG: Duration = Duration::from_secs(2);

/// A forge with the private repository `acme/web`, and a gateway's state that can be closed and opened again.
struct House {
    forge: Forge,
    store: Arc<Sqlite>,
    clock: Arc<ManualClock>,
    _directory: tempfile::TempDir,
}

impl House {
    async fn new() -> Self {
        Self::at(ForgeConfig::default()).await
    }

    async fn at(config: ForgeConfig) -> Self {
        let forge = Forge::start(config).await.unwrap();
        forge.create_private_repository("acme/web").await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(&directory.path().join("spanner.db")).await.unwrap());
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        forge.recorder().clear();
        Self { forge, store, clock, _directory: directory }
    }

    /// Accounts as a gateway that has just started sees them.
    fn accounts(&self) -> UpstreamAccounts {
        self.accounts_with(self.forge.admin_token(), 1)
    }

    fn accounts_with(&self, admin_token: &str, sealing_key: u8) -> UpstreamAccounts {
        self.accounts_at(self.forge.url(), admin_token, sealing_key)
    }

    fn accounts_at(&self, url: &str, admin_token: &str, sealing_key: u8) -> UpstreamAccounts {
        let admin = SecretString::from(admin_token);
        let gogs = Gogs::new(client(Purpose::Forge).unwrap(), url.parse().unwrap(), admin);
        let sealer = Sealer::from_key(&SecretBox::new(Box::new([sealing_key; 32]))).unwrap();
        let (rows, clock) = (self.store.clone(), self.clock.clone());
        UpstreamAccounts::new(Arc::new(gogs), rows.clone(), rows, Arc::new(sealer), clock, "agent-")
    }

    /// How often a request of this method and path arrived.
    fn arrived(&self, method: &str, path: &str) -> usize {
        let arrivals = self.forge.recorder().arrivals();
        arrivals.iter().filter(|arrival| arrival.method == method && arrival.target == path).count()
    }

    fn body_of(&self, method: &str, path: &str) -> Value {
        let arrivals = self.forge.recorder().arrivals();
        let arrival = arrivals.iter().find(|arrival| arrival.method == method && arrival.target == path).unwrap();
        serde_json::from_slice(&arrival.body).unwrap()
    }

    fn permission(&self) -> Option<&'static str> {
        self.forge.collaborators_of("acme/web").unwrap().get("agent-docs-writer").copied()
    }
}

/// A log one can read back.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'l> MakeWriter<'l> for Log {
    type Writer = Self;

    fn make_writer(&'l self) -> Self {
        self.clone()
    }
}

/// The agent `docs-writer`, with one right to these actions in `acme/*`.
fn docs_writer(actions: &[&str]) -> AgentPolicy {
    let right = json!([{ "repositories": ["acme/*"], "actions": actions, "refs": ["**"], "paths": ["**"] }]);
    AgentPolicy {
        name: "docs-writer".parse().unwrap(),
        owner: "alice@example.com".to_owned(),
        rights: serde_json::from_value(right).unwrap(),
        trust: Vec::new(),
        keys: Vec::new(),
        roles: Vec::new(),
        limits: AgentLimits::default(),
        lenders: Vec::new(),
    }
}

fn reader() -> AgentPolicy {
    docs_writer(&["contents:read"])
}

fn web() -> RepositoryName {
    "acme/web".parse().unwrap()
}

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
    assert_eq!(house.arrived("GET", "/api/v1/repos/acme/web"), 1);
    house.clock.advance(SignedDuration::from_secs(61));
    accounts.external_url(&reader(), &web()).await.unwrap();
    let arrivals = house.forge.recorder().arrivals();
    let asked = arrivals.iter().filter(|arrival| arrival.target == "/api/v1/repos/acme/web");
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
async fn an_ill_forge_is_a_refusal_within_two_seconds_and_forgotten_when_it_is_well() {
    let house = House::new().await;
    let accounts = house.accounts();
    for trouble in [Trouble::Unavailable, Trouble::Panicking, Trouble::Hang] {
        house.forge.trouble(trouble);
        let answer = tokio::time::timeout(TOO_LONG, accounts.credential(&reader(), Some(&web()))).await.unwrap();
        assert_eq!(answer.unwrap_err().reason(), Reason::UpstreamUnavailable, "{trouble:?}");
    }
    house.forge.resume();
    accounts.credential(&reader(), Some(&web())).await.unwrap();
}

#[tokio::test]
async fn a_forge_that_is_not_there_is_a_refusal() {
    let house = House::new().await;
    let accounts = house.accounts();
    house.forge.shutdown().await;
    let refusal = accounts.credential(&reader(), None).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
}

#[tokio::test]
async fn an_admin_token_without_power_is_a_refusal_that_tells_the_journal_why() {
    let house = House::new().await;
    house.forge.create_account("mallory", "a person's");
    let powerless = house.forge.mint_token("mallory", "pretender").unwrap();
    for token in [powerless.as_str(), "0000000000000000000000000000000000000000", "not\na header"] {
        let refusal = house.accounts_with(token, 1).credential(&reader(), None).await.unwrap_err();
        assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
        assert!(refusal.truth().unwrap().starts_with("the admin token has no power on the forge"), "{refusal:?}");
    }
}

#[tokio::test]
async fn whatever_is_not_gogs_is_a_refusal_and_no_redirect_takes_the_admin_token_elsewhere() {
    let house = House::new().await;
    for garbage in [
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(json!({ "id": "seven" })),
        ResponseTemplate::new(200).set_body_bytes(vec![b' '; 2 * 1024 * 1024]),
        ResponseTemplate::new(302).insert_header("location", house.forge.url()),
        ResponseTemplate::new(429),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(garbage).mount(&server).await;
        let accounts = house.accounts_at(&server.uri(), house.forge.admin_token(), 1);
        let refusal = accounts.credential(&reader(), None).await.unwrap_err();
        assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
        assert!(refusal.truth().unwrap().contains("find user"), "{refusal:?}");
    }
    assert!(house.forge.recorder().arrivals().is_empty());
}

#[tokio::test]
async fn no_password_and_no_token_is_logged_or_lies_open_in_the_store() {
    let (house, log) = (House::new().await, Log::default());
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let logging = tracing::subscriber::set_default(subscriber);
    let accounts = house.accounts();
    let credential = accounts.credential(&reader(), Some(&web())).await.unwrap();
    let password = house.body_of("POST", "/api/v1/admin/users")["password"].as_str().unwrap().to_owned();
    let renewed = accounts.renew(&reader(), &credential).await.unwrap();
    drop(logging);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("made an account on the forge"), "the log is heard at all");
    let stored = house.store.account(&reader().name).await.unwrap().unwrap().sealed_token;
    let tokens = [&credential, &renewed].map(|credential| credential.token().expose_secret().to_owned());
    for secret in tokens.iter().map(String::as_str).chain([password.as_str(), house.forge.admin_token()]) {
        assert!(!log.contains(secret));
        assert!(!stored.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
    }
}
