//! All pages together.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Parser;
use gogs_spanner::cli::Cli;

use super::{
    page::{Page, Purpose},
    root,
};

/// The pages that tell people what to type, and the test that follows each.
const FOLLOWED: [(&str, &str); 1] = [("docs/guides/behind-nginx-and-caddy.md", "proxies")];

fn pages_below(directory: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(directory)).expect("a directory");
    let files = entries.map(|entry| PathBuf::from(entry.expect("an entry").file_name()));
    let pages = files.filter(|file| file.extension().is_some_and(|extension| extension == "md"));
    pages.map(|page| format!("{directory}/{}", page.display())).collect()
}

#[test]
fn every_guide_is_followed_by_a_test() {
    let followed: BTreeSet<String> =
        FOLLOWED.iter().map(|(page, _)| (*page).to_owned()).filter(|page| page.starts_with("docs/guides/")).collect();
    assert_eq!(pages_below("docs/guides"), followed);
}

#[test]
fn every_spanner_command_that_is_only_shown_is_one_the_command_line_takes() {
    for (name, _) in FOLLOWED {
        let page = Page::read(name);
        for block in page.blocks.iter().filter(|block| matches!(block.purpose, Purpose::Shown(_))) {
            for line in block.text.lines().filter(|line| line.starts_with("spanner ")) {
                let words = line.split(['<', '|', '#', '>']).next().unwrap_or_default().split_whitespace();
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
