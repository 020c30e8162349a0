//! A planner hands two workers tokens that can do less than its own: each reads one repository, for five minutes.
//!
//! Making them asks nobody. A worker that tries the other's repository is refused by the gateway, whatever the planner
//! may do there.

use gogs_spanner_sdk::{Client, Error, Narrowing, NarrowingError, Origin, Refused, SignedDuration, Token};
use serde::Deserialize;

/// As long as an errand may take.
const ERRAND: SignedDuration = SignedDuration::from_mins(5);

/// What one worker is to do, and the token to do it with.
#[derive(Debug)]
pub struct Errand {
    /// Who is to do it. It stands in the gateway's journal beside the planner's name.
    pub worker: String,
    /// Where.
    pub repository: String,
    /// Good for that, and for nothing else.
    pub token: Token,
}

/// What a worker found.
#[derive(Debug, Deserialize)]
pub struct Found {
    /// The repository, as its forge spells it.
    #[serde(rename = "full_name")]
    pub repository: String,
    /// Its default branch.
    pub default_branch: String,
}

/// A worker was let in where it must not be.
#[derive(Debug, thiserror::Error)]
pub enum Strayed {
    /// It was let in.
    #[error("a worker was let into {0}")]
    LetIn(String),
    /// Something else went wrong.
    #[error(transparent)]
    Sdk(#[from] Error),
}

/// Makes an errand of each repository. No request is made for it.
pub fn plan(token: &Token, repositories: &[String]) -> Result<Vec<Errand>, NarrowingError> {
    let errand = |(at, repository): (usize, &String)| {
        let worker = format!("worker-{}", at + 1);
        let narrowing = Narrowing::to(repository).read_only().lifetime(ERRAND).delegate(&worker);
        Ok(Errand { worker, repository: repository.clone(), token: token.narrow(narrowing)? })
    };
    repositories.iter().enumerate().map(errand).collect()
}

/// What a worker works with: the gateway it was told of, and the token it was handed.
pub fn equip(gateway: Origin, handed: &str) -> Result<Client, Error> {
    Client::new(gateway, Token::parse(handed)?)
}

/// Does an errand.
pub async fn work(client: &Client, repository: &str) -> Result<Found, Error> {
    client.get(format!("/api/v1/repos/{repository}")).read().await
}

/// Tries a repository that is somebody else's, and gives the refusal.
pub async fn stray(client: &Client, repository: &str) -> Result<Refused, Strayed> {
    match work(client, repository).await {
        Ok(found) => Err(Strayed::LetIn(found.repository)),
        Err(Error::Refused(refused)) => Ok(refused),
        Err(error) => Err(error.into()),
    }
}
