//! The socket: its file, and who may speak through it.

use std::{
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use axum::{
    extract::{ConnectInfo, Request, connect_info::Connected},
    middleware::Next,
    response::{IntoResponse, Response},
    serve::IncomingStream,
};
use gogs_spanner_capability::Reason;
use tokio::net::UnixListener;

use super::answer::Answer;
use crate::refuse::Refusal;

/// Its owner may read and write, nobody else anything.
const MODE: u32 = 0o600;

/// A listening socket; its file goes with it.
#[derive(Debug)]
pub(super) struct Socket {
    listener: UnixListener,
    file: SocketFile,
}

/// Removes the file in the end.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

/// Who is at the other end, as the kernel says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    /// The user the peer runs as; none where the kernel did not say.
    uid: Option<u32>,
    /// The user the gateway runs as: the socket's owner.
    owner: Option<u32>,
}

impl Socket {
    /// Binds the socket; one that nobody answers at is replaced, any other file is left alone.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        if let Ok(found) = std::fs::symlink_metadata(path) {
            let is_dead = found.file_type().is_socket() && std::os::unix::net::UnixStream::connect(path).is_err();
            if !is_dead {
                return Err(io::Error::new(io::ErrorKind::AddrInUse, format!("{} is in use", path.display())));
            }
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        let file = SocketFile(path.to_owned());
        // Between the two lines another user could connect: hence `only_the_owner`.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(MODE))?;
        Ok(Self { listener, file })
    }

    pub(super) fn into_parts(self) -> (UnixListener, SocketFile) {
        (self.listener, self.file)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Gone already is as good.
        let _gone = std::fs::remove_file(&self.0);
    }
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let uid = stream.io().peer_cred().ok().map(|credentials| credentials.uid());
        let path = stream.io().local_addr().ok().and_then(|address| address.as_pathname().map(Path::to_owned));
        let owner = path.and_then(|path| std::fs::metadata(path).ok()).map(|file| file.uid());
        Self { uid, owner }
    }
}

impl Peer {
    /// How the journal names it.
    pub(super) fn name(self) -> String {
        self.uid.map_or_else(|| "uid:unknown".to_owned(), |uid| format!("uid:{uid}"))
    }

    fn may_operate(self) -> bool {
        self.uid.is_some_and(|uid| uid == 0 || Some(uid) == self.owner)
    }
}

/// The file's mode says the same; this holds from the very first connection on.
pub(super) async fn only_the_owner(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    if peer.may_operate() {
        return next.run(request).await;
    }
    Answer::Refused(Refusal::new(Reason::NotGranted).because("the socket is for the user the gateway runs as"))
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dead_socket_is_replaced_and_nothing_else_is() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("spanner.sock");
        let living = Socket::bind(&path).expect("the place is free");
        assert_eq!(Socket::bind(&path).expect_err("it lives").kind(), io::ErrorKind::AddrInUse);
        let (listener, file) = living.into_parts();
        drop(listener);
        std::mem::forget(file);
        Socket::bind(&path).expect("nobody answers there");
        let text = directory.path().join("text");
        std::fs::write(&text, "mine").expect("a file");
        assert!(Socket::bind(&text).is_err());
        assert_eq!(std::fs::read_to_string(&text).expect("still there"), "mine");
    }

    #[test]
    fn only_the_owner_and_root_operate() {
        let peer = |uid, owner| Peer { uid, owner };
        assert!(peer(Some(0), Some(1000)).may_operate() && peer(Some(1000), Some(1000)).may_operate());
        for stranger in [peer(Some(1001), Some(1000)), peer(None, Some(1000)), peer(None, None), peer(Some(1001), None)]
        {
            assert!(!stranger.may_operate(), "{stranger:?}");
        }
    }
}
