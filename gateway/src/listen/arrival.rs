//! What of a request's head is believed: the peer, and what a peer that may says of others.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Request};
use jiff::Timestamp;

use super::is_own;
use crate::{
    config::Listen,
    request::{Arrival, Door, RequestId},
};

impl Arrival {
    /// Notes a request down as it arrives.
    pub fn of<B>(request: &Request<B>, peer: SocketAddr, listen: &Listen, now: Timestamp) -> Self {
        Self {
            id: RequestId::new(),
            at: now,
            trace_id: None,
            client: Some(client(request.headers(), peer.ip(), listen)),
            door: door(request.uri().path()),
        }
    }
}

/// The client's address: the peer's own, or the last one a trusted proxy appended and does not itself trust.
fn client(headers: &HeaderMap, peer: IpAddr, listen: &Listen) -> IpAddr {
    if !trusts(listen, peer) {
        return peer;
    }
    let named = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> = named.flat_map(|value| value.split(',')).map_while(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter().rev().find(|hop| !trusts(listen, *hop)).unwrap_or(peer)
}

fn trusts(listen: &Listen, address: IpAddr) -> bool {
    listen.trusted_proxies.iter().any(|network| network.contains(&address))
}

fn door(path: &str) -> Door {
    if is_own(path) {
        Door::Own
    } else if path.starts_with("/api/") {
        Door::Rest
    } else if path.contains("/info/lfs/") {
        Door::Lfs
    } else {
        Door::Git
    }
}
