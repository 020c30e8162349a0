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
        let version = plan.looked.version;
        let text = |key: &str, value: &str| format!("{key} = {}", quoted(value));
        let file = |key: &str, file: &str| format!("{key} = {{ file = {} }}", quoted(file));
        let address = noted(
            &text("address", &address.to_string()),
            "where it listens; a proxy that ends TLS passes all on to it",
        );
        let public_url = noted(
            &text("public_url", plan.public_url.as_str()),
            "what automations call it: the audience of every token",
        );
        let private = noted(&text("address", &private.to_string()), "private: /livez, /readyz and metrics");
        let gogs = noted(&text("url", plan.looked.url.as_str().trim_end_matches('/')), "Gogs itself");
        let token =
            noted(&file("admin_token", &token.to_string_lossy()), "makes accounts and collaborators, nothing else");
        let [tls, proxies, socket, prefix, store, key, otlp] = [
            ("# tls = { certificate = \"tls.crt\", key = \"tls.key\" }", "where TLS ends here, and not at a proxy"),
            ("# trusted_proxies = [\"127.0.0.1\"]", "the proxies whose X-Forwarded-For is believed"),
            ("socket = \"spanner.sock\"", "the commands on this machine act through it"),
            ("account_prefix = \"agent-\"", "ci-web acts in Gogs as agent-ci-web"),
            ("url = \"sqlite://spanner.db\"", "keys, revocations, accounts, and the trail: back it up"),
            ("sealing_key = { file = \"sealing.key\" }", "seals the secrets in it: back it up elsewhere"),
            ("# otlp_endpoint = \"http://127.0.0.1:4317\"", "traces, metrics and logs"),
        ]
        .map(|(key, note)| noted(key, note));
        format!(
            r#"# Gogs Spanner beside Gogs {version}. Paths are relative to this file. All keys: `spanner config reference`.
# After a change: `spanner config check`; a running gateway takes up [[role]] and [[agent]] on SIGHUP.

[listen]
{address}
{public_url}
{tls}
{proxies}

[operate]
{private}
{socket}

[upstream]
{gogs}
{token}
{prefix}

[store]
{store}
{key}

# [telemetry]
{otlp}

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

/// A key with its reason behind it, all in one column.
fn noted(key: &str, note: &str) -> String {
    format!("{key:<52} # {note}")
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
