//! Holes that were published and that no gateway closes: what an agent, or somebody without an account, can do although the
//! gateway stands there. What it does close (and what only people's own pages are concerned with) is not listed: there an
//! upgrade helps Gogs, and its change log says so.

use std::future::ready;

use super::{Case, Check, Severity, Told, unasked, unless};
use crate::upstream::version::Version;

pub(super) const CHECK: Check = Check {
    id: "gogs-advisories",
    asks: "Has this Gogs published advisories that no gateway can make harmless?",
    severity: Severity::Wrong,
    mend: "upgrade Gogs to 0.14.3 or newer: https://github.com/gogs/gogs/releases",
    ask: |case| Box::pin(ready(ask(case))),
};

/// An advisory of <https://github.com/gogs/gogs/security/advisories>.
struct Advisory {
    id: &'static str,
    fixed: Version,
    /// What stays possible.
    leaves: &'static str,
}

const fn advisory(id: &'static str, fixed: Version, leaves: &'static str) -> Advisory {
    Advisory { id, fixed, leaves }
}

/// From Gogs's own change log, newest first.
const PUBLISHED: &[Advisory] = &[
    advisory(
        "GHSA-w6j9-vw59-27wv",
        Version(0, 14, 3),
        "with reverse-proxy authentication, whoever reaches Gogs itself is whom she says",
    ),
    advisory("GHSA-xp79-5mx3-jx52", Version(0, 14, 3), "strangers can hold the built-in SSH server's connections open"),
    advisory("GHSA-744x-3838-5r56", Version(0, 14, 3), "strangers at Gogs itself list organizations and their teams"),
    advisory(
        "GHSA-p9f5-h3rx-j5qw",
        Version(0, 14, 3),
        "strangers at Gogs itself fetch attachments of private repositories",
    ),
    advisory("GHSA-6p9m-q3jp-47h4", Version(0, 14, 3), "LFS objects of other repositories can be read by their hash"),
    advisory(
        "GHSA-c4v7-xg93-qf8g",
        Version(0, 14, 3),
        "deliveries of webhooks can be redirected into the private network",
    ),
    advisory("GHSA-gmf8-978x-2fg2", Version(0, 14, 2), "LFS objects of other repositories can be overwritten"),
    advisory("GHSA-fc3h-92p8-h36f", Version(0, 14, 0), "strangers at Gogs itself upload files"),
    advisory(
        "GHSA-gg64-xxr9-qhjp",
        Version(0, 13, 4),
        "who may write files through the API can run programs on the server",
    ),
    advisory(
        "GHSA-vm62-9jw3-c8w3",
        Version(0, 13, 2),
        "who has a key for the built-in SSH server can run programs on the server",
    ),
];

fn ask(case: &Case) -> Told {
    case.survey()?;
    let version = case.version.ok_or_else(|| unasked("which Gogs it is is not known: say --gogs-version"))?;
    let certain = PUBLISHED.iter().filter(|advisory| version.is_before(advisory.fixed));
    unless(certain.map(Advisory::evidence).collect())?;
    let possible: Vec<_> =
        PUBLISHED.iter().filter(|advisory| version.may_be_before(advisory.fixed)).map(|advisory| advisory.id).collect();
    if possible.is_empty() {
        return Ok(());
    }
    Err(unasked(format!("it is {version}, which may have {}: say --gogs-version", possible.join(", "))))
}

impl Advisory {
    fn evidence(&self) -> String {
        let Self { id, fixed, leaves } = self;
        format!("{id} (fixed in {fixed}): {leaves}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_has_none_and_an_old_one_has_all() {
        let of = |version| PUBLISHED.iter().filter(|advisory| version < advisory.fixed).count();
        assert_eq!((of(Version(0, 14, 3)), of(Version(0, 13, 0))), (0, PUBLISHED.len()));
        assert!(PUBLISHED.iter().all(|advisory| advisory.id.starts_with("GHSA-")), "published ones alone");
    }
}
