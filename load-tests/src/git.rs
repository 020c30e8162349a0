//! A large push and a large clone, by git, directly, through a plain streaming proxy, and through the gateway: once where
//! a push flows on at once, and once where it waits on disk and is looked into.

mod report;
mod repository;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gogs_spanner_fakes::forge::{Forge as Demonstration, ForgeConfig};
use gogs_spanner_sdk::Session;
use tempfile::TempDir;

use self::{
    report::{Report, Run},
    repository::{Remote, Source},
};
use crate::{
    Failure, Programs,
    peers::{Forge, Gateway, LIMITED, Nginx, PUSHER, Peer},
    process::{peak_memory, processor_time},
    session,
};

/// Peers take turns; the median round counts.
const ROUNDS: usize = 3;
/// Where it is pushed to.
const REPOSITORY: &str = "acme/bulk";
/// What a push through the gateway creates.
const BRANCH: &str = "refs/heads/agents/bulk";

/// Who is compared.
struct Contender<'a> {
    address: SocketAddr,
    credential: Credential,
    /// The process whose work is measured; none where git reaches the forge directly.
    peer: Option<&'a Peer>,
}

/// What git shows.
enum Credential {
    /// The forge's own token.
    Token(String),
    /// Whatever an agent's session says is valid now.
    Session(Box<Session>),
}

/// Runs the scenario with a repository of `size` MiB.
pub(crate) async fn run(programs: &Programs, size: u64) -> Result<(), Failure> {
    let files = TempDir::new()?;
    let demonstration = Demonstration::start(ForgeConfig::default()).await?;
    demonstration.create_private_repository(REPOSITORY).await?;
    let forge = Forge {
        address: demonstration.url().trim_start_matches("http://").parse()?,
        admin_token: demonstration.admin_token().to_owned(),
    };
    let nginx = Nginx::start(&programs.nginx, files.path(), &forge)?;
    let gateway = Gateway::start(&programs.spanner, files.path(), &forge)?;
    let (proxy, door) = (nginx.ready().await?, gateway.ready().await?);
    let own = || Credential::Token(forge.admin_token.clone());
    let agent = async |name| Ok::<_, Failure>(Credential::Session(Box::new(session(&gateway, name).await?)));
    let (pusher, limited) = (agent(PUSHER).await?, agent(LIMITED).await?);
    let contenders = [
        Contender { address: forge.address, credential: own(), peer: None },
        Contender { address: proxy, credential: own(), peer: Some(nginx.peer()) },
        Contender { address: door, credential: pusher, peer: Some(gateway.peer()) },
        Contender { address: door, credential: limited, peer: Some(gateway.peer()) },
    ];

    let store = demonstration.directory_of(REPOSITORY)?;
    repository::plain(&store)?;
    let source = Source::make(files.path(), size).await?;
    let mut report = Report::new(size);
    for _ in 0..ROUNDS {
        for (contender, column) in contenders.iter().zip(Report::columns()) {
            let remote = contender.remote().await?;
            let push = contender.measure(source.push(&remote, BRANCH)).await?;
            let clone = contender.measure(source.clone(&remote)).await?;
            report.add(column, push, clone);
            repository::empty(&store, BRANCH)?;
        }
    }
    println!("{report}");
    demonstration.shutdown().await;
    Ok(())
}

impl Contender<'_> {
    async fn remote(&self) -> Result<Remote, Failure> {
        let authorization = match &self.credential {
            Credential::Token(token) => format!("Basic {}", STANDARD.encode(format!("-:{token}"))),
            Credential::Session(session) => session.token().await?.authorization(),
        };
        Ok(Remote { url: format!("http://{}/{REPOSITORY}.git", self.address), authorization })
    }

    /// How long it takes, what the peer's processor spends on it, and what the peer's memory grows by.
    async fn measure(&self, work: impl Future<Output = Result<(), Failure>>) -> Result<Run, Failure> {
        let spent = || self.peer.map_or(Ok(Duration::ZERO), |peer| processor_time(peer.id()));
        let grown = || self.peer.map_or(Ok(0), |peer| peak_memory(peer.id()));
        let (before, memory, began) = (spent()?, grown()?, Instant::now());
        work.await?;
        Ok(Run {
            wall: began.elapsed(),
            processor: spent()?.saturating_sub(before),
            memory: grown()?.saturating_sub(memory),
        })
    }
}
