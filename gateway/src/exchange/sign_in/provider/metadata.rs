//! Where the issuer of `[people]` is asked, as its metadata says.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::Provider;
use crate::{exchange::issuer::Metadata, refuse::Refusal};

/// Metadata is asked for anew after this long.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// What was known at one moment.
pub(super) struct Known {
    at: Timestamp,
    endpoints: Arc<Endpoints>,
}

/// The endpoints of a provider.
pub(super) struct Endpoints {
    pub(super) token: Url,
    pub(super) authorization: Option<Url>,
    pub(super) device: Option<Url>,
    pub(super) user_info: Option<Url>,
    /// Whether its client shows its secret as Basic credentials; in the form otherwise.
    pub(super) takes_basic: bool,
    /// Whether it promises to say `iss` when a browser comes back (RFC 9207).
    pub(super) says_who_answers: bool,
}

impl Provider {
    /// Its endpoints, asked for once an hour.
    pub(super) async fn endpoints(&self) -> Result<Arc<Endpoints>, Refusal> {
        // One flight at a time: who waits for the lock finds what the one before asked for.
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some(known) = known.as_ref().filter(|known| now.duration_since(known.at).abs() < FRESH) {
            return Ok(Arc::clone(&known.endpoints));
        }
        let metadata = self.issuer.metadata().await.map_err(|error| self.silent(error))?;
        let read =
            Endpoints::read(&metadata).ok_or_else(|| self.unintelligible("its metadata has no token endpoint"))?;
        let endpoints = Arc::new(read);
        *known = Some(Known { at: now, endpoints: Arc::clone(&endpoints) });
        Ok(endpoints)
    }
}

impl Endpoints {
    /// Only what is reached over a connection as good as the issuer's own counts: the secret goes there, and people.
    fn read(metadata: &Metadata) -> Option<Self> {
        let endpoint = |text: &Option<String>| {
            let url = Url::parse(text.as_deref()?).ok()?;
            metadata.is_as_good(&url).then_some(url)
        };
        let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
        Some(Self {
            token: endpoint(&metadata.token_endpoint)?,
            authorization: endpoint(&metadata.authorization_endpoint),
            device: endpoint(&metadata.device_authorization_endpoint),
            user_info: endpoint(&metadata.userinfo_endpoint),
            // RFC 8414 §2: the default, and preferred where several are taken.
            takes_basic: methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic")),
            says_who_answers: metadata.authorization_response_iss_parameter_supported,
        })
    }
}
