//! What the tests share: a whole gateway, its callers as types, real git, and a clock that moves when it is told to.
//!
//! A test reads as a story: a forge with private repositories stands behind a [`TestGateway`]; a [`KeyHolder`] or an
//! [`OidcCaller`] proves who it is and becomes an [`Agent`]; the agent runs [git](Workspace) or calls the API; and what
//! reached the forge and what the journal kept is looked at in the end.
//!
//! The gateway is the real one, in this process, on loopback: built by the real loader from a `spanner.toml`, with its
//! embedded store in a directory that dies with it. Only time is not real.

mod answer;
mod browser;
mod callers;
mod colleague;
mod door;
mod forge;
mod gateway;
mod git;
mod gogs;
mod host;
mod key;
mod keycloak;
mod message;
mod process;
mod provider;
mod relay;
mod scene;
mod setting;
mod story;
mod tap;

pub use self::{
    answer::Answer,
    browser::Browser,
    callers::{Agent, Caller, KeyHolder, Nobody, OidcCaller, Person},
    colleague::Colleague,
    door::{Door, RawAnswer},
    forge::Forge,
    gateway::{Closed, Stopped, TestGateway},
    git::{Clone, Presentation, Remote, Said, Workspace},
    gogs::{Gogs, GogsError, GogsSetting},
    host::{Host, Serving},
    key::AgentKey,
    keycloak::Keycloak,
    message::Message,
    process::{Process, SMALL_DISK},
    provider::Provider,
    relay::Relay,
    scene::Scene,
    setting::{AUDIENCE, Setting, WRITER},
    story::{eventually, noise},
    tap::{Exchange, Tap},
};
