//! A page of the documents: its fenced blocks, and what each is for.
//!
//! The word after the language says it, where people who read the source see it and people who read the page do not:
//!
//! | fence | is |
//! |---|---|
//! | ```` ```sh run ```` | run, in the directory and with the environment the block before left |
//! | ```` ```sh run, refused ```` | run, and must fail |
//! | ```` ```toml file=spanner.toml ```` | a file that is written there (`append=` adds to one) |
//! | ```` ```text says ```` | what the run before printed: each line of it, in order, `…` stands for anything |
//! | ```` ```sh shown: why ```` | only shown, and why no machine of ours can run it |
//! | ```` ```text ```` | a picture |

use super::root;

/// What a block is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Commands that must succeed.
    Run,
    /// Commands the last of which must fail.
    Refused,
    /// What the commands before it said.
    Says,
    /// A file.
    File(String),
    /// More of a file.
    Append(String),
    /// Nothing to run; the reason.
    Shown(String),
    /// Nothing to run at all.
    Picture,
}

/// One fenced block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// `README.md:17`
    pub(crate) place: String,
    pub(crate) language: String,
    pub(crate) purpose: Purpose,
    pub(crate) text: String,
}

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) blocks: Vec<Block>,
    pub(crate) text: String,
}

impl Page {
    /// Reads a page, named from the root of the repository.
    pub(crate) fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { blocks: blocks(name, &text), text }
    }

    /// The text of the file the page tells to write.
    pub(crate) fn file(&self, path: &str) -> &str {
        let is_it = |block: &&Block| block.purpose == Purpose::File(path.to_owned());
        &self.blocks.iter().find(is_it).unwrap_or_else(|| panic!("the page writes no {path}")).text
    }
}

fn blocks(name: &str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let place = format!("{name}:{number}");
        let inside = lines.by_ref().map(|(line, _)| line).take_while(|line| *line != "```");
        let text = inside.fold(String::new(), |text, line| text + line + "\n");
        let language = info.split(' ').next().unwrap_or_default().to_owned();
        let purpose = purpose(info).unwrap_or_else(|| panic!("{place}: what is this block for: `{info}`?"));
        found.push(Block { place, language, purpose, text });
    }
    found
}

fn purpose(info: &str) -> Option<Purpose> {
    let (language, word) = info.split_once(' ').unwrap_or((info, ""));
    match (language, word) {
        ("text", "") => Some(Purpose::Picture),
        ("text", "says") => Some(Purpose::Says),
        ("sh", "run") => Some(Purpose::Run),
        ("sh", "run, refused") => Some(Purpose::Refused),
        (_, word) => word.strip_prefix("shown: ").map(|why| Purpose::Shown(why.to_owned())).or_else(|| file(word)),
    }
}

fn file(word: &str) -> Option<Purpose> {
    match word.split_once('=')? {
        ("file", path) => Some(Purpose::File(path.to_owned())),
        ("append", path) => Some(Purpose::Append(path.to_owned())),
        _ => None,
    }
}
