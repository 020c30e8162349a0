//! One HTTP server on one address, running until it is told to stop or dropped.

use std::{io, net::SocketAddr, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

/// How long open connections may take to finish once the server is told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// A server that listens; requests are answered once it serves.
pub(crate) struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listening {
    /// Binds before anything is built, so that what is built can know its own address.
    pub(crate) async fn on(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn serve(self, router: Router) -> Server {
        let url = self.url();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(self.listener, router).with_graceful_shutdown(async {
            // An error means the sender is gone, which says the same as a message.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move {
            // Accepting never fails for good in axum; there is nobody to tell if it ever does.
            let _ = serving.await;
        });
        Server { url, stop: Some(stop), task }
    }
}

/// A running server; dropping it stops it.
pub(crate) struct Server {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops accepting, lets open connections finish for a moment, then returns.
    pub(crate) async fn shutdown(mut self) {
        drop(self.stop.take());
        if timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
