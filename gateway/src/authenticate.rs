//! Who is asking: header → [`Presented`] → a verified token, and the instant it is judged at.
//!
//! Verification costs signatures, so its product is cached under the digest of the exact bytes presented; revocation is
//! not part of what is cached, it is looked up on every request.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use gogs_spanner_capability::{
    Reason,
    token::{Rejection, TicketText, TokenText, verify, verify_ticket},
};
use http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use moka::sync::Cache;

use crate::{
    authorize::policy::{AgentPolicy, Lent},
    caller::{Caller, Session, Snapshot, Verified},
    classify::Route,
    lease::{self, Leases},
    people::Register,
    refuse::Refusal,
    request::{Arrival, Door},
    revoke::RevocationList,
    telemetry::Instruments,
};

/// Tokens kept verified: some 10 KB each, so at most about 100 MB.
const MOST_SESSIONS: u64 = 10_000;
/// What marks a token among other Basic credentials.
const TOKEN_PREFIX: &str = "gsp_";

/// Where a ticket stands. Not in `Authorization`: git-lfs adds the header `http.extraHeader` names to what it was told to
/// send, and a request with two credentials in one header is refused, here and by proxies.
pub const TICKET: HeaderName = HeaderName::from_static("spanner-ticket");

/// A credential as it was presented; nothing about it is known to be true. Each route takes one of the two kinds.
#[derive(Debug)]
pub enum Presented {
    /// A caller's own token.
    Token(TokenText),
    /// The gateway's ticket for one LFS object.
    Ticket(TicketText),
}

impl Presented {
    /// Reads the credential a route takes; what else may stand in the head is not looked at.
    pub fn at(route: &Route, headers: &HeaderMap) -> Result<Self, Refusal> {
        if route.takes_ticket() { Self::ticket(headers) } else { Self::from_headers(route.door(), headers) }
    }

    fn ticket(headers: &HeaderMap) -> Result<Self, Refusal> {
        let missing = || {
            Refusal::new(Reason::CredentialMissing)
                .because("an LFS object is transferred with the ticket of a batch answer, in `Spanner-Ticket`")
                .hint("ask for it with `POST …/info/lfs/objects/batch` and your token, as git-lfs does")
        };
        let value = headers.get(TICKET).ok_or_else(missing)?;
        let text = value.to_str().map_err(|_| malformed("the ticket is not ASCII"))?;
        TicketText::parse(text).map(Self::Ticket).map_err(|_| malformed("the ticket is not a whole ticket"))
    }

    /// Reads the token a door takes: Git takes Basic and Bearer, the others Bearer and `token`.
    pub fn from_headers(door: Door, headers: &HeaderMap) -> Result<Self, Refusal> {
        let value = headers.get(header::AUTHORIZATION).ok_or_else(|| Refusal::new(Reason::CredentialMissing))?;
        let text = value.to_str().map_err(|_| malformed("the Authorization header is not ASCII"))?;
        let (scheme, rest) =
            text.split_once(' ').ok_or_else(|| malformed("the Authorization header has no credential"))?;
        let token = match (door, scheme.to_ascii_lowercase().as_str()) {
            (_, "bearer") | (Door::Rest | Door::Own, "token") => rest.to_owned(),
            (Door::Git | Door::Lfs, "basic") => from_basic(rest)?,
            (Door::Rest | Door::Own, _) => {
                let refusal = malformed("this door does not take that kind of credential");
                return Err(
                    refusal.hint("send the token as `Authorization: Bearer TOKEN` or `Authorization: token TOKEN`")
                );
            }
            _ => return Err(malformed("this door does not take that kind of credential")),
        };
        TokenText::parse(&token).map(Self::Token).map_err(|_| Refusal::new(Reason::TokenMalformed))
    }
}

/// The token out of `base64(user:password)`: exactly one of the two is one (RFC 7617 §2).
fn from_basic(encoded: &str) -> Result<String, Refusal> {
    let decoded = STANDARD.decode(encoded).map_err(|_| malformed("the Basic credential is not base64"))?;
    let decoded = String::from_utf8(decoded).map_err(|_| malformed("the Basic credential is not UTF-8"))?;
    let (user, password) = decoded.split_once(':').ok_or_else(|| malformed("the Basic credential has no colon"))?;
    match (user.starts_with(TOKEN_PREFIX), password.starts_with(TOKEN_PREFIX)) {
        (true, true) => Err(malformed("both user name and password are tokens")),
        (true, false) => Ok(user.to_owned()),
        (false, _) => Ok(password.to_owned()),
    }
}

/// Verifies tokens, and remembers those it has verified.
#[derive(Debug)]
pub struct Authenticator {
    sessions: Cache<[u8; 32], Arc<Session>>,
    next_serial: AtomicU64,
    revoked: Arc<RevocationList>,
    register: Arc<Register>,
    leases: Leases,
    instruments: Instruments,
}

impl Authenticator {
    /// An authenticator that asks `revoked` and `register` on every request.
    pub fn new(revoked: Arc<RevocationList>, register: Arc<Register>, instruments: Instruments) -> Self {
        Self {
            sessions: Cache::new(MOST_SESSIONS),
            next_serial: AtomicU64::new(0),
            revoked,
            register,
            leases: Leases::default(),
            instruments,
        }
    }

    /// Verifies what was presented, as of one snapshot.
    pub fn authenticate(
        &self,
        snapshot: &Snapshot,
        arrival: &Arrival,
        route: &Route,
        presented: &Presented,
    ) -> Result<Caller, Refusal> {
        let leased =
            |session: &Session| self.leases.judged_at(&session.digest, session.verified.expires(), route, snapshot.now);
        self.admit(snapshot, arrival, presented, leased)
    }

    /// The same at a door where no operation goes on that could outlive its token.
    pub fn authenticate_now(
        &self,
        snapshot: &Snapshot,
        arrival: &Arrival,
        presented: &Presented,
    ) -> Result<Caller, Refusal> {
        self.admit(snapshot, arrival, presented, |_| snapshot.now)
    }

    fn admit(
        &self,
        snapshot: &Snapshot,
        arrival: &Arrival,
        presented: &Presented,
        judged_at: impl FnOnce(&Session) -> Timestamp,
    ) -> Result<Caller, Refusal> {
        let session = match presented {
            Presented::Token(text) => self.session(snapshot, text)?,
            Presented::Ticket(text) => self.ticket(snapshot, text)?,
        };
        let expires = session.verified.expires();
        let judged_at = judged_at(&session);
        if expires < judged_at {
            return Err(Refusal::new(Reason::TokenExpired));
        }
        let (agent, lent) = self.standing(snapshot, &session.verified)?;
        Ok(Caller { session, agent, lent, judged_at, client: arrival.client })
    }

    /// The same caller as of now, while what it was let in for goes on: its time bounds stay judged at the instant it was
    /// let in, everything else is looked at anew.
    pub fn still(&self, snapshot: &Snapshot, caller: &Caller) -> Result<Caller, Refusal> {
        if lease::has_outlived(&caller.session.verified, caller.judged_at, snapshot.now) {
            return Err(Refusal::new(Reason::TokenExpired));
        }
        self.as_of(snapshot, caller)
    }

    /// Reading a request can take as long as its caller likes: all that was asked when it was let in is asked again. What
    /// was read under rules that are no longer in force, or for a person who lends otherwise by now, may be less than is
    /// needed to know today, so it is read again.
    pub fn recheck(&self, then: &Snapshot, now: &Snapshot, caller: &Caller) -> Result<(), Refusal> {
        if lease::is_over(caller.session.verified.expires(), caller.judged_at, now.now) {
            return Err(Refusal::new(Reason::TokenExpired));
        }
        let today = self.as_of(now, caller)?;
        let is_alike = now.policy.epoch == then.policy.epoch && today.lenders() == caller.lenders();
        if is_alike { Ok(()) } else { Err(Refusal::new(Reason::PolicyChanged)) }
    }

    /// Lets the operation that was just let in finish although its token ends meanwhile (design: operation lease).
    pub fn lease(&self, caller: &Caller, route: &Route) {
        let session = &caller.session;
        self.leases.grant(session.digest, session.verified.expires(), route, caller.judged_at);
    }

    /// The same caller under the rules, revocations, locks and lending of a snapshot.
    fn as_of(&self, snapshot: &Snapshot, caller: &Caller) -> Result<Caller, Refusal> {
        self.refuse_revoked(&caller.session)?;
        let (agent, lent) = self.standing(snapshot, &caller.session.verified)?;
        Ok(Caller { agent, lent, ..caller.clone() })
    }

    /// Today's rules for whom a credential names: the agent, and the person it acts for. Whoever of the two is locked, or
    /// may have nothing done for her by this agent any more, is refused.
    fn standing(&self, snapshot: &Snapshot, verified: &Verified) -> Result<(Arc<AgentPolicy>, Option<Lent>), Refusal> {
        self.register.refuse_locked(verified.agent())?;
        let agent = agent(snapshot, verified)?;
        let lent = verified.user().map(|name| self.register.lent(&snapshot.policy, &agent, name)).transpose()?;
        Ok((agent, lent))
    }

    fn session(&self, snapshot: &Snapshot, text: &TokenText) -> Result<Arc<Session>, Refusal> {
        let digest = text.digest();
        let kept = self.sessions.get(&digest).filter(|session| Arc::ptr_eq(&session.keys, &snapshot.keys));
        self.instruments.cache_lookup("tokens", if kept.is_some() { "hit" } else { "miss" });
        let session = kept.map_or_else(|| self.verify_anew(snapshot, text, digest), Ok)?;
        self.refuse_revoked(&session)?;
        Ok(session)
    }

    fn refuse_revoked(&self, session: &Session) -> Result<(), Refusal> {
        let revoked = self.revoked.reaches(&session.verified);
        if revoked { Err(Refusal::new(Reason::TokenRevoked)) } else { Ok(()) }
    }

    fn verify_anew(&self, snapshot: &Snapshot, text: &TokenText, digest: [u8; 32]) -> Result<Arc<Session>, Refusal> {
        let verified = verify(&snapshot.keys, text, &|id| self.revoked.contains(id)).map_err(not_accepted)?;
        let (verified, serial) = (Verified::Token(verified), Some(self.next_serial.fetch_add(1, Ordering::Relaxed)));
        let session = Arc::new(Session { verified, serial, digest, keys: Arc::clone(&snapshot.keys) });
        self.sessions.insert(digest, Arc::clone(&session));
        Ok(session)
    }

    /// A ticket is used once or twice, so it is verified each time and not kept.
    fn ticket(&self, snapshot: &Snapshot, text: &TicketText) -> Result<Arc<Session>, Refusal> {
        let keys = Arc::clone(&snapshot.ticket_keys);
        let ticket = verify_ticket(&keys, text, &|id| self.revoked.contains(id)).map_err(not_accepted)?;
        let verified = Verified::Ticket(Box::new(ticket));
        let session = Session { verified, serial: None, digest: text.digest(), keys };
        self.refuse_revoked(&session)?;
        Ok(Arc::new(session))
    }
}

/// Today's rules for whom a credential names.
fn agent(snapshot: &Snapshot, verified: &Verified) -> Result<Arc<AgentPolicy>, Refusal> {
    snapshot.policy.agent(verified.agent()).ok_or_else(|| {
        Refusal::new(Reason::AgentUnknown).because(format!("the agent `{}` is no longer registered", verified.agent()))
    })
}

fn not_accepted(rejection: Rejection) -> Refusal {
    let refusal = Refusal::new(rejection.reason());
    match rejection {
        Rejection::NotAccepted(truth) => refusal.truly(truth),
        _ => refusal,
    }
}

fn malformed(why: &'static str) -> Refusal {
    Refusal::new(Reason::TokenMalformed).because(why)
}
