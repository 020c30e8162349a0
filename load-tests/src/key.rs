//! Fresh key pairs for the gateway's agents.

use std::{fs, path::Path};

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Failure;

/// Writes both halves as PEM.
pub(crate) fn write(private: &Path, public: &Path) -> Result<(), Failure> {
    let pair = Ed25519KeyPair::generate()?;
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
    fs::write(private, pem("PRIVATE KEY", pair.to_pkcs8v1()?.as_ref()))?;
    fs::write(public, pem("PUBLIC KEY", spki.as_ref()))?;
    Ok(())
}

/// RFC 7468; keys this small fit one line after another of 64 characters.
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let (first, rest) = text.split_at(text.len().min(64));
    format!("-----BEGIN {label}-----\n{first}\n{rest}\n-----END {label}-----\n").replace("\n\n", "\n")
}
