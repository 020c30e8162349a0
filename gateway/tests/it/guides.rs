//! The guides, followed to the letter: each command a machine can run is run, each file a page shows is the file that is
//! tried. [`page`] says how a block tells what it is for, [`reader`] does it.

mod backup;
mod beside;
mod credential_helper;
mod lending;
mod limits;
mod one_bot;
mod own_api;
mod page;
mod proxies;
mod reader;
mod readme;
mod service;
mod shelf;

use std::path::PathBuf;

use gogs_spanner_testkit::{Forge, Host};

pub(crate) use self::{
    beside::leads_from_a_gogs_to_a_refused_push, one_bot::moves_a_bot_from_its_gogs_token, page::Page, reader::Reader,
};

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A reader, and a gateway that was put beside this forge; and what automations call it, which is loopback.
async fn with_a_gateway(forge: &Forge) -> (Reader, String) {
    let agents = format!("http://{}", Host::free_address().await);
    let reader = Reader::new();
    reader.host().write("gogs-admin-token", forge.admin_token(), 0o600);
    let commands = format!("spanner init --yes --gogs {} --public-url {agents}\nspanner serve\n", forge.url());
    reader.shell(&commands).await.succeeds();
    (reader, agents)
}
