//! *systemd, TLS and renewal*.

use gogs_spanner_testkit::{Forge, Host};

use super::{Page, Reader, reader::SYSTEMCTL};

/// A new certificate where Certbot keeps it.
const ISSUE: &str = "mkdir -p live\nopenssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
                     -addext subjectAltName=DNS:localhost -keyout live/privkey.pem -out live/fullchain.pem 2> live/log\n";

/// The fingerprint of the certificate the next connection is shown.
const SHOWN: &str = "openssl s_client -connect localhost:PORT -servername localhost < /dev/null 2> /dev/null \
                     | openssl x509 -noout -fingerprint -sha256";

#[tokio::test]
async fn the_unit_verifies_and_a_renewed_certificate_is_taken_up_by_its_reload() {
    let forge = Forge::demonstration().await;
    forge.create_private_repository("acme/web").await;
    let page = Page::read("docs/guides/systemd-tls-and-renewal.md");
    let address = Host::free_address().await;
    let port = address.rsplit_once(':').expect("a port").1;
    let reader = Reader::new();
    let home = reader.home();
    let reader = reader
        .calling("http://127.0.0.1:3000", forge.url())
        .calling("https://agents.example.com", &format!("https://localhost:{port}"))
        .calling("127.0.0.1:8080", &address)
        .calling("0.0.0.0:443", &address)
        .calling("/etc/systemd/system", &format!("{home}/etc/systemd/system"))
        .calling("/etc/letsencrypt/live/agents.example.com", &format!("{home}/live"))
        .calling("/etc/letsencrypt/renewal-hooks", &format!("{home}/etc/hooks"))
        .calling("/etc/spanner", &format!("{home}/etc/spanner"))
        .calling("/var/lib/spanner", &format!("{home}/var/spanner"))
        .calling("/run/spanner", &format!("{home}/run/spanner"))
        .calling("/run/credentials/spanner.service", &format!("{home}/run/credentials"))
        .calling("/usr/local/bin/spanner", env!("CARGO_BIN_EXE_spanner"))
        .calling("-o root -g spanner ", "")
        .variable("CURL_CA_BUNDLE", &format!("{home}/live/fullchain.pem"))
        .program("systemctl", SYSTEMCTL);
    reader.shell("mkdir -p etc/spanner").await.succeeds();
    reader.host().write("etc/spanner/gogs-admin-token", forge.admin_token(), 0o600);
    reader.shell(ISSUE).await.succeeds();
    reader.follow(&page).await;
    let socket = reader.shell("stat --format=%a run/spanner/spanner.sock").await.succeeds();
    assert_eq!(socket.stdout.trim(), "600");
    renewal(&reader, port).await;
}

/// Two renewals by the page's hook: one that cannot be used, and a good one.
async fn renewal(reader: &Reader, port: &str) {
    let shown = SHOWN.replace("PORT", port);
    let hook = format!(
        "export RENEWED_LINEAGE={}/live\netc/hooks/deploy/spanner\nspanner agent list --config etc/spanner/spanner.toml",
        reader.home()
    );
    let before = reader.shell(&shown).await.succeeds().stdout;
    reader.shell("echo half > live/privkey.pem").await.succeeds();
    reader.shell(&hook).await.succeeds();
    assert_eq!(reader.shell(&shown).await.succeeds().stdout, before);
    reader.shell(ISSUE).await.succeeds();
    reader.shell(&hook).await.succeeds();
    assert_ne!(reader.shell(&shown).await.succeeds().stdout, before);
}
