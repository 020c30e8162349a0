//! Accounts and their access tokens, as the forge keeps them: secrets only as digests.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::auth;

/// A user or an organization: Gogs keeps both in one table, and so do their names and ids.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) full_name: String,
    pub(super) email: String,
    pub(super) admin: bool,
    pub(super) kind: Kind,
    /// How many repositories it may create; below zero is without limit.
    pub(super) max_repositories: i64,
    /// Public keys it signs in with over SSH.
    pub(super) keys: Vec<String>,
    password: Password,
}

#[derive(Clone)]
pub(super) enum Kind {
    User,
    /// With the users of its team "Owners".
    Organization {
        owners: BTreeSet<i64>,
    },
}

impl Account {
    pub(super) fn user(name: &str, email: &str, full_name: &str, password: &str) -> Self {
        Self {
            id: 0,
            name: name.to_owned(),
            full_name: full_name.to_owned(),
            email: email.to_owned(),
            admin: false,
            kind: Kind::User,
            max_repositories: -1,
            keys: Vec::new(),
            password: Password::of(password),
        }
    }

    pub(super) fn organization(name: &str, full_name: &str, owner: i64) -> Self {
        let kind = Kind::Organization { owners: BTreeSet::from([owner]) };
        Self { kind, ..Self::user(name, "", full_name, &auth::random_hex()) }
    }

    pub(super) fn is_organization(&self) -> bool {
        matches!(self.kind, Kind::Organization { .. })
    }

    /// Whether `user` is this account or owns this organization.
    pub(super) fn is_owned_by(&self, user: i64) -> bool {
        match &self.kind {
            Kind::User => self.id == user,
            Kind::Organization { owners } => owners.contains(&user),
        }
    }

    pub(super) fn accepts(&self, password: &str) -> bool {
        !self.is_organization() && self.password.is(password)
    }

    pub(super) fn set_password(&mut self, password: &str) {
        self.password = Password::of(password);
    }
}

/// A salted digest. Gogs takes 10,000 rounds of PBKDF2; a stand-in has nothing to protect and answers sooner.
#[derive(Clone)]
struct Password {
    salt: String,
    digest: [u8; 32],
}

impl Password {
    fn of(text: &str) -> Self {
        let salt = auth::random_hex();
        let digest = Self::digest(&salt, text);
        Self { salt, digest }
    }

    fn is(&self, text: &str) -> bool {
        Self::digest(&self.salt, text) == self.digest
    }

    fn digest(salt: &str, text: &str) -> [u8; 32] {
        Sha256::new().chain_update(salt).chain_update(text).finalize().into()
    }
}

/// A token of an account: no scope, no expiry, only its SHA-256 is kept (`access_tokens.go:75`).
#[derive(Clone)]
pub(super) struct AccessToken {
    pub(super) id: i64,
    pub(super) account: i64,
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) created: Timestamp,
}

impl AccessToken {
    pub(super) fn digest(token: &str) -> String {
        hex::encode(Sha256::digest(token))
    }
}
