//! A strict recording upstream: it writes down every request that arrives, takes none that has two readings, and lets the
//! demonstration forge answer the rest; or lies, where the request's trace asks for a lie.

mod inlet;
mod lies;
mod log;
mod strict;

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use self::inlet::Inlet;
pub use self::{
    lies::{After, LIES, Lie, Outcome},
    log::{Log, Note, Recorded, read},
    strict::{Ambiguity, Framing, Head},
};
use crate::trace;

/// The upstream; dropping it ends it.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    log: Arc<Log>,
    _at_work: JoinSet<()>,
}

impl Upstream {
    /// Listens at `address`, with a forge behind it whose administrator has this token. What arrives is kept, and also
    /// written to `file`, one JSON object a line.
    pub async fn start(
        address: SocketAddr,
        forge: SocketAddr,
        admin_token: &str,
        file: Option<&Path>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let log = Arc::new(Log::new(admin_token, file)?);
        let (mut at_work, kept) = (JoinSet::new(), Arc::clone(&log));
        at_work.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                // However a connection ends, what arrived on it is written down.
                connections.spawn(connection(near, forge, Arc::clone(&kept)));
            }
        });
        Ok(Self { address, log, _at_work: at_work })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What arrived.
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }
}

/// One request after the other. The connection ends at the first that has two readings, breaks off, or is lied about so
/// that nothing can follow.
async fn connection(near: TcpStream, forge: SocketAddr, log: Arc<Log>) -> io::Result<()> {
    let far = TcpStream::connect(forge).await?;
    let ((near, mut answer), (far_answer, mut far)) = (near.into_split(), far.into_split());
    let (mut near, mut far_answer) = (Inlet::new(near), Inlet::new(far_answer));
    while let Some(bytes) = near.head().await? {
        let mut note = log.note(&bytes);
        let head = match Head::request(&bytes) {
            Ok(head) => head,
            Err(ambiguity) => {
                note.ambiguous(&ambiguity);
                return Ok(());
            }
        };
        if let Some(lie) = head.trace().as_deref().and_then(trace::lie) {
            if lies::tell(lie, &head, &mut near, &mut answer, note).await? {
                continue;
            }
            return Ok(());
        }
        far.write_all(&bytes).await?;
        let there = near.body(head.framing, &mut far, |data| note.read(data));
        let back = far_answer.answer(&head.method, &mut answer);
        tokio::try_join!(there, back)?;
        note.complete();
    }
    Ok(())
}
