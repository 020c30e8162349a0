//! Whether somebody said that a place is a gateway. No other place hears of us: no request is made there, and nothing is
//! said.

use std::{env, process::Command};

use url::Url;

/// What a section of git's configuration calls us; a path and arguments may stand around it.
const NAMES: [&str; 2] = ["spanner", "git-credential-spanner"];

/// Where the gateway is, as the SDKs read it.
pub(crate) const URL: &str = "GOGS_SPANNER_URL";

/// Whether an argument, the environment or git's configuration names this place. An argument is meant for its place alone.
pub(crate) fn is_named(place: &Url, argument: Option<&str>) -> bool {
    match argument {
        Some(argument) => is_at(place, argument),
        None => env::var(URL).is_ok_and(|url| is_at(place, &url)) || configured().any(|url| is_at(place, &url)),
    }
}

fn is_at(place: &Url, url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.origin() == place.origin())
}

/// The places git asks us about by their names: `credential.https://agents.example.com.helper`. A helper for every host
/// (`credential.helper`) names none.
fn configured() -> impl Iterator<Item = String> {
    let listed = list().unwrap_or_default();
    let sections: Vec<_> = listed.split('\0').filter_map(section).map(str::to_owned).collect();
    sections.into_iter()
}

#[expect(
    clippy::disallowed_methods,
    reason = "git alone knows what its configuration says: this is the one program we start"
)]
fn list() -> Option<String> {
    let mut git = Command::new("git");
    git.args(["config", "--null", "--get-regexp", r"^credential\..+\.helper$"]);
    String::from_utf8(git.output().ok()?.stdout).ok()
}

/// The section of an entry that is ours.
fn section(entry: &str) -> Option<&str> {
    let (key, value) = entry.split_once('\n')?;
    is_ours(value).then(|| key.strip_prefix("credential.")?.strip_suffix(".helper"))?
}

fn is_ours(helper: &str) -> bool {
    let program = helper.trim_start_matches('!').split_whitespace().next().unwrap_or_default();
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    NAMES.contains(&name.strip_suffix(".exe").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_names_a_place_where_its_helper_is_ours() {
        let of = |value: &str| section(&format!("credential.https://a.example.helper\n{value}")).map(str::to_owned);
        for ours in
            ["spanner", "spanner --agent ci", "/opt/git-credential-spanner --agent ci", "!git-credential-spanner.exe"]
        {
            assert_eq!(of(ours).as_deref(), Some("https://a.example"), "{ours}");
        }
        for other in ["", "store", "spanners", "!f() { echo spanner; }; f"] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(section("credential.helper\nspanner"), None);
    }

    #[test]
    fn a_place_is_its_scheme_host_and_port() {
        let place = Url::parse("https://a.example").expect("a place");
        for same in
            ["https://a.example/", "https://A.example:443", "https://a.example/acme/web.git", "https://bot@a.example"]
        {
            assert!(is_at(&place, same), "{same}");
        }
        for other in
            ["http://a.example", "https://a.example:8443", "https://b.a.example", "https://*.example", "a.example", ""]
        {
            assert!(!is_at(&place, other), "{other}");
        }
    }
}
