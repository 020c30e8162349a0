//! People sign in.
//!
//! The gateway is a client of the issuer of `[people]`, and the authorization server of `spanner login`: whoever types it
//! confirms at the issuer, by a code on another device (RFC 8628) or in a browser at hand (RFC 8252, RFC 7636), and gets
//! a *sign-in*. Nothing is remembered of one that is under way: what has to come back is sealed into what is handed out,
//! each kind for its own purpose. Every proof is redeemed at the issuer, which takes each of its codes once; ours are
//! used up once more, in the transaction that records the sign-in.

mod browser;
mod device;
mod pending;
mod person;
mod provider;
mod request;
mod way;

use std::{fmt, sync::Arc};

use gogs_spanner_capability::{
    Reason,
    token::{SignIn, SignInText, mint_sign_in, verify_sign_in},
};
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tracing::Instrument;

pub(crate) use self::request::{DEVICE_CODE, expect_client as sign_in_client};
pub use self::{
    browser::{Begun, Browser},
    request::SignInRequest,
};
use self::{pending::Pending, provider::Provider, request::AUTHORIZATION_CODE, way::Way};
use super::{claims::Claims, mint::broken, record::SPANNER, request::SIGN_IN};
use crate::{
    authorize::policy::CurrentPolicy,
    clock::SharedClock,
    config::{self, PublicUrl},
    journal::{Journal, Record, Verdict},
    keys::KeyRing,
    people::{Person, Register},
    refuse::Refusal,
    request::Arrival,
    revoke::RevocationList,
    seal::Sealer,
    store::SingleUse,
    telemetry::{Instruments, exchange_span},
};

/// The action under which sign-ins stand in the journal.
const ACTION: &str = "person:sign-in";

/// Devices whose last question is remembered; whoever begins more at a time only loses the politeness towards the issuer.
const DEVICES_REMEMBERED: u64 = 10_000;

/// States that came back and are remembered. One that is forgotten brings more codes of ours, of which each has the issuer
/// asked once, as often as there is room for.
const STATES_REMEMBERED: u64 = 10_000;

/// Where people sign in.
pub struct SignInOffice {
    provider: Arc<Provider>,
    pending: Pending,
    policy: Arc<CurrentPolicy>,
    keys: Arc<KeyRing>,
    register: Arc<Register>,
    revoked: Arc<RevocationList>,
    journal: Journal,
    public_url: PublicUrl,
    lifetime: SignedDuration,
    /// Whether a code may be confirmed on another device.
    device: bool,
    instruments: Instruments,
    /// When each device asked last.
    asked: Cache<[u8; 32], Timestamp>,
    /// The states that came back.
    returned: Cache<[u8; 32], ()>,
}

/// What the office is made of.
pub struct SignInParts {
    /// Which claims today's groups speak of.
    pub policy: Arc<CurrentPolicy>,
    /// The keys sign-ins are signed with.
    pub keys: Arc<KeyRing>,
    /// Who was met, and who is locked.
    pub register: Arc<Register>,
    /// From when on a sign-in holds.
    pub revoked: Arc<RevocationList>,
    /// What is under way is sealed with this.
    pub sealer: Arc<Sealer>,
    /// Where every sign-in is written before it leaves.
    pub journal: Journal,
    /// What the gateway is called.
    pub public_url: PublicUrl,
    /// What telemetry counts.
    pub instruments: Instruments,
    /// The time.
    pub clock: SharedClock,
}

/// A sign-in that was recorded.
#[derive(Debug)]
pub struct SignedIn {
    /// It.
    pub text: SignInText,
    /// What she is called.
    pub person: String,
    /// Seconds until it ends.
    pub expires_in: i64,
}

/// What an issuer said of somebody, and the code of ours that is used up by it.
struct Vouched {
    claims: Claims,
    way: Way,
    code: SingleUse,
    /// When it was begun.
    begun: Timestamp,
}

impl SignInOffice {
    /// An office for this configuration.
    ///
    /// # Errors
    /// The secret of the client cannot be read, or the machine's TLS set-up.
    pub fn open(
        people: &config::People,
        issuer: &config::Issuer,
        parts: SignInParts,
    ) -> Result<Self, crate::serve::StartError> {
        let SignInParts { policy, keys, register, revoked, sealer, journal, public_url, instruments, clock } = parts;
        Ok(Self {
            provider: Arc::new(Provider::new(people, issuer, &public_url, &clock)?),
            pending: Pending(sealer),
            policy,
            keys,
            register,
            revoked,
            journal,
            public_url,
            lifetime: people.sign_in,
            device: people.device,
            instruments,
            asked: Cache::new(DEVICES_REMEMBERED),
            returned: Cache::new(STATES_REMEMBERED),
        })
    }

    /// The grants it takes.
    pub const fn grant_types(&self) -> &'static [&'static str] {
        if self.device { &[AUTHORIZATION_CODE, DEVICE_CODE] } else { &[AUTHORIZATION_CODE] }
    }

    /// Gives a sign-in for a code of ours that was confirmed at the issuer.
    pub async fn redeem(&self, arrival: &Arrival, request: SignInRequest) -> Result<SignedIn, Refusal> {
        async {
            let vouched = match request {
                SignInRequest::Device { code } => self.device(arrival, &code).await,
                SignInRequest::Browser(code) => self.returned(arrival, &code).await,
            };
            let vouched = vouched.inspect_err(|refusal| self.turn_away(arrival, refusal))?;
            let person =
                self.person_of(arrival, &vouched.claims).inspect_err(|refusal| self.turn_away(arrival, refusal))?;
            let name = person.name.clone();
            let issued = self.issue(arrival, person, &vouched).await;
            issued.inspect_err(|refusal| self.refuse(arrival, &name, &vouched, refusal))
        }
        .instrument(exchange_span())
        .await
    }

    /// Counts a request that proved nothing.
    pub fn turn_away(&self, arrival: &Arrival, refusal: &Refusal) {
        // A device asks every few seconds whether somebody has confirmed: that is no refusal worth a record.
        if !matches!(refusal.reason(), Reason::AuthorizationPending | Reason::SlowDown) {
            self.instruments.turned_away(refusal.reason(), arrival.door);
            self.journal.turn_away(refusal.reason(), arrival.door);
        }
    }

    fn refuse(&self, arrival: &Arrival, name: &str, vouched: &Vouched, refusal: &Refusal) {
        let truth = format!("{}: {}", vouched.way, refusal.truth().unwrap_or_else(|| refusal.why()));
        let record = record(arrival, name, Verdict::Refuse(refusal.reason()), truth);
        self.instruments.decision(&record, None, arrival.client);
        self.journal.refuse(vec![record], 0);
    }

    async fn issue(&self, arrival: &Arrival, person: Person, vouched: &Vouched) -> Result<SignedIn, Refusal> {
        let person = self.register.admit(person, self.policy.load().people()).await?;
        let issued = self.revoked.first_second_of(&person.name, vouched.begun, arrival.at);
        let issued = issued.map_err(|ended| Refusal::new(Reason::SignInTooLate).truly(ended))?;
        let sign_in = SignIn {
            issuer: person.identity.issuer.clone(),
            subject: person.identity.subject.clone(),
            user: person.name.clone(),
            nonce: arrival.id.to_string(),
            issued,
            service: self.public_url.to_string(),
            expires: issued + self.lifetime,
        };
        let text = mint_sign_in(&self.keys.signing(), &sign_in).map_err(|error| broken(error.to_string()))?;
        let (id, taken) =
            verify_sign_in(&self.keys.public(), &text, &|_| false).map_err(|error| broken(error.to_string()))?;
        if taken != sign_in {
            return Err(broken("the sign-in does not say what was intended"));
        }
        let truth = format!("{}: {}, {}", vouched.way, sign_in.issuer, sign_in.subject);
        let record = Record { token: Some(id), ..record(arrival, &person.name, Verdict::Permit, truth) };
        let seq = self.journal.issue(record.clone(), Some(vouched.code)).await?;
        self.instruments.decision(&record, Some(seq), arrival.client);
        Ok(SignedIn { text, person: person.name.clone(), expires_in: self.lifetime.as_secs() })
    }
}

impl SignedIn {
    /// The body of the answer. It holds the secret, which is no access token (RFC 8693 §2.2.1 on `N_A`).
    pub fn document(&self) -> Value {
        json!({
            "access_token": self.text.expose(),
            "issued_token_type": SIGN_IN,
            "token_type": "N_A",
            "expires_in": self.expires_in,
            "person": self.person,
        })
    }
}

impl fmt::Debug for SignInOffice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInOffice").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

fn record(arrival: &Arrival, name: &str, verdict: Verdict, truth: String) -> Record {
    Record {
        time: arrival.at,
        request_id: arrival.id,
        trace_id: Some(arrival.trace_id.to_string()),
        door: arrival.door,
        agent: None,
        on_behalf_of: Some(name.to_owned()),
        action: ACTION.to_owned(),
        repository: SPANNER.to_owned(),
        reference: None,
        paths: Vec::new(),
        verdict,
        truth: Some(truth),
        token: None,
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
