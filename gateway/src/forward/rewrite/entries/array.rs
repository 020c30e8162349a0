//! A list taken apart without being changed: the bytes of each entry, and those around them.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

use crate::{classify::Listing, forward::rewrite::exact::first};

/// What `/repos/search` puts around its list; Go writes the members of a map in their order.
const ENVELOPE: (&[u8], &[u8]) = (b"{\"data\":", b",\"ok\":true}");

/// A JSON array in its exact bytes.
#[derive(Debug)]
pub(super) struct Array<'a> {
    before: &'a [u8],
    entries: Vec<&'a [u8]>,
    after: &'a [u8],
}

impl<'a> Array<'a> {
    /// The list of an answer; `None` for what is not of Gogs's shape.
    pub(super) fn of(listing: Listing, bytes: &'a [u8]) -> Option<Self> {
        let text = bytes.trim_ascii();
        match listing {
            Listing::Repositories | Listing::Issues => Self::plain(text),
            Listing::FoundRepositories => {
                let inner = text.strip_prefix(ENVELOPE.0)?.strip_suffix(ENVELOPE.1)?;
                Some(Self { before: ENVELOPE.0, entries: entries(inner)?, after: ENVELOPE.1 })
            }
        }
    }

    /// A list with nothing around it; `None` for what is none.
    pub(super) fn plain(bytes: &'a [u8]) -> Option<Self> {
        Some(Self { before: b"", entries: entries(bytes.trim_ascii())?, after: b"" })
    }

    /// Reads every entry; `None` if one is not of that shape.
    pub(super) fn read<T: Deserialize<'a>>(&self) -> Option<Vec<T>> {
        self.entries.iter().map(|entry| serde_json::from_slice(entry).ok()).collect()
    }

    /// The bytes of each entry.
    pub(super) fn entries(&self) -> &[&'a [u8]] {
        &self.entries
    }

    /// The list with these entries in the place of its own.
    pub(super) fn of_these(&self, entries: &[Cow<'_, [u8]>]) -> Vec<u8> {
        [self.before, b"[", &entries.join(&b","[..]), b"]", self.after].concat()
    }
}

/// The bytes of each entry of an array.
fn entries(array: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = array.strip_prefix(b"[")?.trim_ascii_start();
    let mut entries = Vec::new();
    while rest != b"]" {
        let (IgnoredAny, behind) = first(rest)?;
        entries.push(&rest[..rest.len() - behind.len()]);
        rest = behind.trim_ascii_start();
        if rest != b"]" {
            rest = rest.strip_prefix(b",")?.trim_ascii_start();
            // A comma promises another entry.
            if rest == b"]" {
                return None;
            }
        }
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Option<Array<'_>> {
        Array::of(Listing::Repositories, text.as_bytes())
    }

    fn keeping(list: &Array<'_>, kept: &[usize]) -> Vec<u8> {
        list.of_these(&kept.iter().map(|place| Cow::Borrowed(list.entries()[*place])).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_kept_keeps_its_bytes_and_its_order() {
        let text = "[ {\"b\" :1.50,\"a\":\"],[\\\"\"} , {\"x\":[1,2]},{\"y\":2}\n]\n";
        let list = list(text).expect("a list");
        assert_eq!(keeping(&list, &[0, 2]), b"[{\"b\" :1.50,\"a\":\"],[\\\"\"},{\"y\":2}]");
        assert_eq!(keeping(&list, &[]), b"[]");
    }

    #[test]
    fn an_empty_list_is_one() {
        assert_eq!(list("[]").expect("a list").read::<IgnoredAny>().map(|entries| entries.len()), Some(0));
    }

    #[test]
    fn the_envelope_of_a_search_stays_around_what_was_found() {
        let found =
            Array::of(Listing::FoundRepositories, b"{\"data\":[{\"a\":1},{\"a\":2}],\"ok\":true}").expect("a list");
        assert_eq!(keeping(&found, &[1]), b"{\"data\":[{\"a\":2}],\"ok\":true}");
    }

    #[test]
    fn what_is_no_list_of_gogs_is_none() {
        for text in ["", "null", "{}", "[", "[1", "[1,]", "[1 2]", "[1]x", "[1],[2]", "{\"message\":\"x\"}", "<html>"] {
            assert!(list(text).is_none(), "{text}");
        }
        for text in
            ["[]", "{\"data\":[],\"ok\":false}", "{\"ok\":true,\"data\":[]}", "{\"data\":[],\"more\":[],\"ok\":true}"]
        {
            assert!(Array::of(Listing::FoundRepositories, text.as_bytes()).is_none(), "{text}");
        }
    }
}
