//! `spanner token inspect`

use std::fmt::Write as _;

use gogs_spanner_capability::{
    Right,
    token::{Inspection, inspect},
};

use super::{
    super::{Failure, Output},
    read_token,
};

/// Reads the token and shows what it says.
pub(super) fn run(output: Output) -> Result<(), Failure> {
    let inspection =
        inspect(&read_token()?).map_err(|error| Failure::failed(error, "get a new one with `spanner token get`"))?;
    let value = serde_json::to_value(&inspection).expect("texts and numbers always become JSON");
    output.say(describe(&inspection).trim_end(), &value)
}

fn describe(token: &Inspection) -> String {
    let mut text = String::from("what the token says of itself; nothing is verified\n");
    let key = token.key_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let facts = [
        ("agent", token.agent.to_string()),
        ("for", token.user.clone().unwrap_or_else(|| "itself".to_owned())),
        ("service", token.service.clone()),
        ("issuer", token.issuer.clone()),
        ("issued", token.issued.to_string()),
        ("expires", token.expires.to_string()),
        ("key", key),
        ("sealed", token.sealed.to_string()),
    ];
    for (name, value) in facts {
        tell(&mut text, name, &value);
    }
    token.rights.iter().for_each(|right| tell(&mut text, "right", &describe_right(right)));
    for block in &token.blocks {
        let delegate = block.delegate.as_ref().map_or_else(String::new, |name| format!("for {name}: "));
        let caveats: Vec<_> = block.caveats.iter().map(|caveat| format!("{caveat:?}")).collect();
        tell(&mut text, "narrowed", &format!("{delegate}{}", caveats.join("; ")));
    }
    token.revocation_ids.iter().for_each(|id| tell(&mut text, "id", &id.to_string()));
    text
}

fn tell(text: &mut String, name: &str, value: &str) {
    writeln!(text, "{name:<9} {value}").expect("a string takes everything");
}

fn describe_right(right: &Right) -> String {
    let join = |texts: Vec<String>| texts.join(", ");
    let merge_from = join(right.merge_from.iter().map(ToString::to_string).collect());
    format!(
        "{} on {}, refs {}, paths {}{}",
        join(right.actions.iter().map(ToString::to_string).collect()),
        join(right.repositories.iter().map(ToString::to_string).collect()),
        join(right.refs.iter().map(ToString::to_string).collect()),
        join(right.paths.iter().map(ToString::to_string).collect()),
        if merge_from.is_empty() { merge_from } else { format!(", merging {merge_from}") },
    )
}
