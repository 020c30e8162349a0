use std::{fs, net::Ipv4Addr};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};
use tempfile::TempDir;
use tokio::time::Instant;

use super::*;

/// Two files of a certificate, as a tool that renews them writes them.
struct Files {
    directory: TempDir,
    /// Counts the writings: each is a second later than the one before, however fast the test is.
    written: std::cell::Cell<u64>,
}

impl Files {
    fn with(issued: &CertifiedKey<rcgen::KeyPair>) -> Self {
        let files = Self { directory: tempfile::tempdir().expect("a directory"), written: 0.into() };
        files.write("tls.crt", &issued.cert.pem());
        files.write("tls.key", &issued.signing_key.serialize_pem());
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file can be written");
        self.written.set(self.written.get() + 1);
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(self.written.get());
        let file = fs::File::options().append(true).open(self.path(name)).expect("it is there");
        file.set_modified(moment).expect("its time can be set");
    }

    fn load(&self) -> Tls {
        Tls::load(self.path("tls.crt"), self.path("tls.key")).expect("a certificate and its key")
    }
}

fn issue() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed([Ipv4Addr::LOCALHOST.to_string()]).expect("a certificate can be made")
}

/// Whether the next connection is shown this certificate, and its key with it: a handshake in memory, to its end.
fn serves(tls: &Tls, issued: &CertifiedKey<rcgen::KeyPair>) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(issued.cert.der().clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
    let mut client = ClientConnection::new(config, Ipv4Addr::LOCALHOST.into()).expect("a client");
    let mut server = ServerConnection::new(tls.current.load_full()).expect("a server");
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).expect("memory takes bytes");
        server.read_tls(&mut &bytes[..]).expect("memory gives bytes");
        if server.process_new_packets().is_err() {
            return false;
        }
        bytes.clear();
        server.write_tls(&mut bytes).expect("memory takes bytes");
        client.read_tls(&mut &bytes[..]).expect("memory gives bytes");
        if client.process_new_packets().is_err() {
            return false;
        }
    }
    true
}

/// Moves the time to the next look.
async fn look_comes() {
    tokio::time::advance(LOOK_EVERY).await;
    tokio::task::yield_now().await;
}

#[tokio::test(start_paused = true)]
async fn a_renewed_certificate_is_served_without_a_restart() {
    let (old, new) = (issue(), issue());
    let files = Files::with(&old);
    let tls = files.load();
    assert!(serves(&tls, &old) && !serves(&tls, &new));
    files.write("tls.crt", &new.cert.pem());
    files.write("tls.key", &new.signing_key.serialize_pem());
    look_comes().await;
    assert!(serves(&tls, &new) && !serves(&tls, &old));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_cannot_be_used_is_refused_and_the_certificate_before_it_stays() {
    let (old, new) = (issue(), issue());
    let files = Files::with(&old);
    let tls = files.load();
    for unusable in ["", "-----BEGIN CERTIFICATE-----\nhalf", &new.cert.pem()] {
        files.write("tls.crt", unusable);
        look_comes().await;
        assert!(serves(&tls, &old), "{unusable}");
    }
    fs::remove_file(files.path("tls.crt")).expect("it is there");
    look_comes().await;
    assert!(serves(&tls, &old));
    files.write("tls.crt", &new.cert.pem());
    files.write("tls.key", &new.signing_key.serialize_pem());
    look_comes().await;
    assert!(serves(&tls, &new));
}

#[tokio::test(start_paused = true)]
async fn whoever_says_so_has_it_looked_for_at_once() {
    let (old, new) = (issue(), issue());
    let files = Files::with(&old);
    let tls = files.load();
    files.write("tls.crt", &new.cert.pem());
    files.write("tls.key", &new.signing_key.serialize_pem());
    tls.look();
    assert!(serves(&tls, &new));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_end_is_not_waited_for() {
    let tls = Files::with(&issue()).load();
    let (near, _silent) = tokio::io::duplex(64);
    let began = Instant::now();
    let ended = tls.accept(near).await.map(drop).map_err(|error| error.kind());
    assert_eq!((ended, began.elapsed()), (Err(io::ErrorKind::TimedOut), HANDSHAKE_WITHIN));
}
