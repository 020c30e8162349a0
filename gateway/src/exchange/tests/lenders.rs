//! Sign-ins as proofs: what a person lends, to whom, for how long, and what ends it.

use gogs_spanner_capability::{
    AgentName, Reason,
    token::{SignIn, SignInText, mint_sign_in},
};
use jiff::SignedDuration;
use serde_json::json;

use super::office::{EXCHANGE, ISSUER, Office, US, rights};
use crate::{
    exchange::TokenResponse,
    journal::AuditLine,
    people::{Identity, Person},
    refuse::Refusal,
    revoke::Cut,
    store::Holder,
};

const SIGN_IN: &str = "urn:gogs-spanner:token-type:sign-in";
const ALICE: &str = "alice@example.com";

impl Office {
    /// Alice signs in, as a member of this group.
    async fn alice(&self, group: &str) -> SignInText {
        self.meet("00u1", group).await.expect("she is let in");
        self.sign(&self.sign_in())
    }

    async fn meet(&self, subject: &str, group: &str) -> Result<(), Refusal> {
        let person = Person {
            name: ALICE.to_owned(),
            identity: Identity { issuer: ISSUER.to_owned(), subject: subject.to_owned() },
            claims: [("groups".to_owned(), [group.to_owned()].into())].into(),
            seen: self.now(),
        };
        self.register.meet(person).await.map(drop)
    }

    fn sign_in(&self) -> SignIn {
        SignIn {
            issuer: ISSUER.to_owned(),
            subject: "00u1".to_owned(),
            user: ALICE.to_owned(),
            nonce: "01J".to_owned(),
            issued: self.now(),
            service: US.to_owned(),
            expires: self.now() + SignedDuration::from_hours(8),
        }
    }

    fn sign(&self, sign_in: &SignIn) -> SignInText {
        mint_sign_in(&self.sign_in_keys.signing(), sign_in).expect("a sign-in")
    }

    async fn lend(&self, sign_in: &SignInText, agent: &str, more: &[(&str, &str)]) -> Result<TokenResponse, Refusal> {
        self.present(sign_in.expose(), &[&[("agent", agent)], more].concat()).await
    }

    async fn present(&self, sign_in: &str, more: &[(&str, &str)]) -> Result<TokenResponse, Refusal> {
        let grant = [("grant_type", EXCHANGE), ("subject_token", sign_in), ("subject_token_type", SIGN_IN)];
        self.ask(&[&grant, more].concat()).await
    }

    async fn refused(&self, sign_in: &SignInText) -> Reason {
        self.lend(sign_in, "claude-code", &[]).await.expect_err("refused").reason()
    }
}

fn claude_code() -> AgentName {
    "claude-code".parse().expect("a name")
}

#[tokio::test]
async fn an_agent_gets_what_lies_in_its_grants_and_in_what_she_lends() {
    let office = Office::open().await;
    let answer = office.lend(&office.alice("readers").await, "claude-code", &[]).await.expect("a token");
    let token = office.verify(&answer.token);
    assert_eq!((token.agent().as_str(), token.user(), token.issuer()), ("claude-code", Some(ALICE), ISSUER));
    let lent = json!([{ "repositories": ["acme/web"], "actions": ["contents:read"], "refs": ["**"], "paths": ["**"] }]);
    assert_eq!(token.rights(), &rights(&lent));
    assert_eq!(answer.scope(), "contents:read");
    let line = office.trail().await.pop().expect("a line");
    assert_eq!((line.agent.as_deref(), line.on_behalf_of.as_deref()), (Some("claude-code"), Some(ALICE)));
    assert_eq!(line.action, "token:issue");
}

#[tokio::test]
async fn more_than_she_lends_is_refused_and_named() {
    let office = Office::open().await;
    let (readers, more) = (office.alice("readers").await, r#"[{"type":"gogs","actions":["issues:write"]}]"#);
    let refusal = office.lend(&readers, "claude-code", &[("authorization_details", more)]).await.expect_err("more");
    assert_eq!(refusal.reason(), Reason::DetailsNotGranted);
    assert!(refusal.why().contains("authorization_details[0].actions"), "{}", refusal.why());
    let developers = office.alice("developers").await;
    office.lend(&developers, "claude-code", &[("authorization_details", more)]).await.expect("she lends all of it");
}

#[tokio::test]
async fn a_token_ends_no_later_than_the_sign_in() {
    let office = Office::open().await;
    let soon = office.now() + SignedDuration::from_secs(90);
    office.alice("developers").await;
    let sign_in = office.sign(&SignIn { expires: soon, ..office.sign_in() });
    let answer = office.lend(&sign_in, "claude-code", &[]).await.expect("a token");
    assert_eq!((answer.expires_in, office.verify(&answer.token).expires()), (90, soon));
    office.clock.advance(SignedDuration::from_secs(91));
    assert_eq!(office.refused(&sign_in).await, Reason::SignInOver);
}

#[tokio::test]
async fn who_is_in_no_group_that_lends_to_the_agent_lends_nothing() {
    let office = Office::open().await;
    let alice = office.alice("sales").await;
    assert_eq!(office.refused(&alice).await, Reason::NotLent);
    let developer = office.alice("developers").await;
    let unnamed = office.present(developer.expose(), &[]).await.expect_err("no agent");
    assert_eq!(unnamed.reason(), Reason::RequestMalformed);
}

#[tokio::test]
async fn of_an_agent_that_is_not_lent_to_she_learns_nothing_and_it_pays_nothing() {
    let office = Office::open().await;
    office.limit(&claude_code(), 1);
    let (sales, agents) = (office.alice("sales").await, ["docs-writer", "nobody", "claude-code"]);
    for agent in ["docs-writer", "claude-code"] {
        office.register.lock(Holder::of("agent", agent).expect("a name"), "uid:0".to_owned()).await.expect("locked");
    }
    for _ in 0..3 {
        for agent in agents {
            let refusal = office.lend(&sales, agent, &[]).await.expect_err(agent);
            let why = format!("no group of `{ALICE}` may lend to an agent `{agent}`");
            assert_eq!((refusal.reason(), refusal.why()), (Reason::NotLent, why.as_str()));
            assert_eq!(refusal.next_step(), Reason::NotLent.hint());
        }
    }
    let refused = office.trail().await.into_iter().filter(|line| line.reason.as_deref() == Some("not-lent"));
    let hers = |line: &AuditLine| line.agent.is_none() && line.on_behalf_of.as_deref() == Some(ALICE);
    assert_eq!(refused.filter(hers).count(), 9, "and no agent is written down for it");
    let developers = office.alice("developers").await;
    assert_eq!(office.refused(&developers).await, Reason::AgentLocked, "who may lend to it is told");
    office.register.unlock(&Holder::Agent(claude_code())).await.expect("unlocked");
    office.lend(&developers, "claude-code", &[]).await.expect("nobody has used up its one request");
    assert_eq!(office.refused(&developers).await, Reason::LimitReached);
}

#[tokio::test]
async fn what_is_no_sign_in_of_ours_is_not_accepted() {
    let office = Office::open().await;
    let alice = office.alice("developers").await;
    let elsewhere = office.sign(&SignIn { service: "https://other.example.com".to_owned(), ..office.sign_in() });
    let by_a_token_key = mint_sign_in(&office.keys.signing(), &office.sign_in()).expect("a text");
    let token = office.assert(&office.assertion(), &[]).await.expect("a token").token;
    let cut = &alice.expose()[..alice.expose().len() - 4];
    for text in [elsewhere.expose(), by_a_token_key.expose(), token.expose(), cut, "gsi_", "x"] {
        let refusal = office.present(text, &[("agent", "claude-code")]).await.expect_err("not ours");
        assert_eq!(refusal.reason(), Reason::SignInNotAccepted);
    }
}

#[tokio::test]
async fn a_sign_in_is_no_token_and_no_agents_proof() {
    let office = Office::open().await;
    let alice = office.alice("developers").await;
    for kind in ["id_token", "jwt", "access_token"] {
        let kind = format!("urn:ietf:params:oauth:token-type:{kind}");
        let grant = [("grant_type", EXCHANGE), ("subject_token", alice.expose()), ("subject_token_type", &kind)];
        assert!(office.ask(&grant).await.is_err(), "{kind}");
    }
}

#[tokio::test]
async fn locking_her_or_the_agent_ends_it_and_unlocking_lets_it_go_on() {
    let office = Office::open().await;
    let alice = office.alice("developers").await;
    let token = office.lend(&alice, "claude-code", &[]).await.expect("a token").token;
    for (holder, reason) in
        [(Holder::Person(ALICE.to_owned()), Reason::PersonLocked), (Holder::Agent(claude_code()), Reason::AgentLocked)]
    {
        office.register.lock(holder.clone(), "uid:0".to_owned()).await.expect("locked");
        assert_eq!(office.refused(&alice).await, reason);
        let narrowed = office.narrow(&token, &[("lifetime", "60")]).await.expect_err("locked");
        assert_eq!(narrowed.reason(), reason);
        office.register.unlock(&holder).await.expect("unlocked");
        office.lend(&alice, "claude-code", &[]).await.expect("unlocked");
    }
}

#[tokio::test]
async fn a_revoked_sign_in_is_over() {
    let office = Office::open().await;
    let alice = office.alice("developers").await;
    office.exchange.revoke(&office.arrival(), alice.expose()).await.expect("revoked");
    assert_eq!(office.refused(&alice).await, Reason::SignInOver);
    let line = office.trail().await.into_iter().find(|line| line.action == "token:revoke").expect("a line");
    assert_eq!((line.agent, line.on_behalf_of.as_deref()), (None, Some(ALICE)));
}

#[tokio::test]
async fn a_cut_off_ends_sign_ins_and_what_was_lent_by_them_and_nothing_of_after() {
    for cut in [Cut::All, Cut::Person(ALICE.to_owned())] {
        let office = Office::open().await;
        let alice = office.alice("developers").await;
        let token = office.lend(&alice, "claude-code", &[]).await.expect("a token").token;
        office.revoked.cut_off_now(cut.clone()).await.expect("a store");
        assert_eq!(office.refused(&alice).await, Reason::SignInOver, "{cut:?}");
        let narrowed = office.narrow(&token, &[("lifetime", "60")]).await.expect_err("cut off");
        assert_eq!(narrowed.reason(), Reason::TokenRevoked, "{cut:?}");
        let issued = office.revoked.first_second_of_all(office.now());
        let anew = office.sign(&SignIn { issued, ..office.sign_in() });
        let token = office.lend(&anew, "claude-code", &[]).await.expect("within one second").token;
        assert!(!office.revoked.cuts_off(&office.verify(&token)), "{cut:?}");
    }
}

#[tokio::test]
async fn a_cut_off_of_another_person_or_of_an_agent_leaves_her_sign_in_alone() {
    let office = Office::open().await;
    let alice = office.alice("developers").await;
    for cut in [Cut::Person("bob@example.com".to_owned()), Cut::Agent(claude_code())] {
        office.revoked.cut_off_now(cut).await.expect("a store");
    }
    office.lend(&alice, "claude-code", &[]).await.expect("a token");
}

#[tokio::test]
async fn a_sign_in_is_worth_nothing_once_its_name_is_another_persons() {
    let office = Office::open().await;
    let alice = office.alice("developers").await;
    assert_eq!(office.meet("00u2", "developers").await.expect_err("hers").reason(), Reason::PersonChanged);
    office.register.forget(ALICE, &office.revoked).await.expect("let go");
    assert_eq!(office.refused(&alice).await, Reason::SignInOver);
    let of_later = SignIn { issued: office.revoked.first_second_of_all(office.now()), ..office.sign_in() };
    assert_eq!(office.refused(&office.sign(&of_later)).await, Reason::NotLent);
    office.meet("00u2", "developers").await.expect("another has the name");
    assert_eq!(office.refused(&office.sign(&of_later)).await, Reason::SignInNotAccepted);
}
