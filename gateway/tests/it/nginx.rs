//! Debian's nginx before a gateway.

use std::process::Stdio;

use gogs_spanner_testkit::eventually;
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

/// Directives as nobody who read the guide writes them: what is not said is nginx's default.
pub(crate) const CARELESS: &str = "large_client_header_buffers 4 2k;";
/// What a gateway needs.
pub(crate) const CAREFUL: &str = "large_client_header_buffers 4 16k; client_max_body_size 0; proxy_request_buffering off; \
                                  proxy_buffering off; proxy_http_version 1.1;";

/// A running nginx; dropping it kills it.
pub(crate) struct Nginx {
    process: Child,
    _directory: TempDir,
}

impl Nginx {
    /// Starts one that listens at `public` and passes everything on to `to`, with these directives.
    #[expect(clippy::disallowed_methods, reason = "a test starts the proxy that operators use")]
    pub(crate) async fn start(public: &str, to: &str, directives: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let home = directory.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {home}/{kind};"))
            .concat();
        let text = format!(
            "daemon off; master_process off; pid {home}/pid; error_log {home}/error.log; events {{}}\n\
             http {{ access_log off; {temporary} server {{ listen {public}; {directives} location / {{ proxy_pass http://{to}; }} }} }}\n"
        );
        std::fs::write(directory.path().join("nginx.conf"), text).expect("a file can be written");
        // Debian keeps it where only administrators look for programs.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("nginx");
        command.env("PATH", path).arg("-c").arg(directory.path().join("nginx.conf")).arg("-e").arg("stderr");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let process = command.spawn().expect("nginx starts: `cargo xtask test` installs it");
        eventually("nginx listens", async || TcpStream::connect(public).await.is_ok()).await;
        Self { process, _directory: directory }
    }

    /// Kills it, and waits until it is gone.
    pub(crate) async fn stop(mut self) {
        self.process.kill().await.expect("it was running");
    }
}
