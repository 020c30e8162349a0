//! Why a gateway does not start, and what an operator does about it.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{
    config::{ConfigError, plainly},
    examine::spool::SpoolError,
    keys::KeyError,
    listen::TlsError,
    seal::SealError,
    store::StoreError,
};

/// Why a gateway does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// What an operator wrote.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    /// The sealing key.
    #[error("the sealing key: {0}")]
    Seal(#[from] SealError),
    /// The sealing key, of a store that is there.
    #[error("the sealing key {} is gone, and {} was made with it", key.display(), store.display())]
    KeyGone {
        /// Where it should be.
        key: PathBuf,
        /// What cannot be read without it.
        store: PathBuf,
    },
    /// The issuing keys.
    #[error("the issuing keys: {0}")]
    Keys(#[from] KeyError),
    /// The certificate.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The spool.
    #[error("the spool: {0}")]
    Spool(#[from] SpoolError),
    /// The machine's TLS set-up.
    #[error("the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// An address or a directory.
    #[error("{what}: {}", plainly(error))]
    Io {
        /// What was to be opened.
        what: String,
        /// Why it was not.
        error: io::Error,
    },
}

impl StartError {
    /// An address or a directory that could not be had.
    pub(super) fn io(what: &str, error: io::Error) -> Self {
        Self::Io { what: what.to_owned(), error }
    }

    /// What to do about it.
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Config(_) => "mend the configuration; `spanner config check` says whether it holds",
            Self::Store(StoreError::Owned(_)) => {
                "another gateway owns this store: stop it, or give this one its own `[store] url`"
            }
            Self::Store(_) => "check `[store] url`, its directory and its disk",
            Self::KeyGone { .. } => {
                "give it back from its backup; without it, move the store away: the gateway begins anew, and makes both"
            }
            Self::Seal(SealError::File(_)) => {
                "let the user the gateway runs as use `[store] sealing_key`, and nobody else (0600)"
            }
            Self::Seal(_) => "give back the sealing key this store was made with, `[store] sealing_key`",
            Self::Keys(_) => "give back the sealing key the issuing keys were sealed with, `[store] sealing_key`",
            Self::Tls(_) => "let `[listen] tls` name a chain in PEM, the server's own certificate first, and its key",
            Self::Spool(_) => "check `[git] spool`: it must be writable and belong to this gateway alone",
            Self::Client(_) => "check the machine's TLS certificates",
            Self::Io { error, .. } => match error.kind() {
                io::ErrorKind::AddrInUse => "stop what listens there, or give the configuration another",
                io::ErrorKind::AddrNotAvailable => "give an address of this machine, `127.0.0.1:8080`",
                io::ErrorKind::PermissionDenied => {
                    "run it as a user who may, or give another (ports below 1024 are root's)"
                }
                _ => "check that the address is free, or the directory writable",
            },
        }
    }
}
