//! *Backup*.

use gogs_spanner_testkit::Forge;

use super::{Page, reader::SYSTEMCTL, with_a_gateway};

/// The last thing the old gateway hears: a token that was in use when the backup was made is revoked, which the backup
/// cannot know.
const REVOKE: &str = "#!/usr/bin/env bash\nspanner revoke token < \"$HOME/token\"\n";

#[tokio::test]
async fn what_the_guide_restores_serves_and_revives_no_revoked_token() {
    let forge = Forge::demonstration().await;
    forge.create_private_repository("acme/web").await;
    let (reader, agents) = with_a_gateway(&forge).await;
    let key = format!("{}/ci-web.key", reader.home());
    let reader = reader
        .program("systemctl", &format!("{REVOKE}{SYSTEMCTL}"))
        .variable("GOGS_SPANNER_URL", &agents)
        .variable("GOGS_SPANNER_AGENT", "ci-web")
        .variable("GOGS_SPANNER_KEY_FILE", &key);
    let ask = |token: &str| {
        format!(
            "curl --silent --output /dev/null --write-out '%{{http_code}}' --header \"Authorization: Bearer {token}\" \
             {agents}/api/v1/repos/acme/web"
        )
    };
    reader.shell("spanner agent add ci-web --role ci --repository acme/web").await.succeeds();
    reader.shell("spanner token get > token").await.succeeds();
    assert_eq!(reader.shell(&ask("$(cat token)")).await.stdout, "200");
    reader.follow(&Page::read("docs/guides/backup.md")).await;
    assert_eq!(reader.shell(&ask("$(cat ~/token)")).await.stdout, "401");
    assert_eq!(reader.shell(&ask("$(spanner token get)")).await.stdout, "200");
    let trail = reader.shell("spanner audit search --agent ci-web --action repository:read").await.succeeds();
    assert!(trail.stdout.contains("permit  ci-web"), "the trail before the backup is there: {}", trail.stdout);
}
