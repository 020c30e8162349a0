//! A cable between gateway and forge that can be cut and mended.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// Passes bytes on to one address, until it is cut.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    to: SocketAddr,
    at_work: Arc<Mutex<JoinSet<()>>>,
}

impl Relay {
    /// Listens on a free port of loopback.
    pub async fn to(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let relay = Self { address: listener.local_addr()?, to, at_work: Arc::default() };
        relay.work(listener);
        Ok(relay)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts every connection, and refuses new ones.
    pub async fn cut(&self) {
        let mut at_work = std::mem::take(&mut *self.at_work.lock().unwrap_or_else(PoisonError::into_inner));
        at_work.shutdown().await;
    }

    /// Takes connections again, at the same address.
    pub async fn mend(&self) -> io::Result<()> {
        self.work(TcpListener::bind(self.address).await?);
        Ok(())
    }

    fn work(&self, listener: TcpListener) {
        let to = self.to;
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                connections.spawn(pass(near, to));
            }
        });
    }
}

async fn pass(mut near: TcpStream, to: SocketAddr) {
    if let Ok(mut far) = TcpStream::connect(to).await {
        // However a connection ends, both its ends see it end.
        drop(copy_bidirectional(&mut near, &mut far).await);
    }
}
