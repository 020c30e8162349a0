//! What a written policy comes to mean.

use std::path::Path;

use gogs_spanner_capability::{Action, Coverage, Effect, RefName, RepositoryName, TreePath};

use super::*;
use crate::config::Config;

const CONFIG: &str = r#"
[listen]
public_url = "https://agents.example.com"
[upstream]
url = "http://127.0.0.1:3000"
admin_token = { env = "ADMIN" }
[[issuer]]
name = "okta"
url = "https://example.okta.com/oauth2/default"
[[issuer]]
name = "github"
url = "https://token.actions.githubusercontent.com"
[[role]]
name = "docs"
rights = [
  { actions = ["contents:read", "issues:read", "issues:write"] },
  { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/docs/**"], paths = ["docs/**", "*.md"] },
]
[[role]]
name = "spare"
rights = [{ actions = ["directory:read"] }]
[[agent]]
name = "docs-writer"
owner = "alice@example.com"
trust = [
  { issuer = "okta", claims = { sub = "0oa1b2c3", groups = { any = ["docs-bots"] }, email_verified = true } },
  { issuer = "github", claims = { repository_id = "123", ref = "refs/heads/*" } },
]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea me"]
grants = [{ role = "docs", repositories = ["Acme/Handbook", "acme/site-*"] }]
"#;

fn policy(text: &str) -> Policy {
    let config = Config::parse(Path::new("spanner.toml"), text).expect("it is good");
    Policy::compile(&config).expect("it is good")
}

fn writer(policy: &Policy) -> Arc<AgentPolicy> {
    policy.agent(&"docs-writer".parse().expect("a name")).expect("it is registered")
}

fn effect(action: Action, repository: &str) -> Effect {
    Effect::on_repository(action, &RepositoryName::parse(repository).expect("a name"))
}

#[test]
fn a_grant_puts_every_right_of_its_role_on_its_repositories() {
    let rights = &writer(&policy(CONFIG)).rights;
    assert_eq!(rights.cover(&effect(Action::ContentsRead, "acme/handbook")), Coverage::Granted);
    assert_eq!(rights.cover(&effect(Action::IssuesWrite, "acme/site-blog")), Coverage::Granted);
    assert_eq!(rights.cover(&effect(Action::ContentsRead, "acme/secrets")), Coverage::NotGranted);
    assert_eq!(rights.cover(&effect(Action::DirectoryRead, "acme/handbook")), Coverage::NotGranted);
}

#[test]
fn refs_and_paths_limit_what_is_written() {
    let rights = &writer(&policy(CONFIG)).rights;
    let update = |branch: &str, path: &str| {
        effect(Action::RefUpdate, "acme/handbook")
            .at(RefName::for_branch(branch).expect("a branch"))
            .touching(vec![TreePath::parse(path).expect("a path")])
    };
    assert_eq!(rights.cover(&update("agents/docs/x", "docs/a.md")), Coverage::Granted);
    assert_eq!(rights.cover(&update("agents/docs/x", "src/a.rs")), Coverage::NotGranted);
    assert_eq!(rights.cover(&update("main", "docs/a.md")), Coverage::NotGranted);
}

#[test]
fn conditions_are_read_by_their_shape() {
    let trust = &writer(&policy(CONFIG)).trust;
    let condition = |rule: usize, claim: &str| {
        let found = trust[rule].claims.iter().find(|(name, _)| name == claim);
        found.map(|(_, condition)| condition.clone()).expect("it is written")
    };
    assert_eq!(condition(0, "sub"), Condition::Exact("0oa1b2c3".into()));
    assert_eq!(condition(0, "email_verified"), Condition::Exact(true.into()));
    assert_eq!(condition(0, "groups"), Condition::AnyOf(["docs-bots".to_owned()].into()));
    assert_eq!(condition(1, "ref"), Condition::Glob(Glob::new("refs/heads/*")));
}

#[test]
fn a_key_is_known_by_its_thumbprint() {
    // RFC 8037, appendix A.3.
    assert_eq!(writer(&policy(CONFIG)).keys[0].thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn every_replacement_is_an_epoch_of_its_own() {
    let current = CurrentPolicy::new(policy(CONFIG));
    let first = current.load();
    assert_eq!(current.replace(Policy::default()), 2);
    assert_eq!((first.epoch, current.load().epoch), (1, 2));
    assert!(first.agent(&"docs-writer".parse().expect("a name")).is_some(), "a request keeps what it began with");
    assert_eq!(current.load().agents().count(), 0);
}

#[test]
fn a_list_of_people_is_of_addresses_in_lower_case_and_of_subjects_as_they_are() {
    let people = "[people]\nissuer = \"okta\"\nclient = { id = \"x\", secret = { env = \"X\" } }\n\
                  [[group]]\nname = \"dev\"\nmembers = [\"Alice@Example.com\", \"00U1\"]\n";
    let lending = CONFIG.replace("owner = \"alice@example.com\"", "owner = \"alice@example.com\"\nlend_to = [\"dev\"]");
    let lender = &writer(&policy(&format!("{lending}{people}"))).lenders[0];
    let [addresses, subjects] = ["alice@example.com", "00U1"].map(|name| [name.to_owned()].into());
    assert_eq!(lender.members, Members::Named { addresses, subjects });
}
