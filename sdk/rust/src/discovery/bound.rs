//! What is meant for one origin, for a program that somebody else tells whom to talk to, as git tells a credential helper.
//!
//! A key says nothing of whom it is for: it counts for the origin it is configured with and for no other. A file's
//! assertion says it itself.

use std::{ffi::OsString, path::Path};

use super::{AGENT, ASSERTION_FILE, Arguments, DiscoveryError, Found, KEY_FILE, Surroundings, URL, discover};
use crate::origin::Origin;

/// The surroundings, as far as they are meant for one origin.
struct Bound<'a, S> {
    around: &'a S,
    /// Whether what is said by variables is meant for another.
    elsewhere: bool,
}

impl<S: Surroundings> Surroundings for Bound<'_, S> {
    fn variable(&self, name: &str) -> Option<OsString> {
        let is_said = [AGENT, KEY_FILE, ASSERTION_FILE].contains(&name);
        // Where the gateway is has been told already, and spelled as it pleases whoever told it.
        let hidden = name == URL || self.elsewhere && is_said;
        if hidden { None } else { self.around.variable(name) }
    }

    fn has(&self, file: &Path) -> bool {
        self.around.has(file)
    }
}

/// Looks at the arguments, which are for this origin, and around.
pub(crate) fn discover_at(
    origin: &Origin,
    arguments: Arguments,
    around: &impl Surroundings,
) -> Result<Found, DiscoveryError> {
    let url = around.text(URL)?;
    let elsewhere = url.as_ref().is_some_and(|url| Origin::parse(url).as_ref() != Ok(origin));
    if url.is_none() && arguments.key_file.is_none() && around.said(KEY_FILE).is_some() {
        return Err(DiscoveryError::Unbound(KEY_FILE));
    }
    let arguments = Arguments { url: Some(origin.to_string()), ..arguments };
    match discover(arguments, &Bound { around, elsewhere }) {
        Err(DiscoveryError::NoProof) if elsewhere => Err(DiscoveryError::Elsewhere),
        found => found.map(|found| Found { proof: found.proof.bound(), ..found }),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
    use std::path::PathBuf;

    use super::{
        super::tests::{JOB, Platform},
        *,
    };
    use crate::proof::Proof;

    const KEYED: [(&str, &str); 3] = [(URL, "https://a.example/"), (AGENT, "ci"), (KEY_FILE, "/no/key")];

    fn found(at: &str, arguments: Arguments, environment: &[(&str, &str)]) -> Result<Found, DiscoveryError> {
        discover_at(&Origin::parse(at).unwrap(), arguments, &Platform(environment, false))
    }

    #[test]
    fn a_key_counts_where_it_is_configured_and_nowhere_else() {
        let here = found("https://a.example", Arguments::default(), &KEYED);
        assert!(matches!(here, Err(DiscoveryError::Unreadable { .. })), "it was looked for");
        let there = found("https://b.example", Arguments::default(), &KEYED);
        assert!(matches!(there, Err(DiscoveryError::Elsewhere)));
        let nowhere = found("https://a.example", Arguments::default(), &KEYED[1..]);
        assert_eq!(
            nowhere.unwrap_err().to_string(),
            "GOGS_SPANNER_KEY_FILE is for no gateway in particular; set GOGS_SPANNER_URL beside it"
        );
    }

    #[test]
    fn what_a_platform_offers_counts_wherever_it_can_be_asked_for() {
        let environment = [&KEYED[..], &JOB[1..]].concat();
        let job = found("https://b.example", Arguments::default(), &environment).unwrap();
        assert!(matches!(job.proof, Proof::GitHub { agent: None, .. }));
    }

    #[test]
    fn an_assertion_needs_no_other_binding_than_its_own() {
        let said = found("https://a.example", Arguments::default(), &[(ASSERTION_FILE, "/token")]).unwrap();
        assert!(matches!(said.proof, Proof::Assertion { bound: true, .. }));
        let arguments = Arguments { assertion_file: Some(PathBuf::from("/mine")), ..Arguments::default() };
        let said = found("https://b.example", arguments, &[KEYED[0], (ASSERTION_FILE, "/token")]).unwrap();
        assert!(matches!(said.proof, Proof::Assertion { file, .. } if file == Path::new("/mine")));
    }
}
