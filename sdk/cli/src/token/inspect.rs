//! `spanner token inspect`

use std::{
    fmt::{Display, Write as _},
    str::FromStr,
};

use gogs_spanner_capability::{
    Right,
    token::{Caveat, Inspection, Names, inspect},
};

use super::read_token;
use crate::{Failure, Output};

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
        let caveats: Vec<_> = block.caveats.iter().map(describe_caveat).collect();
        tell(&mut text, "narrowed", &format!("{delegate}{}", caveats.join("; ")));
    }
    token.revocation_ids.iter().for_each(|id| tell(&mut text, "id", &id.to_string()));
    text
}

/// What a caveat lets through.
fn describe_caveat(caveat: &Caveat) -> String {
    match caveat {
        Caveat::Expires(end) => format!("until {end}"),
        Caveat::Actions(actions) => format!("only {}", listed(actions)),
        Caveat::Repositories(set) => format!("only in {}", names(set)),
        Caveat::Refs { refs, besides } => format!("only on {}, and {}", names(refs), listed(besides)),
        Caveat::Paths { prefix, besides } => format!("only in {}**, and {}", prefix.as_str(), listed(besides)),
        Caveat::Clients(addresses) => format!("only from {}", listed(addresses)),
    }
}

fn names<N: Ord + FromStr + AsRef<str> + Display>(set: &Names<N>) -> String {
    match set {
        Names::Exact(names) => listed(names),
        Names::Under(prefix) => format!("{}**", prefix.as_str()),
    }
}

fn listed(items: impl IntoIterator<Item = impl Display>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

fn tell(text: &mut String, name: &str, value: &str) {
    writeln!(text, "{name:<9} {value}").expect("a string takes everything");
}

fn describe_right(right: &Right) -> String {
    let merging = if right.merge_from.is_empty() { "" } else { ", merging " };
    format!(
        "{} on {}, refs {}, paths {}{merging}{}",
        listed(&right.actions),
        listed(right.repositories.iter()),
        listed(right.refs.iter()),
        listed(right.paths.iter()),
        listed(&right.merge_from),
    )
}

#[cfg(test)]
mod tests {
    use gogs_spanner_capability::{Action, token::Prefix};

    use super::*;

    #[test]
    fn a_caveat_is_told_in_words() {
        let besides = [Action::ContentsRead].into();
        let refs = Caveat::Refs { refs: Names::Under(Prefix::parse("refs/heads/agents/").expect("a prefix")), besides };
        assert_eq!(describe_caveat(&refs), "only on refs/heads/agents/**, and contents:read");
        let repositories = Names::Exact(["acme/web".parse().expect("a name")].into());
        assert_eq!(describe_caveat(&Caveat::Repositories(repositories)), "only in acme/web");
        let actions = [Action::ContentsRead, Action::RefCreate].into();
        assert_eq!(describe_caveat(&Caveat::Actions(actions)), "only contents:read, ref:create");
    }
}
