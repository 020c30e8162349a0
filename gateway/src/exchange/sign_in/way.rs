//! The way she came, as the journal tells it.

use std::{fmt, net::IpAddr};

/// How somebody proved who she is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// In a browser of the machine that gets the sign-in.
    Browser,
    /// By a code she typed on another device. Where somebody talked her into it (RFC 8628 §5.4) these addresses are his: hers
    /// is known to the provider alone, and tells the two apart.
    Device {
        /// Who had the code made.
        begun_by: Option<IpAddr>,
        /// Who got the sign-in.
        redeemed_by: Option<IpAddr>,
    },
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Browser => f.write_str("browser"),
            Self::Device { begun_by, redeemed_by } => {
                write!(f, "device code, begun from {} and redeemed from {}", told(*begun_by), told(*redeemed_by))
            }
        }
    }
}

fn told(address: Option<IpAddr>) -> String {
    address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_began_and_who_redeemed_a_device_code_are_told_apart() {
        let device = Way::Device { begun_by: Some([203, 0, 113, 9].into()), redeemed_by: None };
        assert_eq!(device.to_string(), "device code, begun from 203.0.113.9 and redeemed from an unknown address");
        assert_eq!(Way::Browser.to_string(), "browser");
    }
}
