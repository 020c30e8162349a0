//! Deciding the checks of a verified token for one effect. Datalog decides; the typed caveats only name what refused.

use std::{panic, time::Duration};

use biscuit_auth::{
    AuthorizerBuilder, AuthorizerLimits,
    builder::{Fact, Policy, PolicyKind, Predicate, Rule, Term},
    error,
};

use super::{Token, Verified};
use crate::{
    actions::Action,
    effect::{Effect, Resource, Touch},
    reason::Reason,
    token::{
        caveat::{Caveat, Circumstances, seconds},
        clause::Subject,
    },
};

/// A back-stop against a busy machine, not a bound on work: admission is that. The library's own 1 ms fails one
/// authorization in thirty when threads outnumber cores.
const MAX_TIME: Duration = Duration::from_millis(200);
/// Several times what one run of an admitted token can hold.
const MAX_FACTS: u64 = 5_000;
/// There are no rules, so there is one iteration.
const MAX_ITERATIONS: u64 = 20;
/// Facts are scanned linearly: 500 paths take 0.4 ms, 5,000 take 22 ms.
const PATHS_PER_RUN: usize = 500;
/// More paths than this are treated as not known.
pub const MAX_PATHS: usize = 20_000;

/// Why the checks of a token do not let an effect pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// A caveat forbids it.
    #[error("a caveat forbids it")]
    Narrowed,
    /// A caveat asks for the paths, and they are not known.
    #[error("a caveat asks for paths that are not known")]
    PathsUnknown,
    /// The token has ended.
    #[error("the token has expired")]
    Expired,
    /// The token is for another gateway.
    #[error("the token is for another service")]
    WrongService,
    /// The machine was too busy; the same request may succeed.
    #[error("a run limit was reached")]
    RunLimit,
    /// The checks could not be run. Never a decision, so never cached.
    #[error("the checks could not be run")]
    Broken,
}

impl CheckError {
    /// What the caller is told.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Narrowed => Reason::Narrowed,
            Self::PathsUnknown => Reason::PathsNotInspected,
            Self::Expired => Reason::TokenExpired,
            Self::WrongService => Reason::TokenNotAccepted,
            Self::RunLimit => Reason::RunLimit,
            Self::Broken => Reason::InternalError,
        }
    }
}

impl Verified {
    /// Whether every check of the token lets the effect pass. Rights are asked apart ([`Verified::rights`]).
    pub fn check(&self, effect: &Effect, circumstances: &Circumstances<'_>) -> Result<(), CheckError> {
        if circumstances.service != self.service() {
            return Err(CheckError::WrongService);
        }
        if circumstances.time.as_second() > self.expires().as_second() {
            return Err(CheckError::Expired);
        }
        let run = |paths: &[&str]| self.0.run(effect, circumstances, paths);
        let outcome = match effect.paths.known().filter(|_| self.speaks_of_paths(effect)) {
            None => run(&[]),
            Some(touches) if touches.len() > MAX_PATHS => return Err(CheckError::PathsUnknown),
            // `check all` wants a fact to check: where nothing is touched, the narrowest place the caveats leave.
            Some([]) => run(&[self.narrowest_place()]),
            // Sound because a caveat on paths is `check all`: what holds for every part holds for the whole.
            Some(touches) => touches
                .chunks(PATHS_PER_RUN)
                .try_for_each(|part| run(&part.iter().map(Touch::fact).collect::<Vec<_>>())),
        };
        outcome.map_err(|error| if error == CheckError::Narrowed { self.name(effect, circumstances) } else { error })
    }

    /// The longest prefix of its caveats on paths: if they lie within one another, it stands for all of them.
    fn narrowest_place(&self) -> &str {
        let prefixes = self.caveats().filter_map(|caveat| match caveat {
            Caveat::Paths { prefix, .. } => Some(prefix.as_str()),
            _ => None,
        });
        prefixes.max_by_key(|prefix| prefix.len()).unwrap_or_default()
    }

    /// Paths are to blame only if nothing else is; those of a deletion are all paths.
    fn name(&self, effect: &Effect, circumstances: &Circumstances<'_>) -> CheckError {
        if effect.paths.known().is_some() || effect.action == Action::RefDelete {
            return CheckError::Narrowed;
        }
        let needs_paths = |caveat: &Caveat| caveat.speaks_of_paths(effect);
        let is_left = |caveat: &Caveat| needs_paths(caveat) || caveat.permits(effect, circumstances);
        if self.caveats().all(is_left) { CheckError::PathsUnknown } else { CheckError::Narrowed }
    }
}

impl Token {
    /// One authorization with exactly one value of each fact (paths, and the resources of a list, excepted), on an authorizer of its own: after a
    /// limit was reached, asking the same authorizer again may answer yes.
    fn run(&self, effect: &Effect, circumstances: &Circumstances<'_>, paths: &[&str]) -> Result<(), CheckError> {
        let examples = self.examples(effect);
        let decide = || authorizer(effect, circumstances, paths, &examples)?.build(&self.biscuit)?.authorize();
        match panic::catch_unwind(panic::AssertUnwindSafe(decide)) {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error::Token::FailedLogic(_))) => Err(CheckError::Narrowed),
            Ok(Err(error::Token::RunLimit(_))) => Err(CheckError::RunLimit),
            Ok(Err(_)) | Err(_) => Err(CheckError::Broken),
        }
    }
}

impl Token {
    /// What a list may still be about, for each caveat that names repositories: its entries are unknown yet and decided
    /// one by one, so all that such a check can say of the list as a whole is whether it leaves any at all.
    fn examples(&self, effect: &Effect) -> Vec<String> {
        let example = |caveat: &Caveat| if let Caveat::Repositories(set) = caveat { set.example() } else { None };
        match effect.resource {
            Resource::Listing => self.reading.caveats().filter_map(example).collect(),
            _ => Vec::new(),
        }
    }
}

fn authorizer(
    effect: &Effect,
    circumstances: &Circumstances<'_>,
    paths: &[&str],
    examples: &[String],
) -> Result<AuthorizerBuilder, error::Token> {
    let limits = AuthorizerLimits { max_facts: MAX_FACTS, max_iterations: MAX_ITERATIONS, max_time: MAX_TIME };
    let builder = AuthorizerBuilder::new().set_limits(limits).policy(allow())?;
    let mut facts = facts(effect, circumstances, paths);
    facts.extend(examples.iter().map(|name| text(Subject::Resource, name)));
    facts.into_iter().try_fold(builder, AuthorizerBuilder::fact)
}

/// A fact that is not known is not stated, and a check that asks for it fails.
fn facts(effect: &Effect, circumstances: &Circumstances<'_>, paths: &[&str]) -> Vec<Fact> {
    let mut facts = vec![
        fact(Subject::Time.fact(), Term::Date(seconds(circumstances.time))),
        fact("service", Term::Str(circumstances.service.to_owned())),
        text(Subject::Operation, effect.action.as_str()),
        text(Subject::Resource, effect.resource.as_str()),
    ];
    facts.extend(effect.ruled_reference().map(|name| text(Subject::Ref, name.as_str())));
    facts.extend(circumstances.client.map(|client| text(Subject::ClientIp, &client.to_canonical().to_string())));
    facts.extend(paths.iter().map(|path| text(Subject::Path, path)));
    facts
}

fn text(subject: Subject, value: &str) -> Fact {
    fact(subject.fact(), Term::Str(value.to_owned()))
}

fn fact(name: &str, value: Term) -> Fact {
    Fact::new(name.to_owned(), vec![value])
}

/// `allow if true`: rights are matched in Rust, Datalog decides checks only.
fn allow() -> Policy {
    let always = biscuit_auth::builder::Expression { ops: vec![biscuit_auth::builder::Op::Value(Term::Bool(true))] };
    let query = Rule::new(Predicate::new("query".to_owned(), vec![]), vec![], vec![always], vec![]);
    Policy { queries: vec![query], kind: PolicyKind::Allow }
}
