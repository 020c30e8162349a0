//! The demonstration forge against what a live Gogs 0.14.3 was recorded to say.
//!
//! Every recorded request is sent, in the order of the recording, and every answer is compared: status, the names of
//! its headers and cookies, the headers that mean something to a gateway, and the whole body, where ids of objects and
//! dates are bound at first sight. [`NOT_COMPARED`] is what is left out, by name.

mod advertisement;
mod bindings;
mod clients;
mod compare;
mod recording;
mod replay;

use crate::{client::forge, shell::Shell};

use self::{bindings::Bindings, clients::Clients, recording::Recording, replay::Replay};

/// Bodies that are not compared, each by its label and with the reason. Status and headers of these are.
const NOT_COMPARED: [(&str, &str); 7] = [
    ("archive", "an archive holds the dates and the id of its commit, which differ from run to run"),
    ("delete by API does not exist", "a page for people"),
    ("web page that lists tokens (Basic)", "a page for people; the ids of the tokens on it are bound and used"),
    ("unknown API route", "a page for people"),
    ("known path, unknown method", "a page for people"),
    ("markdown", "the forge has no Markdown, only an answer of its type"),
    ("a language parameter turns any call into a redirect", "recorded without its text"),
];

/// How many exchanges of `hooks-and-keys` came before `git-http`.
const HOOKS_BEFORE_GIT: usize = 7;
/// How many exchanges of `git-http` git itself made. The bodies of these are not compared: real git makes them anew and
/// reads the answers, and what it then prints is compared.
const MADE_BY_GIT: usize = 42;
/// How many exchanges of `lfs` git and git-lfs made.
const MADE_BY_GIT_LFS: usize = 23;

#[tokio::test]
async fn the_forge_answers_as_gogs_was_recorded_to_answer() {
    let forge = forge().await;
    let mut replay = Replay::against(&forge);
    let hooks = Recording::named("hooks-and-keys");
    let git = Recording::named("git-http");
    let lfs = Recording::named("lfs");
    for name in ["accounts-and-tokens", "repositories-and-contents", "issues"] {
        replay.send_all(name, &Recording::named(name).exchanges).await;
    }
    replay.send_all("hooks-and-keys", &hooks.exchanges[..HOOKS_BEFORE_GIT]).await;
    let shell = Shell::new();
    Clients::of(&forge, &mut replay, &shell).run("git-http", &git.client, &git.exchanges[..MADE_BY_GIT]).await;
    replay.send_all("git-http", &git.exchanges[MADE_BY_GIT..]).await;
    Clients::of(&forge, &mut replay, &shell).run("lfs", &lfs.client, &lfs.exchanges[..MADE_BY_GIT_LFS]).await;
    replay.send_all("lfs", &lfs.exchanges[MADE_BY_GIT_LFS..]).await;
    replay.send_all("hooks-and-keys", &hooks.exchanges[HOOKS_BEFORE_GIT..]).await;
    assert!(replay.differences.is_empty(), "{}", replay.differences.join("\n"));
}
