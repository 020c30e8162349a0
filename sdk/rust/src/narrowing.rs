//! What a narrower token may still do.

use gogs_spanner_capability::{
    Action, Actions, NameError, RepositoryName,
    token::{self, AttenuateError},
};
use jiff::{SignedDuration, Timestamp};

/// The actions that change nothing.
const READING: [Action; 5] =
    [Action::RepositoryRead, Action::ContentsRead, Action::IssuesRead, Action::WikiRead, Action::DirectoryRead];

/// A token cannot be narrowed this way.
#[derive(Debug, thiserror::Error)]
pub enum NarrowingError {
    /// A repository that cannot be one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The token does not take it.
    #[error(transparent)]
    Attenuate(#[from] AttenuateError),
}

/// Less than the token at hand. What is not said stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    repositories: Vec<String>,
    actions: Actions,
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
    pub fn and(mut self, repository: impl Into<String>) -> Self {
        self.repositories.push(repository.into());
        self
    }

    /// To these actions.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions.extend(actions);
        self
    }

    /// To the actions that change nothing.
    #[must_use]
    pub fn read_only(self) -> Self {
        self.actions(READING)
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

    /// The same in the token's own words.
    pub(crate) fn resolve(&self, now: Timestamp) -> Result<token::Narrowing, NarrowingError> {
        let mut narrowing = token::Narrowing::new();
        if !self.repositories.is_empty() {
            let names = self.repositories.iter().map(|name| RepositoryName::parse(name));
            narrowing = narrowing.repositories(names.collect::<Result<Vec<_>, _>>()?);
        }
        if !self.actions.is_empty() {
            narrowing = narrowing.actions(self.actions.clone());
        }
        if let Some(ends) = self.ends(now) {
            narrowing = narrowing.expires(ends);
        }
        if let Some(delegate) = &self.delegate {
            narrowing = narrowing.delegate(delegate.clone());
        }
        Ok(narrowing)
    }
}
