//! A token for `git`, in the environment of a child process: no command line, no URL and no file shows it.

use crate::{origin::Origin, token::Token};

/// Environment variables, for [`std::process::Command::envs`].
pub type Variables = Vec<(String, String)>;

/// Holds the token for the helper.
const TOKEN: &str = "GOGS_SPANNER_TOKEN";
/// How many settings of `git` the environment holds already (git-config(1), ENVIRONMENT).
const COUNT: &str = "GIT_CONFIG_COUNT";
/// Answers git from the environment. (With a header of its own, `http.extraHeader`, git 2.39 does not show what a 401
/// says.)
const HELPER: &str =
    r#"!f() { test "$1" = get && printf 'username=spanner\npassword=%s\n' "$GOGS_SPANNER_TOKEN"; }; f"#;

/// Lets `git` act with a token at one gateway: the machine's own helpers are not asked there, and nobody at a terminal.
pub(crate) fn variables(origin: &Origin, token: &Token, environment: impl Fn(&str) -> Option<String>) -> Variables {
    let already: usize = environment(COUNT).and_then(|count| count.parse().ok()).unwrap_or_default();
    let key = format!("credential.{origin}.helper");
    let mut variables = vec![
        (TOKEN.to_owned(), token.expose().to_owned()),
        ("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned()),
        (COUNT.to_owned(), (already + 2).to_string()),
    ];
    for (at, value) in (already..).zip(["", HELPER]) {
        variables.push((format!("GIT_CONFIG_KEY_{at}"), key.clone()));
        variables.push((format!("GIT_CONFIG_VALUE_{at}"), value.to_owned()));
    }
    variables
}
