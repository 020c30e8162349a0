//! *Move one bot*.

use gogs_spanner_testkit::Forge;

use super::{Page, with_a_gateway};

/// What the bot's repository has: a submodule, named as people name it.
const SUBMODULE: &str = r#"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader
export GIT_CONFIG_VALUE_0="Authorization: Basic $(printf %s "-:$(cat gogs-admin-token)" | base64 --wrap=0)"
git clone -q https://git.example.com/acme/web.git before
git clone -q https://git.example.com/acme/theme.git
cd before
git config --file .gitmodules submodule.theme.path theme
git config --file .gitmodules submodule.theme.url https://git.example.com/acme/theme.git
git add .gitmodules
git update-index --add --cacheinfo "160000,$(git -C ../theme rev-parse HEAD),theme"
git commit -q -m "Add the theme"
git push -q origin HEAD:refs/heads/master
cd ..
rm -rf before theme
unset GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
"#;

/// The page, before this forge, with the token of an account that may write.
pub(crate) async fn moves_a_bot_from_its_gogs_token(forge: Forge) {
    for repository in ["acme/web", "acme/theme"] {
        forge.create_private_repository(repository).await;
    }
    let old = forge.colleague("old-bot", "acme/web").await;
    let (reader, agents) = with_a_gateway(&forge).await;
    let reader = reader.calling("https://git.example.com", forge.url()).calling("https://agents.example.com", &agents);
    let reader = reader.variable("OLD_TOKEN", &old.token);
    reader.shell(&reader.here(SUBMODULE)).await.succeeds();
    reader.follow(&Page::read("docs/guides/move-one-bot.md")).await;
    let theme = reader.shell("git -C web/theme rev-parse HEAD").await.succeeds();
    assert_eq!(theme.stdout.trim(), forge.tip("acme/theme", "refs/heads/master").await);
    let trail = reader.shell("spanner audit search --agent deploy-bot --repository acme/theme").await.succeeds();
    assert!(trail.stdout.contains("permit  deploy-bot  contents:read  acme/theme"), "{}", trail.stdout);
}

#[tokio::test]
async fn the_guide_moves_a_bot_and_its_submodule_from_its_gogs_token() {
    moves_a_bot_from_its_gogs_token(Forge::demonstration().await).await;
}
