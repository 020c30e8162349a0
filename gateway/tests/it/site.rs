//! A gateway as an operator sets it up with `spanner init`, and a bot's first steps there.

use std::path::Path;

use gogs_spanner_testkit::{Forge, Host, Said, Serving};

/// A machine with a configuration that `init` wrote before a forge with the repository `acme/web`.
pub(crate) struct Site {
    pub(crate) host: Host,
    listen: String,
}

/// A machine with nothing but the program.
pub(crate) fn host() -> Host {
    Host::with(Path::new(env!("CARGO_BIN_EXE_spanner")))
}

/// Types `spanner init` with the administrator's token of this forge in the usual file.
pub(crate) async fn init(host: &Host, forge: &Forge, public_url: &str, more: &[&str]) -> Said {
    host.write("gogs-admin-token", forge.admin_token(), 0o600);
    let words = ["init", "--yes", "--gogs", forge.url(), "--public-url", public_url];
    host.spanner(&[&words[..], more].concat()).await
}

impl Site {
    /// One that automations reach at `public` (an address of loopback), and that listens at `listen`.
    pub(crate) async fn set_up(forge: &Forge, public: &str, listen: &str) -> (Self, Said) {
        forge.create_private_repository("acme/web").await;
        let url = format!("http://{public}");
        let host = host().variable("GOGS_SPANNER_URL", &url).variable("GOGS_SPANNER_AGENT", "ci-web");
        let key = host.path("ci-web.key");
        let host = host.variable("GOGS_SPANNER_KEY_FILE", key);
        let said = init(&host, forge, &url, &[]).await.succeeds();
        host.edit("spanner.toml", &format!("address = \"{public}\""), &format!("address = \"{listen}\""));
        // Tests run side by side: no two may choose one private port.
        let text = host.read("spanner.toml");
        let private = text.split("[operate]\naddress = \"").nth(1).and_then(|rest| rest.split('"').next());
        host.edit("spanner.toml", private.expect("a private address"), "127.0.0.1:0");
        (Self { host, listen: listen.to_owned() }, said)
    }

    /// The usual one: what is listened at is the public url.
    pub(crate) async fn before(forge: &Forge) -> Self {
        let address = Host::free_address().await;
        Self::set_up(forge, &address, &address).await.0
    }

    /// Starts the gateway.
    pub(crate) async fn serve(&self) -> Serving {
        self.host.serve(&format!("http://{}", self.listen)).await
    }

    /// Registers `ci-web`, and lets it clone with git's credential helper.
    pub(crate) async fn first_clone(&self) -> Said {
        self.host.spanner(&["agent", "add", "ci-web", "--role", "ci", "--repository", "acme/web"]).await.succeeds();
        let helper = "'!f() { test \"$1\" = get && spanner token get --format git; }; f'";
        let configure = format!("git config --global credential.$GOGS_SPANNER_URL.helper {helper}");
        self.host.shell(&configure).await.succeeds();
        self.host.shell("git clone -q $GOGS_SPANNER_URL/acme/web.git").await
    }
}
