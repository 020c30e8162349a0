//! What a request would do, in full: the one thing that is ever decided on.

mod touch;

use serde::{Deserialize, Serialize};

pub use self::touch::{Place, Touch};

use crate::{
    actions::Action,
    names::{RefName, RepositoryName, TreePath},
};

/// One action on one resource, on one ref and its paths where the action has them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Effect {
    /// What is done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// On which ref; `None` where the action has none, or it is not known.
    pub reference: Option<RefName>,
    /// In which paths.
    pub paths: Paths,
}

impl Effect {
    /// An action on a whole repository.
    pub fn on_repository(action: Action, repository: &RepositoryName) -> Self {
        Self::on(action, Resource::Repository(repository.clone()))
    }

    /// An action on a repository where there is one, and [unbound](Self::unbound) where there is none.
    pub fn of(action: Action, repository: Option<&RepositoryName>) -> Self {
        repository.map_or_else(|| Self::unbound(action), |name| Self::on_repository(action, name))
    }

    /// An action that concerns no one repository, as a list of users does not.
    pub fn unbound(action: Action) -> Self {
        Self::on(action, Resource::Unbound)
    }

    /// An action on whatever repositories the answer will name: a list. Each entry is an effect of its own.
    pub fn listing(action: Action) -> Self {
        Self::on(action, Resource::Listing)
    }

    /// An action on the gateway itself.
    pub fn on_spanner(action: Action) -> Self {
        Self::on(action, Resource::Spanner)
    }

    /// The same on one ref.
    #[must_use]
    pub fn at(self, reference: RefName) -> Self {
        Self { reference: Some(reference), ..self }
    }

    /// The same in these paths and no others. No paths at all means that none are known.
    #[must_use]
    pub fn touching(self, paths: Vec<TreePath>) -> Self {
        let touches: Vec<_> = paths.into_iter().map(Touch::from).collect();
        let paths = if touches.is_empty() { Paths::Whole } else { Paths::Known(touches) };
        Self { paths, ..self }
    }

    /// The same where somebody looked at what it touches and found this, which may be nothing.
    #[must_use]
    pub fn inspected(self, touches: Vec<Touch>) -> Self {
        let paths = if touches.is_empty() { Paths::Untouched } else { Paths::Known(touches) };
        Self { paths, ..self }
    }

    /// The ref that caveats judge. That of a wiki is not one of the repository's, which they speak of.
    pub fn ruled_reference(&self) -> Option<&RefName> {
        self.reference.as_ref().filter(|_| !self.action.is_wikis())
    }

    /// The repository it is done to.
    pub fn repository(&self) -> Option<&RepositoryName> {
        match &self.resource {
            Resource::Repository(name) => Some(name),
            Resource::Unbound | Resource::Listing | Resource::Spanner => None,
        }
    }

    fn on(action: Action, resource: Resource) -> Self {
        Self { action, resource, reference: None, paths: Paths::Whole }
    }
}

/// What an effect is done to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Resource {
    /// One repository.
    Repository(RepositoryName),
    /// No repository, `-`: a caveat on repositories refuses it.
    Unbound,
    /// Repositories nobody has named yet, `-`: a caveat on repositories leaves a list, and refuses its entries.
    Listing,
    /// The gateway itself.
    Spanner,
}

impl Resource {
    /// `acme/web`, `-` or `spanner`; a repository's name has a slash, so these cannot be confused.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Repository(name) => name.as_str(),
            Self::Unbound | Self::Listing => "-",
            Self::Spanner => "spanner",
        }
    }
}

/// The paths an effect changes or reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Paths {
    /// Any path, or nobody looked.
    Whole,
    /// Exactly these; an empty list is read as [`Paths::Whole`].
    Known(Vec<Touch>),
    /// Somebody looked, and it touches none.
    Untouched,
}

impl Paths {
    /// What is touched, where it is known.
    pub fn known(&self) -> Option<&[Touch]> {
        match self {
            Self::Known(touches) if !touches.is_empty() => Some(touches),
            Self::Untouched => Some(&[]),
            Self::Known(_) | Self::Whole => None,
        }
    }
}
