//! The two that are compared, each a process of its own that ends with the run.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::net::TcpStream;

use crate::{Failure, key};

/// Reads one repository's description.
pub(crate) const READER: &str = "reader";
/// Clones, and pushes what nobody has to look into.
pub(crate) const PUSHER: &str = "pusher";
/// Pushes where paths are limited, so that every push is looked into.
pub(crate) const LIMITED: &str = "limited";
/// Everybody.
const AGENTS: [&str; 3] = [READER, PUSHER, LIMITED];
/// A peer that does not listen by then will not.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the peers stand before.
pub(crate) struct Forge {
    pub(crate) address: SocketAddr,
    pub(crate) admin_token: String,
}

/// A child process and where it will listen.
pub(crate) struct Peer {
    child: Child,
    address: SocketAddr,
}

impl Peer {
    fn start(program: &Path, arguments: &[&str], directory: &Path, address: SocketAddr) -> Result<Self, Failure> {
        let mut command = command(program);
        command.args(arguments).current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(directory.join("stderr"))?);
        let child = command.spawn().map_err(|error| format!("could not start {}: {error}", program.display()))?;
        Ok(Self { child, address })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    async fn ready(&self) -> Result<SocketAddr, Failure> {
        let began = Instant::now();
        while TcpStream::connect(self.address).await.is_err() {
            if began.elapsed() > PATIENCE {
                return Err(format!("nothing listens on {}", self.address).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(self.address)
    }
}

impl Drop for Peer {
    /// Asks it to end, so that it ends its own children too. One that has ended already minds neither.
    fn drop(&mut self) {
        drop(command(Path::new("kill")).arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}

#[expect(clippy::disallowed_methods, reason = "the peers are programs")]
fn command(program: &Path) -> Command {
    Command::new(program)
}

/// nginx as a plain reverse proxy with kept-alive upstream connections.
pub(crate) struct Nginx(Peer);

impl Nginx {
    pub(crate) fn start(program: &Path, files: &Path, forge: &Forge) -> Result<Self, Failure> {
        let address = free_address()?;
        let directory = files.join("nginx");
        fs::create_dir(&directory)?;
        let config = include_str!("nginx.conf");
        let config = config.replace("LISTEN", &address.to_string()).replace("UPSTREAM", &forge.address.to_string());
        fs::write(directory.join("nginx.conf"), config)?;
        let prefix = directory.to_str().ok_or("the temporary directory is not text")?;
        let arguments = ["-p", prefix, "-c", "nginx.conf", "-e", "error.log"];
        Peer::start(program, &arguments, &directory, address).map(Self)
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.0
    }

    pub(crate) async fn ready(&self) -> Result<SocketAddr, Failure> {
        self.0.ready().await
    }
}

/// The gateway with its defaults: verified tokens, journal, swapped credential.
pub(crate) struct Gateway {
    peer: Peer,
    directory: PathBuf,
}

impl Gateway {
    pub(crate) fn start(program: &Path, files: &Path, forge: &Forge) -> Result<Self, Failure> {
        let (address, operate) = (free_address()?, free_address()?);
        let program = program.canonicalize().map_err(|error| format!("{}: {error}", program.display()))?;
        let directory = files.join("gateway");
        fs::create_dir(&directory)?;
        for agent in AGENTS {
            key::write(&directory.join(format!("{agent}.pem")), &directory.join(format!("{agent}.pub")))?;
        }
        fs::write(directory.join("gogs-admin-token"), &forge.admin_token)?;
        let config = include_str!("spanner.toml").replace("LISTEN", &address.to_string());
        let config = config.replace("OPERATE", &operate.to_string()).replace("UPSTREAM", &forge.address.to_string());
        fs::write(directory.join("spanner.toml"), config)?;
        let peer = Peer::start(&program, &["serve", "--config", "spanner.toml"], &directory, address)?;
        Ok(Self { peer, directory })
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }

    pub(crate) async fn ready(&self) -> Result<SocketAddr, Failure> {
        self.peer.ready().await
    }

    /// Its `public_url`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.peer.address)
    }

    /// The private key of an agent.
    pub(crate) fn key_file(&self, agent: &str) -> PathBuf {
        self.directory.join(format!("{agent}.pem"))
    }
}

/// A port nobody listens on, most likely still so a moment later.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
