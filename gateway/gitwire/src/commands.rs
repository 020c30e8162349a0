//! The command list at the head of a push: which refs are to move from where to where.
//! gitprotocol-pack(5), "Reference Update Request and Packfile Transfer".

mod line;
mod parser;

use bytes::Bytes;
use gogs_spanner_capability::RefName;

use crate::capabilities::Capabilities;
use crate::object_id::ObjectId;
use crate::pkt_line::PacketError;

pub use parser::{CommandParser, MAX_COMMANDS, MAX_LIST_BYTES, Progress};

/// One ref that is to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefUpdate {
    /// Where the caller believes the ref stands; zero: nowhere. The forge compares it when it takes the lock.
    pub old: ObjectId,
    /// Where the ref is to stand; zero: nowhere.
    pub new: ObjectId,
    /// The ref.
    pub name: RefName,
}

/// What the two ids of a command say. Whether an update is a fast-forward they do not say: that takes the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// The ref is new.
    Create,
    /// The ref moves, forward or elsewhere.
    Update,
    /// The ref goes.
    Delete,
}

impl RefUpdate {
    /// What the two ids say; a command of two zero ids never becomes a `RefUpdate`.
    pub fn kind(&self) -> UpdateKind {
        match (self.old.is_zero(), self.new.is_zero()) {
            (true, _) => UpdateKind::Create,
            (false, true) => UpdateKind::Delete,
            (false, false) => UpdateKind::Update,
        }
    }
}

/// A complete command list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// The commands in the order sent; at least one, no ref twice.
    pub updates: Vec<RefUpdate>,
    /// What the caller asks for: `report-status`, `side-band-64k`, `atomic` …
    pub capabilities: Capabilities,
    /// The borders of the caller's shallow clone.
    pub shallow: Vec<ObjectId>,
    /// The list as it was sent, its flush included: what is forwarded is what was decided.
    pub raw: Bytes,
}

impl Commands {
    /// Whether a pack follows: for a list of deletions none does, and bytes behind it are an error.
    pub fn expects_pack(&self) -> bool {
        self.updates.iter().any(|update| update.kind() != UpdateKind::Delete)
    }
}

/// Why a push cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The framing is broken.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// `0001` or `0002`, at which git's receive-pack would stop reading commands.
    #[error("a mark of protocol version 2 stands in the command list")]
    Marker,
    /// The list is above [`MAX_LIST_BYTES`].
    #[error("the command list is longer than {MAX_LIST_BYTES} bytes")]
    ListTooLong,
    /// The list is above [`MAX_COMMANDS`].
    #[error("the push has more than {MAX_COMMANDS} commands")]
    TooManyCommands,
    /// A line that is neither `old new ref` nor `shallow id`.
    #[error("a command is malformed")]
    Command,
    /// SHA-256 ids, or an `object-format` other than `sha1`.
    #[error("the repository's object format is sha1")]
    ObjectFormat,
    /// The name is not one Git and the forge agree on.
    #[error("the ref name \"{0}\" is not acceptable")]
    RefName(String),
    /// One ref in two commands.
    #[error("the ref {0} stands in two commands")]
    DuplicateRef(RefName),
    /// From nothing to nothing.
    #[error("the command for {0} has two zero ids")]
    NothingToNothing(RefName),
    /// Capabilities with unprintable bytes, or on another line than the first command's.
    #[error("the capabilities are malformed")]
    Capabilities,
    /// A `shallow` line behind a command.
    #[error("a shallow line stands behind a command")]
    LateShallow,
    /// A signed push, which the gateway cannot decide and the forge does not offer.
    #[error("signed pushes are not accepted")]
    PushCertificate,
    /// Push options, which the forge does not advertise (Gogs 0.14.3, recorded).
    #[error("push options are not accepted")]
    PushOptions,
    /// The list is empty, and this is not the probe.
    #[error("the push has no commands")]
    NoCommands,
    /// Bytes behind a list that no pack follows.
    #[error("bytes follow a list that has no pack")]
    TrailingBytes,
    /// The body ended inside the list.
    #[error("the body ends inside the command list")]
    Truncated,
}

impl WireError {
    /// Whether the push would be taken if it were smaller.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::ListTooLong | Self::TooManyCommands)
    }
}
