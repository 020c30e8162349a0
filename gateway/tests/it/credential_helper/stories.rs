//! What a bot does with git all day.

use gogs_spanner::journal::{AuditLine, Outcome};
use gogs_spanner_capability::token::{Caveat, Inspection, TokenText, inspect};
use gogs_spanner_testkit::{Setting, TestGateway, WRITER};

use super::Machine;

/// Two repositories, one a submodule of the other; what is put there is put by a person.
async fn with_a_submodule(gateway: &TestGateway, of: &TestGateway) {
    let (machine, here, there) = (Machine::new(), gateway.door.url(""), of.door.url(""));
    let (person, forge) = (gateway.forge.admin_token(), gateway.forge.url());
    let commands = format!(
        "git config --global http.{forge}.extraHeader \"Authorization: Basic $(printf %s '-:{person}' | base64 --wrap=0)\"
        git clone -q {forge}/acme/handbook.git handbook
        cd handbook
        git config --file .gitmodules submodule.theme.path theme
        git config --file .gitmodules submodule.theme.url {there}/acme/theme.git
        git add .gitmodules
        git update-index --add --cacheinfo 160000,{},theme
        git commit -q -m 'Add the theme'
        git push -q origin HEAD:refs/heads/master",
        of.forge.tip("acme/theme", "refs/heads/master").await,
    );
    assert_ne!(here, forge);
    machine.shell(&commands).await.succeeds();
}

/// What stands in the token that git is given.
async fn given(machine: &Machine, question: &str) -> Inspection {
    let answer = machine.shell(&format!("printf '{question}\\n' | git credential fill")).await.succeeds().stdout;
    let secret = answer.lines().find_map(|line| line.strip_prefix("password=")).expect("a password");
    inspect(&TokenText::parse(secret).expect("a token")).expect("a token")
}

fn actions(token: &Inspection) -> Vec<String> {
    let caveats = token.blocks.iter().flat_map(|block| &block.caveats);
    let mut said = caveats.filter_map(|caveat| match caveat {
        Caveat::Actions(actions) => Some(actions.iter().map(ToString::to_string).collect()),
        _ => None,
    });
    said.next().expect("only some actions")
}

#[tokio::test]
async fn one_line_is_enough_to_clone_push_and_be_told_why_not() {
    let gateway = TestGateway::with(Setting::usual().reachable()).await;
    let machine = Machine::new().keyed(&gateway, "docs-writer").await;
    let url = gateway.door.url("/acme/handbook.git");
    machine.shell(&format!("git clone -q {url} handbook")).await.succeeds().does_not_say("spanner");
    let push = "cd handbook\ngit commit -q --allow-empty -m one\ngit push -q origin HEAD:";
    machine.shell(&format!("{push}agents/one")).await.succeeds();
    let refused = machine.shell(&format!("{push}master")).await.fails();
    refused.says("no right to `ref:update` on `refs/heads/master` of `acme/handbook` (not-granted)");
    assert_ne!(gateway.forge.tip("acme/handbook", "refs/heads/agents/one").await, "");
    let trail = gateway.trail().await;
    let issued = trail.iter().filter(|line| line.action == "token:issue").count();
    assert_eq!(issued, 3, "one for each command of git: {trail:#?}");
}

#[tokio::test]
async fn a_token_is_for_the_repository_git_names_and_for_what_git_does_and_no_longer_than_that() {
    let gateway = TestGateway::with(Setting::usual().agent("docs-writer-2", "acme/other", WRITER).reachable()).await;
    let machine = Machine::new().keyed(&gateway, "docs-writer").await;
    let asked = format!("protocol=http\\nhost={}\\n", gateway.door.address);
    let anywhere = given(&machine, &asked).await;
    assert!(
        actions(&anywhere).contains(&"ref:update".to_owned())
            && !actions(&anywhere).contains(&"issues:write".to_owned())
    );
    let lives = anywhere.blocks.iter().flat_map(|block| &block.caveats).find_map(|caveat| match caveat {
        Caveat::Expires(end) => Some(end.duration_since(anywhere.issued).as_secs()),
        _ => None,
    });
    assert!(lives.is_some_and(|seconds| (295..=305).contains(&seconds)), "{lives:?}");

    machine.shell("git config --global credential.useHttpPath true").await.succeeds();
    let there = given(&machine, &format!("{asked}path=acme/handbook.git\\n")).await;
    let repositories: Vec<_> =
        there.rights.iter().flat_map(|right| right.repositories.iter()).map(ToString::to_string).collect();
    assert!(repositories.iter().all(|name| name == "acme/handbook"), "{repositories:?}");
    let refused = machine.shell(&format!("printf '{asked}path=acme/other.git\\n' | git credential fill")).await.fails();
    refused.says("spanner: this agent has no right in `acme/other` (details-not-granted)").says("hint: check the name");
}

#[tokio::test]
async fn no_token_comes_to_stand_in_a_file_where_other_helpers_are_left_out_for_the_gateway() {
    let gateway = TestGateway::with(Setting::usual().reachable()).await;
    let machine = Machine::new();
    machine.shell("git config --global credential.helper store").await.succeeds();
    let url = gateway.door.url("");
    machine.shell(&format!("git config --global credential.{url}.helper ''")).await.succeeds();
    let (key, file) = (gateway.key_holder("docs-writer").key_pem(), machine.path("docs-writer.key"));
    machine.write("docs-writer.key", &key);
    let line = format!("spanner --url {url} --agent docs-writer --key-file {file}");
    machine.shell(&format!("git config --global --add credential.{url}.helper '{line}'")).await.succeeds();
    machine
        .shell(&format!("git clone -q {url}/acme/handbook.git handbook\ntest ! -e .git-credentials"))
        .await
        .succeeds();
}

#[tokio::test]
async fn large_files_come_and_go() {
    let gateway = TestGateway::with(Setting::usual().reachable()).await;
    let machine = Machine::new().keyed(&gateway, "docs-writer").await;
    let url = gateway.door.url("/acme/handbook.git");
    let push = format!(
        "git lfs install --skip-repo
        git clone -q {url} handbook
        cd handbook
        git lfs track '*.bin'
        head -c 300000 /dev/urandom > large.bin
        git add .
        git commit -q -m large
        git push -q origin HEAD:agents/large"
    );
    machine.shell(&push).await.succeeds();
    machine
        .shell(&format!("git clone -q --branch agents/large {url} other\ncmp handbook/large.bin other/large.bin"))
        .await
        .succeeds();
    let trail = gateway.trail().await;
    assert!(trail.iter().any(|line| line.action == "lfs:write" && line.outcome == Outcome::Permit));
}

#[tokio::test]
async fn submodules_get_tokens_of_their_own() {
    let setting = Setting::new().agent("docs-writer", "acme/handbook acme/theme", WRITER).reachable();
    let gateway = TestGateway::with(setting).await;
    with_a_submodule(&gateway, &gateway).await;
    let machine = Machine::new().keyed(&gateway, "docs-writer").await;
    let url = gateway.door.url("/acme/handbook.git");
    machine
        .shell(&format!(
            "git clone -q --recurse-submodules {url} handbook\ntest -d handbook/theme/.git -o -f handbook/theme/.git"
        ))
        .await
        .succeeds();
}

#[tokio::test]
async fn two_gateways_at_once_each_hear_of_their_own_key() {
    let theme = TestGateway::with(Setting::new().agent("painter", "acme/theme", WRITER).reachable()).await;
    let handbook = TestGateway::with(Setting::usual().reachable()).await;
    with_a_submodule(&handbook, &theme).await;
    let machine = Machine::new().keyed(&handbook, "docs-writer").await.keyed(&theme, "painter").await;
    let url = handbook.door.url("/acme/handbook.git");
    machine
        .shell(&format!("git clone -q --recurse-submodules {url} handbook\ngit -C handbook/theme rev-parse HEAD"))
        .await
        .succeeds();
    for (gateway, agent) in [(handbook, "docs-writer"), (theme, "painter")] {
        let trail = gateway.trail().await;
        let known: Vec<_> = trail.iter().filter(|line| line.agent.is_some()).collect();
        let is_its_own = |line: &&AuditLine| line.agent.as_deref() == Some(agent) && line.outcome == Outcome::Permit;
        assert!(!known.is_empty() && known.iter().all(is_its_own), "{known:#?}");
    }
}
