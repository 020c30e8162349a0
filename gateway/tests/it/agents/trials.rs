//! Each reason, met on purpose.

mod calls;
mod credentials;
mod decisions;
mod outages;

use std::pin::Pin;

use gogs_spanner_capability::Reason;
use gogs_spanner_testkit::TestGateway;
use serde_json::Value;

use self::{calls::*, credentials::*, decisions::*, outages::*};
use super::{
    Outcome,
    script::{Attempt, Refused, Scripted, Step},
};

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";
const ISSUES: &str = "/api/v1/repos/acme/handbook/issues";

type Trial = fn() -> Pin<Box<dyn Future<Output = Outcome>>>;

macro_rules! trials {
    ($($reason:ident => $trial:ident,)*) => {
        /// How each reason is met.
        pub(super) const TRIALS: &[(Reason, Trial)] = &[$((Reason::$reason, || Box::pin($trial()))),*];
    };
}

trials! {
    RequestMalformed => a_question_with_too_much_in_it,
    GrantTypeUnsupported => a_grant_nobody_knows,
    DetailsNotGranted => a_token_for_somewhere_else,
    CredentialMissing => a_call_without_a_token,
    TokenMalformed => a_token_cut_short,
    TokenNotAccepted => a_token_of_another_gateway,
    TokenRevoked => a_token_given_back,
    TokenExpired => a_token_that_is_over,
    AssertionNotAccepted => a_proof_for_somebody_else,
    AssertionReplayed => a_proof_used_before,
    NotGranted => a_push_to_the_default_branch,
    Narrowed => a_write_with_a_token_for_reading,
    NoTrustRule => a_job_nobody_trusts,
    AgentAmbiguous => a_proof_of_two_agents,
    AgentUnknown => an_agent_that_is_no_longer,
    AgentLocked => an_agent_that_is_locked,
    PathsNotInspected => a_question_without_paths,
    RepositoryIdentityChanged => a_name_of_another_repository,
    AccountNotOurs => an_account_of_somebody_else,
    RouteUnknown => a_call_there_is_not,
    RouteRefused => a_call_for_people,
    IdAbsent => a_comment_of_elsewhere,
    RepositoryAbsent => a_repository_there_is_not,
    MethodRefused => a_method_there_is_not,
    TooLarge => a_question_too_long,
    TokenTooLarge => a_token_for_too_many,
    MediaTypeRefused => a_question_of_another_type,
    HashAlgorithmRefused => an_object_by_another_hash,
    ObjectMismatch => other_bytes_than_announced,
    LimitReached => a_request_too_many,
    UpstreamCannot => a_repository_to_be_made,
    AnswerRefused => a_list_nobody_can_sift,
    JournalUnavailable => a_write_nobody_can_record,
    StoreUnavailable => a_first_use_nobody_can_note,
    UpstreamUnavailable => a_forge_that_is_away,
    PolicyChanged => rules_that_change_meanwhile,
}

/// The others, and why they are not met here.
pub(super) const UNTRIED: &[(Reason, &str)] = &[
    (Reason::PolicyInvalid, "an operator's: agents load no policy"),
    (Reason::NotYet, "an operator's: agents write no configuration"),
    (Reason::CaveatUnknown, "takes a block no tool of ours writes; unit tests forge one"),
    (Reason::AuthorizationPending, "a person at a terminal waits for it"),
    (Reason::SlowDown, "a person at a terminal waits for it"),
    (Reason::SignInDenied, "a person at a terminal is told"),
    (Reason::SignInTooLate, "a person at a terminal is told"),
    (Reason::CodeNotAccepted, "a person at a terminal is told"),
    (Reason::SignInNotAccepted, "the tests of `spanner login` do"),
    (Reason::SignInOver, "the tests of `spanner login` do"),
    (Reason::PersonLocked, "the tests of `spanner login` do"),
    (Reason::PersonChanged, "a person at a terminal is told"),
    (Reason::NotLent, "the tests of `spanner login` do"),
    (Reason::InternalError, "no request is known that makes the gateway fail"),
    (Reason::UpstreamRefused, "takes a Gogs that takes back, between two calls, what it has just granted"),
    (Reason::SpoolFull, "takes a full disk; the tests of that meet it with git"),
    (Reason::RunLimit, "takes a machine too busy to decide in 200 ms"),
    (Reason::Draining, "an operator's: it is said on the private listener"),
];

async fn at(gateway: &TestGateway, name: &str) -> Scripted<'static> {
    let holder = gateway.key_holder(name);
    Scripted {
        name: name.to_owned(),
        token: Some(holder.token().await),
        holder,
        parent: None,
        copy: None,
        paths: &["docs/page.md"],
        object: b"an object".to_vec(),
        nobody: gateway.nobody(),
    }
}

async fn usual() -> (TestGateway, Scripted<'static>) {
    let gateway = TestGateway::start().await;
    let agent = at(&gateway, "docs-writer").await;
    (gateway, agent)
}

/// It is refused for that reason, takes its one step, and what comes of it.
async fn meet(agent: &mut Scripted<'_>, attempt: Attempt, reason: Reason, meanwhile: impl AsyncFnOnce(i64)) -> Outcome {
    let refused = agent.tries(&attempt).await.expect_err("it is refused");
    go_on(agent, attempt, refused, reason, meanwhile).await
}

async fn go_on(
    agent: &mut Scripted<'_>,
    attempt: Attempt,
    refused: Refused,
    reason: Reason,
    meanwhile: impl AsyncFnOnce(i64),
) -> Outcome {
    assert_eq!(refused.reason, reason.code(), "{refused:?}");
    match agent.step(attempt, &refused).await {
        Step::Again(next) => {
            meanwhile(refused.retry.unwrap_or_default()).await;
            let again = agent.tries(&next).await;
            assert!(again.is_ok(), "{reason}: {refused:?}, then {next:?}: {again:?}");
            Outcome::Mended
        }
        Step::Tell(request_id) => {
            assert_eq!(request_id.len(), 36, "{reason}: whom it tells can look it up");
            Outcome::Told
        }
        Step::Lost => panic!("{reason}: {refused:?}"),
    }
}

async fn nothing(_: i64) {}

/// A wish for a token, with a good proof.
fn wish(agent: &Scripted<'_>, details: &Value) -> Attempt {
    let details = details.to_string();
    agent.with_a_new_proof(Attempt::exchange(&[
        ("grant_type", "client_credentials"),
        ("authorization_details", details.as_str()),
    ]))
}

/// An exchange of this proof.
fn exchange(proof: &str) -> Attempt {
    Attempt::exchange(&[
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", proof),
    ])
}
