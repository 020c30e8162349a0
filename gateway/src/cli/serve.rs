//! `spanner serve`

use super::{Common, Failure};

/// Run the gateway until SIGTERM or SIGINT; then let what is under way finish.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  spanner serve --config /etc/spanner/spanner.toml")]
pub(super) struct Serve {}

impl Serve {
    pub(super) async fn run(&self, common: &Common) -> Result<(), Failure> {
        let _config = common.load()?;
        Ok(())
    }
}
