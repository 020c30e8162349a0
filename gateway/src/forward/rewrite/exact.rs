//! JSON in its exact bytes: where its parts stand, so that one can be taken out and nothing else changes.

use std::ops::Range;

use serde::{Deserialize, de::IgnoredAny};

/// The members of an object, and where the value of each stands; `None` for what is no object.
pub(super) fn members(object: &[u8]) -> Option<Vec<(String, Range<usize>)>> {
    let object = object.trim_ascii_end();
    let place = |rest: &[u8]| object.len() - rest.len();
    let mut rest = object.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    let mut members = Vec::new();
    while rest != b"}" {
        let (name, behind) = first::<String>(rest)?;
        let value = behind.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let (IgnoredAny, behind) = first(value)?;
        members.push((name, place(value)..place(behind)));
        rest = behind.trim_ascii_start();
        if rest != b"}" {
            rest = rest.strip_prefix(b",")?.trim_ascii_start();
            // A comma promises another member.
            if rest == b"}" {
                return None;
            }
        }
    }
    Some(members)
}

/// The first value of some text, and what stands behind it.
pub(super) fn first<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Option<(T, &'a [u8])> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter();
    let value = values.next()?.ok()?;
    Some((value, text.get(values.byte_offset()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<&str> {
        let members = members(text.as_bytes()).expect("an object");
        members.into_iter().find(|(name, _)| name == "parent").map(|(_, value)| &text[value])
    }

    #[test]
    fn the_value_of_a_member_is_found_in_its_exact_bytes() {
        for (text, wanted) in [
            (r#"{"parent":{"a":"}"},"b":1}"#, Some(r#"{"a":"}"}"#)),
            (r#" { "b" : [{"parent":1}], "parent" : { "x" : 1.50 } } "#, Some(r#"{ "x" : 1.50 }"#)),
            (r#"{"description":"\"parent\":1","p\u0061rent":7}"#, Some("7")),
            (r#"{"parent":null}"#, Some("null")),
            (r#"{"owner":{"parent":1}}"#, None),
            ("{}", None),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }
}
