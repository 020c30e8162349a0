//! What a test's gateway is configured to do, as the text an operator would write.

use std::{
    collections::BTreeMap,
    fmt::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
};

use crate::key::AgentKey;

/// What the gateway believes it is called; every token is made for it.
pub const AUDIENCE: &str = "http://agents.example.test";

/// The rights of a bot that proposes changes: reading, issues, and branches of its own.
pub const WRITER: &str = r#"[
  { actions = ["contents:read", "issues:read", "issues:write"] },
  { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/**"] },
]"#;

/// The agents of a gateway, and whatever else of its configuration a test is about.
#[derive(Debug, Default, Clone)]
pub struct Setting {
    policy: String,
    more: String,
    listen: String,
    upstream: String,
    tokens: Option<String>,
    pub(crate) keys: BTreeMap<String, Arc<AgentKey>>,
    pub(crate) repositories: Vec<String>,
    pub(crate) relayed: bool,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) small_disk: Option<u64>,
    beside_the_store: bool,
    pub(crate) time: Time,
    pub(crate) place: Option<SocketAddr>,
}

/// Whose the gateway's time is. Where it is not the story's, the gateway has a place of its own, and is called by that.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// It begins when every story does, and the test moves it.
    #[default]
    Storys,
    /// It begins now, and the test moves it.
    FromNow,
    /// The machine's.
    Machines,
}

impl Setting {
    /// A gateway that knows nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The usual one: `docs-writer` may do what [`WRITER`] says in `acme/handbook`.
    pub fn usual() -> Self {
        Self::new().agent("docs-writer", "acme/handbook", WRITER)
    }

    /// Adds an agent with a key, a role of its own, and the repository it may be in, or several with spaces between.
    #[must_use]
    pub fn agent(mut self, name: &str, repository: &str, rights: &str) -> Self {
        let key = AgentKey::generate();
        let trust = format!("keys = ['''{}''']", key.public_pem());
        self.keys.insert(name.to_owned(), Arc::new(key));
        self.stanza(name, repository, rights, &trust)
    }

    /// Adds an agent that an issuer named `idp` vouches for, by the subject of its proofs.
    #[must_use]
    pub fn trusted_agent(self, name: &str, subject: &str, repository: &str, rights: &str) -> Self {
        let trust = format!("trust = [{{ issuer = \"idp\", claims = {{ sub = \"{subject}\" }} }}]");
        self.stanza(name, repository, rights, &trust)
    }

    /// Limits the agent that was added last.
    #[must_use]
    pub fn limited(mut self, limits: &str) -> Self {
        writeln!(self.policy, "limits = {{ {limits} }}").expect("a text takes more text");
        self
    }

    /// Lets proofs of this issuer count, under the name `idp`.
    #[must_use]
    pub fn issuer(self, url: &str) -> Self {
        self.and(&format!("[[issuer]]\nname = \"idp\"\nurl = \"{url}\"\n"))
    }

    /// Adds sections of any kind.
    #[must_use]
    pub fn and(mut self, text: &str) -> Self {
        self.more.push_str(text);
        self
    }

    /// Adds keys to the section `[listen]`.
    #[must_use]
    pub fn listen(self, keys: &str) -> Self {
        Self { listen: format!("{}{keys}\n", self.listen), ..self }
    }

    /// Adds keys to the section `[upstream]`.
    #[must_use]
    pub fn upstream(self, keys: &str) -> Self {
        Self { upstream: format!("{}{keys}\n", self.upstream), ..self }
    }

    /// Replaces the section `[tokens]`.
    #[must_use]
    pub fn tokens(self, keys: &str) -> Self {
        Self { tokens: Some(keys.to_owned()), ..self }
    }

    /// Sets an environment variable, for a gateway that is a [process](crate::Process) of its own.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives a gateway that is a [process](crate::Process) of its own one more disk, of so many bytes, at
    /// [`SMALL_DISK`](crate::SMALL_DISK). What lies there is gone when it ends.
    #[must_use]
    pub fn small_disk(self, bytes: u64) -> Self {
        Self { small_disk: Some(bytes), ..self }
    }

    /// Puts a [relay](crate::Relay) between gateway and forge, which can be cut.
    #[must_use]
    pub fn relayed(self) -> Self {
        Self { relayed: true, ..self }
    }

    /// Lets the gateway read the forge's repositories where they lie (`[upstream] repositories`).
    #[must_use]
    pub fn beside_the_store(self) -> Self {
        Self { beside_the_store: true, ..self }
    }

    /// Lets the gateway be called what it is reached at, and keep the machine's time, so that programs which know no more
    /// than its address can prove themselves to it.
    #[must_use]
    pub fn reachable(self) -> Self {
        Self { time: Time::Machines, ..self }
    }

    /// The same, but the time is the test's, from the machine's on; it stays at its place when it is started again.
    #[must_use]
    pub fn placed(self) -> Self {
        Self { time: Time::FromNow, ..self }
    }

    /// Finds the place of a reachable gateway; the sooner it listens there, the likelier that nobody else does.
    pub(crate) fn settle(&mut self) {
        if self.time != Time::Storys {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
            self.place = Some(free.expect("a free port"));
        }
    }

    /// What the gateway is called.
    pub(crate) fn public_url(&self) -> String {
        self.place.map_or_else(|| AUDIENCE.to_owned(), |address| format!("http://{address}"))
    }

    /// Makes one more repository, which nobody is granted anything in.
    #[must_use]
    pub fn repository(mut self, name: &str) -> Self {
        self.repositories.push(name.to_owned());
        self
    }

    fn stanza(mut self, name: &str, repository: &str, rights: &str, trust: &str) -> Self {
        for name in repository.split_whitespace().filter(|name| !name.contains('*')) {
            if !self.repositories.iter().any(|known| known == name) {
                self.repositories.push(name.to_owned());
            }
        }
        let repositories: Vec<_> = repository.split_whitespace().map(|name| format!("\"{name}\"")).collect();
        let repositories = repositories.join(", ");
        let stanza = format!(
            "[[role]]\nname = \"{name}\"\nrights = {rights}\n[[agent]]\nname = \"{name}\"\nowner = \"tests\"\n{trust}\n\
             grants = [{{ role = \"{name}\", repositories = [{repositories}] }}]\n"
        );
        self.policy.push_str(&stanza);
        self
    }

    /// `spanner.toml` for a gateway before the forge at this address, whose repositories lie in `store`.
    pub(crate) fn toml(&self, forge: &str, store: &Path) -> String {
        let address = self.place.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into());
        let public_url = self.public_url();
        let mut text = format!(
            "[listen]\naddress = \"{address}\"\npublic_url = \"{public_url}\"\ndrain = \"5s\"\n{}\
             [operate]\naddress = \"127.0.0.1:0\"\n\
             [upstream]\nurl = \"{forge}\"\nadmin_token = {{ file = \"gogs-admin-token\" }}\n{}",
            self.listen, self.upstream
        );
        if self.beside_the_store {
            writeln!(text, "repositories = '{}'", store.display()).expect("a text takes more text");
        }
        if let Some(tokens) = &self.tokens {
            write!(text, "[tokens]\n{tokens}\n").expect("a text takes more text");
        }
        text.push_str(&self.more);
        text.push_str(&self.policy);
        text
    }
}
