//! The credential helper under gits that tell it what a gateway's challenge says, and take a bearer from it.

use gogs_spanner_capability::token::{Caveat, TokenText, inspect};
use gogs_spanner_testkit::{Setting, TestGateway, WRITER};

use super::bench::machine;

/// Between git and the helper: keeps what both say.
const BETWEEN: &str =
    "!f() { tee -a \"$HOME/asked\" | git-credential-spanner $HELPED \"$@\" | tee -a \"$HOME/answered\"; }; f";

/// What stands in each token the helper gave, in order: repositories, and actions.
fn given(answered: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let tokens = answered.lines().filter_map(|line| line.strip_prefix("credential="));
    let read = |text: &str| {
        let token = inspect(&TokenText::parse(text).expect("a token")).expect("a token");
        let names = token.rights.iter().flat_map(|right| right.repositories.iter().map(ToString::to_string));
        let mut names: Vec<_> = names.collect();
        names.dedup();
        let caveats = token.blocks.iter().flat_map(|block| &block.caveats);
        let actions = caveats.filter_map(|caveat| match caveat {
            Caveat::Actions(actions) => Some(actions.iter().map(ToString::to_string)),
            _ => None,
        });
        (names, actions.flatten().collect())
    };
    tokens.map(read).collect()
}

async fn tells_and_takes(suite: &str) {
    let setting = Setting::new().agent("docs-writer", "acme/handbook acme/theme", WRITER).reachable();
    let gateway = TestGateway::with(setting).await;
    let url = gateway.door.url("");
    let host = machine();
    host.write("key", &gateway.key_holder("docs-writer").key_pem(), 0o600);
    let helped = format!("--url {url} --agent docs-writer --key-file {}", host.path("key").display());
    let host = host.variable("HELPED", helped).variable("BETWEEN", BETWEEN);
    let commands = format!(
        "set -eu
        git() {{ $MADE/git-{suite}/git \"$@\"; }}
        git config --global credential.{url}.helper \"$BETWEEN\"
        git clone -q {url}/acme/handbook.git
        cd handbook
        git commit -q --allow-empty -m one
        git push -q origin HEAD:agents/one"
    );
    host.shell(&commands).await.succeeds();
    assert_ne!(gateway.forge.tip("acme/handbook", "refs/heads/agents/one").await, "");
    let (asked, answered) = (host.read("asked"), host.read("answered"));
    assert!(asked.contains("wwwauth[]=Basic realm=\"spanner\"") && !asked.contains("path="), "{asked}");
    let [(cloned, reading), (pushed, writing)] = &given(&answered)[..] else { panic!("two commands: {answered}") };
    assert_eq!((cloned, pushed), (&vec!["acme/handbook".to_owned()], &vec!["acme/handbook".to_owned()]));
    assert_eq!(*reading, ["contents:read", "repository:read"]);
    assert!(
        writing.contains(&"ref:update".to_owned()) && !writing.contains(&"contents:read".to_owned()),
        "{writing:?}"
    );
    let refused = format!("git() {{ $MADE/git-{suite}/git \"$@\"; }}; git -C handbook push origin HEAD:master");
    host.shell(&refused).await.fails().says("no right to `ref:update` on `refs/heads/master` of `acme/handbook`");
}

#[tokio::test]
#[ignore = "cargo xtask verify clients"]
async fn git_of_debian_13_tells_the_helper_what_it_is_about_to_do() {
    tells_and_takes("trixie").await;
}

#[tokio::test]
#[ignore = "cargo xtask verify clients"]
async fn git_of_debian_sid_tells_the_helper_what_it_is_about_to_do() {
    tells_and_takes("sid").await;
}
