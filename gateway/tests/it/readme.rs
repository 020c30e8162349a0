//! What the documents say can be typed in.

use std::path::Path;

use clap::Parser;
use gogs_spanner::{cli::Cli, config::Config};

/// The documents that tell people what to type.
const DOCUMENTS: [&str; 4] =
    ["README.md", "examples/quickstart/README.md", "examples/ci-bot/README.md", "examples/pipelines/README.md"];

fn document(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines of the fenced blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block.to_owned()).collect()
}

#[test]
fn every_spanner_command_of_the_documents_is_one_the_command_line_takes() {
    let mut tried = 0;
    for name in DOCUMENTS {
        for line in blocks(&document(name), "sh").iter().flat_map(|block| block.lines()) {
            let Some(start) = line.find("spanner ").filter(|start| *start == 0 || line.contains(".helper ")) else {
                continue;
            };
            let command = line[start..].split([';', '<', '\'', '#']).next().unwrap_or_default();
            let words = command.split_whitespace();
            assert!(Cli::try_parse_from(words).is_ok(), "{name}: `{line}`");
            tried += 1;
        }
    }
    assert!(tried >= 8, "only {tried} commands were found");
}

#[test]
fn the_configuration_of_the_readme_holds() {
    let [configuration] = &blocks(&document("README.md"), "toml")[..] else { panic!("one configuration") };
    let config = Config::parse(Path::new("spanner.toml"), configuration).expect("a good configuration");
    gogs_spanner::authorize::policy::Policy::compile(&config).expect("a good policy");
}
