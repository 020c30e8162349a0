//! Which Gogs stands behind the gateway, where a decision depends on it.

use std::fmt;

use gogs_spanner_capability::Reason;
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use tokio::sync::Mutex;
use url::Url;

use super::{
    Survey,
    accounts::patiently,
    version::{Sighting, Version},
};
use crate::{clock::SharedClock, refuse::Refusal};

/// How long what was seen is believed: an upgrade takes a restart of Gogs, and then may take this long to be noticed.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_mins(5);

/// What is known of the forge's version: what the operator says, or else what its pages tell.
pub struct Edition {
    client: Client,
    url: Url,
    told: Option<Version>,
    clock: SharedClock,
    seen: Mutex<Option<(Timestamp, Option<Sighting>)>>,
}

impl Edition {
    /// The Gogs at `url`, which the operator may have told the version of.
    pub fn new(client: Client, url: Url, told: Option<Version>, clock: SharedClock) -> Self {
        Self { client, url, told, clock, seen: Mutex::default() }
    }

    /// What is known of it; nothing where its pages do not tell.
    ///
    /// # Errors
    /// `upstream-unavailable` where it cannot be looked at.
    pub async fn sighting(&self) -> Result<Option<Sighting>, Refusal> {
        if let Some(told) = self.told {
            return Ok(Some(Sighting::told(told)));
        }
        // Who comes while somebody looks waits for what is seen.
        let mut seen = self.seen.lock().await;
        let now = self.clock.now();
        if let Some((at, sighting)) = *seen
            && now.duration_since(at).abs() < BELIEVED_FOR
        {
            return Ok(sighting);
        }
        let look = async { Survey::of(&self.client, &self.url).await.map_err(unseen) };
        let sighting = patiently(look).await?.version;
        *seen = Some((now, sighting));
        Ok(sighting)
    }
}

fn unseen(error: super::survey::SurveyError) -> Refusal {
    Refusal::new(Reason::UpstreamUnavailable).truly(error)
}

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edition").field("url", &self.url.as_str()).field("told", &self.told).finish_non_exhaustive()
    }
}
