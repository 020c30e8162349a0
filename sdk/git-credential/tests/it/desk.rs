//! Where a question is put: gateways that answer as told, a home with git's configuration, and the program.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use gogs_spanner_capability::{
    Action, Patterns, Right, Rights,
    token::{Claims, SigningKey, mint},
};
use gogs_spanner_sdk::{Clock as _, SignedDuration, SystemClock};
use serde_json::json;
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

/// The key of RFC 8037 appendix A.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
const METADATA: &str = "/.well-known/oauth-protected-resource";

/// A home, and what is set there.
pub(crate) struct Desk {
    home: TempDir,
    variables: Vec<(String, String)>,
}

/// What the program said.
pub(crate) struct Said {
    pub(crate) answer: String,
    pub(crate) told: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::write(home.path().join("ci.key"), KEY).expect("a file");
        Self { home, variables: Vec::new() }
    }

    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// With the variables of an agent whose key is for this gateway.
    pub(crate) fn keyed(self, gateway: &MockServer) -> Self {
        let key = self.key();
        self.variable("GOGS_SPANNER_URL", gateway.uri())
            .variable("GOGS_SPANNER_AGENT", "ci")
            .variable("GOGS_SPANNER_KEY_FILE", key)
    }

    /// With git's line for this place.
    pub(crate) fn told(self, place: &str) -> Self {
        self.configured(&format!("[credential \"{place}\"]\nhelper = spanner\n"))
    }

    pub(crate) fn configured(self, text: &str) -> Self {
        std::fs::write(self.home.path().join(".gitconfig"), text).expect("a file");
        self
    }

    pub(crate) fn key(&self) -> String {
        self.home.path().join("ci.key").display().to_string()
    }

    /// Runs the program with these words and this on its standard input.
    #[expect(clippy::disallowed_methods, reason = "a test runs the program as git does")]
    pub(crate) fn run(&self, words: &[&str], question: &str) -> Said {
        let mut program = Command::new(env!("CARGO_BIN_EXE_git-credential-spanner"));
        program.args(words).env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        program.env("HOME", self.home.path()).env("GIT_CONFIG_NOSYSTEM", "1").envs(self.variables.iter().cloned());
        program.current_dir(self.home.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = program.spawn().expect("it starts");
        program.stdin.take().expect("it listens").write_all(question.as_bytes()).expect("it hears all of it");
        let output = program.wait_with_output().expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Said { answer: text(output.stdout), told: text(output.stderr) }
    }

    /// Asks for the credential of a place, and says more beside.
    pub(crate) fn ask(&self, place: &MockServer, more: &str) -> Said {
        self.run(&["get"], &question(place, more))
    }
}

impl Said {
    /// Insists that nothing was answered and nobody told.
    #[track_caller]
    pub(crate) fn is_nothing(&self) {
        assert_eq!((self.answer.as_str(), self.told.as_str()), ("", ""));
    }

    /// Insists that git was told to look no further, and people why.
    #[track_caller]
    pub(crate) fn quits(&self, why: &str) {
        assert_eq!(self.answer, "quit=1\n");
        assert!(self.told.contains(why) && self.told.contains("\nhint: "), "{why:?} is not in: {}", self.told);
    }
}

pub(crate) fn question(place: &MockServer, more: &str) -> String {
    let uri = place.uri();
    let (protocol, host) = uri.split_once("://").expect("a URL");
    format!("protocol={protocol}\nhost={host}\n{more}\n")
}

/// A gateway: metadata that are its own, and a token for whoever asks.
pub(crate) async fn gateway() -> MockServer {
    let gateway = MockServer::start().await;
    let uri = gateway.uri();
    describes(&gateway, &uri, &uri).await;
    issues(&gateway).await;
    gateway
}

/// Metadata as told.
pub(crate) async fn describes(place: &MockServer, resource: &str, authorization_server: &str) {
    let metadata = json!({ "resource": resource, "authorization_servers": [authorization_server] });
    metadata_are(place, ResponseTemplate::new(200).set_body_json(metadata)).await;
}

pub(crate) async fn metadata_are(place: &MockServer, response: ResponseTemplate) {
    Mock::given(method("GET")).and(path(METADATA)).respond_with(response).mount(place).await;
}

/// Tokens for whoever asks.
pub(crate) async fn issues(place: &MockServer) {
    let now = SystemClock.now();
    let claims = Claims {
        agent: "ci".parse().expect("a name"),
        nonce: "01".into(),
        issuer: "key".into(),
        user: None,
        issued: now,
        max_depth: 3,
        rights: Rights(vec![Right::on(Patterns::any(), Action::ALL.iter().copied().collect())]),
        service: place.uri(),
        expires: now + SignedDuration::from_mins(15),
    };
    let token = mint(&SigningKey::from_bytes(1, &[7; 32]), &claims).expect("a token");
    let granted = json!({ "access_token": token.expose(), "token_type": "Bearer", "expires_in": 900 });
    let endpoint = Mock::given(method("POST")).and(path("/-/spanner/oauth/token"));
    endpoint.respond_with(ResponseTemplate::new(200).set_body_json(granted)).mount(place).await;
}

/// What a place heard: `GET /path`, and the bodies.
pub(crate) async fn heard(place: &MockServer) -> Vec<(String, String)> {
    let requests = place.received_requests().await.expect("they are kept");
    let line = |request: &wiremock::Request| format!("{} {}", request.method, request.url.path());
    requests.iter().map(|request| (line(request), String::from_utf8_lossy(&request.body).into_owned())).collect()
}
