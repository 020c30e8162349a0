//! Less than the maximum: `authorization_details` (RFC 9396), `[{"type":"gogs","actions":[…],…}]`.

use std::fmt;

use gogs_spanner_capability::{NarrowError, Reason, Request, Right, Rights};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::json;
use crate::refuse::Refusal;

/// The one type of authorization there is.
const TYPE: &str = "gogs";

/// More entries than a token of 2 KiB could hold as rights.
const ENTRIES_AT_MOST: usize = 16;

/// Reads what is asked for; whatever is not understood is refused by name, for it may have been meant as a limit.
pub(super) fn parse(text: &str) -> Result<Vec<Request>, Refusal> {
    let entries = json::array(text.as_bytes()).map_err(|_| refused(" is not a JSON array with every name once"))?;
    if entries.is_empty() || entries.len() > ENTRIES_AT_MOST {
        return Err(refused(format_args!(" has not between 1 and {ENTRIES_AT_MOST} entries")));
    }
    entries.into_iter().enumerate().map(|(at, entry)| self::entry(at, entry)).collect()
}

fn entry(at: usize, entry: Value) -> Result<Request, Refusal> {
    let Value::Object(mut members) = entry else { return Err(refused(format_args!("[{at}] is not an object"))) };
    if members.remove("type").as_ref().and_then(Value::as_str) != Some(TYPE) {
        return Err(refused(format_args!("[{at}].type is not \"{TYPE}\"")));
    }
    let request = Request {
        actions: member(at, &mut members, "actions")?,
        repositories: member(at, &mut members, "repositories")?,
        refs: member(at, &mut members, "refs")?,
        paths: member(at, &mut members, "paths")?,
    };
    if !members.is_empty() {
        return Err(refused(format_args!(
            "[{at}] has a member that is not one of type, actions, repositories, refs, paths"
        )));
    }
    Ok(request)
}

fn member<T: DeserializeOwned>(at: usize, members: &mut Map<String, Value>, name: &str) -> Result<Option<T>, Refusal> {
    let Some(value) = members.remove(name) else { return Ok(None) };
    let understood = serde_json::from_value(value).map(Some);
    understood.map_err(|error| refused(format_args!("[{at}].{name} is not understood: {error}")))
}

/// Every right that contains an entry, narrowed to it; the union over the entries. Nothing asked for is everything.
pub(super) fn narrow(rights: &Rights, details: &[Request]) -> Result<Rights, Refusal> {
    if details.is_empty() {
        return Ok(rights.clone());
    }
    let mut narrowed = Vec::<Right>::new();
    for (at, entry) in details.iter().enumerate() {
        let granted = rights.narrow(entry).map_err(|missing| not_held(at, missing))?;
        for right in granted.0 {
            if !narrowed.contains(&right) {
                narrowed.push(right);
            }
        }
    }
    Ok(narrowed.into_iter().collect())
}

/// What of a token's rights an entry reaches: caveats stand beside them, so that not one of them need hold all of it.
pub(super) fn reach(rights: &Rights, entry: Option<&Request>) -> Result<Rights, Refusal> {
    entry.map_or_else(|| Ok(rights.clone()), |entry| rights.reach(entry).map_err(|missing| not_held(0, missing)))
}

fn not_held(at: usize, missing: NarrowError) -> Refusal {
    let why = format!("authorization_details[{at}].{}: {missing}", missing.member());
    Refusal::new(Reason::DetailsNotGranted).because(why)
}

/// What was granted, in the form it is asked for.
pub(super) fn describe(rights: &Rights) -> Value {
    let describe = |right| {
        let mut entry = json!(right);
        entry["type"] = TYPE.into();
        entry
    };
    rights.iter().map(describe).collect()
}

fn refused(what: impl fmt::Display) -> Refusal {
    Refusal::new(Reason::DetailsNotGranted).because(format!("authorization_details{what}"))
        .hint("[{\"type\":\"gogs\",\"actions\":[…],\"repositories\":[…],\"refs\":[…],\"paths\":[…]}]; a member left out means as in the right")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights() -> Rights {
        let rights = json!([
            { "repositories": ["acme/*"], "actions": ["contents:read", "issues:read"], "refs": ["**"], "paths": ["**"] },
            { "repositories": ["acme/web"], "actions": ["ref:update"], "refs": ["refs/heads/bot/**"], "paths": ["docs/**"] },
        ]);
        serde_json::from_value(rights).expect("two rights")
    }

    fn narrowed(text: &str) -> Result<Rights, Refusal> {
        narrow(&rights(), &parse(text)?)
    }

    #[test]
    fn a_member_left_out_is_as_in_the_right() {
        let granted = narrowed(r#"[{"type":"gogs","actions":["ref:update"]}]"#).expect("granted");
        assert_eq!(granted.0, rights().0[1..]);
        assert_eq!(narrow(&rights(), &[]).expect("granted"), rights());
    }

    #[test]
    fn actions_of_two_rights_are_two_entries() {
        let both = r#"[{"type":"gogs","actions":["contents:read"]},{"type":"gogs","actions":["ref:update"]}]"#;
        assert_eq!(narrowed(both).expect("granted").0.len(), 2);
        let twice = r#"[{"type":"gogs","actions":["ref:update"]},{"type":"gogs","actions":["ref:update"]}]"#;
        assert_eq!(narrowed(twice).expect("granted").0.len(), 1);
        let mixed =
            narrowed(r#"[{"type":"gogs","actions":["contents:read","ref:update"]}]"#).expect_err("in no one right");
        assert_eq!(mixed.reason(), Reason::DetailsNotGranted);
    }

    #[test]
    fn what_is_not_granted_or_not_understood_is_named() {
        for (text, named) in [
            ("", "authorization_details is not a JSON array"),
            ("{}", "authorization_details is not a JSON array"),
            ("[]", "authorization_details has not between 1 and"),
            ("[1]", "authorization_details[0] is not an object"),
            (r#"[{"actions":["contents:read"]}]"#, "authorization_details[0].type"),
            (r#"[{"type":"Gogs"}]"#, "authorization_details[0].type"),
            (r#"[{"type":"gogs","type":"gogs"}]"#, "authorization_details is not a JSON array"),
            (r#"[{"type":"gogs","action":["contents:read"]}]"#, "authorization_details[0] has a member"),
            (r#"[{"type":"gogs","Refs":["**"]}]"#, "authorization_details[0] has a member"),
            (r#"[{"type":"gogs","actions":["contents:*"]}]"#, "authorization_details[0].actions is not understood"),
            (r#"[{"type":"gogs","actions":[]}]"#, "authorization_details[0].actions"),
            (r#"[{"type":"gogs"},{"type":"gogs","actions":["wiki:read"]}]"#, "authorization_details[1].actions"),
            (r#"[{"type":"gogs","repositories":[]}]"#, "authorization_details[0].repositories is not understood"),
            (r#"[{"type":"gogs","repositories":["other/x"]}]"#, "authorization_details[0].repositories"),
            (
                r#"[{"type":"gogs","actions":["ref:update"],"refs":["refs/heads/main"]}]"#,
                "authorization_details[0].refs",
            ),
            (r#"[{"type":"gogs","actions":["ref:update"],"paths":["src/**"]}]"#, "authorization_details[0].paths"),
        ] {
            let refusal = narrowed(text).expect_err(text);
            assert_eq!(refusal.reason(), Reason::DetailsNotGranted, "{text}");
            assert!(refusal.why().starts_with(named), "{text}: {}", refusal.why());
        }
    }

    #[test]
    fn what_is_described_can_be_asked_for() {
        let described = describe(&rights()).to_string();
        assert_eq!(narrowed(&described).expect("granted"), rights());
    }
}
