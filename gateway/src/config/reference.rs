//! What `spanner config schema` and `spanner config reference` print: both come from the types themselves.

use std::fmt::Write as _;

use gogs_spanner_capability::Action;
use serde_json::{Map, Value};

use super::Sections;

/// The JSON Schema of a configuration.
pub fn schema() -> Value {
    schemars::schema_for!(Sections).to_value()
}

/// The same for people, as Markdown.
pub fn markdown() -> String {
    let schema = schema();
    let mut text =
        String::from("# `spanner.toml`\n\nPaths are relative to the file. What is not listed here is refused.\n");
    for (name, section) in members(&schema) {
        let is_list = section["type"] == "array";
        let heading = if is_list { format!("[[{name}]]") } else { format!("[{name}]") };
        let table = resolve(&schema, if is_list { &section["items"] } else { inner(section) });
        write!(text, "\n## `{heading}`\n\n{}\n\n", described(table)).expect(ENDLESS);
        keys(&mut text, &schema, "", table);
    }
    text.push_str("\n## Actions\n\n");
    for action in Action::ALL.iter().filter(|action| !action.is_implied()) {
        writeln!(text, "- `{action}`").expect(ENDLESS);
    }
    text
}

const ENDLESS: &str = "a string takes everything";

/// One line for each key, and for the keys of the tables in it.
fn keys(text: &mut String, schema: &Value, parent: &str, table: &Value) {
    let required: Vec<_> = table["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, key) in members(table) {
        let path = format!("{parent}{name}");
        let inner = resolve(schema, inner(key));
        let presence = if required.contains(&name.as_str()) { "required".to_owned() } else { default(key) };
        writeln!(text, "- `{path}` ({presence}): {}", described(key)).expect(ENDLESS);
        keys(text, schema, &format!("{path}."), inner);
    }
}

fn members(table: &Value) -> impl Iterator<Item = (&String, &Value)> {
    table["properties"].as_object().into_iter().flat_map(Map::iter)
}

/// The schema of a list's members, of what may be left out, or the schema itself.
fn inner(key: &Value) -> &Value {
    if key["type"] == "array" {
        return &key["items"];
    }
    key["anyOf"].get(0).unwrap_or(key)
}

fn resolve<'a>(schema: &'a Value, value: &'a Value) -> &'a Value {
    let name = value["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
    name.map_or(value, |name| &schema["$defs"][name])
}

fn default(key: &Value) -> String {
    match &key["default"] {
        Value::Null => "optional".to_owned(),
        Value::String(text) => format!("default `{text}`"),
        Value::Array(list) if list.is_empty() => "default none".to_owned(),
        other => format!("default `{other}`"),
    }
}

/// The description's first paragraph, on one line.
fn described(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_names_every_section_and_its_keys() {
        insta::assert_snapshot!(markdown());
    }
}
