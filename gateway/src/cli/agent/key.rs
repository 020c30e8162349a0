//! A key pair for an agent: the private half for a file only its owner reads, the public half for the configuration.

use std::{io, path::Path};

use aws_lc_rs::{
    error::Unspecified,
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use crate::{
    authorize::policy::AgentKey,
    cli::file::{SECRET, write_new},
};

/// RFC 7468 §2: lines of 64 characters.
const PEM_LINE: usize = 64;

/// A key pair no file has yet.
pub(crate) struct NewKey {
    pem: Zeroizing<String>,
    /// The public half.
    pub(crate) public: AgentKey,
}

impl NewKey {
    /// Makes a pair out of the system's randomness.
    pub(crate) fn generate() -> Result<Self, Unspecified> {
        // Version 1 holds the private half alone; every reader of PKCS#8 takes it.
        let der = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new())?;
        let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).map_err(|_| Unspecified)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| Unspecified)?;
        Ok(Self { pem: pem(der.as_ref()), public: AgentKey::from_bytes(public) })
    }

    /// Writes the private half to a new file (0600); one that is there already is left alone.
    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        write_new(file, &self.pem, SECRET)
    }
}

fn pem(der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(BASE64_STANDARD.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(base64.len() + 128));
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    for at in (0..base64.len()).step_by(PEM_LINE) {
        pem.push_str(&base64[at..base64.len().min(at + PEM_LINE)]);
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_key_is_read_by_its_owner_alone_and_never_overwritten() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("ci-web.key");
        let key = NewKey::generate().expect("a key");
        key.write(&file).expect("the file is new");
        assert_eq!(file.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
        assert_eq!(key.write(&file).expect_err("it is there").kind(), io::ErrorKind::AlreadyExists);
    }
}
