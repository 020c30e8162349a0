//! What a program says and finds around it, and what comes of it: a gateway and a proof, or an error that names both.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::settle;
use crate::{
    discovery::{
        AGENT, ASSERTION_FILE, Arguments, DiscoveryError, Found, KEY_FILE, PLATFORM_FILE, Surroundings, URL, discover,
    },
    proof::{Proof, actions},
};

/// In the place of the directory the files of a case are written to.
const FILES: &str = "{files}";
/// The key of RFC 8037 appendix A, as `openssl` writes it.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
const HERE: &str = "https://agents.example.com";

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Case {
    arguments: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

/// A case's variables and files, in a directory of its own.
struct Platform {
    case: Case,
    directory: TempDir,
}

impl Platform {
    fn of(case: Case) -> Self {
        let platform = Self { case, directory: TempDir::new().unwrap() };
        for (name, content) in &platform.case.files {
            if name != PLATFORM_FILE {
                std::fs::write(platform.place(name), content).unwrap();
            }
        }
        platform
    }

    fn place(&self, text: &str) -> String {
        text.replace(FILES, self.directory.path().to_str().unwrap())
    }

    fn arguments(&self) -> Arguments {
        let said = |name: &str| self.case.arguments.get(name).map(|value| self.place(value));
        Arguments {
            url: said("url"),
            agent: said("agent"),
            key_file: said("key_file").map(PathBuf::from),
            assertion_file: said("assertion_file").map(PathBuf::from),
        }
    }

    fn shown(&self, file: &Path) -> String {
        file.to_str().unwrap().replace(self.directory.path().to_str().unwrap(), FILES)
    }

    fn outcome(&self) -> Value {
        match discover(self.arguments(), self) {
            Ok(Found { origin, proof }) => {
                json!({ "found": { "url": origin.to_string(), "proof": self.proof(&proof) } })
            }
            Err(error) => {
                let message = error.to_string().replace(self.directory.path().to_str().unwrap(), FILES);
                json!({ "error": { "kind": kind(&error), "message": message, "names": names(&error) } })
            }
        }
    }

    fn proof(&self, proof: &Proof) -> Value {
        match proof {
            Proof::Key { agent, key } => json!({ "kind": "key", "agent": agent, "key": key.thumbprint() }),
            Proof::Assertion { file, agent } => json!({ "kind": "file", "file": self.shown(file), "agent": agent }),
            Proof::GitHub { agent, .. } => json!({ "kind": "actions", "agent": agent }),
        }
    }
}

impl Surroundings for Platform {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.case.environment.get(name).map(|value| self.place(value).into())
    }

    fn has(&self, file: &Path) -> bool {
        self.case.files.contains_key(file.to_str().unwrap())
    }
}

fn kind(error: &DiscoveryError) -> &'static str {
    match error {
        DiscoveryError::Disagree { .. } => "disagree",
        DiscoveryError::NoGateway => "no-gateway",
        DiscoveryError::NoProof => "no-proof",
        DiscoveryError::NoAgent => "no-agent",
        DiscoveryError::Origin(_) => "origin",
        DiscoveryError::Agent(_) => "agent",
        DiscoveryError::NotPrivate => "not-private",
        DiscoveryError::NotText(_) => "not-text",
        DiscoveryError::Unreadable { .. } => "unreadable",
        DiscoveryError::Key { .. } => "key",
    }
}

/// What the message must name.
fn names(error: &DiscoveryError) -> Vec<String> {
    match error {
        DiscoveryError::Disagree { one, other } => vec![one.clone(), other.clone()],
        DiscoveryError::NoGateway => vec![URL.into()],
        DiscoveryError::NoProof => vec![KEY_FILE.into(), AGENT.into(), ASSERTION_FILE.into()],
        DiscoveryError::NoAgent => vec![AGENT.into()],
        DiscoveryError::NotPrivate => vec![actions::URL.into()],
        _ => Vec::new(),
    }
}

fn cases() -> Vec<(&'static str, Value)> {
    let file = || format!("{FILES}/assertion");
    let key = || format!("{FILES}/key.pem");
    let with_key = |environment: Value| json!({ "environment": environment, "files": { key(): PEM } });
    let job = json!({ URL: HERE, actions::URL: "https://runner.example/token?v=1", actions::TOKEN: "secret" });
    let and = |mut job: Value, name: &str, value: &str| {
        job[name] = value.into();
        job
    };
    let platform = json!({ PLATFORM_FILE: "a.b.c" });
    vec![
        ("nothing at all", json!({})),
        ("a gateway alone", json!({ "environment": { URL: HERE } })),
        ("a gateway that is empty", json!({ "environment": { URL: "" } })),
        ("a proof without a gateway", json!({ "environment": { ASSERTION_FILE: file() } })),
        ("an assertion by the environment", json!({ "environment": { URL: HERE, ASSERTION_FILE: file() } })),
        (
            "an assertion that fits several",
            json!({ "environment": { URL: HERE, ASSERTION_FILE: file(), AGENT: "ci" } }),
        ),
        ("a key by the environment", with_key(json!({ URL: HERE, AGENT: "ci-web", KEY_FILE: key() }))),
        (
            "a key by arguments",
            json!({
                "arguments": { "url": HERE, "agent": "ci-web", "key_file": key() }, "files": { key(): PEM },
            }),
        ),
        ("an assertion by arguments", json!({ "arguments": { "url": HERE, "assertion_file": file() } })),
        (
            "an argument and a variable that agree",
            json!({ "arguments": { "url": HERE }, "environment": { URL: HERE, ASSERTION_FILE: file() } }),
        ),
        (
            "two gateways",
            json!({
                "arguments": { "url": "https://other.example.com" }, "environment": { URL: HERE, ASSERTION_FILE: file() },
            }),
        ),
        (
            "two agents",
            json!({
                "arguments": { "agent": "other" }, "environment": { URL: HERE, AGENT: "ci", ASSERTION_FILE: file() },
            }),
        ),
        (
            "two key files",
            json!({
                "arguments": { "key_file": format!("{FILES}/other.pem") },
                "environment": { URL: HERE, AGENT: "ci", KEY_FILE: key() },
            }),
        ),
        (
            "two assertion files",
            json!({
                "arguments": { "assertion_file": format!("{FILES}/other") }, "environment": { URL: HERE, ASSERTION_FILE: file() },
            }),
        ),
        (
            "a key and an assertion",
            with_key(json!({ URL: HERE, AGENT: "ci", KEY_FILE: key(), ASSERTION_FILE: file() })),
        ),
        (
            "a key by argument and an assertion by variable",
            json!({
                "arguments": { "key_file": key() }, "environment": { URL: HERE, AGENT: "ci", ASSERTION_FILE: file() },
                "files": { key(): PEM },
            }),
        ),
        ("a key without an agent", with_key(json!({ URL: HERE, KEY_FILE: key() }))),
        ("a key file that is not there", json!({ "environment": { URL: HERE, AGENT: "ci", KEY_FILE: key() } })),
        (
            "a key file that holds something else",
            json!({
                "environment": { URL: HERE, AGENT: "ci", KEY_FILE: key() }, "files": { key(): "ssh-ed25519 AAAA" },
            }),
        ),
        (
            "a key of another kind",
            json!({
                "environment": { URL: HERE, AGENT: "ci", KEY_FILE: key() },
                "files": { key(): PEM.replace("BQYDK2Vw", "BQYDK2Vu") },
            }),
        ),
        (
            "an agent's name that is none",
            json!({ "environment": { URL: HERE, AGENT: "Not A Name", ASSERTION_FILE: file() } }),
        ),
        (
            "an address in another spelling",
            json!({ "environment": { URL: "https://Agents.Example.com:443/", ASSERTION_FILE: file() } }),
        ),
        (
            "an address of this machine",
            json!({ "environment": { URL: "http://127.0.0.1:8080", ASSERTION_FILE: file() } }),
        ),
        (
            "an address of this machine, IPv6",
            json!({ "environment": { URL: "http://[::1]:8080", ASSERTION_FILE: file() } }),
        ),
        (
            "an address of this machine by name",
            json!({ "environment": { URL: "http://gateway.localhost:8080", ASSERTION_FILE: file() } }),
        ),
        (
            "plain http elsewhere",
            json!({ "environment": { URL: "http://agents.example.com", ASSERTION_FILE: file() } }),
        ),
        (
            "plain http in a private network",
            json!({ "environment": { URL: "http://10.0.0.7:8080", ASSERTION_FILE: file() } }),
        ),
        ("an address with a path", json!({ "environment": { URL: format!("{HERE}/x"), ASSERTION_FILE: file() } })),
        (
            "an address with a user",
            json!({ "environment": { URL: "https://u:p@agents.example.com", ASSERTION_FILE: file() } }),
        ),
        ("an address with a query", json!({ "environment": { URL: format!("{HERE}?x"), ASSERTION_FILE: file() } })),
        ("an address that is none", json!({ "environment": { URL: "agents.example.com", ASSERTION_FILE: file() } })),
        (
            "an address of another kind",
            json!({ "environment": { URL: "ftp://agents.example.com", ASSERTION_FILE: file() } }),
        ),
        ("a job of GitHub or Forgejo Actions", json!({ "environment": job })),
        ("a job that fits several agents", json!({ "environment": and(job.clone(), AGENT, "ci") })),
        (
            "a job without the right to an ID token",
            json!({ "environment": { URL: HERE, actions::URL: "https://runner.example/t" } }),
        ),
        (
            "a job whose runner is asked in the clear",
            json!({ "environment": and(job.clone(), actions::URL, "http://runner.example/token") }),
        ),
        ("a file that Kubernetes or SPIFFE keeps fresh", json!({ "environment": { URL: HERE }, "files": platform })),
        ("a job and a file of the platform", json!({ "environment": job, "files": platform })),
        (
            "what is said goes before what is offered",
            json!({ "environment": and(job.clone(), ASSERTION_FILE, &file()), "files": platform }),
        ),
        (
            "a key goes before what is offered",
            json!({
                "environment": and(and(job, AGENT, "ci"), KEY_FILE, &key()), "files": { key(): PEM, PLATFORM_FILE: "a.b.c" },
            }),
        ),
    ]
}

#[test]
fn discovery_on_file_finds_what_this_library_finds() {
    let cases = cases().into_iter().map(|(name, given)| {
        let platform = Platform::of(Case::deserialize(&given).unwrap());
        let mut case = json!({ "name": name, "arguments": {}, "environment": {}, "files": {} });
        for part in [given, platform.outcome()] {
            case.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        }
        case
    });
    settle("discovery.json", &json!({ "platform_file": PLATFORM_FILE, "cases": cases.collect::<Value>() }));
}
