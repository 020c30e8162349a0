//! JSON that nobody can read another way: no member stands twice, nothing follows the value, depth and number are bounded.
//!
//! Of two equal names some readers keep the first and some the last (RFC 8259 §4), so a document with both means two
//! things: RFC 7515 §4 and RFC 7519 §4 let a reader of signed ones refuse it, and a decision read from a body would not
//! be the forge's.

use std::{cell::Cell, collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Map, Number, Value};

/// No call of the forge nests deeper than four, no proof of identity deeper than that by much.
const DEEPEST: usize = 16;
/// A value is two bytes in a text (`0,`) and thirty-two here, so texts unfold sixteen times over. A batch of a thousand
/// objects, the most values any call needs, has some three thousand.
const MOST_VALUES: usize = 100_000;

/// Which names of members are the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Equal ones (RFC 7519).
    Exact,
    /// Those that Go's `encoding/json` takes for equal: it folds their case.
    Folded,
}

/// Reads one value, with nothing after it.
pub fn value(bytes: &[u8], names: Names) -> Result<Value, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { names, depth: &Cell::new(0), values: &Cell::new(0) }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads one object, with nothing after it.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    match value(bytes, Names::Exact)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::custom("not an object")),
    }
}

/// Reads one array, with nothing after it.
pub fn array(bytes: &[u8]) -> Result<Vec<Value>, Error> {
    match value(bytes, Names::Exact)? {
        Value::Array(entries) => Ok(entries),
        _ => Err(Error::custom("not an array")),
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    names: Names,
    depth: &'a Cell<usize>,
    values: &'a Cell<usize>,
}

impl Strict<'_> {
    fn count<E: de::Error>(self) -> Result<(), E> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MOST_VALUES {
            Err(E::custom(format_args!("more than {MOST_VALUES} values")))
        } else {
            Ok(())
        }
    }

    fn descend<E: de::Error>(self) -> Result<(), E> {
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > DEEPEST { Err(E::custom("nested too deeply")) } else { Ok(()) }
    }

    fn ascend(self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// One spelling of all that is the same name. Go's folding knows `ſ` as an `s` and the Kelvin sign as a `k`, of which
    /// upper case alone, and lower case alone, each miss one.
    fn key(self, name: &str) -> String {
        match self.names {
            Names::Exact => name.to_owned(),
            Names::Folded => name.to_uppercase().to_lowercase(),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.descend()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            array.push(item);
        }
        self.ascend();
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.descend()?;
        let (mut object, mut known) = (Map::new(), HashSet::new());
        while let Some(name) = members.next_key::<String>()? {
            if !known.insert(self.key(&name)) {
                return Err(de::Error::custom(format_args!("the member `{name}` stands twice")));
            }
            let value = members.next_value_seed(self)?;
            object.insert(name, value);
        }
        self.ascend();
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn folded(text: &str) -> Result<Value, Error> {
        value(text.as_bytes(), Names::Folded)
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in
            [r#"{"a":1,"a":2}"#, r#"{"branch":"x","Branch":"main"}"#, r#"{"a":1} {}"#, r#"{"a":{"b":1,"B":1}}"#, ""]
        {
            assert!(folded(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_go_folds_to_one_member_is_one_member() {
        for text in [r#"{"message":1,"me\u017fsage":2}"#, r#"{"key":1,"\u212aey":2}"#] {
            assert!(folded(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_a_proof_are_the_same_only_if_they_are_equal() {
        assert!(object(br#"{"sub":1,"Sub":2}"#).is_ok());
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":[{"b":1,"\u0062":2}]}"#] {
            assert!(object(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn many_members_take_no_longer_each_than_few() {
        let mut text = "{".to_owned();
        for member in 2..MOST_VALUES {
            let _infallible = write!(text, "\"{member}\":0,");
        }
        // By pairs these are five billion comparisons: a minute, in which the thread serves nobody.
        assert!(folded(&format!("{text}\"x\":0}}")).is_ok());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(folded(&nested(DEEPEST)).is_ok() && array(nested(DEEPEST).as_bytes()).is_ok());
        assert!(folded(&nested(DEEPEST + 1)).is_err() && array(nested(DEEPEST + 1).as_bytes()).is_err());
    }

    #[test]
    fn the_number_of_values_is_bounded_wherever_they_stand() {
        let zeros = |number: usize| format!("[{}0]", "0,".repeat(number - 1));
        assert!(array(zeros(MOST_VALUES - 1).as_bytes()).is_ok());
        let halves = format!(r#"{{"a":{0},"b":{0}}}"#, zeros(MOST_VALUES / 2));
        for text in [zeros(MOST_VALUES), halves] {
            let error = folded(&text).expect_err("there are too many").to_string();
            assert!(error.starts_with(&format!("more than {MOST_VALUES} values")), "{error}");
        }
    }

    #[test]
    fn ordinary_json_comes_through_unchanged() {
        let text = r#"{"title":"a","labels":[1,-2,3.5,null,true],"deep":{"x":"é"}}"#;
        assert_eq!(folded(text).expect("JSON"), serde_json::from_str::<Value>(text).expect("JSON"));
    }

    #[test]
    fn only_the_kind_that_was_asked_for_is_taken() {
        for text in ["[]", "1", "{} {}", "", "{\"a\":1}x"] {
            assert!(object(text.as_bytes()).is_err(), "{text}");
        }
        assert!(array(b"{}").is_err());
        assert_eq!(array(b"[1]").expect("an array"), [Value::from(1)]);
    }
}
