//! The holder of a key, whose file is read anew each time: somebody may have put another there.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{discovery::DiscoveryError, key::AgentKey};

/// A key and where it came from.
#[derive(Debug)]
pub(crate) struct Holder {
    file: PathBuf,
    key: Mutex<Arc<AgentKey>>,
}

impl Holder {
    /// Reads it for the first time.
    pub(crate) fn of(file: PathBuf) -> Result<Self, DiscoveryError> {
        let key = Mutex::new(read(&file)?.into());
        Ok(Self { file, key })
    }

    /// The key of today. A file that is being replaced is no reason to stop: the one at hand goes on.
    pub(crate) fn key(&self) -> Arc<AgentKey> {
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(read) = read(&self.file) {
            *key = read.into();
        }
        Arc::clone(&key)
    }
}

fn read(file: &PathBuf) -> Result<AgentKey, DiscoveryError> {
    let pem =
        std::fs::read_to_string(file).map_err(|source| DiscoveryError::Unreadable { file: file.clone(), source })?;
    AgentKey::parse(&pem).map_err(|source| DiscoveryError::Key { file: file.clone(), source })
}
