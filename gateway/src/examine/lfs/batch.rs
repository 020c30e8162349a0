//! The batch: which objects are to be transferred, and for which ref (git-lfs `docs/api/batch.md`).

use std::borrow::Cow;

use bytes::Bytes;
use gogs_spanner_capability::{LfsObject, LfsOid, Reason, RepositoryName, Transfer};
use serde::Deserialize;
use serde_json::{Number, json};

use super::reference;
use crate::{
    examine::body::{malformed, of_lfs},
    refuse::Refusal,
};

/// git-lfs asks for a hundred at a time; each costs two signatures, so a batch is a tenth of a second's work at most.
const MOST_OBJECTS: usize = 1000;
/// The one way Gogs transfers objects, and what is meant where none is named.
const BASIC: &str = "basic";

/// What a caller asks to transfer.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Where.
    pub repository: RepositoryName,
    /// What is to be done.
    pub transfer: Transfer,
    /// With which objects.
    pub objects: Vec<AskedObject>,
}

/// One object as it was asked for.
#[derive(Debug, Clone)]
pub struct AskedObject {
    /// The name, as it was written.
    pub oid: String,
    /// The size, as it was written.
    pub size: Number,
    /// The object that is, or why it is none.
    pub object: Result<LfsObject, Cow<'static, str>>,
}

/// The body, closed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    operation: String,
    objects: Vec<RequestObject>,
    #[serde(default)]
    transfers: Option<Vec<String>>,
    #[serde(default, rename = "ref")]
    reference: Option<RequestRef>,
    #[serde(default)]
    hash_algo: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestObject {
    oid: String,
    size: Number,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestRef {
    name: String,
}

impl Batch {
    /// Reads a batch out of a body's bytes.
    pub fn parse(repository: &RepositoryName, bytes: &[u8]) -> Result<Self, Refusal> {
        Self::read(repository, of_lfs(bytes)?)
    }

    /// Reads what was asked. A malformed object is refused by itself later; everything else refuses the batch.
    pub(super) fn read(repository: &RepositoryName, request: Request) -> Result<Self, Refusal> {
        if request.objects.len() > MOST_OBJECTS {
            let why = format!("a batch has at most {MOST_OBJECTS} objects");
            return Err(Refusal::new(Reason::TooLarge).because(why).hint("set `lfs.batchsize` to 100 or less"));
        }
        if request.hash_algo.as_deref().is_some_and(|name| name != "sha256") {
            return Err(Refusal::new(Reason::HashAlgorithmRefused));
        }
        if request.transfers.as_ref().is_some_and(|names| !names.is_empty() && !names.iter().any(|name| name == BASIC))
        {
            return Err(Refusal::new(Reason::UpstreamCannot)
                .because("Gogs transfers LFS objects with the adapter `basic` and no other")
                .hint("offer `basic` in `transfers`, as git-lfs does unless it is told not to"));
        }
        let transfer = request.transfer()?;
        let objects = request.objects.into_iter().map(AskedObject::from).collect();
        Ok(Self { repository: repository.clone(), transfer, objects })
    }

    /// What is put to the forge: which of the objects are there.
    pub fn question(&self) -> Bytes {
        let objects: Vec<_> = self.objects().map(|object| json!({"oid": object.oid, "size": object.size})).collect();
        json!({"operation": "download", "transfers": [BASIC], "objects": objects}).to_string().into()
    }

    /// The objects that are any, in their order.
    pub fn objects(&self) -> impl Iterator<Item = &LfsObject> {
        self.objects.iter().filter_map(|asked| asked.object.as_ref().ok())
    }
}

impl Request {
    /// An upload is decided for one ref, and a fact that is not known is never made up.
    fn transfer(&self) -> Result<Transfer, Refusal> {
        match (self.operation.as_str(), &self.reference) {
            ("download", _) => Ok(Transfer::Download),
            ("upload", Some(named)) => reference(&named.name).map(Transfer::Upload),
            ("upload", None) => Err(malformed("an upload must say in `ref.name` which ref it is for")
                .hint("use git-lfs 2.4 or newer, which says so by itself")),
            _ => Err(malformed("`operation` must be `upload` or `download`")),
        }
    }
}

impl From<RequestObject> for AskedObject {
    fn from(RequestObject { oid, size }: RequestObject) -> Self {
        let length = size.as_u64().filter(|size| i64::try_from(*size).is_ok());
        let object = match (LfsOid::parse(&oid), length) {
            (Err(_), _) => Err("the oid is not a SHA-256 in 64 lower-case hexadecimal digits".into()),
            (_, None) => Err("the size is not a number of bytes".into()),
            (Ok(oid), Some(size)) => Ok(LfsObject { oid, size }),
        };
        Self { oid, size, object }
    }
}
