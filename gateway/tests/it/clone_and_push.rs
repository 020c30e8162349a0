//! What an agent may do, it does with plain git.

use gogs_spanner_testkit::{Forge, Setting, TestGateway, WRITER, Workspace, noise};

use crate::stories;

#[tokio::test]
async fn a_bot_clones_and_pushes_a_branch_of_its_own() {
    stories::clones_and_pushes(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_file_is_written_through_the_api_only_where_it_could_be_pushed() {
    stories::writes_files_through_the_api_as_it_could_push_them(Forge::demonstration().await).await;
}

#[tokio::test]
async fn an_agent_has_an_account_of_its_own() {
    stories::is_known_to_the_forge_as_itself(Forge::demonstration().await).await;
}

#[tokio::test]
async fn several_branches_and_a_tag_go_in_one_push() {
    let rights = r#"[{ actions = ["contents:read"] },
        { actions = ["ref:create"], refs = ["refs/heads/agents/**", "refs/tags/agents/**"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("docs-writer", "acme/handbook", rights)).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    let commit = handbook.commit("docs/page.md", "one").await;
    let refs = ["HEAD:refs/heads/agents/a", "HEAD:refs/heads/agents/b", "HEAD:refs/tags/agents/v1"];
    handbook.push(&refs).await.succeeds();
    for name in ["refs/heads/agents/a", "refs/heads/agents/b", "refs/tags/agents/v1"] {
        assert_eq!(gateway.forge.tip("acme/handbook", name).await, commit);
    }
}

#[tokio::test]
async fn an_atomic_push_stays_atomic() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&["--atomic", "HEAD:refs/heads/agents/a", "HEAD:refs/heads/agents/b"]).await.succeeds();
    let pushed = gateway.forge.forwarded().pop().expect("a push");
    assert!(String::from_utf8_lossy(&pushed.body).contains("atomic"));
}

#[tokio::test]
async fn a_push_too_large_for_one_request_is_probed_and_flows_through() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    let commit = handbook.commit("noise", noise(3 << 20)).await;
    handbook.push(&["HEAD:refs/heads/agents/large"]).await.succeeds();
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/large").await, commit);
    let received: Vec<_> =
        gateway.forge.forwarded().into_iter().filter(|arrival| arrival.target.ends_with("/git-receive-pack")).collect();
    assert_eq!(received.len(), 1, "the probe is answered by the gateway");
    assert!(received[0].body_length > 3 << 20);
}

#[tokio::test]
async fn a_fetch_with_many_haves_is_compressed_by_git_and_understood() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    for number in 0..40 {
        handbook.commit("many", number.to_string()).await;
    }
    gateway.forge.stand_in().commit("acme/handbook", "news", "n.md", b"news").await.expect("a commit");
    handbook.git(&["fetch", "-q"]).await.succeeds();
    handbook.git(&["rev-parse", "origin/news"]).await.succeeds();
    let encoded = gateway.forge.forwarded().iter().any(|arrival| arrival.headers.contains_key("content-encoding"));
    assert!(!encoded, "what is forwarded is decoded");
}

#[tokio::test]
async fn a_name_in_capitals_is_the_same_repository() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    Workspace::new().list(&docs.remote("Acme/Handbook")).await.succeeds();
}

#[tokio::test]
async fn two_agents_are_two_accounts() {
    let setting = Setting::usual().agent("ci-web", "acme/handbook", WRITER);
    let gateway = TestGateway::with(setting).await;
    for name in ["docs-writer", "ci-web"] {
        let agent = gateway.agent(name).await;
        Workspace::new().list(&agent.remote("acme/handbook")).await.succeeds();
        let last = gateway.forge.forwarded().pop().expect("an advertisement");
        assert_eq!(last.credentials.account(), Some(format!("agent-{name}").as_str()));
    }
}
