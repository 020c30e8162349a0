//! `spanner serve`

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Common, Failure};
use crate::{
    clock::SystemClock,
    serve::{Gateway, StartError},
    telemetry,
};

/// Serves until the process is told to stop (SIGTERM, SIGINT), then drains.
pub(super) async fn run(common: &Common) -> Result<(), Failure> {
    let config = common.load()?;
    let telemetry = telemetry::install(&config.telemetry);
    let stop = stop_on_signal()?;
    let (address, public_url) = (config.listen.address, config.listen.public_url.clone());
    let gateway = Gateway::build(config, Arc::new(SystemClock)).await?;
    tracing::info!(%address, %public_url, "serving");
    gateway.serve(stop).await;
    tracing::info!("stopped");
    telemetry.shut_down().await;
    Ok(())
}

fn stop_on_signal() -> Result<CancellationToken, Failure> {
    let listen = |kind| signal(kind).map_err(|error| Failure::failed(format!("signals: {error}"), "start it again"));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop; what is under way may finish");
        told.cancel();
    });
    Ok(stop)
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let mend = error.mend();
        match error {
            StartError::Config(error) => error.into(),
            error => Self::failed(format!("the gateway does not start: {error}"), mend),
        }
    }
}
