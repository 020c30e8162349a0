//! The demonstration forge: a small Git server that behaves as Gogs 0.14.3 does.
//!
//! Real bare repositories are served by real `git http-backend`; the API answers what a live Gogs 0.14.3 (SQLite,
//! `REQUIRE_SIGNIN_VIEW = true`) was recorded to answer, quirks included, because the gateway has to live with the
//! quirks. What a quirk is for is said where it is made. Not built: webhook deliveries, SSH, sessions, pull
//! requests, and every API route that no automation is allowed to use.
//!
//! ```no_run
//! # async fn show() -> Result<(), Box<dyn std::error::Error>> {
//! use gogs_spanner_fakes::forge::{Forge, ForgeConfig};
//!
//! let forge = Forge::start(ForgeConfig::default()).await?;
//! forge.create_private_repository("acme/handbook").await?;
//! assert!(forge.url().starts_with("http://127.0.0.1:"));
//! forge.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod account;
mod accounts;
mod answer;
mod auth;
mod call;
mod collaborators;
mod comments;
mod commits;
mod contents;
mod core;
mod describe;
mod dispatch;
mod files;
mod git;
mod git_http;
mod hooks;
mod issues;
mod labels;
mod lfs;
mod manner;
mod milestones;
mod objects;
mod organizations;
mod paging;
mod recorder;
mod repositories;
mod repository;
mod rest;
mod seed;
mod state;
mod strangers;
mod time;
mod tokens;
mod tracker;
mod trouble;
mod web;
mod write;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use axum::Router;
use tempfile::TempDir;

use self::core::Core;
use crate::server::{Listening, Server};

pub use self::{
    git::GitFailure,
    manner::Manner,
    recorder::{Arrival, Credentials, Recorder},
    seed::SeedError,
    trouble::Trouble,
};

/// The site administrator every forge starts with.
const ADMIN: &str = "root1";
/// The name of the administrator's first token; any other name is free for the caller's own.
const FIRST_TOKEN: &str = "demonstration";

/// Where a forge stands.
#[derive(Debug, Clone)]
pub struct ForgeConfig {
    /// What the forge believes people call it (`EXTERNAL_URL`): the start of every URL it hands out. Its own address
    /// when absent.
    pub external_url: Option<String>,
    /// Where its repositories live; a temporary directory that dies with the forge when absent.
    pub root: Option<PathBuf>,
    /// What to listen on; a free port of loopback by default.
    pub address: SocketAddr,
    /// How it is set up.
    pub manner: Manner,
}

impl Default for ForgeConfig {
    fn default() -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { external_url: None, root: None, address, manner: Manner::default() }
    }
}

/// A running forge; dropping it stops it.
pub struct Forge {
    core: Arc<Core>,
    server: Server,
    admin_token: String,
    admin_password: String,
    _temporary: Option<TempDir>,
}

impl Forge {
    /// Starts a forge with one site administrator, one token of hers, and no repositories.
    ///
    /// # Errors
    /// When the address cannot be bound or the root cannot be written.
    pub async fn start(config: ForgeConfig) -> io::Result<Self> {
        let listening = Listening::on(config.address).await?;
        let external_url = config.external_url.unwrap_or_else(|| listening.url());
        let (root, temporary) = match config.root {
            Some(root) => (root, None),
            None => tempfile::tempdir().map(|directory| (directory.path().to_owned(), Some(directory)))?,
        };
        let core = Arc::new(Core::new(external_url.trim_end_matches('/').to_owned(), config.manner, &root)?);
        let admin_password = auth::random_hex();
        let admin_token = core.state().found(ADMIN, &admin_password, FIRST_TOKEN);
        let router = Router::new().fallback(dispatch::answer).with_state(Arc::clone(&core));
        let server = listening.serve(router);
        Ok(Self { core, server, admin_token, admin_password, _temporary: temporary })
    }

    /// Where the forge listens, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The login of the site administrator.
    pub fn admin_name(&self) -> &'static str {
        ADMIN
    }

    /// The administrator's password, for the routes that take no token.
    pub fn admin_password(&self) -> &str {
        &self.admin_password
    }

    /// An access token of the site administrator.
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// Everything that arrived so far.
    pub fn recorder(&self) -> &Recorder {
        &self.core.recorder
    }

    /// What goes wrong with every request from now on.
    pub fn trouble(&self, trouble: Trouble) {
        self.core.trouble.set(trouble);
    }

    /// Lets every request wait, as a forge does whose disk hangs, until [`Forge::resume`].
    pub fn pause(&self) {
        self.trouble(Trouble::Hang);
    }

    /// Ends whatever trouble there was; requests that wait go on.
    pub fn resume(&self) {
        self.trouble(Trouble::None);
    }

    /// Stops the forge.
    pub async fn shutdown(self) {
        self.core.trouble.set(Trouble::None);
        self.server.shutdown().await;
    }
}
