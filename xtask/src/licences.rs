//! SPDX licence expressions, as far as crates use them: `OR`, `AND`, `WITH`, brackets, and the older `/` for `OR`.

use std::{collections::BTreeSet, iter::Peekable, vec::IntoIter};

type Words = Peekable<IntoIter<String>>;

/// Whether the expression can be met with the allowed licences alone.
///
/// What does not parse is not allowed.
pub(crate) fn allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let mut words = words(expression).into_iter().peekable();
    let met = either(&mut words, allowed);
    met == Some(true) && words.peek().is_none()
}

fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

fn either(words: &mut Words, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut met = all(words, allowed)?;
    while words.next_if(|word| word == "OR").is_some() {
        met |= all(words, allowed)?;
    }
    Some(met)
}

fn all(words: &mut Words, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while words.next_if(|word| word == "AND").is_some() {
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut Words, allowed: &BTreeSet<String>) -> Option<bool> {
    if words.next_if(|word| word == "(").is_some() {
        let met = either(words, allowed)?;
        return words.next_if(|word| word == ")").map(|_| met);
    }
    let licence = words.next_if(|word| !["OR", "AND", "WITH", ")"].contains(&word.as_str()))?;
    if words.next_if(|word| word == "WITH").is_none() {
        return Some(allowed.contains(&licence));
    }
    let exception = words.next()?;
    Some(allowed.contains(&format!("{licence} WITH {exception}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_mit_and_isc(expression: &str) -> bool {
        allowed(expression, &["MIT", "ISC"].map(String::from).into())
    }

    #[test]
    fn one_allowed_alternative_is_enough() {
        assert!(with_mit_and_isc("GPL-3.0 OR MIT"));
        assert!(with_mit_and_isc("GPL-3.0/MIT"));
        assert!(!with_mit_and_isc("GPL-3.0 OR Apache-2.0"));
    }

    #[test]
    fn every_conjoined_licence_must_be_allowed() {
        assert!(with_mit_and_isc("MIT AND ISC"));
        assert!(!with_mit_and_isc("MIT AND GPL-3.0"));
    }

    #[test]
    fn brackets_bind_before_and_and_and_before_or() {
        assert!(with_mit_and_isc("ISC AND (GPL-3.0 OR MIT)"));
        assert!(with_mit_and_isc("MIT OR GPL-3.0 AND LGPL-3.0"));
        assert!(!with_mit_and_isc("(MIT OR GPL-3.0) AND LGPL-3.0"));
    }

    #[test]
    fn an_exception_makes_another_licence() {
        assert!(!with_mit_and_isc("MIT WITH some-exception"));
        assert!(with_mit_and_isc("MIT WITH some-exception OR ISC"));
    }

    #[test]
    fn what_does_not_parse_is_not_allowed() {
        for text in ["", "MIT ISC", "(MIT", "MIT)", "OR MIT", "MIT OR", "MIT WITH"] {
            assert!(!with_mit_and_isc(text), "{text}");
        }
    }
}
