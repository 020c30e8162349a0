//! The one shape a demand has in Datalog: one fact the gateway supplies, one test of its value.
//!
//! Reading and writing are the same table. A rule is taken only if writing what was read gives the rule back, so
//! nothing can stand in a block that this file does not know how to write.

use std::collections::BTreeSet;

use biscuit_auth::builder::{Binary, Expression, Op, Predicate, Rule, Term};

/// A fact the gateway supplies, exactly one of each kind (paths excepted).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Time,
    Operation,
    Resource,
    Ref,
    Path,
    ClientIp,
}

/// What is asked of its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    Among(BTreeSet<String>),
    Under(String),
    /// Seconds since 1970.
    AtMost(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) subject: Subject,
    pub(super) test: Test,
}

impl Subject {
    const ALL: [Self; 6] = [Self::Time, Self::Operation, Self::Resource, Self::Ref, Self::Path, Self::ClientIp];

    /// The fact's name; all but `ref` are in Biscuit's built-in symbol table.
    pub(super) const fn fact(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Operation => "operation",
            Self::Resource => "resource",
            Self::Ref => "ref",
            Self::Path => "path",
            Self::ClientIp => "client_ip",
        }
    }

    const fn variable(self) -> &'static str {
        match self {
            Self::Time => "t",
            Self::Operation => "o",
            Self::Resource => "r",
            Self::Ref => "f",
            Self::Path => "p",
            Self::ClientIp => "c",
        }
    }

    fn of(fact: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.fact() == fact)
    }
}

impl Clause {
    pub(super) fn among<S: ToString>(subject: Subject, values: impl IntoIterator<Item = S>) -> Self {
        Self { subject, test: Test::Among(values.into_iter().map(|value| value.to_string()).collect()) }
    }

    pub(super) fn under(subject: Subject, prefix: &str) -> Self {
        Self { subject, test: Test::Under(prefix.to_owned()) }
    }

    /// `time($t), $t <= D` and its like.
    pub(super) fn to_rule(&self) -> Rule {
        self.to_rule_of(self.subject.variable())
    }

    fn to_rule_of(&self, variable: &str) -> Rule {
        let variable = Term::Variable(variable.to_owned());
        let body = Predicate::new(self.subject.fact().to_owned(), vec![variable.clone()]);
        let (left, right, operator) = match &self.test {
            Test::Among(values) => (strings(values), variable, Binary::Contains),
            Test::Under(prefix) => (variable, Term::Str(prefix.clone()), Binary::Prefix),
            Test::AtMost(seconds) => (variable, Term::Date(*seconds), Binary::LessOrEqual),
        };
        let expression = Expression { ops: vec![Op::Value(left), Op::Value(right), Op::Binary(operator)] };
        Rule::new(Predicate::new("query".to_owned(), vec![]), vec![body], vec![expression], vec![])
    }

    /// Reads a rule that is, token for token, one this file writes; what its variable is called means nothing.
    pub(super) fn read(rule: &Rule) -> Option<Self> {
        let ([body], [expression]) = (&*rule.body, &*rule.expressions) else { return None };
        let [Term::Variable(variable)] = &*body.terms else { return None };
        let test = match &*expression.ops {
            [Op::Value(Term::Set(values)), Op::Value(_), Op::Binary(_)] => Test::Among(texts(values)?),
            [Op::Value(_), Op::Value(Term::Str(prefix)), Op::Binary(_)] => Test::Under(prefix.clone()),
            [Op::Value(_), Op::Value(Term::Date(seconds)), Op::Binary(_)] => Test::AtMost(*seconds),
            _ => return None,
        };
        let clause = Self { subject: Subject::of(&body.name)?, test };
        is_same(rule, &clause.to_rule_of(variable)).then_some(clause)
    }
}

/// Equal in everything that is written to a token.
pub(super) fn is_same(one: &Rule, other: &Rule) -> bool {
    (&one.head, &one.body, &one.expressions, &one.scopes)
        == (&other.head, &other.body, &other.expressions, &other.scopes)
}

/// A set of texts as a Datalog term.
pub(super) fn strings<S: ToString>(values: impl IntoIterator<Item = S>) -> Term {
    Term::Set(values.into_iter().map(|value| Term::Str(value.to_string())).collect())
}

/// The texts of a set that holds at least one, and nothing else.
pub(super) fn texts(values: &BTreeSet<Term>) -> Option<BTreeSet<String>> {
    let text = |term: &Term| if let Term::Str(text) = term { Some(text.clone()) } else { None };
    if values.is_empty() { None } else { values.iter().map(text).collect() }
}
