//! Git LFS objects, and what may be done with one.

use serde::{Deserialize, Serialize};

use crate::{
    actions::Action,
    effect::Effect,
    names::{NameError, RefName, RepositoryName},
    text::parsed_text,
};

/// Hexadecimal digits of a SHA-256, the one hash LFS objects are named by.
const OID_LENGTH: usize = 64;

/// The name of a large object: the SHA-256 of its bytes, in lower case (`oidRe` in `internal/lfsutil/oid.go` of Gogs).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LfsOid(String);

impl LfsOid {
    /// Parses 64 hexadecimal digits in lower case; there is no other spelling of the same name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == OID_LENGTH && text.bytes().all(is_digit) {
            return Ok(Self(text.to_owned()));
        }
        Err(NameError::Shape("an LFS oid has 64 hexadecimal digits in lower case"))
    }

    /// The name of bytes whose SHA-256 this is.
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        Self(hex::encode(digest))
    }
}

parsed_text!(LfsOid, NameError);

/// A large object: its name, and how many bytes it has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LfsObject {
    /// Its name.
    pub oid: LfsOid,
    /// Its size in bytes; signed where it is written, so at most `i64::MAX`.
    pub size: u64,
}

/// What is done with a large object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Transfer {
    /// It is brought to the forge, for this ref.
    Upload(RefName),
    /// It is fetched.
    Download,
}

impl Transfer {
    /// The word of the LFS protocol, `operation`.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Upload(_) => "upload",
            Self::Download => "download",
        }
    }

    /// The ref, where it is for one.
    pub const fn reference(&self) -> Option<&RefName> {
        match self {
            Self::Upload(reference) => Some(reference),
            Self::Download => None,
        }
    }

    /// What it does to a repository. An upload touches no path: where the object is used, the push of its pointer says.
    pub fn effect(&self, repository: &RepositoryName) -> Effect {
        match self {
            Self::Upload(reference) => {
                Effect::on_repository(Action::LfsWrite, repository).at(reference.clone()).inspected(Vec::new())
            }
            Self::Download => Effect::on_repository(Action::ContentsRead, repository),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oid_has_one_spelling() {
        let oid = LfsOid::parse(&"0a".repeat(32)).expect("64 digits");
        assert_eq!(oid.to_string().parse(), Ok(oid.clone()));
        assert_eq!(LfsOid::of_digest(&[0x0a; 32]), oid);
        for text in
            [String::new(), "xyz".to_owned(), "0A".repeat(32), "0a".repeat(33), format!("{}/.", "0a".repeat(31))]
        {
            assert!(LfsOid::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_upload_writes_for_its_ref_and_a_download_reads_as_a_clone_does() {
        let repository = "acme/web".parse().expect("a name");
        let upload = Transfer::Upload(RefName::for_branch("main").expect("a ref")).effect(&repository);
        assert_eq!(
            (upload.action, upload.reference.as_ref().map(RefName::as_str)),
            (Action::LfsWrite, Some("refs/heads/main"))
        );
        assert_eq!(Transfer::Download.effect(&repository), Effect::on_repository(Action::ContentsRead, &repository));
    }
}
