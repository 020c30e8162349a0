//! The verbs of `spanner` that an agent's own machine needs. They know the SDK and nothing of the gateway, so they run
//! wherever an agent does; the gateway's `spanner` has them among its own.

mod command;
mod failure;
mod login;
mod output;
mod quantity;
mod time;
mod token;

pub use self::{
    command::{Command, Verb},
    login::{Login, Logout},
    output::{Explained, Failure, Output, Place, line},
    quantity::counted,
    time::{DURATION, When, duration, read_duration, when},
    token::{Token, read_token},
};
