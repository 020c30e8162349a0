//! What is asked of the token endpoint by `spanner login`.

use zeroize::Zeroizing;

use gogs_spanner_capability::Reason;

use crate::{exchange::form::Form, refuse::Refusal};

/// What `spanner login` is called; it has no secret, so this proves nothing (RFC 8252 §8.4).
const CLIENT_ID: &str = "spanner";

pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(super) const AUTHORIZATION_CODE: &str = "authorization_code";

/// A question for a sign-in.
pub enum SignInRequest {
    /// Has she confirmed on another device (RFC 8628 §3.4)?
    Device {
        /// The code the device was given.
        code: Zeroizing<String>,
    },
    /// Here is what her browser brought back (RFC 6749 §4.1.3).
    Browser(Code),
}

/// An authorization code of ours, and what proves that whoever has it began the sign-in.
pub struct Code {
    pub(super) text: Zeroizing<String>,
    pub(super) redirect: Zeroizing<String>,
    pub(super) verifier: Zeroizing<String>,
}

impl SignInRequest {
    /// Whether a form is one.
    pub(crate) fn is_asked_by(form: &Form) -> bool {
        form.peek("grant_type").is_some_and(|grant| [AUTHORIZATION_CODE, DEVICE_CODE].contains(&grant))
    }

    /// Reads a form; every parameter must be known to its grant.
    pub(crate) fn read(mut form: Form) -> Result<Self, Refusal> {
        let grant = form.need("grant_type")?;
        expect_client(&mut form)?;
        let request = if grant.as_str() == DEVICE_CODE {
            Self::Device { code: form.need("device_code")? }
        } else {
            let (text, redirect) = (form.need("code")?, form.need("redirect_uri")?);
            Self::Browser(Code { text, redirect, verifier: form.need("code_verifier")? })
        };
        form.finish()?;
        Ok(request)
    }
}

/// Takes `client_id`, of which there is one.
pub(crate) fn expect_client(form: &mut Form) -> Result<(), Refusal> {
    if form.need("client_id")?.as_str() == CLIENT_ID {
        return Ok(());
    }
    Err(Refusal::new(Reason::RequestMalformed).because(format!("client_id must be `{CLIENT_ID}`")))
}

impl std::fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Device { .. } => "device",
            Self::Browser(_) => "browser",
        })
    }
}
