//! TLS at the listener, with a certificate that is read again when its files change.

#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::config::plainly;

/// Until a handshake must be done.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// How soon a renewed certificate is taken up.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// One of the files cannot be read.
    #[error("{} cannot be read: {why}", file.display())]
    Unreadable {
        /// Which one.
        file: PathBuf,
        /// Why not.
        why: String,
    },
    /// They are no certificate and its key.
    #[error("the certificate and key do not fit: {0}")]
    Unfit(#[from] rustls::Error),
}

/// The certificate in use.
#[derive(Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<ArcSwap<ServerConfig>>,
    seen: Arc<Mutex<Changed>>,
}

/// When the two files were last written, as far as they are there.
type Changed = [Option<SystemTime>; 2];

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Tls {
    /// Loads the certificate, and goes on looking whether it was renewed.
    pub fn load(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let seen = changed_at(&certificate, &key);
        let config = read(&certificate, &key)?;
        let (current, seen) = (Arc::new(ArcSwap::from_pointee(config)), Arc::new(Mutex::new(seen)));
        let tls = Self { certificate, key, current, seen };
        tokio::spawn(tls.clone().watch());
        Ok(tls)
    }

    /// Takes up a renewed certificate. One that cannot be used is refused, and the one before it stays.
    pub fn look(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = changed_at(&self.certificate, &self.key);
        if changed == *seen {
            return;
        }
        // Noted before it is read: what is written meanwhile is found at the next look.
        *seen = changed;
        match read(&self.certificate, &self.key) {
            Ok(config) => {
                self.current.store(Arc::new(config));
                tracing::info!("the TLS certificate was renewed");
            }
            Err(error) => tracing::error!(%error, "the renewed TLS certificate is not usable; the old one stays"),
        }
    }

    pub(super) async fn accept<S>(self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let handshake = TlsAcceptor::from(self.current.load_full()).accept(stream);
        let late = |_| Err(io::Error::new(io::ErrorKind::TimedOut, "it took too long"));
        tokio::time::timeout(HANDSHAKE_WITHIN, handshake).await.unwrap_or_else(late)
    }

    async fn watch(self) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        while Arc::strong_count(&self.current) > 1 {
            ticks.tick().await;
            self.look();
        }
    }
}

fn changed_at(certificate: &Path, key: &Path) -> Changed {
    [certificate, key].map(|file| file.metadata().and_then(|file| file.modified()).ok())
}

fn read(certificate: &PathBuf, key: &PathBuf) -> Result<ServerConfig, TlsError> {
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain: Vec<_> = chain.map_err(|error| unreadable(certificate, error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn unreadable(file: &Path, error: pem::Error) -> TlsError {
    let why = match error {
        pem::Error::Io(error) => plainly(&error),
        pem::Error::NoItemsFound => "it holds none in PEM".to_owned(),
        error => error.to_string(),
    };
    TlsError::Unreadable { file: file.to_owned(), why }
}
