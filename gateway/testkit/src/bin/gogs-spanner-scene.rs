//! A gateway for tests in other languages: `sdk/vectors/README.md` describes how it is talked to.
//!
//! It says in one line of JSON where everything is, obeys one command a line on its standard input, answers each with one
//! line, and ends with its input.
#![expect(clippy::print_stdout, reason = "what it says is this program's product")]

use gogs_spanner_testkit::{Forge, Scene};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};

/// Asks for a Gogs, which `GOGS_BIN` names, in the place of the demonstration forge.
const LIVE: &str = "live";

#[tokio::main]
async fn main() {
    let forge =
        if std::env::args().any(|word| word == LIVE) { Forge::live().await } else { Forge::demonstration().await };
    let mut scene = Scene::set(forge).await;
    println!("{}", scene.description());
    let mut lines: Lines<BufReader<Stdin>> = BufReader::new(stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        println!("{}", scene.obey(&line).await);
    }
}
