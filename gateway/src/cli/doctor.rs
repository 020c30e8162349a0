//! `spanner doctor`

use std::{path::PathBuf, sync::Arc};

use serde_json::Value;

use super::{Common, Failure, Output};
use crate::{
    clock::SystemClock,
    doctor::{Case, Given, Silence, Vitals, examine},
    upstream::version::Version,
};

/// Looks at the gateway, at the Gogs behind it and at what lies between; says what is wrong, and how to mend it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  spanner doctor --gogs-config /home/git/gogs/custom/conf/app.ini")]
pub(super) struct Doctor {
    /// Gogs's `app.ini`, for what only that file says.
    #[arg(long, value_name = "FILE")]
    gogs_config: Option<PathBuf>,
    /// The version of that Gogs, if it does not tell.
    #[arg(long, value_name = "VERSION")]
    gogs_version: Option<Version>,
}

impl Doctor {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        let config = common.load()?;
        let given = Given {
            config,
            vitals: vitals(common).await?,
            app_ini: self.gogs_config,
            version: self.gogs_version,
            clock: Arc::new(SystemClock),
        };
        let case = Case::open(given).await.map_err(|error| {
            Failure::failed(format!("the HTTP client: {error}"), "check the machine's TLS certificates")
        })?;
        let report = examine(&case).await;
        output.say(&report, &serde_json::to_value(&report).unwrap_or_default())?;
        match report.findings.len() {
            0 => Ok(()),
            1 => Err(Failure::failed("one thing is wrong", "its mend stands with it")),
            number => Err(Failure::failed(format!("{number} things are wrong"), "the mend stands with each")),
        }
    }
}

/// What the running gateway says of itself.
async fn vitals(common: &Common) -> Result<Result<Vitals, Silence>, Failure> {
    let gateway = common.gateway()?;
    if let Err(failure) = gateway.reach().await {
        return Ok(Err(Silence::Nobody(failure.what())));
    }
    let told = gateway.post("/doctor", &Value::Null).await;
    Ok(told.map_err(|failure| Silence::Refused(failure.what())).and_then(|value| {
        serde_json::from_value(value)
            .map_err(|_| Silence::Refused("it is a gateway of another version than this command".to_owned()))
    }))
}
