//! `spanner init`: looks at a Gogs, and writes what a gateway beside it needs. It asks only what it cannot find out, and
//! overwrites nothing.

mod ask;
mod look;
mod plan;
mod template;

use std::path::PathBuf;

use serde_json::json;
use url::Url;

use self::{ask::Asker, look::Looked, plan::Plan};
use super::{Common, Failure, Output, spelled};
use crate::{config::PublicUrl, upstream::version::Version};

/// Where the admin token is looked for, and kept, unless a file is named.
const TOKEN_FILE: &str = "gogs-admin-token";

/// Checks the Gogs and the admin token; writes the configuration and the sealing key, and says what to do next.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  spanner init --gogs http://127.0.0.1:3000 --public-url https://agents.example.com")]
pub(super) struct Init {
    /// Where Gogs itself listens, best on loopback.
    #[arg(long, value_name = "URL", value_parser = spelled::<Url>)]
    gogs: Option<Url>,
    /// What automations will call the gateway.
    #[arg(long, value_name = "URL", value_parser = spelled::<PublicUrl>)]
    public_url: Option<PublicUrl>,
    /// A file (0600) with a token of a site administrator of that Gogs; else `gogs-admin-token` beside the configuration, else
    /// it is asked for.
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
    /// The version of that Gogs, if it does not tell.
    #[arg(long, value_name = "VERSION")]
    gogs_version: Option<Version>,
    /// Do not ask before anything is written.
    #[arg(long)]
    yes: bool,
}

impl Init {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        plan::refuse_to_overwrite(&common.config)?;
        let asker = Asker::new(self.yes);
        let gogs = asker.need(self.gogs, "--gogs", "Where does Gogs itself listen?", "http://127.0.0.1:3000")?;
        let question = "What will automations call the gateway?";
        let public_url = asker.need(self.public_url, "--public-url", question, "https://agents.example.com")?;
        refuse_readable(&public_url)?;
        let token = plan::Token::find(self.admin_token_file, &common.config, &asker)?;
        let looked = Looked::at(gogs, token.secret(), self.gogs_version).await?;
        let plan = Plan { config: common.config.clone(), public_url, token, looked };
        asker.agree(&plan.intention())?;
        plan.write()?;
        output.say(
            plan.told(),
            &json!({
                "config": plan.config, "gogs": plan.looked.url, "version": plan.looked.version.to_string(),
                "external_url": plan.looked.external_url, "administrator": plan.looked.administrator,
            }),
        )
    }
}

/// Tokens and proofs travel to the public url: in plain sight, unless it is this machine's own. Clients refuse it too.
fn refuse_readable(public_url: &PublicUrl) -> Result<(), Failure> {
    if public_url.is_private() {
        return Ok(());
    }
    let what = "automations would send their tokens in plain sight: a public url of http is for this machine alone";
    Err(Failure::usage(what, "give an https name; TLS ends at the gateway, `[listen] tls`, or at a proxy before it"))
}
