//! What is known before the questions begin: looked at once, for all of them.

use std::path::PathBuf;

use jiff::Timestamp;
use reqwest::Client;
use url::Url;

use super::{
    Ill, Silence, Vitals,
    app_ini::{AppIni, AppIniError},
    unasked,
};
use crate::{
    client::{self, Purpose},
    clock::SharedClock,
    config::Config,
    upstream::{
        Gogs, Survey, User,
        survey::{AdminTrouble, SurveyError},
        version::{Sighting, Version},
    },
};

/// What the caller brings.
pub struct Given {
    /// The configuration.
    pub config: Config,
    /// What the running gateway says of itself.
    pub vitals: Result<Vitals, Silence>,
    /// Gogs's `app.ini`, where it is at hand.
    pub app_ini: Option<PathBuf>,
    /// The version its operator knows.
    pub version: Option<Version>,
    /// The time.
    pub clock: SharedClock,
}

/// What the checks look at.
pub struct Case {
    pub(super) config: Config,
    pub(super) client: Client,
    pub(super) vitals: Result<Vitals, Silence>,
    pub(super) clock: SharedClock,
    /// When the Gogs was looked at.
    pub(super) opened: Timestamp,
    pub(super) version: Option<Sighting>,
    pub(super) administrator: Result<User, String>,
    survey: Result<Survey, SurveyError>,
    app_ini: Option<Result<AppIni, AppIniError>>,
}

impl Case {
    /// Looks at the Gogs, as a stranger and with the admin token.
    pub async fn open(given: Given) -> reqwest::Result<Self> {
        let Given { config, vitals, app_ini, version, clock } = given;
        let client = client::client(Purpose::Operator)?;
        let opened = clock.now();
        let survey = Survey::of(&client, &config.upstream.url).await;
        let gogs = config
            .upstream
            .admin_token
            .read()
            .map(|token| Gogs::new(client.clone(), config.upstream.url.clone(), token));
        let (administrator, by_route) = match (&survey, &gogs) {
            (Ok(_), Ok(gogs)) => (whose(gogs.administrator().await), gogs.sighted_by_route().await.ok().flatten()),
            (Ok(_), Err(error)) => (Err(format!("{}: {}", error.place(), error.what)), None),
            (Err(_), _) => (Err("Gogs does not answer".to_owned()), None),
        };
        let told = version.map(Sighting::told);
        let version = survey.as_ref().ok().and_then(|survey| told.or(survey.version).or(by_route));
        Ok(Self {
            client,
            vitals,
            clock,
            opened,
            version,
            administrator,
            survey,
            app_ini: app_ini.map(|file| AppIni::read(&file)),
            config,
        })
    }

    /// What a stranger sees of the Gogs.
    pub(super) fn survey(&self) -> Result<&Survey, Ill> {
        self.survey.as_ref().map_err(|_| unasked("Gogs does not answer"))
    }

    /// Why there is nothing to see.
    pub(super) fn trouble(&self) -> Option<&SurveyError> {
        self.survey.as_ref().err()
    }

    /// Gogs's own configuration, for what nothing else tells.
    pub(super) fn app_ini(&self) -> Result<&AppIni, Ill> {
        match &self.app_ini {
            Some(Ok(app_ini)) => Ok(app_ini),
            Some(Err(error)) => Err(unasked(error.to_string())),
            None => Err(unasked("only Gogs's app.ini says it: give --gogs-config FILE")),
        }
    }

    /// What the running gateway knows.
    pub(super) fn vitals(&self) -> Result<&Vitals, Ill> {
        self.vitals.as_ref().map_err(|_| unasked("the running gateway did not say"))
    }

    /// A page of the Gogs, below its address.
    pub(super) fn gogs(&self) -> &Url {
        &self.config.upstream.url
    }

    /// An address below the public url.
    pub(super) fn public(&self, path: &str) -> String {
        format!("{}{path}", self.config.listen.public_url)
    }

    /// Which Gogs this is, and where the gateway stands (design: beside, or the only door).
    pub(super) fn name(&self) -> String {
        let at = self.gogs();
        let Ok(survey) = &self.survey else { return format!("no Gogs at {at}") };
        let version = self.version.map_or_else(|| "of unknown version".to_owned(), |version| version.to_string());
        let placement = match &survey.external_url {
            Some(name) if name.origin().ascii_serialization() == self.config.listen.public_url.as_str() => {
                "the gateway is its only door".to_owned()
            }
            Some(name) => format!("the gateway stands beside it: people call it {name}"),
            None => "what people call it is not told".to_owned(),
        };
        format!("Gogs {version} at {at}; {placement}")
    }
}

fn whose(asked: Result<User, AdminTrouble>) -> Result<User, String> {
    asked.map_err(|trouble| trouble.to_string())
}
