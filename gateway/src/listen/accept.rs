//! Taking connections, bounded in number.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;

/// Connections at once; beyond it callers wait in the kernel's queue.
pub(super) const MOST_CONNECTIONS: usize = 4096;
/// How long nothing is taken when a connection could not be: descriptors that ran out do not come back any sooner for
/// being asked for without a pause.
const PAUSE: Duration = Duration::from_millis(50);

/// A connection, and the place it holds for as long as it lasts.
pub(super) type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

/// The next connection, once there is a place for it; `None` where there will be none.
pub(super) async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<Accepted> {
    let taken = async {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, place)),
                Err(error) => {
                    // Descriptors run out, or the caller is gone again: neither is a reason to stop.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        taken = taken => taken,
        () = stop.cancelled() => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    async fn listener() -> TcpListener {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port")
    }

    #[tokio::test]
    async fn beyond_the_most_connections_callers_wait_until_one_ends() {
        let (listener, stop) = (listener().await, CancellationToken::new());
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let _others = Arc::clone(&places).acquire_many_owned(4095).await.expect("places");
        let address = listener.local_addr().expect("an address");
        let (_first, _second) = (TcpStream::connect(address).await, TcpStream::connect(address).await);
        let taken = next(&listener, &places, &stop).await.expect("the last place");
        let mut waiting = Box::pin(next(&listener, &places, &stop));
        assert!(futures::poll!(waiting.as_mut()).is_pending(), "there is a place too many");
        drop(taken);
        assert!(waiting.await.is_some());
    }

    #[tokio::test]
    async fn who_waits_for_a_place_stops_waiting_when_told_to() {
        let (listener, stop) = (listener().await, CancellationToken::new());
        stop.cancel();
        assert!(next(&listener, &Arc::new(Semaphore::new(0)), &stop).await.is_none());
    }
}
