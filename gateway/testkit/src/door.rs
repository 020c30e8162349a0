//! The gateway as its callers see it: an address, and nothing else.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use gogs_spanner::clock::ManualClock;
use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than any answer of a gateway on loopback takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the gateway listens, and what time it believes it is.
#[derive(Clone)]
pub struct Door {
    /// The address.
    pub address: SocketAddr,
    /// The gateway's clock, which callers' clocks agree with.
    pub clock: Arc<ManualClock>,
    /// What the gateway is called: the audience of every proof.
    pub audience: String,
    client: Client,
}

/// The bytes a gateway answered to bytes no HTTP client would send.
#[derive(Debug)]
pub struct RawAnswer {
    /// The status, unless the connection was closed without one.
    pub status: Option<u16>,
    /// All of it.
    pub text: String,
}

impl Door {
    pub(crate) fn new(address: SocketAddr, audience: String, clock: Arc<ManualClock>) -> Self {
        Self { address, clock, audience, client: client() }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request without credentials.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Sends these bytes on a connection of their own, and reads until it is closed or says nothing more.
    pub async fn send_raw(&self, bytes: &[u8]) -> RawAnswer {
        let mut answered = Vec::new();
        let mut stream = TcpStream::connect(self.address).await.expect("the gateway listens");
        // A refused head may close the connection before all is written.
        drop(stream.write_all(bytes).await);
        drop(timeout(PATIENCE, stream.read_to_end(&mut answered)).await);
        let text = String::from_utf8_lossy(&answered).into_owned();
        let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
        RawAnswer { status, text }
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A client that follows nothing and hides nothing.
#[expect(clippy::disallowed_methods, reason = "a test is another program than the gateway")]
pub(crate) fn client() -> Client {
    let builder = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE * 3);
    builder.build().expect("a client can be built")
}
