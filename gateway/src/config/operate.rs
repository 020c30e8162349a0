//! `[operate]`: the private listener and the socket.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::Deserialize;

use super::spelling::{Spelled, spelled};

/// What only the operator reaches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Operate {
    /// The private listener: `/livez`, `/readyz` and `/metrics`.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<SocketAddr>")]
    pub address: SocketAddr,
    /// The Unix socket (0600) through which the other commands on this host act.
    pub socket: PathBuf,
}

impl Default for Operate {
    fn default() -> Self {
        Self { address: (Ipv4Addr::LOCALHOST, 8081).into(), socket: "spanner.sock".into() }
    }
}

impl Operate {
    pub(super) fn resolve(&mut self, directory: &Path) {
        self.socket = directory.join(&self.socket);
    }
}
