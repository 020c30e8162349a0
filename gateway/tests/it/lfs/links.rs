//! The forge's own addresses are its own; callers get the gateway's.

use gogs_spanner_testkit::{Forge, Setting, TestGateway};

use super::caller::{LfsCaller, one};

#[tokio::test]
async fn whatever_people_call_the_forge_a_transfer_is_at_the_gateways_name() {
    for external in ["http://agents.example.test", "https://git.example.test", "https://example.test/gogs"] {
        let gateway = TestGateway::before(Forge::demonstration_known_as(external).await, Setting::usual()).await;
        let docs = gateway.agent("docs-writer").await;
        docs.upload(b"x").await;
        let get = docs.action("download", "download", b"x").await;
        assert_eq!(docs.call(&get, reqwest::Method::GET, "").await.is(200).text, "x", "{external}");
    }
}

#[tokio::test]
async fn an_address_that_is_not_the_forges_own_is_passed_to_nobody() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"x").await;
    let forge = gateway.forge.stand_in();
    for odd in
        ["https://elsewhere.example.test", "", &format!("{}.evil.test", forge.url()), &format!("{}/a", forge.url())]
    {
        forge.link_lfs_to(odd);
        docs.batch(&one("download", b"x")).await.is(502).is_refused("answer-refused");
    }
    forge.link_lfs_to(forge.url());
    docs.batch(&one("download", b"x")).await.is(200);
}
