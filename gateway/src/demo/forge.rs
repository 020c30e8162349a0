//! The forge of the show: the demonstration forge, or a live Gogs.

use std::path::Path;

use gogs_spanner_fakes::forge::{self, ForgeConfig};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Trouble, live::Live};
use crate::config::SecretSource;

/// The repository of the demonstration forge.
const REPOSITORY: &str = "acme/handbook";
/// What every account the show makes on a live Gogs begins with.
pub(super) const PREFIX: &str = "spanner-demo-";

/// Where the repositories are.
pub(super) enum Forge {
    /// Ours, in this process.
    Demonstration(forge::Forge),
    /// Somebody's.
    Live(Live),
}

impl Forge {
    pub(super) async fn demonstration() -> Result<Self, Trouble> {
        let forge = forge::Forge::start(ForgeConfig::default()).await?;
        forge.create_private_repository(REPOSITORY).await.map_err(Trouble::unexpected)?;
        Ok(Self::Demonstration(forge))
    }

    pub(super) async fn live(url: Url, admin_token: &Path, yes: bool) -> Result<Self, Trouble> {
        let token = SecretSource::File(admin_token.to_owned()).read()?;
        Live::prepare(url, token, yes).await.map(Self::Live)
    }

    pub(super) fn url(&self) -> &str {
        match self {
            Self::Demonstration(forge) => forge.url(),
            Self::Live(live) => live.url(),
        }
    }

    pub(super) fn admin_token(&self) -> SecretString {
        match self {
            Self::Demonstration(forge) => forge.admin_token().into(),
            Self::Live(live) => live.admin_token().expose_secret().into(),
        }
    }

    /// The private repository the show plays in.
    pub(super) fn repository(&self) -> &str {
        match self {
            Self::Demonstration(_) => REPOSITORY,
            Self::Live(live) => live.repository(),
        }
    }

    /// What it is, in a line.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Demonstration(_) => {
                "a forge (real repositories served by real `git http-backend`, answering as Gogs 0.14.3 does)"
                    .to_owned()
            }
            Self::Live(live) => format!("your Gogs at {}", live.url()),
        }
    }

    /// Removes what the show made.
    pub(super) async fn strike(self) -> Result<(), Trouble> {
        match self {
            Self::Demonstration(forge) => {
                forge.shutdown().await;
                Ok(())
            }
            Self::Live(live) => live.remove().await,
        }
    }
}
