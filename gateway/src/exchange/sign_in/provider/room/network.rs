//! Whose clients are taken for one, and what they have of the room.

use std::net::{IpAddr, Ipv6Addr};

use super::Stage;
use crate::limit::{Limit, Period};

/// Clients that are taken for one. Those nobody can tell are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Network {
    bits: u32,
    address: Option<IpAddr>,
}

/// What one network has of the room.
pub(super) struct Share {
    /// The bits its IPv6 addresses have in common; an IPv4 address is a network by itself.
    bits: u32,
    /// Its places.
    pub(super) places: usize,
    begun: Limit,
    redeemed: Limit,
}

/// How many networks a client is in at once, one in the other. By itself, for the compiler goes round in a circle where it is
/// asked for the length of [`SHARES`] in a type.
pub(super) const NETWORKS: usize = 2;

/// What one client has as a rule, and what one site has at the most (RFC 6177): whoever rents a machine is given 64 bits or
/// 48, and must not be as many networks as he likes.
///
/// The issuer answers in a moment, so an office behind one address has enough of few places; at nine o'clock it does not
/// begin this often, a loop does. A device that waits asks twelve times a minute, so 25 may wait in one office.
pub(super) const SHARES: [Share; NETWORKS] = [
    Share { bits: 64, places: 4, begun: a_minute(30), redeemed: a_minute(300) },
    Share { bits: 48, places: 8, begun: a_minute(120), redeemed: a_minute(1200) },
];

impl Share {
    /// The network of this kind that a client is in.
    pub(super) fn of(&self, client: Option<IpAddr>) -> Network {
        let rest = Ipv6Addr::BITS - self.bits;
        let address = client.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> rest << rest).into(),
            address @ IpAddr::V4(_) => address,
        });
        Network { bits: self.bits, address }
    }

    /// How often it has the issuer asked.
    pub(super) const fn limit(&self, stage: Stage) -> Limit {
        match stage {
            Stage::Beginning => self.begun,
            Stage::Redeeming => self.redeemed,
        }
    }
}

const fn a_minute(amount: u64) -> Limit {
    Limit { amount, per: Period::Minute }
}
