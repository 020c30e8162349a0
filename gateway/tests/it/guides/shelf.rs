//! All pages together.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::Parser;
use gogs_spanner::{authorize::policy::Policy, cli::Cli, config::Config};

use super::{
    page::{Page, Purpose},
    root,
};

/// The pages that tell people what to type, and the test that follows each.
const FOLLOWED: [(&str, &str); 23] = [
    ("README.md", "readme"),
    ("docs/guides/backup.md", "backup"),
    ("docs/guides/behind-nginx-and-caddy.md", "proxies"),
    ("docs/guides/git-credential-helper.md", "credential_helper"),
    ("docs/guides/lend-to-an-agent.md", "lending"),
    ("docs/guides/move-one-bot.md", "one_bot"),
    ("docs/guides/put-it-beside-your-gogs.md", "beside"),
    ("docs/guides/systemd-tls-and-renewal.md", "service"),
    ("docs/reference/limits.md", "limits"),
    ("docs/reference/own-api.md", "own_api"),
    ("examples/ci-bot/README.md", "ci_bot"),
    ("examples/compose/README.md", "manifests"),
    ("examples/delegation/README.md", "its own"),
    ("examples/delegation-python/README.md", "its own"),
    ("examples/delegation-typescript/README.md", "its own"),
    ("examples/kubernetes/README.md", "manifests"),
    ("examples/otel/README.md", "dashboard"),
    ("examples/pipelines/README.md", "pipelines"),
    ("examples/quickstart/README.md", "readme"),
    ("examples/review-agent/README.md", "its own"),
    ("examples/review-agent-python/README.md", "its own"),
    ("examples/review-agent-typescript/README.md", "its own"),
    ("examples/tool-use/README.md", "its own"),
];

fn pages_below(directory: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(directory)).expect("a directory");
    let files = entries.map(|entry| PathBuf::from(entry.expect("an entry").file_name()));
    let pages = files.filter(|file| file.extension().is_some_and(|extension| extension == "md"));
    pages.map(|page| format!("{directory}/{}", page.display())).collect()
}

/// The guides, and each example's own page.
fn shelf() -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join("examples")).expect("a directory");
    let folders = entries.map(|entry| format!("examples/{}", entry.expect("an entry").file_name().to_string_lossy()));
    let examples = folders.filter(|folder| root().join(folder).is_dir());
    pages_below("docs/guides").into_iter().chain(examples.flat_map(|folder| pages_below(&folder))).collect()
}

#[test]
fn every_guide_and_example_is_followed_by_a_test() {
    let followed: BTreeSet<String> = FOLLOWED.iter().map(|(page, _)| (*page).to_owned()).collect();
    let unknown: Vec<_> = shelf().into_iter().filter(|page| !followed.contains(page)).collect();
    assert!(unknown.is_empty(), "nobody follows {unknown:?}");
}

/// What a gateway is whose roles and agents a page shows.
const AROUND: &str = "[listen]\npublic_url = \"https://agents.example.com\"\n[upstream]\nurl = \"http://127.0.0.1:3000\"\n\
                      admin_token = { file = \"gogs-admin-token\" }\n";

#[test]
fn every_configuration_that_is_only_shown_holds() {
    let blocks = FOLLOWED.iter().flat_map(|(name, _)| Page::read(name).blocks);
    let mut shown =
        blocks.filter(|block| block.language == "toml" && matches!(block.purpose, Purpose::Shown(_))).peekable();
    assert!(shown.peek().is_some());
    for block in shown {
        let config = Config::parse(Path::new(&block.place), &format!("{AROUND}{}", block.text));
        Policy::compile(&config.expect("a good configuration")).expect("a good policy");
    }
}

#[test]
fn every_spanner_command_that_is_only_shown_is_one_the_command_line_takes() {
    for (name, _) in FOLLOWED {
        let page = Page::read(name);
        for block in page.blocks.iter().filter(|block| matches!(block.purpose, Purpose::Shown(_))) {
            for line in block.text.lines() {
                let Some(start) = line.find("spanner ").filter(|start| *start == 0 || line.contains("&& spanner "))
                else {
                    continue;
                };
                let words =
                    line[start..].split([';', '<', '|', '#', '>']).next().unwrap_or_default().split_whitespace();
                assert!(Cli::try_parse_from(words).is_ok(), "{}: `{line}`", block.place);
            }
        }
    }
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    let mut tried = 0;
    let pages = ["docs", "docs/guides", "docs/decisions", "."].iter().flat_map(|directory| pages_below(directory));
    for name in pages {
        let directory = root().join(&name).parent().expect("a page is in a directory").to_owned();
        let text = std::fs::read_to_string(root().join(&name)).expect("a page");
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(directory.join(target).exists(), "{name}: {target}");
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried} links were found");
}
