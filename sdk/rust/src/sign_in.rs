//! What a person leaves on a machine when she signs in there: a file for each gateway, which only she can read.
//!
//! With it her agents get tokens that name her, as far as her groups lend (`docs/reference/sign-ins.md` has the format).

mod file;

use std::{
    env, fmt, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// Where state that may be lost lies (XDG Base Directory Specification); `~/.local/state` unless it is set.
pub(crate) const STATE: &str = "XDG_STATE_HOME";
/// The same on Windows.
pub(crate) const LOCAL: &str = "LOCALAPPDATA";
/// Her directory.
pub(crate) const HOME: &str = "HOME";
/// Below it.
const OURS: &str = "gogs-spanner/sign-ins";
/// Larger than any sign-in; what is larger is something else.
const FILE_MAX: u64 = 64 * 1024;

/// A sign-in at one gateway. `Debug` prints nothing of the secret.
pub struct SignIn {
    gateway: Origin,
    secret: SecretString,
    person: String,
    expires: Timestamp,
}

/// Where sign-ins lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIns(PathBuf);

/// A sign-in that is there and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The file cannot be read.
    #[error("could not read the sign-in in {file}")]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Somebody else could have read it, or changed it.
    #[error("the sign-in in {file} is open to other users")]
    Open {
        /// Which file.
        file: PathBuf,
    },
    /// The file holds something else, or the sign-in of another gateway.
    #[error("{file} does not hold a sign-in at this gateway")]
    NotOne {
        /// Which file.
        file: PathBuf,
    },
    /// Nobody is signed in.
    #[error("nobody is signed in at {gateway} on this machine")]
    Nobody {
        /// Where.
        gateway: Origin,
    },
    /// It has ended.
    #[error("the sign-in of {person} at {gateway} has ended")]
    Over {
        /// Whose.
        person: String,
        /// Where.
        gateway: Origin,
    },
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    gateway: String,
    sign_in: String,
    person: String,
    expires: Timestamp,
}

impl SignIn {
    pub(crate) const fn new(gateway: Origin, secret: SecretString, person: String, expires: Timestamp) -> Self {
        Self { gateway, secret, person, expires }
    }

    /// Where.
    pub const fn gateway(&self) -> &Origin {
        &self.gateway
    }

    /// What the gateway calls her.
    pub fn person(&self) -> &str {
        &self.person
    }

    /// When it ends.
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    pub(crate) const fn secret(&self) -> &SecretString {
        &self.secret
    }
}

impl SignIns {
    /// Those in this directory.
    pub fn within(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    /// Those of whoever runs this program; none where nothing says where her files are.
    pub fn of_this_user() -> Option<Self> {
        Self::found(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
    }

    /// The same, with the variables given.
    pub(crate) fn found(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<Self> {
        // A relative one is to be ignored, the specification says.
        let state = variable(STATE).filter(|path| path.is_absolute());
        let home = || variable(HOME).map(|home| home.join(".local/state"));
        state.or_else(|| variable(LOCAL)).or_else(home).map(|state| Self(state.join(OURS)))
    }

    /// The file of the sign-in at a gateway, whether it is there or not.
    pub fn file(&self, gateway: &Origin) -> PathBuf {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let name: String = gateway.to_string().chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        self.0.join(format!("{name}.json"))
    }

    /// The sign-in at a gateway, as it lies there.
    pub fn load(&self, gateway: &Origin) -> Result<SignIn, SignInError> {
        let file = self.file(gateway);
        let text = match file::read_private(&file, FILE_MAX) {
            Ok(Some(text)) => text,
            Ok(None) => return Err(SignInError::Open { file }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SignInError::Nobody { gateway: gateway.clone() });
            }
            Err(source) => return Err(SignInError::Unreadable { file, source }),
        };
        match serde_json::from_str::<Written>(&text) {
            Ok(written) if written.gateway == gateway.to_string() => {
                Ok(SignIn::new(gateway.clone(), written.sign_in.into(), written.person, written.expires))
            }
            _ => Err(SignInError::NotOne { file }),
        }
    }

    /// The sign-in at a gateway, if it still stands then.
    pub fn standing(&self, gateway: &Origin, now: Timestamp) -> Result<SignIn, SignInError> {
        let sign_in = self.load(gateway)?;
        if now < sign_in.expires {
            return Ok(sign_in);
        }
        Err(SignInError::Over { person: sign_in.person, gateway: sign_in.gateway })
    }

    /// Keeps a sign-in, in the place of the one that was there; says in which file.
    pub fn save(&self, sign_in: &SignIn) -> io::Result<PathBuf> {
        let written = Written {
            gateway: sign_in.gateway.to_string(),
            sign_in: sign_in.secret.expose_secret().to_owned(),
            person: sign_in.person.clone(),
            expires: sign_in.expires,
        };
        let file = self.file(&sign_in.gateway);
        file::write_private(&file, &serde_json::to_string(&written)?)?;
        Ok(file)
    }

    /// Removes the sign-in at a gateway; says whether there was one.
    pub fn remove(&self, gateway: &Origin) -> io::Result<bool> {
        match std::fs::remove_file(self.file(gateway)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Where they lie.
    pub fn directory(&self) -> &Path {
        &self.0
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gateway, person, expires, .. } = self;
        f.debug_struct("SignIn")
            .field("gateway", gateway)
            .field("person", person)
            .field("expires", expires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
