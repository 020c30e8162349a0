//! What is pushed and cloned: noise, which nothing on the way can make smaller.

use std::{
    ffi::OsStr,
    fs,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::Failure;

const MIB: u64 = 1 << 20;
/// The size of one file: a working copy of a few large files is quick to look through.
const FILE: u64 = 16 * MIB;

/// Where git goes, and what it shows there.
pub(super) struct Remote {
    pub(super) url: String,
    pub(super) authorization: String,
}

/// A repository with one large commit.
pub(super) struct Source {
    directory: PathBuf,
    clones: PathBuf,
}

impl Source {
    /// Commits so many MiB of noise.
    pub(super) async fn make(files: &Path, size: u64) -> Result<Self, Failure> {
        let source = Self { directory: files.join("source"), clones: files.join("clone") };
        fs::create_dir_all(source.directory.join("bulk"))?;
        let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
        for (number, length) in (0..).zip(pieces(size * MIB)) {
            noise.write(&source.directory.join(format!("bulk/{number}")), length)?;
        }
        source.git(None, ["init", "-q"]).await?;
        source.git(None, ["add", "bulk"]).await?;
        let person = ["-c", "user.name=load", "-c", "user.email=load@example.com"];
        source.git(None, person.into_iter().chain(["commit", "-q", "-m", "bulk"])).await?;
        Ok(source)
    }

    /// Creates a branch with all of it.
    pub(super) async fn push(&self, remote: &Remote, branch: &str) -> Result<(), Failure> {
        let update = format!("HEAD:{branch}");
        self.git(Some(remote), ["push", "-q", &remote.url, &update]).await
    }

    /// Clones all there is, and throws it away.
    pub(super) async fn clone(&self, remote: &Remote) -> Result<(), Failure> {
        let into = self.clones.to_str().ok_or("the temporary directory is not text")?;
        self.git(Some(remote), ["clone", "-q", "--bare", &remote.url, into]).await?;
        Ok(fs::remove_dir_all(&self.clones)?)
    }

    #[expect(clippy::disallowed_methods, reason = "git is what is measured")]
    async fn git(
        &self,
        remote: Option<&Remote>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<(), Failure> {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(&self.directory).kill_on_drop(true);
        let header = remote.map(|remote| ("http.extraHeader", format!("Authorization: {}", remote.authorization)));
        // No time is spent on making smaller what cannot be.
        let plain = [("core.compression", "0".to_owned()), ("core.bigFileThreshold", "1m".to_owned())];
        let configuration: Vec<_> = plain.into_iter().chain(header).collect();
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_CONFIG_COUNT", configuration.len().to_string());
        for (at, (key, value)) in configuration.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{at}"), key).env(format!("GIT_CONFIG_VALUE_{at}"), value);
        }
        let output = command.output().await?;
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said().into()) }
    }
}

/// Lets the forge's git, too, spend no time on making smaller what cannot be.
pub(super) fn plain(store: &Path) -> Result<(), Failure> {
    let mut config = fs::OpenOptions::new().append(true).open(store.join("config"))?;
    Ok(config.write_all(b"[core]\n\tbigFileThreshold = 1m\n\tcompression = 0\n[receive]\n\tunpackLimit = 1\n")?)
}

/// Takes back what a push created, so that the next one brings all of it again.
pub(super) fn empty(store: &Path, branch: &str) -> Result<(), Failure> {
    fs::remove_file(store.join(branch))?;
    for pack in fs::read_dir(store.join("objects/pack"))? {
        fs::remove_file(pack?.path())?;
    }
    Ok(())
}

fn pieces(total: u64) -> impl Iterator<Item = u64> {
    (0..total.div_ceil(FILE)).map(move |number| FILE.min(total - number * FILE))
}

/// `SplitMix64` (Steele, Lea, Flood 2014): good enough that nothing compresses it, and the same in every run.
struct Noise(u64);

impl Noise {
    fn write(&mut self, path: &Path, length: u64) -> Result<(), Failure> {
        let mut file = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
        for _ in 0..length / 8 {
            file.write_all(&self.draw().to_le_bytes())?;
        }
        Ok(file.flush()?)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
