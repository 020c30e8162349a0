//! The same through the SDK.

use gogs_spanner_sdk::{Action, Client, Effect, Error, Narrowing, Outcome, RefName, RepositoryName, Session};
use gogs_spanner_testkit::{Setting, TestGateway};

fn handbook() -> RepositoryName {
    "acme/handbook".parse().expect("a name")
}

fn push(branch: &str) -> Effect {
    Effect::on_repository(Action::RefCreate, &handbook()).at(RefName::for_branch(branch).expect("a branch"))
}

async fn session(gateway: &TestGateway) -> Session {
    let key = gateway.directory().join("docs-writer.key");
    std::fs::write(&key, gateway.key_holder("docs-writer").key_pem()).expect("a file can be written");
    let builder = Session::builder().url(gateway.door.audience.clone()).agent("docs-writer").key_file(key);
    builder.discover().await.expect("a session")
}

#[tokio::test]
async fn a_session_asks_before_it_acts_and_so_does_whoever_is_given_less() {
    let setting = Setting::usual().limited("pushes = \"60/h\"").reachable();
    let gateway = TestGateway::with(setting).await;
    let session = session(&gateway).await;
    let whoami = session.whoami().await.expect("an answer");
    assert_eq!((&*whoami.agent, &*whoami.owner, whoami.narrowed, whoami.depth_left), ("docs-writer", "tests", 0, 3));
    assert_eq!((whoami.limits["pushes"].remaining, &*whoami.limits["pushes"].limit), (60, "60/h"));
    assert!(whoami.expires > whoami.issued && whoami.expires_in > 600);
    let writes =
        whoami.rights.iter().find(|right| right.actions.contains(&Action::RefCreate)).expect("a right to push");
    assert!(writes.refs.matches(&RefName::for_branch("agents/x").expect("a branch")));

    let asked = [push("agents/x"), push("main"), Effect::on_repository(Action::ContentsRead, &handbook())];
    let decisions = session.can(&asked).await.expect("answers");
    let outcomes: Vec<_> = decisions.iter().map(|decision| decision.outcome).collect();
    assert_eq!(outcomes, [Outcome::Permit, Outcome::Refuse, Outcome::Permit]);
    assert_eq!((decisions[1].reason.as_deref(), decisions[1].next.as_deref()), (Some("not-granted"), Some("choose")));
    assert!(
        decisions[0].is_permitted()
            && decisions[1].detail.as_deref().is_some_and(|why| why.contains("`refs/heads/main`"))
    );

    let less =
        session.token().await.expect("a token").narrow(Narrowing::to("acme/handbook").read_only()).expect("less");
    let reader = Client::new(session.origin().clone(), less).expect("a client");
    let decisions = reader.can(&asked).await.expect("answers");
    assert_eq!(decisions[0].reason.as_deref(), Some("narrowed"));
    assert!(decisions[2].is_permitted());
    assert_eq!(reader.whoami().await.expect("an answer").narrowed, 1);
}

#[tokio::test]
async fn more_effects_than_are_answered_at_once_are_asked_in_several_calls() {
    let gateway = TestGateway::with(Setting::usual().reachable()).await;
    let session = session(&gateway).await;
    let asked: Vec<_> = (0..205).map(|number| push(if number % 2 == 0 { "agents/x" } else { "main" })).collect();
    let decisions = session.can(&asked).await.expect("answers");
    assert_eq!(decisions.len(), 205);
    assert!(decisions.iter().enumerate().all(|(number, decision)| decision.is_permitted() == (number % 2 == 0)));
    let calls = gateway.trail().await.iter().filter(|line| line.action == "can").count();
    assert_eq!(calls, 3);
}

#[tokio::test]
async fn a_refusal_of_the_question_has_its_type() {
    let gateway = TestGateway::with(Setting::usual().reachable()).await;
    let session = session(&gateway).await;
    let unasked = Effect::on_repository(Action::RefUpdate, &handbook());
    let Err(Error::Refused(refused)) = session.can(&[unasked]).await else { panic!("it is not well formed") };
    assert_eq!(refused.reason, "request-malformed");
    assert!(refused.why.contains("effects[0].ref"), "{}", refused.why);
}
