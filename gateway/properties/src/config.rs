//! An operator's text becomes a configuration, or a complaint.

use std::{collections::BTreeSet, path::Path};

use gogs_spanner::config::{Config, ConfigError};
use toml::Value;

/// What stands in the seeds where somebody would write a secret out.
const SECRET: &str = "hunter2-hunter2";

/// A configuration is whole and read the same again; a complaint stands within the file, says how to mend it, and repeats
/// no value, for what was written in the wrong place may be a secret.
pub fn config(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let file = Path::new("spanner.toml");
    match Config::parse(file, text) {
        Ok(config) => {
            let again = Config::parse(file, text).expect("it was read before");
            assert_eq!(format!("{again:?}"), format!("{config:?}"));
            let names: BTreeSet<_> = config.agents.iter().map(|agent| agent.name.as_str()).collect();
            assert_eq!(names.len(), config.agents.len(), "two agents share a name");
        }
        Err(error) => complains(&error, text),
    }
}

fn complains(error: &ConfigError, text: &str) {
    assert!(!error.what.is_empty() && !error.mend.is_empty());
    if let Some(line) = error.line {
        assert!((1..=text.split('\n').count()).contains(&line), "{error} is beyond the file");
    }
    // A key is repeated, so that it can be found; a text that is no TOML has no keys to tell from values.
    let is_value_only = toml::from_str(text).is_ok_and(|table| !any_key(&table, &|key| key.contains(SECRET)));
    assert!(!is_value_only || !error.to_string().contains(SECRET), "{error}");
}

fn any_key(value: &Value, is_it: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Table(table) => table.iter().any(|(key, value)| is_it(key) || any_key(value, is_it)),
        Value::Array(array) => array.iter().any(|value| any_key(value, is_it)),
        _ => false,
    }
}
