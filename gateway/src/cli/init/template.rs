//! The configuration as it is written: short, each line with its reason, and good as it stands.

use std::{net::SocketAddr, path::Path};

use super::plan::Plan;
use crate::cli::file::quoted;

/// What goes into the blanks.
pub(super) struct Template<'a> {
    pub(super) plan: &'a Plan,
    pub(super) address: SocketAddr,
    pub(super) private: SocketAddr,
    pub(super) token: &'a Path,
}

impl Template<'_> {
    pub(super) fn text(&self) -> String {
        let Self { plan, address, private, token } = self;
        let (gogs, version) = (plan.looked.url.as_str().trim_end_matches('/'), plan.looked.version);
        let (gogs, token) = (quoted(gogs), quoted(&token.to_string_lossy()));
        let public_url = quoted(plan.public_url.as_str());
        format!(
            r#"# Gogs Spanner beside Gogs {version}. Paths are relative to this file. All keys: `spanner config reference`.
# After a change: `spanner config check`; a running gateway takes up [[role]] and [[agent]] on SIGHUP.

[listen]
address = "{address}"            # where the gateway listens; a proxy that ends TLS passes everything on to it
public_url = {public_url}    # what automations call it: the audience of every token
# tls = {{ certificate = "tls.crt", key = "tls.key" }}   # where TLS ends here and not at a proxy
# trusted_proxies = ["127.0.0.1"]          # the proxies whose X-Forwarded-For is believed

[operate]
address = "{private}"            # private: /livez and /readyz
socket = "spanner.sock"                    # the commands on this machine act through it

[upstream]
url = {gogs}           # Gogs itself
admin_token = {{ file = {token} }}   # makes accounts and collaborators, and does nothing else
account_prefix = "agent-"                  # ci-web acts in Gogs as agent-ci-web

[store]
url = "sqlite://spanner.db"                # keys, revocations, accounts, and the trail: back it up
sealing_key = {{ file = "sealing.key" }}     # seals the secrets in it: back it up elsewhere

# [telemetry]
# otlp_endpoint = "http://127.0.0.1:4317"  # traces, metrics and logs

# What an agent may do where it is granted this: read, work on issues, and push branches below `agents/`.
[[role]]
name = "ci"
rights = [
  {{ actions = ["contents:read", "issues:read", "issues:write"] }},
  {{ actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/**"] }},
]

# Agents: `spanner agent add NAME --role ci --repository OWNER/NAME` writes them below, each with a key of its own.
"#
        )
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{authorize::policy::Policy, cli::init::plan, config::Config};

    #[test]
    fn what_is_written_is_a_good_configuration() {
        let plan = plan::tests::plan("https://agents.example.com");
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let token = PathBuf::from("gogs-admin-token");
        let text = Template { plan: &plan, address: loopback(8080), private: loopback(8081), token: &token }.text();
        let config = Config::parse(Path::new("spanner.toml"), &text).expect("a good configuration");
        Policy::compile(&config).expect("a good policy");
        insta::assert_snapshot!(text);
    }
}
