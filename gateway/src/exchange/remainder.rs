//! What caveats leave of rights, as far as rights can say it. For the answer, and for not handing out a token that can do
//! nothing; what a token may do is decided by its checks, not here.

use gogs_spanner_capability::{
    Patterns, RepositoryPattern, Right, Rights,
    token::{Caveat, Names, RepositorySet},
};

/// The rights without the actions and repositories that some caveat forbids. Limits on refs and paths are left out: they
/// spare some actions, which a right cannot say.
pub(super) fn remainder<'a>(rights: &Rights, caveats: impl Iterator<Item = &'a Caveat>) -> Rights {
    caveats.fold(rights.clone(), |left, caveat| left.0.into_iter().filter_map(|right| under(right, caveat)).collect())
}

fn under(mut right: Right, caveat: &Caveat) -> Option<Right> {
    match caveat {
        Caveat::Actions(allowed) => right.actions.retain(|action| allowed.contains(action)),
        Caveat::Repositories(allowed) => right.repositories = among(&right.repositories, allowed)?,
        Caveat::Expires(_) | Caveat::Refs { .. } | Caveat::Paths { .. } | Caveat::Clients(_) => {}
    }
    (!right.actions.is_empty()).then_some(right)
}

fn among(held: &Patterns<RepositoryPattern>, allowed: &RepositorySet) -> Option<Patterns<RepositoryPattern>> {
    match allowed {
        Names::Exact(names) => {
            let both = names.iter().filter(|name| held.matches(name));
            Patterns::new(both.filter_map(|name| RepositoryPattern::parse(name.as_str()).ok())).ok()
        }
        // Everything of an owner where the right holds that; else whatever of the right may lie there.
        Names::Under(owner) => {
            let whole = RepositoryPattern::parse(&format!("{}*", owner.as_str())).ok()?;
            let may_lie_there = |pattern: &&RepositoryPattern| whole.contains(pattern) || has_any_owner(pattern);
            let all = Patterns::only(whole.clone());
            if held.contains(&all) { Some(all) } else { Patterns::new(held.iter().filter(may_lie_there).cloned()).ok() }
        }
    }
}

fn has_any_owner(pattern: &RepositoryPattern) -> bool {
    pattern.as_str().split('/').next().is_some_and(|owner| owner.contains('*'))
}

#[cfg(test)]
mod tests {
    use gogs_spanner_capability::{Action, token::Narrowing};
    use serde_json::{Value, json};

    use super::*;

    fn left(narrowing: &Narrowing) -> Value {
        let rights: Rights = serde_json::from_value(json!([
            { "repositories": ["acme/*"], "actions": ["contents:read", "issues:write"], "refs": ["**"], "paths": ["**"] },
            { "repositories": ["other/x"], "actions": ["contents:read"], "refs": ["**"], "paths": ["**"] },
        ]))
        .expect("rights");
        let caveats = narrowing.caveats().expect("caveats");
        let rights = remainder(&rights, caveats.iter());
        rights.iter().map(|right| json!([right.repositories, right.actions])).collect()
    }

    #[test]
    fn actions_and_repositories_that_are_forbidden_are_gone() {
        let web = "acme/web".parse().expect("a name");
        assert_eq!(
            left(&Narrowing::new().repositories([web])),
            json!([[["acme/web"], ["contents:read", "issues:write"]]])
        );
        let reading = Narrowing::new().actions([Action::ContentsRead]);
        assert_eq!(left(&reading), json!([[["acme/*"], ["contents:read"]], [["other/x"], ["contents:read"]]]));
        assert_eq!(left(&reading.repositories_under("other/")), json!([[["other/x"], ["contents:read"]]]));
        assert_eq!(
            left(&Narrowing::new().repositories_under("acme/")),
            json!([[["acme/*"], ["contents:read", "issues:write"]]])
        );
    }

    #[test]
    fn nothing_may_be_left() {
        assert_eq!(left(&Narrowing::new().actions([Action::WikiRead])), json!([]));
        assert_eq!(left(&Narrowing::new().repositories_under("third/")), json!([]));
    }
}
