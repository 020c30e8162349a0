//! What holds for any bytes a stranger may send, one function for each place that reads them first.
//!
//! ```text
//! gateway/fuzz      coverage-guided, minutes: `cargo xtask verify fuzz`
//!        │
//!        ▼
//! a function here   panics where the property does not hold
//!        ▲
//!        │
//! tests/seeds.rs    the same seeds and some thousand mutations of them, always the same ones, in every run of the gate
//! ```
//!
//! Only public items of the crates are called: what is tested is what the gateway itself does.

mod admission;
mod authorization;
mod classifier;
mod config;
mod lfs_batch;
mod receive_pack;

pub use self::{
    admission::admission, authorization::authorization, classifier::classifier, config::config, lfs_batch::lfs_batch,
    receive_pack::receive_pack,
};

/// A place that reads strangers' bytes first.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: that of the fuzz target, and of the directory of its seeds.
    pub name: &'static str,
    /// What must hold.
    pub holds: fn(&[u8]),
}

/// Every target there is.
pub const TARGETS: &[Target] = &[
    Target { name: "admission", holds: admission },
    Target { name: "authorization", holds: authorization },
    Target { name: "classifier", holds: classifier },
    Target { name: "config", holds: config },
    Target { name: "lfs_batch", holds: lfs_batch },
    Target { name: "receive_pack", holds: receive_pack },
];
