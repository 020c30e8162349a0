//! The issuer of `[people]`, as its client sees it (OpenID Connect Core 1.0, RFC 8628).

mod ask;
mod metadata;
mod room;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc};

use gogs_spanner_capability::Reason;
use http::header;
use jiff::Timestamp;
use moka::sync::Cache;
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

use self::{
    ask::{ANSWER_AT_MOST, Form},
    metadata::Directory,
    room::{Room, Stage},
};
use super::{
    SignInOffice, digest,
    pending::Returned,
    request::{AUTHORIZATION_CODE, DEVICE_CODE},
};
use crate::{
    client::{self, Purpose},
    clock::SharedClock,
    config::{self, PublicUrl},
    exchange::{claims::Claims, issuer::TrustedIssuer},
    own::CALLBACK,
    refuse::Refusal,
    request::Arrival,
    serve::StartError,
};

/// What every sign-in asks for: who she is, and her address.
const SCOPES: [&str; 2] = ["openid", "email"];

/// Codes the issuer refused that are remembered, which are many more than are asked about while one is good. Of one that is
/// forgotten the issuer is asked again, as often as there is room for.
const REFUSED_REMEMBERED: u64 = 10_000;

/// The issuer, and what we are there.
pub(super) struct Provider {
    issuer: Arc<TrustedIssuer>,
    directory: Arc<Directory>,
    http: reqwest::Client,
    client: String,
    secret: SecretString,
    scope: String,
    callback: String,
    room: Arc<Room>,
    /// Why it refused a code for good.
    refused: Cache<[u8; 32], Reason>,
}

/// A code, and what the issuer is asked of it.
struct Presented {
    /// The code, in the sign-in it was brought in.
    code: [u8; 32],
    form: Form,
    /// What the ID token must repeat.
    nonce: Option<String>,
    /// The claims that are wanted.
    wanted: BTreeSet<String>,
    at: Timestamp,
}

impl Provider {
    pub(super) fn new(
        people: &config::People,
        issuer: &config::Issuer,
        public_url: &PublicUrl,
        clock: &SharedClock,
    ) -> Result<Self, StartError> {
        let http = client::client(Purpose::Issuer)?;
        let scopes = SCOPES.into_iter().chain(people.scopes.iter().map(|scope| scope.0.as_str()));
        let issuer = TrustedIssuer::new(&http, &issuer.name, issuer.url.as_str(), &people.client.id, clock);
        let issuer = Arc::new(issuer);
        Ok(Self {
            directory: Directory::of(Arc::clone(&issuer), clock.clone()),
            issuer,
            http,
            client: people.client.id.to_string(),
            secret: people.client.secret.read()?,
            scope: scopes.collect::<Vec<_>>().join(" "),
            callback: format!("{public_url}{CALLBACK}"),
            room: Arc::default(),
            refused: Cache::new(REFUSED_REMEMBERED),
        })
    }

    /// Its name, as in `iss`.
    pub(super) fn issuer(&self) -> &str {
        self.issuer.url()
    }

    /// Asks for the codes of a device.
    pub(super) async fn begin_device(self: &Arc<Self>, asker: &Arrival) -> Result<Map<String, Value>, Refusal> {
        let place = self.room.enter(Stage::Beginning, asker.client, asker.at)?;
        let provider = Arc::clone(self);
        place.during(async move { provider.codes().await }).await
    }

    async fn codes(&self) -> Result<Map<String, Value>, Refusal> {
        let endpoints = self.directory.endpoints().await?;
        let Some(device) = &endpoints.device else {
            let refusal =
                Refusal::new(Reason::UpstreamCannot).because("the identity provider has no device authorization");
            return Err(refusal.hint("run `spanner login` where a browser is at hand"));
        };
        let form = [("scope", self.scope.clone())];
        self.ask(&endpoints, device, &form).await?.map_err(|error| self.client_refused(&error))
    }

    /// Where a browser goes to have her confirm.
    pub(super) async fn authorization(
        &self,
        asker: &Arrival,
        state: &str,
        nonce: &str,
        challenge: &str,
    ) -> Result<Url, Refusal> {
        let _place = self.room.enter(Stage::Beginning, asker.client, asker.at)?;
        let endpoints = self.directory.endpoints().await?;
        let Some(mut page) = endpoints.authorization.clone() else {
            return Err(self.unintelligible("its metadata has no authorization endpoint"));
        };
        page.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client),
            ("redirect_uri", &self.callback),
            ("scope", &self.scope),
            ("state", state),
            ("nonce", nonce),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(page)
    }

    /// Holds the `iss` a browser brought to the issuer; who promises to send it must (RFC 9207 §2.4).
    pub(super) async fn expect_issuer(&self, said: Option<&str>) -> Result<(), Refusal> {
        let is_it = match said {
            Some(said) => said == self.issuer(),
            None => !self.directory.endpoints().await?.says_who_answers,
        };
        if is_it { Ok(()) } else { Err(Refusal::new(Reason::CodeNotAccepted).because("another issuer answered")) }
    }

    /// Asks for what a device code stands for.
    pub(super) async fn redeem_device(
        self: &Arc<Self>,
        asker: &Arrival,
        code: &str,
        wanted: BTreeSet<String>,
    ) -> Result<Claims, Refusal> {
        let form = vec![("grant_type", DEVICE_CODE.to_owned()), ("device_code", code.to_owned())];
        self.redeem(asker, Presented { code: digest(code), form, nonce: None, wanted, at: asker.at }).await
    }

    /// Asks for what a browser's code stands for.
    pub(super) async fn redeem_code(
        self: &Arc<Self>,
        asker: &Arrival,
        returned: Returned,
        wanted: BTreeSet<String>,
    ) -> Result<Claims, Refusal> {
        // With the verifier: who brings another's code into his own sign-in spoils it for nobody else here.
        let code = digest(&format!("{}\0{}", returned.code, returned.verifier));
        let form = vec![
            ("grant_type", AUTHORIZATION_CODE.to_owned()),
            ("code", returned.code),
            ("redirect_uri", self.callback.clone()),
            ("code_verifier", returned.verifier),
        ];
        self.redeem(asker, Presented { code, form, nonce: Some(returned.nonce), wanted, at: asker.at }).await
    }

    /// Asks about a code, unless the issuer has refused it: it would again, as often as a stranger likes.
    async fn redeem(self: &Arc<Self>, asker: &Arrival, presented: Presented) -> Result<Claims, Refusal> {
        if let Some(reason) = self.refused.get(&presented.code) {
            return Err(Refusal::new(reason).truly("the identity provider refused this code before"));
        }
        let place = self.room.enter(Stage::Redeeming, asker.client, asker.at)?;
        let provider = Arc::clone(self);
        let asking = async move {
            provider.vouched(&presented).await.inspect_err(|refusal| {
                let reason = refusal.reason();
                if matches!(reason, Reason::CodeNotAccepted | Reason::SignInDenied | Reason::SignInTooLate) {
                    provider.refused.insert(presented.code, reason);
                }
            })
        };
        place.during(asking).await
    }

    /// Redeems a code, and takes the ID token for what it vouches for, with what else is wanted of the issuer's word.
    async fn vouched(&self, presented: &Presented) -> Result<Claims, Refusal> {
        let endpoints = self.directory.endpoints().await?;
        let answer = self.ask(&endpoints, &endpoints.token, &presented.form).await?;
        let answer = answer.map_err(|error| self.code_refused(&error))?;
        let text = |member: &str| answer.get(member).and_then(Value::as_str);
        let id_token = text("id_token").ok_or_else(|| self.unintelligible("its answer has no ID token"))?;
        let claims =
            self.issuer.prove(id_token, presented.at).await.map_err(|error| not_vouched(&error.to_string()))?;
        let nonce = presented.nonce.as_deref();
        if nonce.is_some() && claims.all().get("nonce").and_then(Value::as_str) != nonce {
            return Err(not_vouched("its ID token is for another sign-in"));
        }
        // OpenID Connect Core §3.1.3.7: where it names a party, it is us.
        if claims.all().get("azp").is_some_and(|party| party.as_str() != Some(&self.client)) {
            return Err(not_vouched("its ID token is for another client"));
        }
        let is_missing = presented.wanted.iter().any(|claim| !claims.all().contains_key(claim));
        match (&endpoints.user_info, text("access_token")) {
            (Some(page), Some(token)) if is_missing => self.more_of(claims, page, token).await,
            _ => Ok(claims),
        }
    }

    /// What the ID token leaves out, from the issuer's page about her (OpenID Connect Core §5.3).
    async fn more_of(&self, claims: Claims, page: &Url, token: &str) -> Result<Claims, Refusal> {
        let request = self.http.get(page.clone()).bearer_auth(token).header(header::ACCEPT, "application/json");
        let response = request.send().await.map_err(|error| self.issuer.silent(error))?;
        if !response.status().is_success() {
            return Err(self.unintelligible(&format!("it does not say more of her: {}", response.status())));
        }
        let document = client::read(response, ANSWER_AT_MOST).await.map_err(|error| self.issuer.silent(error))?;
        let more =
            crate::json::object(&document).map_err(|_| self.unintelligible("its page about her is no JSON object"))?;
        // §5.3.2: another's page must not be taken for hers.
        if more.get("sub") != claims.all().get("sub") {
            return Err(not_vouched("its page is about somebody else"));
        }
        Ok(claims.and(more))
    }

    /// It answers, and not as a provider does.
    pub(super) fn unintelligible(&self, truth: &str) -> Refusal {
        self.issuer.unintelligible(truth)
    }
}

impl SignInOffice {
    /// The claims that are wanted: her address, and what groups speak of.
    pub(super) fn spoken_of(&self) -> BTreeSet<String> {
        let policy = self.policy.load();
        ["email".to_owned()].into_iter().chain(policy.people().claims.iter().cloned()).collect()
    }
}

fn not_vouched(truth: &str) -> Refusal {
    Refusal::new(Reason::CodeNotAccepted).because(format!("the identity provider's word is not accepted: {truth}"))
}
