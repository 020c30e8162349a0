//! The gateway's issuing keys. Ed25519 only: a P-256 signature has a second form that verifies under another
//! revocation id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A public key tokens may be signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PublicKey {
    /// The id tokens name it by: a hint, not signed.
    pub id: u32,
    /// The key of RFC 8032.
    pub bytes: [u8; 32],
}

/// The keys whose tokens are taken today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeMap<u32, PublicKey>);

impl PublicKeys {
    /// The key of that id.
    pub fn get(&self, id: u32) -> Option<&PublicKey> {
        self.0.get(&id)
    }

    /// Every key, by id.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.values()
    }
}

impl FromIterator<PublicKey> for PublicKeys {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.id, key)).collect())
    }
}

#[cfg(feature = "mint")]
pub use self::signing::SigningKey;

#[cfg(feature = "mint")]
mod signing {
    use std::fmt;

    use biscuit_auth::{Algorithm, KeyPair, PrivateKey};
    use zeroize::Zeroizing;

    use super::PublicKey;

    /// A key tokens are signed with. `Debug` prints its id only.
    pub struct SigningKey {
        id: u32,
        pair: KeyPair,
    }

    impl SigningKey {
        /// A new key from the operating system's randomness.
        pub fn generate(id: u32) -> Self {
            Self { id, pair: KeyPair::new_with_algorithm(Algorithm::Ed25519) }
        }

        /// The key of a seed.
        pub fn from_bytes(id: u32, seed: &[u8; 32]) -> Self {
            let key = PrivateKey::from_bytes(seed, Algorithm::Ed25519).expect("any 32 bytes are an Ed25519 seed");
            Self { id, pair: KeyPair::from(&key) }
        }

        /// The seed, to be sealed and stored.
        pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
            let mut seed = Zeroizing::new([0; 32]);
            seed.copy_from_slice(&self.pair.private().to_bytes());
            seed
        }

        /// The id tokens will name it by.
        pub const fn id(&self) -> u32 {
            self.id
        }

        /// The half to be published.
        pub fn public(&self) -> PublicKey {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(&self.pair.public().to_bytes());
            PublicKey { id: self.id, bytes }
        }

        pub(in super::super) const fn pair(&self) -> &KeyPair {
            &self.pair
        }
    }

    impl fmt::Debug for SigningKey {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
        }
    }
}
