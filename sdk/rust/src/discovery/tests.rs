//! What is found, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
use super::*;

/// Variables, and whether the platform keeps a file.
pub(super) struct Platform<'a>(pub(super) &'a [(&'a str, &'a str)], pub(super) bool);

impl Surroundings for Platform<'_> {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
    }

    fn has(&self, file: &Path) -> bool {
        self.1 && file == Path::new(PLATFORM_FILE)
    }
}

pub(super) const JOB: [(&str, &str); 3] =
    [(URL, "https://a.example"), (actions::URL, "https://github.example/t?v=1"), (actions::TOKEN, "secret")];

fn found(arguments: Arguments, environment: &[(&str, &str)]) -> Result<Found, DiscoveryError> {
    discover(arguments, &Platform(environment, false))
}

#[test]
fn the_environment_alone_is_enough() {
    let found =
        found(Arguments::default(), &[(URL, "https://a.example"), (ASSERTION_FILE, "/token"), (AGENT, "ci")]).unwrap();
    assert_eq!(found.origin.to_string(), "https://a.example");
    assert!(matches!(found.proof, Proof::Assertion { agent: Some(_), .. }));
}

#[test]
fn an_argument_and_a_variable_that_agree_are_one() {
    let arguments = Arguments { url: Some("https://a.example".into()), ..Arguments::default() };
    assert!(found(arguments, &[(URL, "https://a.example"), (ASSERTION_FILE, "/token")]).is_ok());
}

#[test]
fn an_argument_and_a_variable_that_disagree_are_refused_and_both_named() {
    let arguments = Arguments { url: Some("https://b.example".into()), ..Arguments::default() };
    let error = found(arguments, &[(URL, "https://a.example"), (ASSERTION_FILE, "/token")]).unwrap_err();
    assert_eq!(error.to_string(), "the argument url and GOGS_SPANNER_URL disagree; leave one of them out");
}

#[test]
fn two_proofs_are_refused_and_both_named() {
    let environment = [(URL, "https://a.example"), (AGENT, "ci"), (KEY_FILE, "/key"), (ASSERTION_FILE, "/token")];
    let error = found(Arguments::default(), &environment).unwrap_err().to_string();
    assert!(error.contains(KEY_FILE) && error.contains(ASSERTION_FILE), "{error}");
}

#[test]
fn what_is_missing_is_named() {
    let missing = |environment: &[_]| found(Arguments::default(), environment).unwrap_err();
    assert!(matches!(missing(&[]), DiscoveryError::NoGateway));
    assert!(matches!(missing(&[(URL, "https://a.example")]), DiscoveryError::NoProof));
    assert!(matches!(missing(&[(URL, "https://a.example"), (KEY_FILE, "/key")]), DiscoveryError::NoAgent));
    assert!(matches!(missing(&[(URL, ""), (KEY_FILE, "/key")]), DiscoveryError::NoGateway));
}

#[test]
fn a_key_that_is_not_there_is_named() {
    let error = found(Arguments::default(), &[(URL, "https://a.example"), (AGENT, "ci"), (KEY_FILE, "/no/key")]);
    assert_eq!(error.unwrap_err().to_string(), "could not read the key in /no/key");
}

#[test]
fn what_a_platform_offers_is_found_without_being_named() {
    let job = found(Arguments::default(), &JOB).unwrap();
    assert!(matches!(job.proof, Proof::GitHub { agent: None, .. }));
    assert!(!format!("{job:?}").contains("secret"));
    let pod = discover(Arguments::default(), &Platform(&[(URL, "https://a.example")], true)).unwrap();
    assert!(matches!(pod.proof, Proof::Assertion { file, .. } if file == Path::new(PLATFORM_FILE)));
}

#[test]
fn what_is_said_goes_before_what_a_platform_offers() {
    let environment = [&JOB[..], &[(ASSERTION_FILE, "/token")]].concat();
    let said = discover(Arguments::default(), &Platform(&environment, true)).unwrap();
    assert!(matches!(said.proof, Proof::Assertion { file, .. } if file == Path::new("/token")));
}

#[test]
fn two_that_platforms_offer_are_refused_and_both_named() {
    let error = discover(Arguments::default(), &Platform(&JOB, true)).unwrap_err().to_string();
    assert!(error.contains(actions::URL) && error.contains(PLATFORM_FILE), "{error}");
}

#[test]
fn a_secret_is_not_sent_where_it_would_travel_readable() {
    let environment = [JOB[0], (actions::URL, "http://github.example/t"), JOB[2]];
    assert!(matches!(found(Arguments::default(), &environment), Err(DiscoveryError::NotPrivate)));
}

/// Somebody's machine, on which a person signed in at one gateway.
struct Laptop<'a>(&'a [(&'a str, &'a str)], &'a str);

impl Surroundings for Laptop<'_> {
    fn variable(&self, name: &str) -> Option<OsString> {
        let home = (name == "HOME").then_some("/home/alice");
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| *value).or(home).map(OsString::from)
    }

    fn has(&self, file: &Path) -> bool {
        file == Path::new("/home/alice/.local/state/gogs-spanner/sign-ins").join(self.1)
    }
}

#[test]
fn a_person_who_signed_in_at_this_gateway_is_the_last_that_is_found() {
    let kept = "https___a.example.json";
    let mut environment = vec![(URL, "https://a.example"), (AGENT, "claude-code")];
    let found = |environment: &[(&str, &str)], kept| discover(Arguments::default(), &Laptop(environment, kept));
    assert!(
        matches!(found(&environment, kept).unwrap().proof, Proof::SignIn { agent, .. } if agent.as_str() == "claude-code")
    );
    assert!(matches!(found(&environment, "https___b.example.json"), Err(DiscoveryError::NoProof)), "another gateway");
    assert!(matches!(found(&environment[..1], kept), Err(DiscoveryError::NoLent)));
    environment.push((ASSERTION_FILE, "/token"));
    assert!(matches!(found(&environment, kept).unwrap().proof, Proof::Assertion { .. }));
    let job = [JOB[0], JOB[1], JOB[2], (AGENT, "ci")];
    assert!(matches!(found(&job, kept).unwrap().proof, Proof::GitHub { .. }));
}
