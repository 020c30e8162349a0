//! A token of ours for a narrower one: never wider, never longer, and dead with its parent.

use gogs_spanner_capability::{
    Action, Coverage, Effect, Reason, RefName, RepositoryName,
    token::{CheckError, Circumstances, Narrowing, TokenText, attenuate, verify},
};
use jiff::SignedDuration;
use serde_json::json;

use super::office::{Office, US};

const DETAILS: &str = "authorization_details";

impl Office {
    fn check(&self, token: &TokenText, effect: &Effect) -> Result<(), CheckError> {
        self.verify(token).check(effect, &Circumstances { time: self.now(), service: US, client: None })
    }
}

fn on(action: Action, repository: &str) -> Effect {
    Effect::on_repository(action, &RepositoryName::parse(repository).expect("a name"))
}

fn at(effect: Effect, reference: &str) -> Effect {
    effect.at(RefName::parse(reference).expect("a ref"))
}

#[tokio::test]
async fn a_narrower_token_does_what_was_asked_for_and_no_more() {
    let office = Office::open().await;
    let parent = office.token().await;
    let asked =
        r#"[{"type":"gogs","actions":["ref:update"],"repositories":["acme/web"],"refs":["refs/heads/bot/x/**"]}]"#;
    let answer = office.narrow(&parent, &[(DETAILS, asked), ("lifetime", "120")]).await.expect("a token");
    assert_eq!((answer.expires_in, answer.scope().as_str()), (120, "ref:update"));
    let push = on(Action::RefUpdate, "acme/web");
    assert_eq!(office.check(&answer.token, &at(push.clone(), "refs/heads/bot/x/1")), Ok(()));
    assert_eq!(office.check(&answer.token, &at(push.clone(), "refs/heads/bot/y")), Err(CheckError::Narrowed));
    assert_eq!(
        office.check(&answer.token, &at(on(Action::RefUpdate, "acme/api"), "refs/heads/bot/x/1")),
        Err(CheckError::Narrowed)
    );
    assert_eq!(office.check(&answer.token, &on(Action::ContentsRead, "acme/web")), Err(CheckError::Narrowed));
    assert_eq!(office.check(&answer.token, &on(Action::RepositoryRead, "acme/web")), Ok(()));
}

#[tokio::test]
async fn a_limit_on_refs_limits_reading_and_leaves_issues_alone() {
    let office = Office::open().await;
    let parent = office.token().await;
    let asked = r#"[{"type":"gogs","actions":["contents:read","issues:write"],"refs":["refs/heads/main"]}]"#;
    let token = office.narrow(&parent, &[(DETAILS, asked)]).await.expect("a token").token;
    assert_eq!(office.check(&token, &on(Action::IssuesWrite, "acme/web")), Ok(()));
    assert_eq!(office.check(&token, &at(on(Action::ContentsRead, "acme/web"), "refs/heads/main")), Ok(()));
    assert_eq!(office.check(&token, &on(Action::ContentsRead, "acme/web")), Err(CheckError::Narrowed));
}

#[tokio::test]
async fn a_limit_on_paths_is_everything_below_one() {
    let office = Office::open().await;
    let parent = office.token().await;
    let asked = r#"[{"type":"gogs","actions":["ref:update"],"paths":["docs/api/**"]}]"#;
    let token = office.narrow(&parent, &[(DETAILS, asked)]).await.expect("a token").token;
    let touching = |path: &str| {
        let push = at(on(Action::RefUpdate, "acme/web"), "refs/heads/bot/x");
        office.check(&token, &push.touching(vec![path.parse().expect("a path")]))
    };
    assert_eq!(touching("docs/api/index.md"), Ok(()));
    assert_eq!(touching("docs/index.md"), Err(CheckError::Narrowed));
}

#[tokio::test]
async fn what_is_asked_for_may_lie_in_several_rights_and_gives_no_more_than_each() {
    let office = Office::open().await;
    let parent = office.token().await;
    let asked = r#"[{"type":"gogs","actions":["contents:read","ref:update"],"repositories":["acme/web","acme/api"]}]"#;
    let answer = office.narrow(&parent, &[(DETAILS, asked)]).await.expect("a token");
    assert_eq!(answer.scope(), "contents:read ref:update");
    let push = |repository| at(on(Action::RefUpdate, repository), "refs/heads/bot/x");
    for (effect, expected) in [
        (on(Action::ContentsRead, "acme/api"), Ok(())),
        (push("acme/web").touching(vec!["docs/a".parse().expect("a path")]), Ok(())),
        (on(Action::IssuesWrite, "acme/web"), Err(CheckError::Narrowed)),
        (on(Action::ContentsRead, "acme/other"), Err(CheckError::Narrowed)),
    ] {
        assert_eq!(office.check(&answer.token, &effect), expected, "{effect:?}");
    }
    let rights = office.verify(&answer.token).rights().clone();
    assert_eq!(rights.cover(&push("acme/api")), Coverage::NotGranted, "no right of it grants that");
}

#[tokio::test]
async fn it_never_lives_longer_than_its_parent() {
    let office = Office::open().await;
    let parent = office.token().await;
    office.clock.advance(SignedDuration::from_mins(10));
    let answer = office.narrow(&parent, &[("lifetime", "3600")]).await.expect("a token");
    assert_eq!(answer.expires_in, 300);
    office.clock.advance(SignedDuration::from_mins(6));
    let refusal = office.narrow(&parent, &[("lifetime", "60")]).await.expect_err("expired");
    assert_eq!(refusal.reason(), Reason::TokenExpired);
}

#[tokio::test]
async fn revoking_the_parent_kills_it() {
    let office = Office::open().await;
    let parent = office.token().await;
    let child = office.narrow(&parent, &[("lifetime", "60")]).await.expect("a token").token;
    let id = office.verify(&parent).token_id().clone();
    assert!(verify(&office.keys.public(), &child, &|revoked| *revoked == id).is_err());
    office.exchange.revoke(&office.arrival(), parent.expose()).await.expect("revoked");
    let refusal = office.narrow(&child, &[("lifetime", "30")]).await.expect_err("revoked");
    assert_eq!(refusal.reason(), Reason::TokenRevoked);
}

#[tokio::test]
async fn what_the_parent_may_not_do_is_refused_and_named() {
    let office = Office::open().await;
    let parent = office.token().await;
    let web_only = json!({ "repositories": ["acme/web"], "actions": ["contents:read", "ref:update"], "refs_under": "refs/heads/bot/a/" });
    let narrowing: Narrowing = serde_json::from_value(web_only).expect("a narrowing");
    let parent_of_less = attenuate(&parent, &narrowing).expect("a token");
    for (parent, entry, named) in [
        (&parent, json!({ "actions": ["ref:delete"] }), ".actions"),
        (&parent, json!({ "repositories": ["other/x"] }), ".repositories"),
        (&parent, json!({ "actions": ["ref:update"], "refs": ["refs/heads/main"] }), ".refs"),
        (&parent, json!({ "actions": ["ref:update"], "paths": ["src/**"] }), ".paths"),
        (&parent, json!({ "repositories": ["acme/a*"] }), ".repositories"),
        (&parent, json!({ "actions": ["ref:update"], "refs": ["refs/heads/bot/*"] }), ".refs"),
        (&parent, json!({ "actions": ["ref:update"], "paths": ["docs/a.md"] }), ".paths"),
        (&parent_of_less, json!({ "actions": ["issues:write"] }), ".actions"),
        (&parent_of_less, json!({ "repositories": ["acme/api"] }), ".repositories"),
        (&parent_of_less, json!({ "repositories": ["acme/*"] }), ".repositories"),
        (&parent_of_less, json!({ "actions": ["ref:update"], "refs": ["refs/heads/bot/b"] }), ".refs"),
    ] {
        let mut asked = json!([entry]);
        asked[0]["type"] = "gogs".into();
        let refusal = office.narrow(parent, &[(DETAILS, &asked.to_string())]).await.expect_err(named);
        assert_eq!(refusal.reason(), Reason::DetailsNotGranted, "{asked}");
        assert!(refusal.why().starts_with(&format!("{DETAILS}[0]{named}")), "{asked}: {}", refusal.why());
    }
}

#[tokio::test]
async fn the_answer_leaves_out_what_the_parents_caveats_forbid() {
    let office = Office::open().await;
    let only_api = Narrowing::new().repositories(["acme/api".parse().expect("a name")]);
    let parent = attenuate(&office.token().await, &only_api).expect("a token");
    let answer = office.narrow(&parent, &[("lifetime", "60")]).await.expect("a token");
    assert_eq!(answer.scope(), "contents:read issues:write");
    assert_eq!(answer.document()[DETAILS][0]["repositories"], json!(["acme/api"]));
    let pushing = office.narrow(&parent, &[(DETAILS, r#"[{"type":"gogs","actions":["ref:update"]}]"#)]).await;
    assert_eq!(pushing.expect_err("only on acme/web").reason(), Reason::Narrowed);
}

#[tokio::test]
async fn nothing_asked_for_and_a_union_that_caveats_cannot_say_are_refused() {
    let office = Office::open().await;
    let parent = office.token().await;
    assert_eq!(office.narrow(&parent, &[]).await.expect_err("nothing").reason(), Reason::RequestMalformed);
    let everything = office.narrow(&parent, &[(DETAILS, r#"[{"type":"gogs"}]"#)]).await;
    assert_eq!(everything.expect_err("nothing").reason(), Reason::RequestMalformed);
    for other in [r#""repositories":["acme/web"],"actions":["issues:write"]"#, r#""repositories":["acme/web"]"#] {
        let two = format!(r#"[{{"type":"gogs","actions":["contents:read"]}},{{"type":"gogs",{other}}}]"#);
        let refusal = office.narrow(&parent, &[(DETAILS, &two)]).await.expect_err("a union");
        assert_eq!(refusal.reason(), Reason::DetailsNotGranted, "{two}");
    }
}

#[tokio::test]
async fn actions_out_of_two_rights_are_two_entries() {
    let office = Office::open().await;
    let parent = office.token().await;
    let on_web = r#""type":"gogs","repositories":["acme/web"]"#;
    let two = format!(r#"[{{{on_web},"actions":["ref:update"]}},{{{on_web},"actions":["issues:write"]}}]"#);
    let token = office.narrow(&parent, &[(DETAILS, &two)]).await.expect("a token").token;
    assert_eq!(office.check(&token, &on(Action::IssuesWrite, "acme/web")), Ok(()));
    assert_eq!(office.check(&token, &at(on(Action::RefUpdate, "acme/web"), "refs/heads/bot/x")), Ok(()));
    assert_eq!(office.check(&token, &on(Action::IssuesWrite, "acme/api")), Err(CheckError::Narrowed));
    assert_eq!(office.check(&token, &on(Action::ContentsRead, "acme/web")), Err(CheckError::Narrowed));
}

#[tokio::test]
async fn whom_it_is_for_is_written_in_it_as_the_holder_says() {
    let office = Office::open().await;
    let parent = office.token().await;
    let child = office.narrow(&parent, &[("lifetime", "60"), ("delegate", "lint")]).await.expect("a token").token;
    let delegates: Vec<_> = office.verify(&child).delegates().map(ToString::to_string).collect();
    assert_eq!(delegates, ["lint"]);
    for more in [&[("delegate", "lint")][..], &[("lifetime", "60"), ("delegate", "a\nb")]] {
        let refusal = office.narrow(&parent, more).await.expect_err("says nothing, or is no name");
        assert_eq!(refusal.reason(), Reason::RequestMalformed);
    }
}

#[tokio::test]
async fn a_token_is_narrowed_as_often_as_its_authority_allows() {
    let office = Office::open().await;
    let mut token = office.token().await;
    for lifetime in ["90", "80", "70"] {
        token = office.narrow(&token, &[("lifetime", lifetime)]).await.expect("a token").token;
    }
    let refusal = office.narrow(&token, &[("lifetime", "60")]).await.expect_err("too deep");
    assert_eq!(refusal.reason(), Reason::Narrowed);
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_told_as_little_as_anywhere() {
    let office = Office::open().await;
    let good = office.token().await;
    let other = Office::open().await.token().await;
    let ask = async |text: &str| {
        let grant = [
            ("grant_type", super::office::EXCHANGE),
            ("subject_token", text),
            ("subject_token_type", super::office::ACCESS_TOKEN),
            ("lifetime", "60"),
        ];
        office.ask(&grant).await.expect_err("no token").reason()
    };
    let truncated = &good.expose()[..good.expose().len() - 1];
    assert_eq!(ask(truncated).await, Reason::TokenMalformed);
    assert_eq!(ask(&office.assertion()).await, Reason::TokenMalformed);
    assert_eq!(ask(other.expose()).await, Reason::TokenNotAccepted);
}
