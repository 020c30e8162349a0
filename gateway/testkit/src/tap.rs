//! A cable between a caller and the gateway on which all that is said is kept, byte for byte.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    task::JoinSet,
};

use crate::message::Message;

/// Passes bytes on to one address, and keeps them.
#[derive(Debug)]
pub struct Tap {
    address: SocketAddr,
    kept: Kept<Vec<Line>>,
    _work: JoinSet<()>,
}

/// What was asked on one connection, and what was answered.
#[derive(Debug)]
pub struct Exchange {
    /// A request.
    pub request: Message,
    /// Its answer, unless the connection ended before it.
    pub answer: Option<Message>,
}

type Kept<T> = Arc<Mutex<T>>;

/// Both directions of one connection.
#[derive(Debug, Clone, Default)]
struct Line {
    asked: Kept<Vec<u8>>,
    answered: Kept<Vec<u8>>,
}

impl Tap {
    /// Listens on a free port of loopback.
    pub async fn before(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, kept) = (listener.local_addr()?, Kept::default());
        let mut work = JoinSet::new();
        work.spawn(listen(listener, to, Arc::clone(&kept)));
        Ok(Self { address, kept, _work: work })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Forgets what was said so far.
    pub fn clear(&self) {
        look(&self.kept).clear();
    }

    /// What was said on each connection, in the order they were opened.
    pub fn connections(&self) -> Vec<Vec<Exchange>> {
        look(&self.kept).iter().map(Line::exchanges).collect()
    }

    /// All of that, without the connections.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.connections().into_iter().flatten().collect()
    }
}

impl Line {
    fn exchanges(&self) -> Vec<Exchange> {
        let answers = Message::all(&look(&self.answered)).into_iter().filter(|message| !message.is_interim());
        let mut answers = answers.map(Some).chain(std::iter::repeat_with(|| None));
        let requests = Message::all(&look(&self.asked)).into_iter();
        requests.map(|request| Exchange { request, answer: answers.next().flatten() }).collect()
    }
}

async fn listen(listener: TcpListener, to: SocketAddr, kept: Kept<Vec<Line>>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let line = Line::default();
        look(&kept).push(line.clone());
        connections.spawn(pass(near, to, line));
    }
}

async fn pass(near: TcpStream, to: SocketAddr, line: Line) {
    let Ok(far) = TcpStream::connect(to).await else { return };
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::join!(carry(from_near, to_far, line.asked), carry(from_far, to_near, line.answered));
}

/// Keeps bytes before it passes them on; however one end ends, the other sees it end.
async fn carry(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, kept: Kept<Vec<u8>>) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        look(&kept).extend_from_slice(&piece[..length]);
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

fn look<T>(kept: &Kept<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
