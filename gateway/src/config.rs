//! The configuration: typed sections, read from one TOML file, refused as a whole if anything in it is wrong.

pub mod agent;
pub mod claims;
pub mod error;
pub mod git;
pub mod group;
pub mod issuer;
pub mod key;
pub mod listen;
mod not_yet;
pub mod operate;
pub mod people;
pub mod quantity;
pub mod reference;
pub mod role;
pub mod secret;
pub mod source;
pub mod spelling;
pub mod store;
pub mod telemetry;
pub mod tokens;
pub mod upstream;

use std::{collections::BTreeSet, path::Path};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::de::{DeTable, Deserializer};

use self::source::Source;
pub use self::{
    agent::{Agent, Grant, Limits, Trust},
    error::{Complaint, ConfigError, plainly},
    git::Git,
    group::Group,
    issuer::Issuer,
    listen::{Listen, PublicUrl, Tls},
    operate::Operate,
    people::People,
    quantity::Size,
    role::{Role, RoleRight},
    secret::SecretSource,
    spelling::Written,
    store::{Store, StoreUrl},
    telemetry::{Protocol, Telemetry},
    tokens::Tokens,
    upstream::Upstream,
};

/// Gogs takes user names of at most 35 characters (`binding:"…;MaxSize(35)"` in 0.14.3).
const ACCOUNT_MAX: usize = 35;

/// A whole configuration; every path in it is resolved against its file's directory.
#[derive(Debug, Clone)]
pub struct Config {
    /// The door automations use.
    pub listen: Listen,
    /// The private listener and the socket.
    pub operate: Operate,
    /// The Gogs behind the gateway.
    pub upstream: Upstream,
    /// What the gateway remembers.
    pub store: Store,
    /// Lifetimes.
    pub tokens: Tokens,
    /// Where traces, metrics and logs go.
    pub telemetry: Telemetry,
    /// Room for pushes that must be looked into.
    pub git: Git,
    /// Who signs proofs.
    pub issuers: Vec<Issuer>,
    /// Where people sign in.
    pub people: Option<People>,
    /// Who they are to policy.
    pub groups: Vec<Group>,
    /// Named lists of rights.
    pub roles: Vec<Role>,
    /// The registered automations.
    pub agents: Vec<Agent>,
    /// The file all of it stands in.
    pub source: Source,
}

/// `spanner.toml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sections {
    listen: Listen,
    #[serde(default)]
    operate: Operate,
    upstream: Upstream,
    #[serde(default)]
    store: Store,
    #[serde(default)]
    tokens: Tokens,
    #[serde(default)]
    telemetry: Telemetry,
    #[serde(default)]
    git: Git,
    #[serde(default)]
    issuer: Vec<Issuer>,
    #[serde(default)]
    people: Option<People>,
    #[serde(default)]
    group: Vec<Group>,
    #[serde(default)]
    role: Vec<Role>,
    #[serde(default)]
    agent: Vec<Agent>,
}

impl Config {
    /// Reads the file.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::unreadable(file, &error))?;
        Self::parse(file, &text)
    }

    /// Reads `text` as if it stood in `file`.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let source = Source::new(file, text);
        let located = |error: toml::de::Error, read: fn(&str) -> Complaint| {
            source.complain(&error.span().unwrap_or_default(), read(error.message()))
        };
        let ungrammatical = |error: toml::de::Error| {
            let span = error.span().unwrap_or_default();
            let found = text.get(span.clone()).unwrap_or_default();
            source.complain(&span, Complaint::of_grammar(error.message(), found))
        };
        let table = DeTable::parse(text).map_err(ungrammatical)?;
        if let Some((span, complaint)) = not_yet::first(table.get_ref()) {
            return Err(source.complain(&span, complaint));
        }
        let sections =
            Sections::deserialize(Deserializer::from(table)).map_err(|error| located(error, Complaint::from_serde))?;
        let mut config = sections.with(source);
        config.check_lifetimes(text)?;
        config.check_names()?;
        config.resolve();
        Ok(config)
    }

    fn check_lifetimes(&self, text: &str) -> Result<(), ConfigError> {
        let of_people = || {
            self.people.as_ref().map_or(Ok(()), People::check).map_err(|(key, complaint)| ("people", key, complaint))
        };
        let of_tokens = self.tokens.check().map_err(|(key, complaint)| ("tokens", key, complaint));
        let Err((section, key, complaint)) = of_tokens.and_then(|()| of_people()) else { return Ok(()) };
        let table = DeTable::parse(text).ok();
        let found = table.as_ref().and_then(|table| not_yet::find(table.get_ref(), &[section, key]));
        Err(self.source.complain(&found.map(|found| found.value.span()).unwrap_or_default(), complaint))
    }

    fn check_names(&self) -> Result<(), ConfigError> {
        self.refuse_twins("issuer", self.issuers.iter().map(|issuer| (&issuer.name, issuer.name.as_str())))?;
        self.refuse_twins("issuer's url", self.issuers.iter().map(|issuer| (&issuer.url, issuer.url.as_str())))?;
        self.refuse_twins("role", self.roles.iter().map(|role| (&role.name, role.name.as_str())))?;
        self.refuse_twins("group", self.groups.iter().map(|group| (&group.name, group.name.as_str())))?;
        self.refuse_twins("agent", self.agents.iter().map(|agent| (&agent.name, agent.name.as_str())))?;
        let longest = ACCOUNT_MAX - self.upstream.account_prefix.len();
        self.agents.iter().find(|agent| agent.name.as_str().len() > longest).map_or(Ok(()), |agent| {
            let mend = format!("use at most {longest} characters: Gogs takes {ACCOUNT_MAX}, `account_prefix` included");
            Err(self
                .source
                .complain(agent.name.span(), Complaint::new("the agent's account would have too long a name", mend)))
        })
    }

    fn refuse_twins<'a, T: 'a>(
        &self,
        kind: &str,
        named: impl Iterator<Item = (&'a Written<T>, &'a str)>,
    ) -> Result<(), ConfigError> {
        let mut seen = BTreeSet::new();
        for (written, text) in named {
            if !seen.insert(text) {
                let complaint =
                    Complaint::new(format!("this {kind} is there twice"), "give one of them another, or take it out");
                return Err(self.source.complain(written.span(), complaint));
            }
        }
        Ok(())
    }

    fn resolve(&mut self) {
        let directory = self.source.directory().to_owned();
        self.listen.resolve(&directory);
        self.operate.resolve(&directory);
        self.upstream.resolve(&directory);
        self.store.resolve(&directory);
        self.git.resolve(&directory);
        self.people.iter_mut().for_each(|people| people.resolve(&directory));
        self.agents.iter_mut().for_each(|agent| agent.resolve(&directory));
    }
}

impl Sections {
    fn with(self, source: Source) -> Config {
        Config {
            listen: self.listen,
            operate: self.operate,
            upstream: self.upstream,
            store: self.store,
            tokens: self.tokens,
            telemetry: self.telemetry,
            git: self.git,
            issuers: self.issuer,
            people: self.people,
            groups: self.group,
            roles: self.role,
            agents: self.agent,
            source,
        }
    }
}

#[cfg(test)]
mod tests;
