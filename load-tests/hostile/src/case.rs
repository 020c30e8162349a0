//! One case: what is sent, what may be answered, and what of it may reach the forge.

pub(crate) mod expected;
mod message;

use std::time::Duration;

pub use self::{
    expected::{Expected, Sent, forwards, refused},
    message::{Message, ask, get, post, put},
};

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it tries, as a few words.
    pub name: String,
    /// What is sent, in order, on one connection.
    pub steps: Vec<Step>,
    /// What may come of it.
    pub expected: Expected,
    /// What the upstream answers instead of what the forge would: the number of a lie.
    pub lie: Option<u16>,
}

/// One thing a caller does.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes, once their words are filled in.
    Send(Vec<u8>),
    /// Says nothing for a while.
    Pause(Duration),
    /// Sends one byte after the other, with a pause before each.
    Trickle(Vec<u8>, Duration),
    /// Sends these bytes again and again, until so many were sent or nobody takes them.
    Flood(Vec<u8>, u64),
    /// Says that nothing more will come, and still listens.
    HalfClose,
}

/// A case that sends one message.
pub fn case(name: impl Into<String>, message: impl Into<Vec<u8>>, expected: Expected) -> Case {
    script(name, vec![Step::Send(message.into())], expected)
}

/// A case of several steps.
pub fn script(name: impl Into<String>, steps: Vec<Step>, expected: Expected) -> Case {
    Case { name: name.into(), steps, expected, lie: None }
}
