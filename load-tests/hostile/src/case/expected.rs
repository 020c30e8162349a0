//! What may come of a case.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// Longer than an answer takes that does not wait for anybody.
const AT_ONCE: Duration = Duration::from_secs(10);

/// What may be answered, and what must have arrived at the forge.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The statuses that will do; none of them: only a connection closed without an answer will.
    pub statuses: Vec<u16>,
    /// Whether closing the connection without an answer will do too.
    pub silence: bool,
    /// The stable code that must stand in the answer, where there is one.
    pub reason: Option<&'static str>,
    /// Exactly these requests, in order.
    pub forwarded: Vec<Sent>,
    /// Whether nothing need have arrived.
    pub optional: bool,
    /// Texts no part of the answer may have.
    pub never: Vec<&'static str>,
    /// Whether the answer must break off, so that nobody takes it for whole.
    pub cut: bool,
    /// When it must be over.
    pub within: Duration,
}

/// A request as it must arrive at the forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Method and target.
    pub line: String,
    /// The digest of its body; `None` where it need not have come to its end.
    pub body: Option<String>,
    /// How many bytes it must stay short of, where it may not be whole.
    pub short_of: Option<u64>,
}

/// Refused with whatever error, or by closing the connection; nothing of it arrives.
pub fn refused() -> Expected {
    Expected {
        statuses: (400..600).filter(|status| *status != 500).collect(),
        silence: true,
        reason: None,
        forwarded: Vec::new(),
        optional: false,
        never: Vec::new(),
        cut: false,
        within: AT_ONCE,
    }
}

/// Let through: exactly this line arrives, with an empty body, and the forge's answer comes back.
pub fn forwards(line: &str) -> Expected {
    let sent = Sent { line: line.to_owned(), body: Some(digest(b"")), short_of: None };
    Expected { statuses: (200..300).collect(), silence: false, forwarded: vec![sent], ..refused() }
}

impl Expected {
    /// Answered with this status, and nothing else.
    #[must_use]
    pub fn with(self, status: u16) -> Self {
        self.with_any(&[status])
    }

    /// Answered with whatever the forge says.
    #[must_use]
    pub fn with_whatever(self) -> Self {
        Self { statuses: (200..600).collect(), ..self }
    }

    /// Answered with one of these.
    #[must_use]
    pub fn with_any(self, statuses: &[u16]) -> Self {
        Self { statuses: statuses.to_vec(), silence: false, ..self }
    }

    /// The answer names this reason.
    #[must_use]
    pub fn naming(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// The last request that arrives carries these bytes.
    #[must_use]
    pub fn carrying(mut self, body: &[u8]) -> Self {
        if let Some(last) = self.forwarded.last_mut() {
            last.body = Some(digest(body));
        }
        self
    }

    /// The last request that arrives may break off.
    #[must_use]
    pub fn in_part(mut self) -> Self {
        if let Some(last) = self.forwarded.last_mut() {
            last.body = None;
        }
        self
    }

    /// The last request that arrives breaks off before it has so many bytes.
    #[must_use]
    pub fn short_of(self, length: usize) -> Self {
        let mut short = self.in_part();
        if let Some(last) = short.forwarded.last_mut() {
            last.short_of = Some(length as u64);
        }
        short
    }

    /// And another request arrives after it.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.forwarded.extend(other.forwarded);
        self
    }

    /// No part of the answer has this text.
    #[must_use]
    pub fn never(mut self, text: &'static str) -> Self {
        self.never.push(text);
        self
    }

    /// The answer breaks off: nobody can take it for whole.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { cut: true, silence: true, ..self }
    }

    /// It may take so long.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    /// Refusing it will do as well: what the HTTP library makes one reading of, nobody need refuse.
    #[must_use]
    pub fn or_refused(mut self) -> Self {
        self.statuses.extend(refused().statuses);
        Self { silence: true, optional: true, ..self }
    }

    /// No answer at all will do as well.
    #[must_use]
    pub fn or_silence(self) -> Self {
        Self { silence: true, ..self }
    }
}

/// SHA-256, in hexadecimal.
pub(crate) fn digest(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}
