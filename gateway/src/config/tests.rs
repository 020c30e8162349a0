//! Every mistake a newcomer makes, and what is said about it: the snapshot is the catalogue.

use std::{fmt::Write as _, path::Path};

use super::*;
use crate::authorize::policy::Policy;

/// The least that loads.
const LEAST: &str = r#"
[listen]
public_url = "https://agents.example.com"
[upstream]
url = "http://127.0.0.1:3000"
admin_token = { file = "gogs-admin-token" }
"#;

/// A policy to make mistakes in.
const POLICY: &str = r#"
[[issuer]]
name = "okta"
url = "https://example.okta.com/oauth2/default"
[[issuer]]
name = "github"
url = "https://token.actions.githubusercontent.com"
[[role]]
name = "docs"
rights = [{ actions = ["contents:read"] }]
[[agent]]
name = "ci-web"
owner = "platform"
trust = [{ issuer = "okta", claims = { sub = "0oa1b2c3" } }]
grants = [{ role = "docs", repositories = ["acme/web"] }]
"#;

/// Where people sign in.
macro_rules! people {
    () => {
        "[people]\nissuer = \"okta\"\nclient = { id = \"x\", secret = { env = \"X\" } }\n"
    };
}

/// A mistake: in [`LEAST`] and [`POLICY`], this text is replaced by that one.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("a key nobody knows", "[listen]", "[listen]\nadress = \"127.0.0.1:8080\""),
    ("a section nobody knows", "[upstream]", "[upstraem]"),
    ("a key that is missing", "public_url = \"https://agents.example.com\"", ""),
    ("a secret written out", "{ file = \"gogs-admin-token\" }", "\"hunter2-hunter2\""),
    ("a secret of an unknown kind", "{ file = \"gogs-admin-token\" }", "{ vault = \"hunter2-hunter2\" }"),
    ("a text where a table belongs", "[listen]", "listen = \"hunter2-hunter2\"\n[listen.x]"),
    ("a number where a text belongs", "\"http://127.0.0.1:3000\"", "3000"),
    ("a list where a table belongs", "[listen]", "operate = [\"hunter2-hunter2\"]\n[listen]"),
    ("a quote that does not close", "\"http://127.0.0.1:3000\"", "\"hunter2-hunter2"),
    ("a value without quotes", "\"http://127.0.0.1:3000\"", "hunter2-hunter2"),
    ("a key written twice", "[upstream]", "[upstream]\nurl = \"http://127.0.0.1:3001\""),
    ("a url with a password", "http://127.0.0.1:3000", "http://admin:hunter2-hunter2@127.0.0.1:3000"),
    ("a public url with a path", "https://agents.example.com", "https://agents.example.com/gogs"),
    ("a public url with a slash at its end", "https://agents.example.com", "https://agents.example.com/"),
    ("an address without a port", "[listen]", "[listen]\naddress = \"127.0.0.1\""),
    ("a proxy that is no network", "[listen]", "[listen]\ntrusted_proxies = [\"10.0.0.0/8\", \"lb.example.com\"]"),
    ("a duration without a unit", "[upstream]", "[tokens]\nlifetime = \"15\"\n[upstream]"),
    ("a lifetime over the longest", "[upstream]", "[tokens]\nlifetime = \"2h\"\n[upstream]"),
    ("tokens for ever", "[upstream]", "[tokens]\nmax_lifetime = \"7d\"\n[upstream]"),
    ("keys younger than tokens", "[upstream]", "[tokens]\nrotate_key_every = \"10m\"\n[upstream]"),
    ("a size without a unit", "[upstream]", "[git]\nquota = \"20\"\n[upstream]"),
    ("another kind of store", "[upstream]", "[store]\nurl = \"mysql://db\"\n[upstream]"),
    ("the store for replicas", "[upstream]", "[store]\nurl = \"postgres://db\"\n[upstream]"),
    ("a forge far away", "http://127.0.0.1:3000", "https://git.example.com"),
    ("another protocol", "[upstream]", "[telemetry]\nprotocol = \"thrift\"\n[upstream]"),
    ("a prefix no account can have", "[upstream]", "[upstream]\naccount_prefix = \"Agent_\""),
    ("policy in other files", "[listen]", "include = [\"policy.d/*.toml\"]\n[listen]"),
    ("people without a client", "[[role]]", "[people]\nissuer = \"okta\"\n[[role]]"),
    (
        "people of an issuer nobody wrote",
        "[[role]]",
        "[people]\nissuer = \"otka\"\nclient = { id = \"x\", secret = { env = \"X\" } }\n[[role]]",
    ),
    (
        "a client's secret written out",
        "[[role]]",
        "[people]\nissuer = \"okta\"\nclient = { id = \"x\", secret = \"hunter2-hunter2\" }\n[[role]]",
    ),
    (
        "people signed in for a week",
        "[[role]]",
        "[people]\nissuer = \"okta\"\nsign_in = \"7d\"\nclient = { id = \"x\", secret = { env = \"X\" } }\n[[role]]",
    ),
    (
        "people over plain http",
        "\"https://agents.example.com\"\n[upstream]",
        concat!("\"http://agents.example.com\"\n", people!(), "[upstream]"),
    ),
    (
        "people who would be agents",
        "url = \"https://example.okta.com/oauth2/default\"\n",
        concat!("url = \"https://example.okta.com/oauth2/default\"\naudience = \"x\"\n", people!()),
    ),
    (
        "people who would be agents, by the audience nobody wrote",
        "[[role]]",
        "[people]\nissuer = \"okta\"\nclient = { id = \"https://agents.example.com\", secret = { env = \"X\" } }\n[[role]]",
    ),
    ("a group without people", "[[role]]", "[[group]]\nname = \"dev\"\nmembers = [\"a@example.com\"]\n[[role]]"),
    ("a group of nobody", "[[role]]", concat!(people!(), "[[group]]\nname = \"dev\"\nmembers = []\n[[role]]")),
    (
        "a group of another shape",
        "[[role]]",
        concat!(people!(), "[[group]]\nname = \"dev\"\nmembers = { claim = \"groups\" }\n[[role]]"),
    ),
    (
        "a group by the audience",
        "[[role]]",
        concat!(people!(), "[[group]]\nname = \"dev\"\nmembers = { claim = \"aud\", any = [\"x\"] }\n[[role]]"),
    ),
    (
        "a group by what people call themselves",
        "[[role]]",
        concat!(
            people!(),
            "[[group]]\nname = \"dev\"\nmembers = { claim = \"email\", any = [\"a@example.com\"] }\n[[role]]"
        ),
    ),
    (
        "a group by a star",
        "[[role]]",
        concat!(people!(), "[[group]]\nname = \"dev\"\nmembers = { claim = \"groups\", any = [\"dev-*\"] }\n[[role]]"),
    ),
    (
        "a group that may",
        "[[role]]",
        concat!(people!(), "[[group]]\nname = \"dev\"\nmembers = [\"a\"]\nmay = [\"audit:read\"]\n[[role]]"),
    ),
    (
        "a group that lends nothing",
        "[[role]]",
        concat!(people!(), "[[group]]\nname = \"dev\"\nmembers = [\"a\"]\nlends = []\n[[role]]"),
    ),
    ("a group nobody wrote", "owner = \"platform\"", "owner = \"platform\"\nlend_to = [\"dev\"]"),
    (
        "a group that lends other things",
        "owner = \"platform\"",
        concat!(
            "owner = \"platform\"\nlend_to = [\"dev\"]\n",
            people!(),
            "[[group]]\nname = \"dev\"\nmembers = [\"a\"]\nlends = [{ role = \"docs\", repositories = [\"other/**\"] }]\n",
            "[[agent]]\nname = \"next\"\nowner = \"platform\"",
        ),
    ),
    (
        "a group named twice",
        "owner = \"platform\"",
        concat!(
            "owner = \"platform\"\ngrants = [{ role = \"docs\", repositories = [\"acme/web\"] }]\nlend_to = [\"dev\", \"dev\"]\n",
            people!(),
            "[[group]]\nname = \"dev\"\nmembers = [\"a\"]\n[[agent]]\nname = \"next\"\nowner = \"platform\"",
        ),
    ),
    ("an approval", "[\"contents:read\"] }", "[\"contents:read\"], approval = { by = \"x\", quorum = 1 } }"),
    ("limits of everybody", "[[role]]", "[limits]\nrequests = \"600/m\"\n[[role]]"),
    ("a limit without a period", "owner = \"platform\"", "owner = \"platform\"\nlimits = { requests = \"600\" }"),
    ("a limit of nothing", "owner = \"platform\"", "owner = \"platform\"\nlimits = { pushes = \"0/h\" }"),
    ("a limit without a unit", "owner = \"platform\"", "owner = \"platform\"\nlimits = { push_bytes = \"200/d\" }"),
    ("a limit as a number", "owner = \"platform\"", "owner = \"platform\"\nlimits = { requests = 600 }"),
    ("a limit nobody knows", "owner = \"platform\"", "owner = \"platform\"\nlimits = { clones = \"5/h\" }"),
    ("limits that limit nothing", "owner = \"platform\"", "owner = \"platform\"\nlimits = {}"),
    ("a preset", "name = \"okta\"\n", "name = \"okta\"\npreset = \"gitlab\"\n"),
    ("an issuer of the same name", "\"github\"", "\"okta\""),
    ("an agent of the same name", "[[role]]", "[[agent]]\nname = \"ci-web\"\nowner = \"a\"\n[[role]]"),
    ("a role of the same name", "[[agent]]", "[[role]]\nname = \"docs\"\nrights = []\n[[agent]]"),
    ("an agent in capitals", "\"ci-web\"", "\"CI-Web\""),
    ("an agent whose account would be too long", "\"ci-web\"", "\"a-name-of-thirty-or-more-characters\""),
    ("an action that is a wildcard", "contents:read", "contents:*"),
    ("an action that is implied", "contents:read", "repository:read"),
    ("a right without an action", "[\"contents:read\"]", "[]"),
    ("a ref right that does not say where", "contents:read", "ref:update"),
    ("a ref written short", "[\"contents:read\"]", "[\"ref:update\"], refs = [\"main\"]"),
    ("refs that are none", "[\"contents:read\"]", "[\"ref:update\"], refs = []"),
    ("a repository without an owner", "acme/web", "web"),
    ("every repository, unsaid", "acme/web", "*/*"),
    ("every path, unsaid", "[\"contents:read\"]", "[\"ref:update\"], refs = [\"**\"], paths = [\"**/*\"]"),
    ("every ref, unsaid", "[\"contents:read\"]", "[\"ref:update\"], refs = [\"refs/**\"]"),
    (
        "a right inside another",
        "[\"contents:read\"] }",
        "[\"contents:read\"] }, { actions = [\"contents:read\"], paths = [\"docs/**\"] }",
    ),
    (
        "merging where every path is allowed",
        "[\"contents:read\"]",
        "[\"ref:update\"], refs = [\"**\"], merge_from = [\"refs/heads/main\"]",
    ),
    (
        "merging whatever matches",
        "[\"contents:read\"]",
        "[\"ref:update\"], refs = [\"**\"], paths = [\"docs/**\"], merge_from = [\"refs/heads/*\"]",
    ),
    (
        "merging more than is looked at",
        "[\"contents:read\"]",
        concat!(
            "[\"ref:update\"], refs = [\"**\"], paths = [\"docs/**\"], merge_from = [\"refs/heads/a\", \"refs/heads/b\", ",
            "\"refs/heads/c\", \"refs/heads/d\", \"refs/heads/e\", \"refs/heads/f\", \"refs/heads/g\", \"refs/heads/h\", \"refs/heads/i\"]",
        ),
    ),
    ("a role nobody wrote", "role = \"docs\"", "role = \"dosc\""),
    ("a grant of nothing", "[\"acme/web\"]", "[]"),
    ("an issuer nobody wrote", "issuer = \"okta\"", "issuer = \"otka\""),
    ("an agent nobody can be", "trust = [{ issuer = \"okta\", claims = { sub = \"0oa1b2c3\" } }]", ""),
    ("a rule without a claim", "{ sub = \"0oa1b2c3\" }", "{}"),
    ("a rule for everybody", "\"0oa1b2c3\"", "\"*\""),
    ("a rule about the audience alone", "sub = \"0oa1b2c3\"", "aud = \"spanner\""),
    ("a list with a star", "\"0oa1b2c3\"", "{ any = [\"0oa*\"] }"),
    ("a condition of another kind", "\"0oa1b2c3\"", "{ none = [\"0oa\"] }"),
    ("a rule written twice", "} }]\n", "} }, { issuer = \"okta\", claims = { sub = \"0oa1b2c3\" } }]\n"),
    (
        "a shared issuer, by a name",
        "issuer = \"okta\", claims = { sub = \"0oa1b2c3\" }",
        "issuer = \"github\", claims = { repository = \"acme/web\" }",
    ),
    (
        "a shared issuer, by a glob",
        "issuer = \"okta\", claims = { sub = \"0oa1b2c3\" }",
        "issuer = \"github\", claims = { repository_id = \"1*\" }",
    ),
    (
        "a private key",
        "owner = \"platform\"",
        "owner = \"platform\"\nkeys = [\"-----BEGIN PRIVATE KEY----- hunter2-hunter2\"]",
    ),
    ("a key of another kind", "owner = \"platform\"", "owner = \"platform\"\nkeys = [\"ssh-rsa AAAAB3NzaC1yc2E\"]"),
    (
        "a key's file that is not there",
        "owner = \"platform\"",
        "owner = \"platform\"\nkeys = [{ file = \"nowhere.pub\" }]",
    ),
    (
        "a key registered twice",
        "owner = \"platform\"",
        concat!(
            "owner = \"platform\"\nkeys = [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea\",\n",
            "\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea me\"]",
        ),
    ),
];

fn load(text: &str) -> Result<Policy, ConfigError> {
    Config::parse(Path::new("spanner.toml"), text).and_then(|config| Policy::compile(&config))
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_mend_and_without_its_value() {
    let whole = [LEAST, POLICY].concat();
    let mut catalogue = String::new();
    for (mistake, right, wrong) in MISTAKES {
        let text = whole.replacen(right, wrong, 1);
        assert_ne!(text, whole, "{mistake}: nothing was replaced");
        let Err(error) = load(&text) else { panic!("{mistake}: was taken") };
        assert!(!error.to_string().contains("hunter2"), "{mistake}: {error}");
        writeln!(catalogue, "{mistake}\n  {error}\n").expect("a string takes everything");
    }
    insta::assert_snapshot!(catalogue);
}

#[test]
fn the_least_configuration_has_good_values_for_the_rest() {
    let config = Config::parse(Path::new("/etc/spanner/spanner.toml"), LEAST).expect("it is complete");
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:8080");
    assert_eq!(config.operate.socket, Path::new("/etc/spanner/spanner.sock"));
    assert_eq!(config.store.url, StoreUrl::Sqlite("/etc/spanner/spanner.db".into()));
    assert_eq!(config.upstream.admin_token, SecretSource::File("/etc/spanner/gogs-admin-token".into()));
    assert_eq!(config.tokens.lifetime, jiff::SignedDuration::from_mins(15));
}

#[test]
fn a_configuration_never_shows_the_text_it_was_read_from() {
    let config = Config::parse(Path::new("spanner.toml"), &format!("{LEAST}\n# hunter2")).expect("it is complete");
    assert!(!format!("{config:?}").contains("hunter2"));
}
