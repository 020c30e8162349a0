//! What is told and found, case by case.

use serde_json::{Value, json};

use super::FILES;
use crate::{
    discovery::{AGENT, ASSERTION_FILE, KEY_FILE, PLATFORM_FILE, URL},
    proof::actions,
    sign_in::{HOME, LOCAL, STATE},
};

/// The key of RFC 8037 appendix A, as `openssl` writes it.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
const HERE: &str = "https://agents.example.com";

type Case = (&'static str, Value);

pub(super) fn all() -> impl Iterator<Item = Case> {
    [settings(), disagreements(), keys(), addresses(), offers(), sign_ins()].into_iter().flatten()
}

fn settings() -> Vec<Case> {
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
        ("a key by the environment", with_key(&json!({ URL: HERE, AGENT: "ci-web", KEY_FILE: key() }))),
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
    ]
}

fn disagreements() -> Vec<Case> {
    vec![
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
            with_key(&json!({ URL: HERE, AGENT: "ci", KEY_FILE: key(), ASSERTION_FILE: file() })),
        ),
        (
            "a key by argument and an assertion by variable",
            json!({
                "arguments": { "key_file": key() }, "environment": { URL: HERE, AGENT: "ci", ASSERTION_FILE: file() },
                "files": { key(): PEM },
            }),
        ),
    ]
}

fn keys() -> Vec<Case> {
    vec![
        ("a key without an agent", with_key(&json!({ URL: HERE, KEY_FILE: key() }))),
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
    ]
}

fn addresses() -> Vec<Case> {
    vec![
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
            json!({ "environment": { URL: "http://localhost:8080", ASSERTION_FILE: file() } }),
        ),
        (
            "a name below that of this machine",
            json!({ "environment": { URL: "http://gateway.localhost:8080", ASSERTION_FILE: file() } }),
        ),
        (
            "an address of this machine, IPv4 in IPv6",
            json!({ "environment": { URL: "http://[::ffff:127.0.0.1]:8080", ASSERTION_FILE: file() } }),
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
    ]
}

fn offers() -> Vec<Case> {
    let job = json!({ URL: HERE, actions::URL: "https://runner.example/token?v=1", actions::TOKEN: "secret" });
    let and = |mut job: Value, name: &str, value: &str| {
        job[name] = value.into();
        job
    };
    let platform = json!({ PLATFORM_FILE: "a.b.c" });
    vec![
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

fn sign_ins() -> Vec<Case> {
    let kept = |name: &str| json!({ format!("{FILES}/gogs-spanner/sign-ins/{name}.json"): "{}" });
    let here = kept("https___agents.example.com");
    let at_home =
        json!({ format!("{FILES}/.local/state/gogs-spanner/sign-ins/https___agents.example.com.json"): "{}" });
    let job = json!({ URL: HERE, AGENT: "claude", STATE: FILES, actions::URL: "https://runner.example/t", actions::TOKEN: "x" });
    vec![
        (
            "a person who is signed in",
            json!({ "environment": { URL: HERE, AGENT: "claude", STATE: FILES }, "files": here }),
        ),
        (
            "a person who is signed in, and no agent",
            json!({ "environment": { URL: HERE, STATE: FILES }, "files": here }),
        ),
        (
            "a person who is signed in, and files in her home",
            json!({ "environment": { URL: HERE, AGENT: "claude", HOME: FILES }, "files": at_home }),
        ),
        (
            "a state directory that is relative is ignored",
            json!({ "environment": { URL: HERE, AGENT: "claude", HOME: FILES, STATE: "state" }, "files": at_home }),
        ),
        (
            "a person who is signed in on Windows",
            json!({ "environment": { URL: HERE, AGENT: "claude", HOME: "/nowhere", LOCAL: FILES }, "files": here }),
        ),
        (
            "a person who is signed in at a port of this machine",
            json!({
                "environment": { URL: "http://127.0.0.1:8080/", AGENT: "claude", STATE: FILES },
                "files": kept("http___127.0.0.1_8080"),
            }),
        ),
        (
            "a person who is signed in elsewhere",
            json!({ "environment": { URL: "https://other.example.com", AGENT: "claude", STATE: FILES }, "files": here }),
        ),
        (
            "what is said goes before a person",
            json!({ "environment": { URL: HERE, AGENT: "claude", STATE: FILES, ASSERTION_FILE: file() }, "files": here }),
        ),
        ("what is offered goes before a person", json!({ "environment": job, "files": here })),
    ]
}

fn file() -> String {
    format!("{FILES}/assertion")
}

fn key() -> String {
    format!("{FILES}/key.pem")
}

fn with_key(environment: &Value) -> Value {
    json!({ "environment": environment, "files": { key(): PEM } })
}
