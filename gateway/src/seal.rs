//! Secrets at rest: sealed with one key that lies outside the store.
//!
//! An attacker who reads the store learns nothing from what is sealed; one who writes to it cannot move a sealed secret to
//! another place, for each is bound to its place. One who reads the key file as well has everything.

use std::{fmt, fs, io, io::Write, path::Path};

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac, rand,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretBox};
use zeroize::{Zeroize, Zeroizing};

use crate::config::plainly;

/// Bytes of the key.
const KEY: usize = 32;

/// The first byte of what is sealed: AES-256-GCM-SIV (RFC 8452), a random nonce, the tag at the end. It forgives a nonce
/// drawn twice.
const VERSION: u8 = 1;

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The sealed bytes are damaged, are of another place, or were sealed with another key.
    #[error("it was sealed with another key or for another place, or is damaged")]
    NotOurs,
    /// The cipher or the random numbers failed.
    #[error("the cipher failed")]
    Cipher,
    /// The key is not 32 bytes, in base64 or hexadecimal.
    #[error("a sealing key is 32 bytes, written in base64 or hexadecimal")]
    NotAKey,
    /// The key file cannot be read or made.
    #[error("its file cannot be used: {}", plainly(.0))]
    File(#[from] io::Error),
}

/// What the key that marks is derived for, so that a mark says nothing about the key that seals.
const MARKS: &[u8] = b"gogs-spanner marks";

/// Seals and opens with one key.
pub struct Sealer {
    cipher: RandomizedNonceKey,
    marks: hmac::Key,
}

impl Sealer {
    /// A sealer with this key.
    pub fn from_key(key: &SecretBox<[u8; KEY]>) -> Result<Self, SealError> {
        let cipher = RandomizedNonceKey::new(&AES_256_GCM_SIV, key.expose_secret()).map_err(|_| SealError::Cipher)?;
        let marks = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret()), MARKS);
        Ok(Self { cipher, marks: hmac::Key::new(hmac::HMAC_SHA256, marks.as_ref()) })
    }

    /// A sealer with the key written in a text, as a file or an environment variable holds it.
    pub fn from_text(text: &str) -> Result<Self, SealError> {
        let text = text.trim();
        let decoded = hex::decode(text).ok().or_else(|| BASE64_STANDARD.decode(text).ok());
        let decoded = Zeroizing::new(decoded.ok_or(SealError::NotAKey)?);
        if decoded.len() != KEY {
            return Err(SealError::NotAKey);
        }
        Self::from_key(&SecretBox::init_with_mut(|key: &mut [u8; KEY]| key.copy_from_slice(&decoded)))
    }

    /// A sealer with the key in a file, which is made, readable by its owner only, where there is none.
    pub fn load_or_create(path: &Path) -> Result<Self, SealError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::from_text(&Zeroizing::new(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(error.into()),
        }
    }

    /// Seals a secret for its place, which has to be named again to open it.
    pub fn seal(&self, secret: &[u8], place: &str) -> Result<Vec<u8>, SealError> {
        let mut body = secret.to_vec();
        let Ok(nonce) = self.cipher.seal_in_place_append_tag(Aad::from(place), &mut body) else {
            body.zeroize();
            return Err(SealError::Cipher);
        };
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what was sealed for that place.
    pub fn open(&self, sealed: &[u8], place: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let rest = sealed.strip_prefix(&[VERSION]).ok_or(SealError::NotOurs)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::NotOurs)?;
        let mut body = Zeroizing::new(body.to_vec());
        let opened = self.cipher.open_in_place(Nonce::from(nonce), Aad::from(place), &mut body);
        let length = opened.map_err(|_| SealError::NotOurs)?.len();
        body.truncate(length);
        Ok(body)
    }

    /// What only a holder of the key can say of a thing: it may be shown, and says nothing of any other thing.
    pub fn mark(&self, thing: &str) -> [u8; 32] {
        let mut mark = [0; 32];
        mark.copy_from_slice(hmac::sign(&self.marks, thing.as_bytes()).as_ref());
        mark
    }

    /// Makes the key file. It appears whole or not at all, and never in the place of one another process made meanwhile.
    fn create(path: &Path) -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; KEY]);
        rand::fill(&mut *key).map_err(|_| SealError::Cipher)?;
        let text = Zeroizing::new(BASE64_STANDARD.encode(*key));

        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory)?; // made 0600
        writeln!(file, "{}", *text)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        fs::File::open(directory)?.sync_all()?;
        Self::from_text(&text)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::from_key(&SecretBox::new(Box::new([byte; KEY]))).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_again_at_its_place() {
        let sealed = sealer(1).seal(b"secret", "account ci-web").unwrap();
        assert_eq!(*sealer(1).open(&sealed, "account ci-web").unwrap(), b"secret");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn a_sealed_secret_cannot_be_moved_to_another_place() {
        let sealed = sealer(1).seal(b"secret", "account ci-web").unwrap();
        assert!(matches!(sealer(1).open(&sealed, "account ci-admin"), Err(SealError::NotOurs)));
    }

    #[test]
    fn another_key_opens_nothing() {
        let sealed = sealer(1).seal(b"secret", "account ci-web").unwrap();
        assert!(matches!(sealer(2).open(&sealed, "account ci-web"), Err(SealError::NotOurs)));
    }

    #[test]
    fn a_mark_is_of_one_thing_and_one_key() {
        assert_eq!(sealer(1).mark("agent-web"), sealer(1).mark("agent-web"));
        assert_ne!(sealer(1).mark("agent-web"), sealer(1).mark("agent-docs"));
        assert_ne!(sealer(1).mark("agent-web"), sealer(2).mark("agent-web"));
    }

    #[test]
    fn no_flipped_or_missing_byte_goes_unnoticed() {
        let sealed = sealer(1).seal(b"secret", "here").unwrap();
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert!(sealer(1).open(&flipped, "here").is_err(), "byte {at} flipped");
            assert!(sealer(1).open(&sealed[..at], "here").is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_first_start_makes_a_key_only_its_owner_can_read_and_the_next_takes_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sealing.key");
        let sealed = Sealer::load_or_create(&path).unwrap().seal(b"secret", "here").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(*Sealer::load_or_create(&path).unwrap().open(&sealed, "here").unwrap(), b"secret");
    }

    #[test]
    fn a_half_written_key_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sealing.key");
        for text in ["", "c2hvcnQ=", "not a key at all"] {
            fs::write(&path, text).unwrap();
            assert!(matches!(Sealer::load_or_create(&path), Err(SealError::NotAKey)), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_key_may_be_written_in_hexadecimal() {
        let sealed = sealer(0xab).seal(b"secret", "here").unwrap();
        let written = Sealer::from_text(&format!("{}\n", "ab".repeat(KEY))).unwrap();
        assert_eq!(*written.open(&sealed, "here").unwrap(), b"secret");
    }
}
