//! What ends by when it was made: an agent's tokens, those got with one of its keys, what a person lent, or all.

use std::{collections::HashMap, fmt};

use gogs_spanner_capability::{
    AgentName,
    token::{self, Ticket},
};
use jiff::{SignedDuration, Timestamp};

use crate::caller::Verified;

/// Whose tokens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// Everybody's.
    All,
    /// An agent's.
    Agent(AgentName),
    /// Those an agent got with the key of this thumbprint, which is not taken any more either.
    Key(AgentName, String),
    /// Those that name this person, and her sign-ins.
    Person(String),
}

/// How a token was got.
#[derive(Debug, Clone, Copy)]
pub(super) enum GotWith<'t> {
    /// With the proof of an issuer.
    Proof,
    /// With this key.
    Key(&'t str),
    /// With a key, perhaps, and nobody knows which.
    AnyKey,
}

/// Tokens and sign-ins made before an instant, which are not accepted any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cutoff {
    /// Whose.
    pub cut: Cut,
    /// Minted before this.
    pub before: Timestamp,
}

/// Every cut-off there is: at most one of each kind for each agent, key and name, so the cost of asking does not grow.
#[derive(Debug, Default)]
pub(super) struct Cutoffs {
    all: Option<Timestamp>,
    agents: HashMap<AgentName, Timestamp>,
    keys: HashMap<AgentName, HashMap<String, Timestamp>>,
    people: HashMap<String, Timestamp>,
}

impl Cutoffs {
    /// Takes one up; of two of the same cut the later holds.
    pub(super) fn add(&mut self, Cutoff { cut, before }: Cutoff) {
        let known = match cut {
            Cut::All => self.all.get_or_insert(before),
            Cut::Agent(agent) => self.agents.entry(agent).or_insert(before),
            Cut::Key(agent, key) => self.keys.entry(agent).or_default().entry(key).or_insert(before),
            Cut::Person(name) => self.people.entry(name).or_insert(before),
        };
        *known = before.max(*known);
    }

    /// Whether a credential is cut off.
    pub(super) fn reach(&self, verified: &Verified) -> bool {
        match verified {
            Verified::Token(token) => self.reach_token(token),
            // A ticket does not say how its token was got: whichever of the agent's keys was revoked, it asks again.
            Verified::Ticket(ticket) => {
                let Ticket { agent, user, issued, .. } = &**ticket;
                self.until(agent, GotWith::AnyKey, user.as_deref()).is_some_and(|until| *issued < until)
            }
        }
    }

    /// Whether a token is.
    pub(super) fn reach_token(&self, token: &token::Verified) -> bool {
        let got = GotWith::of(token.issuer(), token.service());
        self.until(token.agent(), got, token.user()).is_some_and(|until| token.issued() < until)
    }

    /// Before when what was minted for the agent does not count, got like that, on behalf of whom it names.
    pub(super) fn until(&self, agent: &AgentName, got: GotWith<'_>, user: Option<&str>) -> Option<Timestamp> {
        let keys = self.keys.get(agent);
        let of_key = match got {
            GotWith::Proof => None,
            GotWith::Key(key) => keys.and_then(|keys| keys.get(key)).copied(),
            GotWith::AnyKey => keys.and_then(|keys| keys.values().max()).copied(),
        };
        let of_person = user.and_then(|name| self.people.get(name)).copied();
        self.all.max(self.agents.get(agent).copied()).max(of_key).max(of_person)
    }

    /// Before when the sign-ins of a person do not count.
    pub(super) fn until_of(&self, person: &str) -> Option<Timestamp> {
        self.all.max(self.people.get(person).copied())
    }

    /// Whether a sign-in of this name is cut off.
    pub(super) fn reach_sign_in(&self, user: &str, issued: Timestamp) -> bool {
        self.until_of(user).is_some_and(|until| issued < until)
    }

    /// The latest instant of all.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        let keys = self.keys.values().flat_map(HashMap::values);
        self.agents.values().chain(keys).chain(self.people.values()).max().copied().max(self.all)
    }

    /// Whether the agent's key is not taken any more.
    pub(super) fn refuse_key(&self, agent: &AgentName, key: &str) -> bool {
        self.keys.get(agent).is_some_and(|keys| keys.contains_key(key))
    }

    /// The agent's keys that are not taken any more.
    pub(super) fn keys(&self, agent: &AgentName) -> Vec<String> {
        self.keys.get(agent).map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
    }
}

impl<'t> GotWith<'t> {
    /// What a token says of it: its issuer is the gateway itself where it was got with a key, which is named behind `#`.
    fn of(issuer: &'t str, service: &str) -> Self {
        match issuer.strip_prefix(service) {
            Some("") => Self::AnyKey,
            Some(rest) => rest.strip_prefix('#').map_or(Self::Proof, Self::Key),
            None => Self::Proof,
        }
    }
}

impl Cut {
    /// Cuts off what was made until now. Tokens and sign-ins say it in whole seconds, so all of this second is meant.
    pub fn now(self, now: Timestamp) -> Cutoff {
        self.before(next_second(now))
    }

    /// Cuts off what was made before an instant.
    pub const fn before(self, before: Timestamp) -> Cutoff {
        Cutoff { cut: self, before }
    }

    /// The word the store uses, and for whom.
    pub fn stored(&self) -> (&'static str, String) {
        match self {
            Self::All => ("all", String::new()),
            Self::Agent(agent) => ("agent", agent.to_string()),
            Self::Key(agent, key) => ("key", format!("{agent} {key}")),
            Self::Person(name) => ("person", name.clone()),
        }
    }

    /// What the store means by it.
    pub fn read(kind: &str, subject: &str) -> Option<Self> {
        match (kind, subject.split_once(' ')) {
            ("person", _) => Some(Self::Person(subject.to_owned())),
            ("all", None) => Some(Self::All),
            ("agent", None) => AgentName::parse(subject).ok().map(Self::Agent),
            ("key", Some((agent, key))) => Some(Self::Key(AgentName::parse(agent).ok()?, key.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Cutoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.before;
        match &self.cut {
            Cut::All => write!(f, "all tokens and sign-ins of before {before}"),
            Cut::Agent(agent) => write!(f, "the tokens of {agent} minted before {before}"),
            Cut::Key(agent, key) => write!(f, "the key {key} of {agent}, and its tokens minted before {before}"),
            Cut::Person(name) => write!(f, "the sign-ins of {name}, and what she lent, of before {before}"),
        }
    }
}

/// The first whole second after an instant.
pub(super) fn next_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at) + SignedDuration::from_secs(1)
}
