//! What every request of one forge shares.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{auth, git::Git, manner::Manner, recorder::Recorder, state::State, trouble::Switch};

pub(super) struct Core {
    /// `EXTERNAL_URL` without its trailing slash: the start of every URL in an answer, whatever `Host` was asked.
    pub(super) external_url: String,
    pub(super) manner: Manner,
    pub(super) git: Git,
    pub(super) recorder: Recorder,
    pub(super) trouble: Switch,
    /// Signs the CSRF tokens, as `SECRET_KEY` does.
    pub(super) secret: String,
    repositories: PathBuf,
    objects: PathBuf,
    state: Mutex<State>,
}

impl Core {
    pub(super) fn new(external_url: String, manner: Manner, root: &Path) -> io::Result<Self> {
        let repositories = root.join("repositories");
        let objects = root.join("lfs-objects");
        fs::create_dir_all(&repositories)?;
        fs::create_dir_all(&objects)?;
        Ok(Self {
            external_url,
            manner,
            git: Git::within(root)?,
            recorder: Recorder::default(),
            trouble: Switch::default(),
            secret: auth::random_hex(),
            repositories,
            objects,
            state: Mutex::default(),
        })
    }

    /// The forge's memory. Never held across an await; a panic in one handler leaves it as it was, and usable.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the bare repository `owner/name` lies: lower case on disk, as in Gogs (`repositories.go:262`).
    pub(super) fn directory(&self, owner: &str, name: &str) -> PathBuf {
        self.repositories.join(owner.to_lowercase()).join(format!("{}.git", name.to_lowercase()))
    }

    /// Where a large object lies.
    pub(super) fn object(&self, oid: &str) -> PathBuf {
        self.objects.join(oid)
    }

    pub(super) fn project_root(&self) -> &Path {
        &self.repositories
    }
}
