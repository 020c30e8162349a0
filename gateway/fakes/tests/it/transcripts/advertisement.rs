//! What a Git service advertises: references, and capabilities without the version of git.

use std::collections::BTreeSet;

/// One advertisement, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Advertisement {
    pub(super) lines: Vec<String>,
    pub(super) capabilities: BTreeSet<String>,
}

impl Advertisement {
    /// Reads pkt-lines, whose lengths differ where the version does.
    pub(super) fn read(mut text: &str) -> Self {
        let mut advertisement = Self { lines: Vec::new(), capabilities: BTreeSet::new() };
        while text.len() >= 4 {
            let length = usize::from_str_radix(&text[..4], 16).unwrap().max(4);
            let (line, capabilities) = text[4..length].split_once('\0').unwrap_or((&text[4..length], ""));
            advertisement.lines.push(line.trim_end().to_owned());
            let words = capabilities.split_whitespace().filter(|word| !word.starts_with("agent="));
            advertisement.capabilities.extend(words.map(str::to_owned));
            text = &text[length..];
        }
        advertisement
    }
}
