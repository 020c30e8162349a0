//! What others are to blame for.

use gogs_spanner_capability::Reason;
use gogs_spanner_testkit::{Setting, TestGateway, eventually};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use super::{ISSUES, Outcome, REPOSITORY, at, go_on, meet, nothing, usual};
use crate::agents::script::Attempt;

/// A lock on the store, as a backup or a full disk keeps writers out.
async fn locked(gateway: &TestGateway) -> SqliteConnection {
    let url = format!("sqlite://{}", gateway.database().display());
    let mut connection = SqliteConnection::connect(&url).await.expect("the store can be opened");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("it can be locked");
    connection
}

async fn unlock(mut connection: SqliteConnection) {
    sqlx::query("ROLLBACK").execute(&mut connection).await.expect("it can be let go");
}

pub(super) async fn a_write_nobody_can_record() -> Outcome {
    let (gateway, mut agent) = usual().await;
    agent.tries(&Attempt::call(Method::GET, REPOSITORY)).await.expect("the account is made");
    let lock = locked(&gateway).await;
    let attempt = Attempt::json(Method::POST, ISSUES, json!({"title": "t"}));
    meet(&mut agent, attempt, Reason::JournalUnavailable, async |_| unlock(lock).await).await
}

pub(super) async fn a_first_use_nobody_can_note() -> Outcome {
    let (gateway, mut agent) = usual().await;
    let lock = locked(&gateway).await;
    let attempt = Attempt::call(Method::GET, REPOSITORY);
    meet(&mut agent, attempt, Reason::StoreUnavailable, async |_| unlock(lock).await).await
}

pub(super) async fn a_forge_that_is_away() -> Outcome {
    let gateway = TestGateway::with(Setting::usual().relayed()).await;
    let mut agent = at(&gateway, "docs-writer").await;
    let relay = gateway.relay.as_ref().expect("a relay");
    relay.cut().await;
    let comes_back = async |seconds| {
        gateway.advance(SignedDuration::from_secs(seconds));
        relay.mend().await.expect("the cable is whole again");
    };
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::UpstreamUnavailable, comes_back).await
}

pub(super) async fn rules_that_change_meanwhile() -> Outcome {
    let (gateway, mut agent) = usual().await;
    agent.tries(&Attempt::call(Method::GET, REPOSITORY)).await.expect("the account is made");
    let forge = gateway.forge.stand_in();
    forge.recorder().clear();
    forge.pause();
    let file = json!({"message": "late", "content": "bGF0ZQ==", "branch": "agents/late"});
    let attempt = Attempt::json(Method::PUT, &format!("{REPOSITORY}/contents/docs/page.md"), file);
    let change = async {
        eventually("the default branch was asked for", async || !forge.recorder().arrivals().is_empty()).await;
        gateway.reload().await.expect("the same rules once more");
        forge.resume();
    };
    let (refused, ()) = tokio::join!(agent.tries(&attempt), change);
    go_on(&mut agent, attempt, refused.expect_err("it is refused"), Reason::PolicyChanged, nothing).await
}
