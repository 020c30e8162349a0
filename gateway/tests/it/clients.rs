//! Programs nobody here wrote, and what each does through the gateway: [`table`] says what is expected of it, here it is
//! tried, and `docs/reference/clients.md` is [written](matrix) from both.
//!
//! Each is run by a script of its own language in `gateway/tests/clients`, and judged by what the forge has afterwards,
//! by what it showed, and by the [bytes](gogs_spanner_testkit::Tap) it sent. What a newer git sends is [kept](recorded),
//! so that the gate sends it too.

mod api;
mod bench;
mod git;
mod helper;
mod matrix;
mod recorded;
mod table;

use gogs_spanner_testkit::Forge;

use self::{
    bench::Bench,
    matrix::Seen,
    table::{CLIENTS, Client},
};

/// Tries one client before each forge there is, and notes that down.
async fn tried(name: &str) {
    let client = Client::named(name);
    let mut seen = Seen::today();
    for (named, forge) in forges().await {
        let bench = Bench::set_up(forge, client).await;
        bench.run(&["version"]).await.succeeds().stdout.trim().clone_into(&mut seen.version);
        bench.try_everything().await;
        seen.before.push(named);
    }
    matrix::note(client, &seen);
}

/// The stand-in, and a real Gogs where `GOGS_BIN` names one.
async fn forges() -> Vec<(String, Forge)> {
    let mut forges = vec![("demonstration".to_owned(), Forge::demonstration().await)];
    if std::env::var_os("GOGS_BIN").is_some_and(|path| !path.is_empty()) {
        forges.push((bench::version_of_gogs().await, Forge::live().await));
    }
    forges
}

macro_rules! tried {
    ($($test:ident => $name:literal,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "cargo xtask verify clients"]
            async fn $test() {
                tried($name).await;
            }
        )*

        #[test]
        fn every_client_of_the_table_is_tried() {
            assert_eq!(CLIENTS.map(|client| client.name), [$($name),*]);
        }
    };
}

tried! {
    git_of_debian_12 => "git, Debian 12",
    git_of_debian_13 => "git, Debian 13",
    git_of_debian_sid => "git, Debian sid",
    git_lfs => "git-lfs",
    libgit2 => "libgit2",
    dulwich => "dulwich",
    isomorphic_git => "isomorphic-git",
    jgit => "JGit",
    gitoxide => "gitoxide",
    go_gogs_client => "go-gogs-client",
    gogs_client_of_pypi => "gogs-client, PyPI",
    gogs_client_of_npm => "gogs-client, npm",
    gogs_cli => "gogs-cli",
}
