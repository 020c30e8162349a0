//! What of a request's head is believed: the peer, and what a peer that may says of others.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Request};
use jiff::Timestamp;
use opentelemetry::trace::TraceId;

use super::is_own;
use crate::{
    config::Listen,
    request::{Arrival, Door, RequestId},
};

impl Arrival {
    /// Notes a request down as it arrives.
    pub fn of<B>(request: &Request<B>, peer: SocketAddr, listen: &Listen, now: Timestamp, trace_id: TraceId) -> Self {
        Self {
            id: RequestId::new(),
            at: now,
            trace_id,
            client: Some(client(request.headers(), peer.ip(), listen)),
            door: door(request.uri().path()),
        }
    }
}

/// The client's address: the peer's own, or what the farthest trusted proxy said of its peer.
///
/// Each proxy appends, so the list is read from its end, and only as far as whoever wrote an entry is trusted: what stands
/// before that is the caller's own invention. Where a trusted proxy wrote no address, its own is all that is known.
fn client(headers: &HeaderMap, peer: IpAddr, listen: &Listen) -> IpAddr {
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let mut hops = lines.into_iter().rev().flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b',')).map(address);
    let mut client = peer;
    while trusts(listen, client) {
        let Some(Some(before)) = hops.next() else { break };
        client = before;
    }
    client
}

fn address(hop: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(hop).ok()?.trim().parse().ok()
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The client behind the proxy 10.0.0.1, which appended its peer's address to what it was given.
    fn seen(lines: &[&'static [u8]]) -> String {
        let listen: Listen =
            toml::from_str("public_url = \"https://agents.example.com\"\ntrusted_proxies = [\"10.0.0.0/8\"]")
                .expect("a section");
        let line = |bytes: &&'static [u8]| HeaderValue::from_bytes(bytes).expect("a header");
        let headers: HeaderMap =
            lines.iter().map(|bytes| (http::HeaderName::from_static("x-forwarded-for"), line(bytes))).collect();
        client(&headers, IpAddr::from([10, 0, 0, 1]), &listen).to_string()
    }

    #[test]
    fn the_client_is_who_the_trusted_proxies_say() {
        assert_eq!(seen(&[b"203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen(&[b"203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(seen(&[]), "10.0.0.1");
    }

    #[test]
    fn a_caller_cannot_invent_its_address() {
        let spoofs: [&[&[u8]]; 5] = [
            &[b"198.51.100.1, 203.0.113.9"],
            &[b"198.51.100.1, nobody, 203.0.113.9"],
            &[b"nobody, 203.0.113.9"],
            &[b"198.51.100.1", b"\xff, 203.0.113.9"],
            &[b"198.51.100.1, nobody", b"203.0.113.9, 10.0.0.2"],
        ];
        for lines in spoofs {
            assert_eq!(seen(lines), "203.0.113.9", "{lines:?}");
        }
        assert_eq!(seen(&[b"198.51.100.1, unknown"]), "10.0.0.1", "what no address is, is not looked behind");
    }
}
