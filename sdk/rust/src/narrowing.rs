//! What a narrower token may still do.

use gogs_spanner_capability::{
    Action, Actions, NarrowError, Pattern, PatternError, Patterns, Request, Rights,
    token::{self, AttenuateError, Inexact, InspectError},
};
use jiff::{SignedDuration, Timestamp};

/// The actions that change nothing.
const READING: [Action; 5] =
    [Action::RepositoryRead, Action::ContentsRead, Action::IssuesRead, Action::WikiRead, Action::DirectoryRead];

/// A token cannot be narrowed this way.
#[derive(Debug, thiserror::Error)]
pub enum NarrowingError {
    /// A repository, a ref or a path that cannot be one.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// What is asked for cannot be said exactly.
    #[error("{}: {}", .0.member, .0)]
    Inexact(#[from] Inexact),
    /// A list that is there and empty: whoever computed it would be given everything.
    #[error("{0}: none are named")]
    Empty(&'static str),
    /// The token has none of the actions.
    #[error("the token has none of these actions")]
    NothingLeft,
    /// Something that is named is held by no right of the token: a slip, which the token endpoint refuses too.
    #[error("{}: {}", .0.member(), .0)]
    NotHeld(#[from] NarrowError),
    /// What the token has cannot be read.
    #[error(transparent)]
    Unreadable(#[from] InspectError),
    /// The token does not take it.
    #[error(transparent)]
    Attenuate(#[from] AttenuateError),
}

/// Less than the token at hand. What is not said stays as it is; what the token has not is not given.
///
/// Repositories and refs are names, or one pattern that is everything below a prefix (`acme/*`, `refs/heads/agents/**`);
/// paths are one such pattern (`docs/**`).
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    repositories: Option<Vec<String>>,
    actions: Option<Actions>,
    refs: Option<Vec<String>>,
    paths: Option<Vec<String>>,
    lifetime: Option<SignedDuration>,
    delegate: Option<String>,
}

impl Narrowing {
    /// To one repository; [`Self::and`] adds more.
    pub fn to(repository: impl Into<String>) -> Self {
        Self::default().and(repository)
    }

    /// To one more repository.
    #[must_use]
    pub fn and(self, repository: impl Into<String>) -> Self {
        self.repositories([repository])
    }

    /// To these repositories.
    #[must_use]
    pub fn repositories<R: Into<String>>(mut self, repositories: impl IntoIterator<Item = R>) -> Self {
        self.repositories.get_or_insert_default().extend(repositories.into_iter().map(Into::into));
        self
    }

    /// To these actions.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions.get_or_insert_default().extend(actions);
        self
    }

    /// To the actions that change nothing.
    #[must_use]
    pub fn read_only(self) -> Self {
        self.actions(READING)
    }

    /// To these refs, where an action is on one. Reading the contents is: a clone, which reads every ref, is none any
    /// more.
    #[must_use]
    pub fn refs<R: Into<String>>(mut self, refs: impl IntoIterator<Item = R>) -> Self {
        self.refs.get_or_insert_default().extend(refs.into_iter().map(Into::into));
        self
    }

    /// To these paths, where an action is on some.
    #[must_use]
    pub fn paths<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.paths.get_or_insert_default().extend(paths.into_iter().map(Into::into));
        self
    }

    /// To so long from now.
    #[must_use]
    pub fn lifetime(mut self, lifetime: SignedDuration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Says whom it is for. A claim of the holder's, shown as such.
    #[must_use]
    pub fn delegate(mut self, name: impl Into<String>) -> Self {
        self.delegate = Some(name.into());
        self
    }

    /// When the narrower token ends, if this says so. Tokens know whole seconds.
    pub(crate) fn ends(&self, now: Timestamp) -> Option<Timestamp> {
        let lifetime = self.lifetime?;
        Some(Timestamp::from_second((now + lifetime).as_second()).expect("a whole second of a moment that exists"))
    }

    /// The same in the token's own words, for a token with these rights: those that the token endpoint would find for it,
    /// were it asked.
    pub(crate) fn resolve(&self, rights: &Rights, now: Timestamp) -> Result<token::Narrowing, NarrowingError> {
        let request = self.request(rights)?;
        let granted = rights.reach(&request)?;
        let mut narrowing = token::Narrowing::of(&request, &granted)?;
        if let Some(ends) = self.ends(now) {
            narrowing = narrowing.expires(ends);
        }
        if let Some(delegate) = &self.delegate {
            narrowing = narrowing.delegate(delegate.clone());
        }
        Ok(narrowing)
    }

    /// The same as a request (RFC 9396), without the actions that a token with these rights has not.
    pub(crate) fn request(&self, rights: &Rights) -> Result<Request, NarrowingError> {
        let held = |action: &Action| action.is_implied() || rights.iter().any(|right| right.actions.contains(action));
        let actions = self.actions.as_ref().map(|actions| actions.iter().copied().filter(held).collect::<Actions>());
        if actions.as_ref().is_some_and(Actions::is_empty) {
            return Err(NarrowingError::NothingLeft);
        }
        Ok(Request {
            actions,
            repositories: patterns("repositories", self.repositories.as_deref())?,
            refs: patterns("refs", self.refs.as_deref())?,
            paths: patterns("paths", self.paths.as_deref())?,
        })
    }
}

fn patterns<P: Pattern>(member: &'static str, texts: Option<&[String]>) -> Result<Option<Patterns<P>>, NarrowingError> {
    let Some(texts) = texts else { return Ok(None) };
    let patterns = texts.iter().map(|text| text.parse()).collect::<Result<Vec<P>, _>>()?;
    Patterns::new(patterns).map(Some).map_err(|_| NarrowingError::Empty(member))
}
