//! The vocabulary and the tokens of Gogs Spanner.

pub mod actions;
pub mod effect;
pub mod names;
pub mod pattern;
pub mod reason;
pub mod right;
mod text;
pub mod token;

pub use self::{
    actions::{Action, Actions},
    effect::{Effect, Paths, Resource},
    names::{AgentName, NameError, RefName, RepositoryName, TreePath},
    pattern::{PathPattern, Pattern, PatternError, Patterns, RefPattern, RepositoryPattern},
    reason::Reason,
    right::{Coverage, NarrowError, Request, Right, Rights},
};
