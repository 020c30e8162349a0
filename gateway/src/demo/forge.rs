//! The forge of the show: the stand-in, or a live Gogs.

use gogs_spanner_fakes::forge::{Forge as StandIn, ForgeConfig};
use secrecy::SecretString;

use super::{DemoError, Live, live::Gogs, setting::Cast, voice::Voice};

/// What somebody wants of an agent.
const ISSUE: &str = "Please review the README";

/// What stands behind the gateway, and who plays before it.
pub(super) struct Forge {
    pub(super) cast: Cast,
    kind: Kind,
}

enum Kind {
    StandIn(StandIn),
    Live(Gogs),
}

impl Forge {
    pub(super) async fn stand_in() -> Result<Self, DemoError> {
        let cast = Cast {
            agent: "docs-writer".to_owned(),
            repository: "acme/handbook".to_owned(),
            others: vec!["acme/site".to_owned()],
            account_prefix: "agent-".to_owned(),
        };
        Ok(Self { cast, kind: Kind::StandIn(StandIn::start(ForgeConfig::default()).await?) })
    }

    /// A live Gogs, once its owner knows what will be made there and agrees.
    pub(super) async fn live(live: Live, voice: &mut Voice) -> Result<Self, DemoError> {
        let gogs = Gogs::open(live.url, &live.admin_token).await?;
        let cast = gogs.cast();
        gogs.ask(&cast, live.yes, voice).await?;
        Ok(Self { cast, kind: Kind::Live(gogs) })
    }

    /// Makes the repositories of the show, and in the stand-in an issue somebody opened.
    pub(super) async fn open(&self) -> Result<(), DemoError> {
        match &self.kind {
            Kind::StandIn(forge) => {
                for repository in self.cast.repositories() {
                    forge.create_private_repository(repository).await?;
                }
                forge.open_issue(&self.cast.repository, ISSUE, "It says too little.")?;
                Ok(())
            }
            Kind::Live(gogs) => Ok(gogs.make(&self.cast).await?),
        }
    }

    /// Removes what was made. The stand-in dies with the process, and its repositories with it.
    pub(super) async fn clear(self, voice: &mut Voice) -> Result<(), DemoError> {
        match self.kind {
            Kind::StandIn(forge) => forge.shutdown().await,
            Kind::Live(gogs) => gogs.remove(&self.cast, voice).await?,
        }
        Ok(())
    }

    /// Where it listens.
    pub(super) fn url(&self) -> &str {
        match &self.kind {
            Kind::StandIn(forge) => forge.url(),
            Kind::Live(gogs) => gogs.url(),
        }
    }

    /// A token of its site admin, for the gateway's accounts and collaborators.
    pub(super) fn admin_token(&self) -> SecretString {
        match &self.kind {
            Kind::StandIn(forge) => forge.admin_token().into(),
            Kind::Live(gogs) => gogs.admin_token().clone(),
        }
    }

    /// The two lines that say what is ours and what is a stand-in.
    pub(super) fn introduction(&self, gateway: &str, issuer: &str) -> String {
        let url = self.url();
        let ours = format!("ours:      the gateway at {gateway}, with an embedded store");
        match &self.kind {
            Kind::StandIn(_) => format!(
                "{ours}\nstand-ins: a forge at {url} (real repositories served by real `git http-backend`, answering as \
                 Gogs 0.14.3 does),\n           and an OpenID provider at {issuer}"
            ),
            Kind::Live(_) => format!("{ours}, before your Gogs at {url}\nstand-in:  an OpenID provider at {issuer}"),
        }
    }
}
