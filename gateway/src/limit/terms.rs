//! What can be limited, and how: the words of policy.

use jiff::SignedDuration;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limited {
    /// Requests under a credential that was verified, at any door.
    Requests,
    /// Requests that write refs, at any door.
    Pushes,
    /// Bytes of packs, of files written through the API, and of large objects.
    PushBytes,
}

/// So much, in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How much at once, and in each period from then on; above zero.
    pub amount: u64,
    /// The period.
    pub per: Period,
}

/// In how long what is spent has come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// `/s`
    Second,
    /// `/m`
    Minute,
    /// `/h`
    Hour,
    /// `/d`
    Day,
}

/// The limits of one agent, as policy has them; what is left out has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AgentLimits {
    /// On requests.
    pub requests: Option<Limit>,
    /// On pushes.
    pub pushes: Option<Limit>,
    /// On what is pushed.
    pub push_bytes: Option<Limit>,
}

impl Limited {
    /// All of them, in the order they are told in.
    pub const ALL: [Self; 3] = [Self::Requests, Self::Pushes, Self::PushBytes];

    /// The word policy, answers and the store use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Pushes => "pushes",
            Self::PushBytes => "push_bytes",
        }
    }

    /// What the word stands for.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limited| limited.as_str() == word)
    }
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    /// Its length.
    pub const fn length(self) -> SignedDuration {
        match self {
            Self::Second => SignedDuration::from_secs(1),
            Self::Minute => SignedDuration::from_mins(1),
            Self::Hour => SignedDuration::from_hours(1),
            Self::Day => SignedDuration::from_hours(24),
        }
    }

    /// The letter it is written with.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
        }
    }

    /// What the letter stands for.
    pub fn of(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == letter)
    }
}

impl AgentLimits {
    /// One of them.
    pub const fn of(&self, limited: Limited) -> Option<Limit> {
        match limited {
            Limited::Requests => self.requests,
            Limited::Pushes => self.pushes,
            Limited::PushBytes => self.push_bytes,
        }
    }

    /// The limits there are.
    pub fn each(&self) -> impl Iterator<Item = (Limited, Limit)> {
        Limited::ALL.into_iter().filter_map(|limited| Some((limited, self.of(limited)?)))
    }
}
