//! From git's question to its answer.

use std::path::PathBuf;

use gogs_spanner_capability::{Patterns, RepositoryName};
use gogs_spanner_sdk::{Error, Narrowing, Origin, Request, Session, SignedDuration, Token};

use crate::{
    answer::Answer, challenge::Challenge, complaint::Complaint, errand::Errand, named::is_named, question::Question,
};

/// How long a token is for git: one command asks at its beginning, and what it has begun may finish.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// What the helper's line in git's configuration says besides its name. A key is for one gateway.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Arguments {
    /// The gateway all of this is for; asked about another host, the helper says nothing.
    #[arg(long)]
    url: Option<String>,
    /// The agent.
    #[arg(long)]
    agent: Option<String>,
    /// The agent's private key.
    #[arg(long, value_name = "FILE", requires = "url")]
    key_file: Option<PathBuf>,
    /// A file with a JWT of an issuer, whose audience is the gateway.
    #[arg(long, value_name = "FILE", requires = "url")]
    assertion_file: Option<PathBuf>,
}

impl Arguments {
    /// Answers git; nothing, if nobody said that there is a gateway where git is talking to.
    pub(crate) async fn answer(self, question: Question) -> Result<Option<Answer>, Complaint> {
        let Some(place) = question.place().filter(|place| is_named(place, self.url.as_deref())) else {
            return Ok(None);
        };
        let origin = Origin::parse(place.as_str()).map_err(|error| Complaint::of_place(&error))?;
        let challenge =
            gateways(&origin, &question.challenges).map_err(|_: Foreign| Complaint::of_challenge(&place))?;
        let errand = Errand::of(&question, challenge.as_ref());
        let token = self.token(origin, &errand).await.map_err(|error| Complaint::of(&error, &errand))?;
        let by_authtype = question.takes_authtype();
        Ok(Some(Answer { token, username: question.username, by_authtype }))
    }

    /// A token for this errand. That it is this gateway is asked before anything is proven to it.
    async fn token(self, origin: Origin, errand: &Errand) -> Result<Token, Error> {
        let mut builder = Session::builder().bound_to(origin);
        if let Some(agent) = self.agent {
            builder = builder.agent(agent);
        }
        if let Some(file) = self.key_file {
            builder = builder.key_file(file);
        }
        if let Some(file) = self.assertion_file {
            builder = builder.assertion_file(file);
        }
        if let Some(repository) = &errand.repository {
            builder = builder.less(only(repository));
        }
        let session = builder.discover().await?;
        session.confirm().await?;
        let token = session.token().await?;
        // Offline, for which of the agent's rights hold these actions is the gateway's to know.
        Ok(token.narrow(Narrowing::default().actions(errand.actions.iter().copied()).lifetime(LIFETIME))?)
    }
}

/// Somebody else's challenge.
struct Foreign;

/// The gateway's own challenge: it names the gateway's metadata, on its own origin. An older git tells of none.
fn gateways(origin: &Origin, challenges: &[String]) -> Result<Option<Challenge>, Foreign> {
    let metadata = origin.metadata();
    let mut known = challenges.iter().filter_map(|challenge| Challenge::parse(challenge));
    let ours = known.find(|challenge| challenge.says("resource_metadata") == Some(metadata.as_str()));
    if ours.is_none() && !challenges.is_empty() { Err(Foreign) } else { Ok(ours) }
}

fn only(repository: &RepositoryName) -> Request {
    let pattern = repository.as_str().parse().expect("a name is a pattern of itself");
    Request { repositories: Patterns::new([pattern]).ok(), ..Request::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_the_gateways_if_it_names_the_gateways_own_metadata() {
        let origin = Origin::parse("https://a.example").expect("an origin");
        let of = |metadata: &str| gateways(&origin, &[format!("Basic realm=\"x\", resource_metadata=\"{metadata}\"")]);
        assert!(matches!(of("https://a.example/.well-known/oauth-protected-resource"), Ok(Some(_))));
        for other in ["https://b.example/.well-known/oauth-protected-resource", "https://a.example/", ""] {
            assert!(of(other).is_err(), "{other}");
        }
        assert!(gateways(&origin, &["Basic realm=\"nginx\"".to_owned()]).is_err());
        assert!(matches!(gateways(&origin, &[]), Ok(None)));
    }
}
