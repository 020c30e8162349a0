//! Git's smart HTTP wire format, as a gateway has to read and write it, without any input or output.
//!
//! A push is two requests. The first asks for the *advertisement* (which refs the repository has and what the
//! server can do), the second carries the *command list* (which refs are to move from where to where) and behind it
//! the pack. The answer is a *report*: one line for each ref. A gateway has to read the list before the first byte of
//! it goes on, has to write a report of its own when it refuses, and has to read the forge's report while it passes.
//!
//! ```text
//! GET info/refs?service=git-receive-pack ──► Advertisement            refused by  advertisement_error
//! POST git-receive-pack   list · flush · pack ──► Commands, rest      refused by  refuse_push
//! 200                     report ──► ReportReader ──► Report          unknown when it stays incomplete
//! ```
//!
//! Everything is fed with chunks as they arrive, however they are cut, and every reader is bounded by a named
//! constant. What has two readings is refused: bytes are forwarded as they were read, so the forge's `git` must not be
//! able to read them another way.
//!
//! The format is that of gitprotocol-common(5), gitprotocol-pack(5), gitprotocol-http(5) and
//! gitprotocol-capabilities(5).

pub mod advertisement;
pub mod capabilities;
pub mod commands;
pub mod object_id;
pub mod pkt_line;
pub mod refusal;
pub mod report;
pub mod sideband;

pub use advertisement::{Advertisement, AdvertisementError, AdvertisementReader};
pub use capabilities::Capabilities;
pub use commands::{CommandParser, Commands, Progress, RefUpdate, UpdateKind, WireError};
pub use object_id::ObjectId;
pub use refusal::{Service, advertisement_error, error_packet, refuse_push};
pub use report::{Report, ReportReader};
