//! A gateway for tests in other languages: `sdk/vectors/README.md` describes how it is talked to.
//!
//! It says in one line of JSON where everything is, obeys one command a line on its standard input, answers each with one
//! line, and ends with its input.
#![expect(clippy::print_stdout, reason = "what it says is this program's product")]

use gogs_spanner_testkit::Scene;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};

#[tokio::main]
async fn main() {
    let mut scene = Scene::set().await;
    println!("{}", scene.description());
    let mut lines: Lines<BufReader<Stdin>> = BufReader::new(stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        println!("{}", scene.obey(&line).await);
    }
}
