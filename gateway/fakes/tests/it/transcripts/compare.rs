//! Recorded JSON against actual JSON.

use serde_json::Value;

use super::bindings::Bindings;

/// Where two values differ, as a path with both; nothing when they are the same.
pub(super) fn difference(bindings: &mut Bindings, recorded: &Value, actual: &Value) -> Option<String> {
    match (recorded, actual) {
        (Value::String(recorded), Value::String(actual)) if bindings.same(recorded, actual) => None,
        (Value::Array(recorded), Value::Array(actual)) if recorded.len() == actual.len() => {
            let mut pairs = recorded.iter().zip(actual).enumerate();
            pairs.find_map(|(at, (recorded, actual))| below(at, difference(bindings, recorded, actual)))
        }
        (Value::Object(recorded), Value::Object(actual)) if recorded.keys().eq(actual.keys()) => {
            let mut pairs = recorded.iter().zip(actual.values());
            pairs.find_map(|((name, recorded), actual)| below(name, difference(bindings, recorded, actual)))
        }
        (recorded, actual) if recorded == actual => None,
        (recorded, actual) => Some(format!(": {recorded} became {actual}")),
    }
}

fn below(step: impl std::fmt::Display, difference: Option<String>) -> Option<String> {
    difference.map(|rest| format!(".{step}{rest}"))
}
