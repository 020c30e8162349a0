//! What is found out about a Gogs, and what is wrong with it in a newcomer's words.

use secrecy::SecretString;
use url::Url;

use crate::{
    cli::Failure,
    client::{self, Purpose},
    upstream::{
        Gogs, Survey,
        survey::{AdminTrouble, SurveyError},
        version::{OLDEST, Sighting, Version},
    },
};

/// A Gogs the gateway can stand before.
pub(super) struct Looked {
    pub(super) url: Url,
    pub(super) version: Sighting,
    pub(super) external_url: Option<Url>,
    pub(super) administrator: String,
}

impl Looked {
    /// Looks at the Gogs at `url`, with a site administrator's token; `told` is the version its operator knows.
    pub(super) async fn at(url: Url, token: &SecretString, told: Option<Version>) -> Result<Self, Failure> {
        if url.scheme() != "http" {
            let what = "the gateway forwards over plain HTTP only, to loopback or a private network";
            return Err(Failure::usage(what, "give the address Gogs itself listens on: --gogs http://127.0.0.1:3000"));
        }
        let client = client::client(Purpose::Operator)
            .map_err(|error| Failure::failed(error, "check the machine's TLS certificates"))?;
        let survey = Survey::of(&client, &url).await.map_err(|error| nothing_to_see(&error))?;
        let gogs = Gogs::new(client, url.clone(), token.clone());
        let administrator = gogs.administrator().await.map_err(|trouble| powerless(&trouble))?.username;
        let version = version(&gogs, survey.version, told).await?;
        Ok(Self { url, version, external_url: survey.external_url, administrator })
    }
}

/// The version; certainly not too old, or nothing goes on.
async fn version(gogs: &Gogs, seen: Option<Sighting>, told: Option<Version>) -> Result<Sighting, Failure> {
    let sighting = match (seen, told) {
        (Some(seen), Some(told)) if seen.may_be(told) => Sighting::told(told),
        (Some(seen), Some(told)) => {
            let what = format!("--gogs-version says {told}, but this Gogs is {seen} ({})", seen.by);
            return Err(Failure::usage(what, "leave it out, or check that --gogs is the Gogs you mean"));
        }
        (Some(seen), None) => seen,
        (None, Some(told)) => Sighting::told(told),
        (None, None) => by_route(gogs).await?,
    };
    if sighting.is_too_old() {
        let what = format!(
            "this Gogs is {sighting} ({}), and {OLDEST} is the oldest the gateway works with: before it, Git takes no token \
             as a password",
            sighting.by
        );
        return Err(Failure::failed(what, "upgrade Gogs, best to its newest release, then run this again"));
    }
    Ok(sighting)
}

async fn by_route(gogs: &Gogs) -> Result<Sighting, Failure> {
    let asked = gogs.sighted_by_route().await;
    let asked = asked.map_err(|error| Failure::failed(error, "look at the log of Gogs, then run this again"))?;
    asked.ok_or_else(|| {
        let what = format!("this Gogs does not tell its version, and does not know a route that {OLDEST} brought");
        let hint = format!(
            "upgrade Gogs; if its Admin Panel shows {OLDEST} or newer, say what it shows: --gogs-version VERSION"
        );
        Failure::failed(what, hint)
    })
}

fn nothing_to_see(error: &SurveyError) -> Failure {
    let hint = match error {
        SurveyError::Unreachable { .. } => "check that Gogs runs, and that --gogs is the address it listens on",
        SurveyError::Elsewhere { to, .. } if to.ends_with("/install") => "finish the installation of Gogs there first",
        SurveyError::Elsewhere { .. } => {
            "give the address Gogs itself listens on, behind whatever sends visitors elsewhere: --gogs http://127.0.0.1:3000"
        }
        SurveyError::NotGogs { status, .. } if status.is_server_error() => {
            "look at the log of Gogs, and of what stands before it; then run this again"
        }
        SurveyError::NotGogs { .. } => {
            "check --gogs: it is the address Gogs itself listens on, with its path if EXTERNAL_URL has one"
        }
    };
    Failure::failed(error, hint)
}

fn powerless(trouble: &AdminTrouble) -> Failure {
    let hint = match trouble {
        AdminTrouble::Unknown => {
            "make one as a site administrator (Gogs: Your Settings, Applications), and give it as it is shown there"
        }
        AdminTrouble::Powerless { .. } => {
            "give a token of a site administrator (Gogs: Admin Panel, Users shows who is one): the gateway makes accounts with it"
        }
        AdminTrouble::Unanswered(_) => "look at the log of Gogs, then run this again",
    };
    Failure::failed(trouble, hint)
}
