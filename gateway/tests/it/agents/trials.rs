//! Each reason, met on purpose.

use std::pin::Pin;

use gogs_spanner_capability::{Action, Reason, token::Narrowing};
use gogs_spanner_fakes::{forge::Trouble, issuer::Issuer};
use gogs_spanner_testkit::{Caller, Setting, TestGateway, WRITER, Workspace, eventually};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};

use super::{
    Outcome,
    script::{Attempt, CAN, Content, Refused, Scripted, Step},
};
use crate::{
    lfs::caller::{BATCH, LFS_TYPE, LfsCaller, one},
    stories,
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
    (Reason::AgentLocked, "the tests of `spanner login` do"),
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

async fn a_question_with_too_much_in_it() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let effect = json!({"action": "issues:read", "repository": "acme/handbook", "ref": "refs/heads/master"});
    let attempt = Attempt::json(Method::POST, CAN, json!({ "effects": [effect] }));
    meet(&mut agent, attempt, Reason::RequestMalformed, nothing).await
}

async fn a_grant_nobody_knows() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    meet(&mut agent, Attempt::exchange(&[("grant_type", "password")]), Reason::GrantTypeUnsupported, nothing).await
}

/// A wish for a token, with a good proof.
fn wish(agent: &Scripted<'_>, details: &Value) -> Attempt {
    let details = details.to_string();
    agent.with_a_new_proof(Attempt::exchange(&[
        ("grant_type", "client_credentials"),
        ("authorization_details", details.as_str()),
    ]))
}

async fn a_token_for_somewhere_else() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let details = json!([{"type": "gogs", "actions": ["contents:read"], "repositories": ["acme/secret"]}]);
    let attempt = wish(&agent, &details);
    meet(&mut agent, attempt, Reason::DetailsNotGranted, nothing).await
}

async fn a_call_without_a_token() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    agent.token = None;
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::CredentialMissing, nothing).await
}

async fn a_token_cut_short() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let token = agent.token.take().expect("a token");
    agent.token = Some(token.with_token(&token.token()[..40]));
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::TokenMalformed, nothing).await
}

async fn a_token_of_another_gateway() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let elsewhere = TestGateway::start().await.agent("docs-writer").await;
    agent.token = agent.token.map(|token| token.with_token(elsewhere.token()));
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::TokenNotAccepted, nothing).await
}

async fn a_token_given_back() -> Outcome {
    let (gateway, mut agent) = usual().await;
    gateway.nobody().revoke(agent.token.as_ref().expect("a token")).await.is(200);
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::TokenRevoked, nothing).await
}

async fn a_token_that_is_over() -> Outcome {
    let (gateway, mut agent) = usual().await;
    gateway.advance(SignedDuration::from_mins(16));
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::TokenExpired, nothing).await
}

/// An exchange of this proof.
fn exchange(proof: &str) -> Attempt {
    Attempt::exchange(&[
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", proof),
    ])
}

async fn a_proof_for_somebody_else() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let mut claims = agent.holder.claims();
    claims["aud"] = json!("https://elsewhere.example");
    let attempt = exchange(&agent.holder.sign(&claims));
    meet(&mut agent, attempt, Reason::AssertionNotAccepted, nothing).await
}

async fn a_proof_used_before() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let attempt = exchange(&agent.holder.sign(&agent.holder.claims()));
    agent.tries(&attempt).await.expect("it is good once");
    meet(&mut agent, attempt, Reason::AssertionReplayed, nothing).await
}

async fn a_push_to_the_default_branch() -> Outcome {
    let (gateway, agent) = usual().await;
    let workspace = Workspace::new();
    let copy = workspace.clone(&gateway.agent("docs-writer").await.remote("acme/handbook")).await;
    copy.commit("docs/page.md", "one").await;
    let mut agent = Scripted { copy: Some(&copy), ..agent };
    let outcome = meet(&mut agent, Attempt::Push("master".to_owned()), Reason::NotGranted, nothing).await;
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/mine").await, copy.head().await);
    outcome
}

async fn a_write_with_a_token_for_reading() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    agent.parent = agent.token.take();
    agent.token = agent.parent.as_ref().map(|parent| parent.narrow(&Narrowing::new().actions([Action::ContentsRead])));
    let attempt = Attempt::json(Method::POST, ISSUES, json!({"title": "t"}));
    meet(&mut agent, attempt, Reason::Narrowed, nothing).await
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

async fn a_job_nobody_trusts() -> Outcome {
    vouched("job-2", Reason::NoTrustRule).await
}

async fn a_proof_of_two_agents() -> Outcome {
    vouched("job-1", Reason::AgentAmbiguous).await
}

async fn an_agent_that_is_no_longer() -> Outcome {
    let (gateway, mut agent) = usual().await;
    let file = gateway.directory().join("spanner.toml");
    let configured = std::fs::read_to_string(&file).expect("a configuration");
    let without = configured.replace("[[agent]]\nname = \"docs-writer\"", "[[agent]]\nname = \"other\"");
    std::fs::write(&file, without).expect("it can be written");
    gateway.reload().await.expect("it is a good one");
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::AgentUnknown, nothing).await
}

async fn a_question_without_paths() -> Outcome {
    let rights = r#"[{ actions = ["contents:read"] }, { actions = ["ref:create"], refs = ["refs/heads/**"], paths = ["docs/**"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", rights)).await;
    let mut agent = at(&gateway, "bot").await;
    let effect = json!({"action": "ref:create", "repository": "acme/handbook", "ref": "refs/heads/x"});
    let attempt = Attempt::json(Method::POST, CAN, json!({ "effects": [effect] }));
    meet(&mut agent, attempt, Reason::PathsNotInspected, nothing).await
}

async fn a_name_of_another_repository() -> Outcome {
    let (gateway, mut agent) = usual().await;
    agent.tries(&Attempt::call(Method::GET, REPOSITORY)).await.expect("it is met");
    stories::replace(&gateway, "acme/handbook").await;
    gateway.advance(SignedDuration::from_secs(6));
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::RepositoryIdentityChanged, nothing).await
}

async fn an_account_of_somebody_else() -> Outcome {
    let (gateway, mut agent) = usual().await;
    gateway.forge.stand_in().create_account("agent-docs-writer", "theirs");
    meet(&mut agent, Attempt::call(Method::GET, REPOSITORY), Reason::AccountNotOurs, nothing).await
}

async fn a_call_there_is_not() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    meet(&mut agent, Attempt::call(Method::GET, "/api/v1/nothing"), Reason::RouteUnknown, nothing).await
}

async fn a_call_for_people() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    meet(&mut agent, Attempt::call(Method::GET, "/api/v1/user/keys"), Reason::RouteRefused, nothing).await
}

async fn a_comment_of_elsewhere() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let token = agent.token.clone().expect("a token");
    token.send(Method::POST, ISSUES, &json!({"title": "t"})).await.is(201);
    token.send(Method::POST, &format!("{ISSUES}/1/comments"), &json!({"body": "b"})).await.is(201);
    let attempt = Attempt::json(Method::PATCH, &format!("{ISSUES}/comments/4711"), json!({"body": "c"}));
    meet(&mut agent, attempt, Reason::IdAbsent, nothing).await
}

async fn a_repository_there_is_not() -> Outcome {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/*", WRITER).repository("acme/web")).await;
    let mut agent = at(&gateway, "bot").await;
    meet(&mut agent, Attempt::call(Method::GET, "/api/v1/repos/acme/absent"), Reason::RepositoryAbsent, nothing).await
}

async fn a_method_there_is_not() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    meet(&mut agent, Attempt::call(Method::DELETE, ISSUES), Reason::MethodRefused, nothing).await
}

async fn a_question_too_long() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let effects = vec![json!({"action": "issues:read", "repository": "acme/handbook"}); 101];
    let attempt = Attempt::json(Method::POST, CAN, json!({ "effects": effects }));
    meet(&mut agent, attempt, Reason::TooLarge, nothing).await
}

async fn a_token_for_too_many() -> Outcome {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/*", WRITER)).await;
    let mut agent = at(&gateway, "bot").await;
    let names: Vec<_> = (0..120).map(|number| format!("acme/repository-{number}")).collect();
    let details = json!([{"type": "gogs", "actions": ["contents:read"], "repositories": names}]);
    let attempt = wish(&agent, &details);
    meet(&mut agent, attempt, Reason::TokenTooLarge, nothing).await
}

async fn a_question_of_another_type() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let body = json!({ "effects": [{"action": "issues:read", "repository": "acme/handbook"}] });
    let content = Content::Json("text/plain", body);
    let attempt = Attempt::Call { method: Method::POST, path: CAN.to_owned(), content, headers: Vec::new() };
    meet(&mut agent, attempt, Reason::MediaTypeRefused, nothing).await
}

async fn an_object_by_another_hash() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let mut batch = one("upload", &agent.object);
    batch["hash_algo"] = json!("sha512");
    let content = Content::Json(LFS_TYPE, batch);
    let attempt = Attempt::Call { method: Method::POST, path: BATCH.to_owned(), content, headers: Vec::new() };
    meet(&mut agent, attempt, Reason::HashAlgorithmRefused, nothing).await
}

async fn other_bytes_than_announced() -> Outcome {
    let (gateway, mut agent) = usual().await;
    let batch = agent.token.take().expect("a token").batch(&one("upload", &agent.object)).await.is(200).json();
    let upload = &batch["objects"][0]["actions"]["upload"];
    let href = upload["href"].as_str().expect("an address");
    let path = href.strip_prefix(&gateway.door.audience).expect("our own address").to_owned();
    let headers = vec![("spanner-ticket", upload["header"]["spanner-ticket"].as_str().expect("a ticket").to_owned())];
    let content = Content::Bytes(b"an 0bject".to_vec());
    let attempt = Attempt::Call { method: Method::PUT, path, content, headers };
    meet(&mut agent, attempt, Reason::ObjectMismatch, nothing).await
}

async fn a_request_too_many() -> Outcome {
    let gateway = TestGateway::with(Setting::usual().limited("requests = \"2/m\"")).await;
    let mut agent = at(&gateway, "docs-writer").await;
    let attempt = Attempt::call(Method::GET, REPOSITORY);
    agent.tries(&attempt).await.expect("one is left");
    let waits = async |seconds| gateway.advance(SignedDuration::from_secs(seconds));
    meet(&mut agent, attempt, Reason::LimitReached, waits).await
}

async fn a_repository_to_be_made() -> Outcome {
    let (_gateway, mut agent) = usual().await;
    let attempt = Attempt::json(Method::POST, "/api/v1/user/repos", json!({"name": "mine"}));
    meet(&mut agent, attempt, Reason::UpstreamCannot, nothing).await
}

async fn a_list_nobody_can_sift() -> Outcome {
    let (gateway, mut agent) = usual().await;
    let attempt = Attempt::call(Method::GET, "/api/v1/user/repos");
    agent.tries(&attempt).await.expect("a list");
    gateway.forge.stand_in().trouble(Trouble::Shapeless);
    meet(&mut agent, attempt, Reason::AnswerRefused, nothing).await
}

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

async fn a_write_nobody_can_record() -> Outcome {
    let (gateway, mut agent) = usual().await;
    agent.tries(&Attempt::call(Method::GET, REPOSITORY)).await.expect("the account is made");
    let lock = locked(&gateway).await;
    let attempt = Attempt::json(Method::POST, ISSUES, json!({"title": "t"}));
    meet(&mut agent, attempt, Reason::JournalUnavailable, async |_| unlock(lock).await).await
}

async fn a_first_use_nobody_can_note() -> Outcome {
    let (gateway, mut agent) = usual().await;
    let lock = locked(&gateway).await;
    let attempt = Attempt::call(Method::GET, REPOSITORY);
    meet(&mut agent, attempt, Reason::StoreUnavailable, async |_| unlock(lock).await).await
}

async fn a_forge_that_is_away() -> Outcome {
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

async fn rules_that_change_meanwhile() -> Outcome {
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
