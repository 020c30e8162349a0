//! What the authority block of a token states, to and from its facts and checks.

use std::{collections::BTreeSet, str::FromStr};

use biscuit_auth::builder::{Check, CheckKind, Fact, Predicate, Rule, Term};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    caveat::{Caveat, seconds, timestamp},
    clause::{is_same, strings, texts},
    reading::Statements,
};
use crate::{
    names::AgentName,
    pattern::{Pattern, Patterns},
    right::{Right, Rights},
};

/// The statements of the authority block, signed by the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Who holds it.
    pub agent: AgentName,
    /// Unique to this token; names it in the journal.
    pub nonce: String,
    /// Which issuer's proof it was given for.
    pub issuer: String,
    /// On whose behalf the agent acts, if on someone's.
    pub user: Option<String>,
    /// When it was minted, in whole seconds.
    pub issued: Timestamp,
    /// How many blocks may follow.
    pub max_depth: u8,
    /// What it grants.
    pub rights: Rights,
    /// The gateway it is for: the audience.
    pub service: String,
    /// When it ends, in whole seconds.
    pub expires: Timestamp,
}

impl Claims {
    pub(super) fn facts(&self) -> Vec<Fact> {
        let text = |name, value: &str| fact(name, vec![Term::Str(value.to_owned())]);
        let mut facts =
            vec![text("agent", self.agent.as_str()), text("nonce", &self.nonce), text("issuer", &self.issuer)];
        facts.extend(self.user.as_deref().map(|user| text("user", user)));
        facts.push(fact("issued", vec![Term::Date(seconds(self.issued))]));
        facts.push(fact("max_depth", vec![Term::Integer(self.max_depth.into())]));
        facts.extend(self.rights.iter().map(right_fact));
        facts
    }

    /// The audience and the end, in the shapes that make both machine-readable.
    #[cfg(feature = "mint")]
    pub(super) fn checks(&self) -> [Check; 2] {
        [audience_check(&self.service), Caveat::Expires(self.expires).to_check()]
    }

    /// Reads an authority block that states each claim once and nothing else.
    pub(super) fn read(block: &Statements) -> Option<Self> {
        let [service, expires] = &*block.checks else { return None };
        let Some(Caveat::Expires(expires)) = Caveat::read(expires) else { return None };
        let stated = Stated(&block.facts);
        let claims = Self {
            agent: AgentName::parse(&stated.text("agent")?).ok()?,
            nonce: stated.text("nonce")?,
            issuer: stated.text("issuer")?,
            user: stated.text("user"),
            issued: stated.date("issued")?,
            max_depth: stated.number("max_depth")?,
            rights: stated.rights()?,
            service: audience(service)?,
            expires,
        };
        claims.is_written_as(block).then_some(claims)
    }

    /// Whether the block says exactly this, facts in any order.
    fn is_written_as(&self, block: &Statements) -> bool {
        let facts = self.facts();
        facts.len() == block.facts.len()
            && facts.iter().all(|fact| block.facts.iter().any(|read| read.predicate == fact.predicate))
            && block.checks.first().is_some_and(|check| is_audience(check, &self.service))
    }
}

/// The facts of an authority block by name, each only if it is stated once.
pub(super) struct Stated<'a>(pub(super) &'a [Fact]);

impl<'a> Stated<'a> {
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &'a Fact> {
        self.0.iter().filter(move |fact| fact.predicate.name == name)
    }

    fn one(&self, name: &str) -> Option<&'a Term> {
        let mut facts = self.named(name);
        let fact = facts.next().filter(|_| facts.next().is_none())?;
        only_term(&fact.predicate)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        if let Term::Str(text) = self.one(name)? { Some(text.clone()) } else { None }
    }

    pub(super) fn date(&self, name: &str) -> Option<Timestamp> {
        if let Term::Date(seconds) = self.one(name)? { timestamp(*seconds) } else { None }
    }

    fn number(&self, name: &str) -> Option<u8> {
        if let Term::Integer(number) = self.one(name)? { u8::try_from(*number).ok() } else { None }
    }

    fn rights(&self) -> Option<Rights> {
        let rights: Rights = self.named("right").map(read_right).collect::<Option<_>>()?;
        (!rights.0.is_empty()).then_some(rights)
    }
}

pub(super) fn fact(name: &str, terms: Vec<Term>) -> Fact {
    Fact::new(name.to_owned(), terms)
}

/// One fact per right: four sets, and a fifth where refs may be merged; `**` says any, an empty set is refused.
fn right_fact(right: &Right) -> Fact {
    let mut sets = vec![
        strings(right.repositories.iter()),
        strings(&right.actions),
        strings(right.refs.iter()),
        strings(right.paths.iter()),
    ];
    sets.extend((!right.merge_from.is_empty()).then(|| strings(&right.merge_from)));
    fact("right", sets)
}

fn read_right(fact: &Fact) -> Option<Right> {
    let [Term::Set(repositories), Term::Set(actions), Term::Set(refs), Term::Set(paths), more @ ..] =
        &*fact.predicate.terms
    else {
        return None;
    };
    let merge_from = match more {
        [] => BTreeSet::new(),
        [Term::Set(merge_from)] => read_names(merge_from)?,
        _ => return None,
    };
    Some(Right {
        repositories: read_patterns(repositories)?,
        actions: read_names(actions)?,
        refs: read_patterns(refs)?,
        paths: read_patterns(paths)?,
        merge_from,
    })
}

fn read_names<N: Ord + FromStr>(set: &BTreeSet<Term>) -> Option<BTreeSet<N>> {
    texts(set)?.iter().map(|text| text.parse().ok()).collect()
}

fn read_patterns<P: Pattern>(set: &BTreeSet<Term>) -> Option<Patterns<P>> {
    let patterns: Vec<P> = texts(set)?.iter().map(|text| text.parse().ok()).collect::<Option<_>>()?;
    Patterns::new(patterns).ok()
}

fn only_term(predicate: &Predicate) -> Option<&Term> {
    if let [term] = &*predicate.terms { Some(term) } else { None }
}

/// `check if service("…")`.
pub(super) fn audience_check(service: &str) -> Check {
    let service = Predicate::new("service".to_owned(), vec![Term::Str(service.to_owned())]);
    let query = Rule::new(Predicate::new("query".to_owned(), vec![]), vec![service], vec![], vec![]);
    Check { queries: vec![query], kind: CheckKind::One }
}

/// Whether a check is, token for token, that one.
pub(super) fn is_audience(check: &Check, service: &str) -> bool {
    let written = audience_check(service);
    check.kind == CheckKind::One
        && matches!((&*check.queries, &*written.queries), ([read], [written]) if is_same(read, written))
}

/// The text of `check if service("…")`; that it is that check, [`is_audience`] says.
pub(super) fn audience(check: &Check) -> Option<String> {
    let term = check.queries.first()?.body.first().and_then(only_term)?;
    if let Term::Str(text) = term { Some(text.clone()) } else { None }
}
