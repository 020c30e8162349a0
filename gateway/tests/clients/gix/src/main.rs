//! gitoxide. It refuses credentials in a URL of plain HTTP, so the token is a header of the configuration's.

use std::{error::Error, num::NonZeroU32, sync::atomic::AtomicBool};

use gix::{progress::Discard, remote::fetch::Shallow};

/// What is locked is what runs.
const LOCKED: &str = include_str!("../Cargo.lock");

fn version() -> Option<&'static str> {
    LOCKED.split_once("name = \"gix\"\nversion = \"")?.1.split('"').next()
}

fn header() -> String {
    format!("http.extraHeader=Authorization: Bearer {}", std::env::var("TOKEN").unwrap_or_default())
}

fn clone(directory: &str, branch: &str, shallow: Shallow) -> Result<(), Box<dyn Error>> {
    let clone = gix::prepare_clone(std::env::var("REMOTE")?, directory)?.with_in_memory_config_overrides([header()]);
    let mut clone = clone.with_ref_name(Some(branch))?.with_shallow(shallow);
    let (mut checkout, _) = clone.fetch_then_checkout(Discard, &AtomicBool::new(false))?;
    checkout.main_worktree(Discard, &AtomicBool::new(false))?;
    Ok(())
}

fn fetch() -> Result<(), Box<dyn Error>> {
    let copy = gix::open_opts("copy", gix::open::Options::default().config_overrides([header()]))?;
    let origin = copy.find_remote("origin")?;
    let connection = origin.connect(gix::remote::Direction::Fetch)?;
    connection.prepare_fetch(Discard, Default::default())?.receive(Discard, &AtomicBool::new(false))?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["version"] => println!("{}", version().unwrap_or("unknown")),
        ["clone", directory, branch] => clone(directory, branch, Shallow::NoChange)?,
        ["shallow", directory, branch] => clone(directory, branch, Shallow::DepthAtRemote(NonZeroU32::MIN))?,
        ["fetch"] => fetch()?,
        _ => return Err("gitoxide does not do that".into()),
    }
    Ok(())
}
