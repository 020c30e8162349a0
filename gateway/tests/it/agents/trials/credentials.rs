//! Tokens and proofs that are not taken.

use gogs_spanner_capability::Reason;
use gogs_spanner_fakes::issuer::Issuer;
use gogs_spanner_testkit::{Setting, TestGateway, WRITER};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use super::{Outcome, REPOSITORY, at, exchange, meet, nothing, usual, wish};
use crate::agents::script::{Attempt, Scripted};

pub(super) async fn a_grant_nobody_knows() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    meet(&mut agent, Attempt::exchange(&[("grant_type", "password")]), Reason::GrantTypeUnsupported, nothing).await
}

pub(super) async fn a_token_for_somewhere_else() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let details = json!([{"type": "gogs", "actions": ["contents:read"], "repositories": ["acme/secret"]}]);
    let attempt = wish(&agent, &details);
    meet(&mut agent, attempt, Reason::DetailsNotGranted, nothing).await
}

pub(super) async fn a_call_without_a_token() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    agent.token = None;
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::CredentialMissing, nothing).await
}

pub(super) async fn a_token_cut_short() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let token = agent.token.take().expect("a token");
    agent.token = Some(token.with_token(&token.token()[..40]));
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::TokenMalformed, nothing).await
}

pub(super) async fn a_token_of_another_gateway() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let elsewhere = TestGateway::start().await.agent("docs-writer").await;
    agent.token = agent.token.map(|token| token.with_token(elsewhere.token()));
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::TokenNotAccepted, nothing).await
}

pub(super) async fn a_token_given_back() -> Outcome {
    let (gateway, mut agent) = usual().await;
    gateway.nobody().revoke(agent.token.as_ref().expect("a token")).await.is(200);
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::TokenRevoked, nothing).await
}

pub(super) async fn a_token_that_is_over() -> Outcome {
    let (gateway, mut agent) = usual().await;
    gateway.advance(SignedDuration::from_mins(16));
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::TokenExpired, nothing).await
}

pub(super) async fn a_proof_for_somebody_else() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let mut claims = agent.holder.claims();
    claims["aud"] = json!("https://elsewhere.example");
    let attempt = exchange(&agent.holder.sign(&claims));
    meet(&mut agent, attempt, Reason::AssertionNotAccepted, nothing).await
}

pub(super) async fn a_proof_used_before() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let attempt = exchange(&agent.holder.sign(&agent.holder.claims()));
    agent.tries(&attempt).await.expect("it is good once");
    meet(&mut agent, attempt, Reason::AssertionReplayed, nothing).await
}

/// Two agents that trust the same job, beside the usual one.
async fn vouched(subject: &str, reason: Reason) -> Outcome {
    let issuer = Issuer::start().await.expect("an issuer");
    let setting = Setting::usual()
        .issuer(issuer.url())
        .trusted_agent("one", "job-1", "acme/handbook", WRITER)
        .trusted_agent("two", "job-1", "acme/handbook", WRITER);
    let gateway = TestGateway::with(setting).await;
    let mut agent = Scripted { name: "two".to_owned(), ..at(&gateway, "docs-writer").await };
    let proof = issuer.issue(&gateway.oidc_caller(&issuer, subject).claims());
    let attempt = Attempt::exchange(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("subject_token", &proof),
    ]);
    meet(&mut agent, attempt, reason, nothing).await
}

pub(super) async fn a_job_nobody_trusts() -> Outcome {
    vouched("job-2", Reason::NoTrustRule).await
}

pub(super) async fn a_proof_of_two_agents() -> Outcome {
    vouched("job-1", Reason::AgentAmbiguous).await
}

pub(super) async fn an_agent_that_is_no_longer() -> Outcome {
    let (gateway, mut agent) = usual().await;
    let file = gateway.directory().join("spanner.toml");
    let configured = std::fs::read_to_string(&file).expect("a configuration");
    let without = configured.replace("[[agent]]\nname = \"docs-writer\"", "[[agent]]\nname = \"other\"");
    std::fs::write(&file, without).expect("it can be written");
    gateway.reload().await.expect("it is a good one");
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::AgentUnknown, nothing).await
}

pub(super) async fn an_agent_that_is_locked() -> Outcome {
    let (gateway, mut agent) = usual().await;
    assert!(gateway.operate(&["agent", "lock", "docs-writer"]).await);
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::AgentLocked, nothing).await
}
