//! JSON read so that nobody behind us can read it another way.
//!
//! Go's `encoding/json` takes the last of duplicate members, folds their case and ignores what follows the value; a
//! decision read from such a body would not be the forge's. So duplicates (under case folding) and trailing bytes are
//! refused, and depth is bounded.

use std::{cell::Cell, collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::malformed;
use crate::refuse::Refusal;

/// No call of the forge nests deeper than four.
const DEEPEST: usize = 16;

pub(super) fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: &Cell::new(0) }
        .deserialize(&mut deserializer)
        .map_err(|error| malformed(format!("the body is not JSON as it is taken here: {error}")))?;
    deserializer.end().map_err(|_| malformed("there are bytes behind the JSON value"))?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: &'a Cell<usize>,
}

impl Strict<'_> {
    fn descend<E: de::Error>(self) -> Result<(), E> {
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > DEEPEST { Err(E::custom("nested too deeply")) } else { Ok(()) }
    }

    fn ascend(self) {
        self.depth.set(self.depth.get() - 1);
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
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
            if !known.insert(folded(&name)) {
                return Err(de::Error::custom(format_args!("the member `{name}` stands twice")));
            }
            let value = members.next_value_seed(self)?;
            object.insert(name, value);
        }
        self.ascend();
        Ok(Value::Object(object))
    }
}

/// One spelling of all that Go takes for the same name: its folding knows `ſ` as an `s` and the Kelvin sign as a `k`, of
/// which upper case alone, and lower case alone, each miss one.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::parse;

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in
            [r#"{"a":1,"a":2}"#, r#"{"branch":"x","Branch":"main"}"#, r#"{"a":1} {}"#, r#"{"a":{"b":1,"B":1}}"#, ""]
        {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_go_folds_to_one_member_is_one_member() {
        for text in [r#"{"message":1,"me\u017fsage":2}"#, r#"{"key":1,"\u212aey":2}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn many_members_take_no_longer_each_than_few() {
        let mut text = "{".to_owned();
        for member in 0..200_000 {
            let _infallible = write!(text, "\"{member}\":0,");
        }
        // By pairs these are twenty billion comparisons: minutes, in which the thread serves nobody.
        assert!(parse(format!("{text}\"x\":0}}").as_bytes()).is_ok());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(super::DEEPEST).as_bytes()).is_ok());
        assert!(parse(nested(super::DEEPEST + 1).as_bytes()).is_err());
    }

    #[test]
    fn ordinary_json_comes_through_unchanged() {
        let text = r#"{"title":"a","labels":[1,2.5,null,true],"deep":{"x":"é"}}"#;
        assert_eq!(
            parse(text.as_bytes()).expect("JSON"),
            serde_json::from_str::<serde_json::Value>(text).expect("JSON")
        );
    }
}
