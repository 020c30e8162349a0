//! What one side of a connection says it can do: words behind the first line's NUL, separated by spaces.
//! gitprotocol-capabilities(5).

/// A list of capabilities as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(String);

impl Capabilities {
    /// Reads the text behind the NUL. `None` if it holds anything but printable ASCII: every capability git knows is
    /// made of that (its `agent` value is sanitised to it), and the text is written to logs.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let printable = text.iter().all(|byte| (b' '..=b'~').contains(byte));
        let text = std::str::from_utf8(text).ok().filter(|_| printable)?;
        Some(Self(text.trim_matches(' ').to_owned()))
    }

    /// Whether the word stands in the list as it is, without a value.
    pub fn has(&self, name: &str) -> bool {
        self.iter().any(|word| word == name)
    }

    /// The value of every `name=value` in the list; git itself reads the first.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter_map(move |word| word.strip_prefix(name)?.strip_prefix('='))
    }

    /// The software on the other side, as it calls itself.
    pub fn agent(&self) -> Option<&str> {
        self.values("agent").next()
    }

    /// All words, in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What git 2.39.5 sends to a Gogs 0.14.3, recorded.
    const RECORDED: &[u8] = b" report-status-v2 side-band-64k quiet atomic object-format=sha1 agent=git/2.39.5";

    #[test]
    fn a_word_is_there_only_as_a_whole() {
        let capabilities = Capabilities::parse(RECORDED).expect("recorded capabilities parse");
        assert!(capabilities.has("atomic"));
        assert!(capabilities.has("report-status-v2"));
        assert!(!capabilities.has("report-status"));
        assert!(!capabilities.has("agent"));
        assert!(!capabilities.has(""));
    }

    #[test]
    fn values_follow_the_equals_sign() {
        let capabilities = Capabilities::parse(RECORDED).expect("recorded capabilities parse");
        assert_eq!(capabilities.agent(), Some("git/2.39.5"));
        assert_eq!(capabilities.values("object-format").collect::<Vec<_>>(), ["sha1"]);
        assert_eq!(capabilities.values("object").count(), 0);
    }

    #[test]
    fn control_bytes_and_other_alphabets_are_refused() {
        for text in ["agent=\u{1b}[2J", "agent=gît", "atomic\0quiet", "atomic\n"] {
            assert_eq!(Capabilities::parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
