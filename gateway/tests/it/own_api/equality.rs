//! What `can` answers is what is decided of the request, whatever the policy, the token and its narrowings; and `whoami`
//! lists just that.

use std::cell::RefCell;

use gogs_spanner_capability::{Action, Effect, Effective, EffectiveRight, Reason, RepositoryName, token::Narrowing};
use gogs_spanner_testkit::{Agent, Answer, Caller, Setting, TestGateway, Workspace};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{select, subsequence},
    test_runner::TestCaseError,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{
    CAN, WHOAMI,
    deeds::{Commits, Deed, PAGE, question},
};

const REPOSITORIES: [&str; 2] = ["acme/handbook", "acme/web"];
const BRANCHES: [&str; 3] = ["master", "agents/x", "agents/y"];
/// What the policy begins with.
const NOTHING_MUCH: &str = r#"[{ actions = ["issues:read"] }]"#;

/// A gateway whose policy can be replaced, before two repositories with the same commits.
struct World {
    gateway: TestGateway,
    commits: Vec<(RepositoryName, Commits)>,
    policy: RefCell<String>,
}

impl World {
    async fn new() -> Self {
        let gateway = TestGateway::with(Setting::new().agent("bot", &REPOSITORIES.join(" "), NOTHING_MUCH)).await;
        let mut commits = Vec::new();
        for repository in REPOSITORIES {
            gateway.forge.create_wiki(repository).await;
            commits.push((repository.parse().expect("a name"), write(&gateway, repository).await));
        }
        Self { gateway, commits, policy: RefCell::new(NOTHING_MUCH.to_owned()) }
    }

    /// Puts a role's rights in the place of those before; false where that is no policy.
    async fn rules(&self, rights: &str) -> bool {
        let file = self.gateway.directory().join("spanner.toml");
        let before = std::fs::read_to_string(&file).expect("a configuration");
        let after = before.replace(&format!("rights = {}", self.policy.borrow()), &format!("rights = {rights}"));
        std::fs::write(&file, &after).expect("it can be written");
        if self.gateway.reload().await.is_ok() {
            self.policy.replace(rights.to_owned());
            return true;
        }
        std::fs::write(&file, before).expect("it can be written");
        false
    }

    /// Holds the answers to the deeds.
    async fn hold(&self, agent: &Agent, deeds: &[(usize, Deed)]) -> Result<(), TestCaseError> {
        let effects: Vec<_> = deeds.iter().map(|(at, deed)| deed.effect(&self.commits[*at].0)).collect();
        let asked: Vec<Value> = effects.iter().map(question).collect();
        let answer = agent.send(Method::POST, CAN, &json!({ "effects": asked })).await.is(200).json();
        let left = left(&agent.get(WHOAMI).await.is(200).json());
        for (number, ((at, deed), effect)) in deeds.iter().zip(&effects).enumerate() {
            let (repository, commits) = &self.commits[*at];
            let foreseen = answer["decisions"][number]["reason"].as_str().unwrap_or_default();
            let done = deed.done(agent, repository, commits).await;
            // Whether it forces is not found out of a push that is refused in any case: it is said to be an update.
            let as_told = match deed {
                Deed::Push(Action::RefForce, branch) if !foreseen.is_empty() && decided(&done) != foreseen => {
                    let update = Effect {
                        action: Action::RefUpdate,
                        ..Deed::Push(Action::RefDelete, branch).effect(repository)
                    };
                    let told = json!({ "effects": [question(&update)] });
                    let told = agent.send(Method::POST, CAN, &told).await.is(200).json();
                    told["decisions"][0]["reason"].as_str().unwrap_or_default().to_owned()
                }
                _ => foreseen.to_owned(),
            };
            prop_assert_eq!(as_told, decided(&done), "{:?} in {}: {}", deed, repository, done.text);
            let is_possible = !matches!(effect.action, Action::RepositoryCreate | Action::RepositoryDelete);
            prop_assert_eq!(left.holds(effect) && is_possible, foreseen.is_empty(), "{:?} of {:#?}", effect, left);
            SEEN.with_borrow_mut(|seen| seen.push(foreseen.to_owned()));
        }
        Ok(())
    }
}

thread_local! {
    /// The answers there were, so that a test that sees only one kind fails.
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Three commits that change the page, and branches that stand where no deed believes them to.
async fn write(gateway: &TestGateway, repository: &str) -> Commits {
    let workspace = Workspace::new();
    let copy = workspace.clone(&gateway.person().remote(repository)).await;
    let first = copy.commit(PAGE, "one").await;
    let second = copy.commit(PAGE, "two").await;
    copy.commit(PAGE, "three").await;
    copy.push(&["HEAD:refs/heads/master", "HEAD:refs/heads/agents/x", "HEAD:refs/heads/agents/y"]).await.succeeds();
    copy.git(&["checkout", "-q", "--detach", &first]).await.succeeds();
    let beside = copy.commit(PAGE, "beside").await;
    copy.push(&["HEAD:refs/heads/beside"]).await.succeeds();
    Commits { first, second, beside }
}

/// What `whoami` says is left.
fn left(whoami: &Value) -> Effective {
    let rights: Vec<EffectiveRight> = serde_json::from_value(whoami["rights"].clone()).expect("rights");
    Effective { rights, elsewhere: serde_json::from_value(whoami["elsewhere"].clone()).expect("actions") }
}

/// The reason of a decision, in whatever form the door gives it; none of a failure behind it.
fn decided(answer: &Answer) -> String {
    let told = answer.text.split("spanner: ").nth(1).and_then(|told| told.lines().next()).unwrap_or_default();
    let in_brackets = told.rsplit_once('(').and_then(|(_, code)| code.split_once(')')).map(|(code, _)| code.to_owned());
    let reason = Some(answer.reason()).filter(|reason| !reason.is_empty()).or(in_brackets);
    let is_decision = |code: &String| code.parse().is_ok_and(|reason: Reason| matches!(reason.status(), 403 | 501));
    reason.filter(is_decision).unwrap_or_default()
}

fn quoted(words: &[&str]) -> String {
    format!("{words:?}")
}

fn patterns() -> impl Strategy<Value = String> {
    let refs = subsequence(vec!["**", "refs/heads/agents/**", "refs/heads/*/x", "refs/heads/master"], 1..3);
    refs.prop_map(|refs| quoted(&refs))
}

fn paths() -> impl Strategy<Value = String> {
    let paths = subsequence(vec!["docs/**", "*.md", "**/page.md", "src/**"], 1..3).prop_map(|paths| quoted(&paths));
    prop_oneof![Just(String::new()), paths.prop_map(|paths| format!(", paths = {paths}"))]
}

/// A rule of a role, as an operator writes it.
fn rule() -> impl Strategy<Value = String> {
    let plain = vec![
        "contents:read",
        "issues:read",
        "issues:write",
        "wiki:read",
        "wiki:write",
        "directory:read",
        "repository:admin",
        "credentials:mint",
    ];
    let writes = vec!["ref:create", "ref:update", "ref:force", "ref:delete"];
    prop_oneof![
        subsequence(plain, 1..4).prop_map(|actions| format!("{{ actions = {} }}", quoted(&actions))),
        (patterns(), paths())
            .prop_map(|(refs, paths)| format!("{{ actions = [\"contents:read\"], refs = {refs}{paths} }}")),
        (subsequence(writes, 1..4), patterns(), paths())
            .prop_map(|(actions, refs, paths)| format!("{{ actions = {}, refs = {refs}{paths} }}", quoted(&actions))),
    ]
}

fn rights() -> impl Strategy<Value = String> {
    vec(rule(), 1..5).prop_map(|rules| format!("[{}]", rules.join(", ")))
}

fn narrowing() -> impl Strategy<Value = Narrowing> {
    let actions = || subsequence(Action::ALL, 2..14);
    prop_oneof![
        actions().prop_map(|actions| Narrowing::new().actions(actions)),
        select(&REPOSITORIES[..]).prop_map(|name| Narrowing::new().repositories([name.parse().expect("a name")])),
        Just(Narrowing::new().repositories_under("acme/")),
        select(vec!["refs/heads/agents/", "refs/heads/"]).prop_map(|prefix| Narrowing::new().refs_under(prefix)),
        Just(Narrowing::new().refs_under("refs/heads/agents/").besides([Action::RepositoryRead])),
        Just(Narrowing::new().refs(["refs/heads/agents/x".parse().expect("a ref")])),
        Just(Narrowing::new().paths_under("docs/")),
        Just(Narrowing::new().paths_under("src/").besides([Action::RepositoryRead, Action::IssuesRead])),
    ]
}

fn deed() -> impl Strategy<Value = (usize, Deed)> {
    let branch = || select(&BRANCHES[..]);
    let file = || select(vec![PAGE, "README.md"]);
    let push = || select(vec![Action::RefCreate, Action::RefUpdate, Action::RefForce, Action::RefDelete]);
    let plain = select(vec![
        Deed::Look,
        Deed::Clone,
        Deed::ReadIssues,
        Deed::OpenIssue,
        Deed::ReadWiki,
        Deed::PushWiki,
        Deed::ReadHooks,
        Deed::MintKey,
        Deed::ListUsers,
        Deed::CreateRepository,
        Deed::DeleteRepository,
    ]);
    let deed = prop_oneof![
        3 => plain,
        2 => (branch(), file()).prop_map(|(branch, file)| Deed::ReadFile(branch, file)),
        3 => (push(), branch()).prop_map(|(action, branch)| Deed::Push(action, branch)),
        2 => (branch(), file()).prop_map(|(branch, file)| Deed::PutFile(branch, file)),
        1 => branch().prop_map(Deed::UploadObject),
    ];
    (0..REPOSITORIES.len(), deed)
}

/// Policies at two times, a token of the first narrowed some times, and what is tried with it under the second.
type Case = (String, Option<String>, Vec<Narrowing>, Vec<(usize, Deed)>);

fn case() -> impl Strategy<Value = Case> {
    (rights(), proptest::option::of(rights()), vec(narrowing(), 0..3), vec(deed(), 12))
}

#[test]
fn what_can_answers_and_whoami_lists_is_what_is_decided_of_the_request() {
    let runtime = Runtime::new().expect("a runtime");
    let world = runtime.block_on(World::new());
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((minted, today, narrowings, deeds) in case())| {
        runtime.block_on(async {
            prop_assume!(world.rules(&minted).await);
            let bot = world.gateway.agent("bot").await;
            let agent = narrowings.iter().fold(bot, |agent, narrowing| agent.narrow(narrowing));
            if let Some(today) = &today {
                prop_assume!(world.rules(today).await);
            }
            world.hold(&agent, &deeds).await
        })?;
    });
    let seen = SEEN.take();
    let times = |reason: &str| seen.iter().filter(|seen| *seen == reason).count();
    let met = ["", "not-granted", "narrowed", "upstream-cannot"].map(times);
    assert!(met.iter().all(|&times| times > 10), "permitted, not granted, narrowed, impossible: {met:?} times");
    runtime.block_on(world.gateway.close());
}
