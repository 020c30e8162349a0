//! Refusals, and how each kind of caller reads them.
//!
//! Stages say *what* was refused and why; here, and only here, that becomes a status and a body.

mod audience;
mod challenge;
mod render;

use std::{borrow::Cow, fmt};

use gogs_spanner_capability::{Effect, Reason};

pub use self::{
    audience::Audience,
    render::{Asked, answer, drain, git_result, oauth, page, problem},
};
use crate::{body::Body, caller::Caller, classify::Route};

/// The negative outcome of a stage: a stable reason, why in the caller's terms, and what to do next.
#[derive(Debug, Clone)]
pub struct Refusal {
    reason: Reason,
    why: Option<Cow<'static, str>>,
    hint: Option<Cow<'static, str>>,
    retry: Option<u32>,
    truth: Option<Box<str>>,
    matter: Option<Box<Matter>>,
    /// Whether it had been permitted and written down as intended, so that a record tells already what became of it.
    intended: bool,
}

/// What was decided on, and what of it stood in the way.
#[derive(Debug, Clone)]
struct Matter {
    effect: Effect,
    findings: Vec<String>,
}

impl Refusal {
    /// A refusal for a reason of the table.
    pub const fn new(reason: Reason) -> Self {
        Self { reason, why: None, hint: None, retry: None, truth: None, matter: None, intended: false }
    }

    /// Says why, in the caller's terms; the caller sees it.
    #[must_use]
    pub fn because(mut self, why: impl Into<Cow<'static, str>>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says what to do next, where that is more exact than the table.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says after how many seconds the same request may succeed.
    #[must_use]
    pub const fn retry(mut self, seconds: u32) -> Self {
        self.retry = Some(seconds);
        self
    }

    /// Says what really happened, for the journal only; never a secret.
    #[must_use]
    pub fn truly(mut self, truth: impl fmt::Display) -> Self {
        self.truth = Some(truth.to_string().into());
        self
    }

    /// Says which effect was decided on, and lists what of it stood in the way, a line each.
    #[must_use]
    pub fn listing(mut self, effect: &Effect, findings: Vec<String>) -> Self {
        self.matter = Some(Box::new(Matter { effect: effect.clone(), findings }));
        self
    }

    /// What stood in the way, a line each; the caller sees it.
    pub fn findings(&self) -> &[String] {
        self.matter.as_ref().map_or(&[], |matter| &matter.findings)
    }

    /// Says which effect was decided on.
    #[must_use]
    pub fn about(self, effect: &Effect) -> Self {
        self.listing(effect, Vec::new())
    }

    /// The effect that was decided on.
    pub fn effect(&self) -> Option<&Effect> {
        self.matter.as_ref().map(|matter| &matter.effect)
    }

    /// The stable code's row.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Why, as shown to the caller.
    pub fn why(&self) -> &str {
        self.why.as_deref().unwrap_or_else(|| self.reason.meaning())
    }

    /// What the caller should do next.
    pub fn next_step(&self) -> &str {
        self.hint.as_deref().unwrap_or_else(|| self.reason.hint())
    }

    /// Seconds after which the same request may succeed.
    pub fn retry_after(&self) -> Option<u32> {
        self.retry.or_else(|| self.reason.retry())
    }

    /// Whether a record of its intent tells already what became of the request.
    pub const fn was_intended(&self) -> bool {
        self.intended
    }

    /// The reason on the one line git gives a ref; the hint stands above it, in the text.
    pub fn on_one_line(&self) -> String {
        format!("{}: {}", self.reason.code(), self.why())
    }

    /// What the journal keeps, where the caller is told less.
    pub fn truth(&self) -> Option<&str> {
        self.truth.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.code(), self.why())
    }
}

impl std::error::Error for Refusal {}

/// The refusal of somebody who is not let in. What the holder of a ticket sends meanwhile is read, or the reason is lost;
/// of somebody whose credential does not hold nothing is.
pub fn unknown(route: &Route, body: Body, refusal: Refusal) -> Refused {
    let is_holders = route.takes_ticket() && refusal.reason().status() == 403;
    if is_holders { Refused::to(Audience::Lfs { rest: Some(body) }, refusal) } else { refusal.into() }
}

/// A refusal on its way out: whom it is for, who asked, and what was decided of each effect.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// How it will be read, where the stage that refused knew better than the request line.
    pub audience: Option<Box<Audience>>,
    /// Who asked, once that was verified.
    pub caller: Option<Box<Caller>>,
    /// What was decided of every effect; `None` stands for one that alone would have been permitted.
    pub decisions: Box<[(Effect, Option<Refusal>)]>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, audience: None, caller: None, decisions: Box::default() }
    }
}

impl Refused {
    /// Addresses a refusal.
    pub fn to(audience: Audience, refusal: Refusal) -> Self {
        Self { audience: Some(Box::new(audience)), ..refusal.into() }
    }

    /// Says how it will be read.
    #[must_use]
    pub fn heard_by(mut self, audience: Audience) -> Self {
        self.audience = Some(Box::new(audience));
        self
    }

    /// Says who had asked.
    #[must_use]
    pub fn by(mut self, caller: &Caller) -> Self {
        self.caller = Some(Box::new(caller.clone()));
        self
    }

    /// Says that it failed after it had been written down.
    #[must_use]
    pub fn once_intended(mut self) -> Self {
        self.refusal.intended = true;
        self
    }

    /// Says what was decided of each effect.
    #[must_use]
    pub fn deciding(mut self, decisions: Vec<(Effect, Option<Refusal>)>) -> Self {
        self.decisions = decisions.into();
        self
    }
}
