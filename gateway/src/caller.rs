//! Who is asking, and as of when: what the stages hand on to one another.

use std::{fmt, net::IpAddr, sync::Arc};

use gogs_spanner_capability::{
    Action, AgentName, Coverage, Effect, RepositoryName, Rights,
    token::{self, CheckError, Circumstances, PublicKeys, RevocationId, Ticket},
};
use jiff::Timestamp;

use crate::{
    authorize::policy::{AgentPolicy, Lent, Policy},
    refuse::Refusal,
};

/// Everything that may change between two requests, taken once per request.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The instant.
    pub now: Timestamp,
    /// The rules, with their epoch.
    pub policy: Arc<Policy>,
    /// The keys tokens may be signed with.
    pub keys: Arc<PublicKeys>,
    /// The keys tickets may be signed with: others.
    pub ticket_keys: Arc<PublicKeys>,
}

/// What the signatures of a credential vouch for: one of the two kinds there are.
#[derive(Debug, Clone)]
pub enum Verified {
    /// A token, which opens every door its rights reach.
    Token(token::Verified),
    /// A ticket, which stands for one transfer that was granted to the holder of a token.
    Ticket(Box<Ticket>),
}

/// A verified credential, and a number that stands for its exact bytes in this process.
#[derive(Debug)]
pub struct Session {
    /// What the signatures vouch for.
    pub verified: Verified,
    /// The same for the same bytes as long as they are kept; never given to other bytes. `None` for what is seen once,
    /// and of which nothing is remembered.
    pub serial: Option<u64>,
    /// The digest of those bytes.
    pub digest: [u8; 32],
    /// The keys it was verified with.
    pub keys: Arc<PublicKeys>,
}

impl Verified {
    /// Who holds it.
    pub fn agent(&self) -> &AgentName {
        match self {
            Self::Token(token) => token.agent(),
            Self::Ticket(ticket) => &ticket.agent,
        }
    }

    /// On whose behalf the agent acts.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Token(token) => token.user(),
            Self::Ticket(ticket) => ticket.user.as_deref(),
        }
    }

    /// The ids it dies with: those of the token's blocks, the authority's first.
    pub fn revocation_ids(&self) -> &[RevocationId] {
        match self {
            Self::Token(token) => token.revocation_ids(),
            Self::Ticket(ticket) => &ticket.token,
        }
    }

    /// How many times it was narrowed since the gateway gave it out: every block after the authority narrows it.
    pub fn narrowed(&self) -> usize {
        self.revocation_ids().len().saturating_sub(1)
    }

    /// The id of the token it is, or was given for.
    pub fn token_id(&self) -> Option<&RevocationId> {
        self.revocation_ids().last()
    }

    /// When it ends.
    pub fn expires(&self) -> Timestamp {
        match self {
            Self::Token(token) => token.expires(),
            Self::Ticket(ticket) => ticket.expires,
        }
    }

    /// Whether the caller's address matters to a decision.
    pub fn mentions_client(&self) -> bool {
        match self {
            Self::Token(token) => token.mentions_client(),
            Self::Ticket(ticket) => !ticket.clients.is_empty(),
        }
    }

    /// What it grants of an effect: a token what its rights cover, a ticket its own effect and what any right implies,
    /// looking at the repository.
    pub fn cover(&self, effect: &Effect) -> Coverage {
        match self {
            Self::Token(token) => token.rights().cover(effect),
            Self::Ticket(ticket) => {
                let look = Effect::on_repository(Action::RepositoryRead, &ticket.repository);
                if [ticket.effect(), look].contains(effect) { Coverage::Granted } else { Coverage::NotGranted }
            }
        }
    }

    /// Whether its checks let the effect pass.
    pub fn check(&self, effect: &Effect, circumstances: &Circumstances<'_>) -> Result<(), CheckError> {
        match self {
            Self::Token(token) => token.check(effect, circumstances),
            Self::Ticket(ticket) => ticket.check(effect, circumstances),
        }
    }

    /// Whether its rights reach some ref of the repository, and whether its caveats leave any of them.
    pub fn writes_some_ref(&self, repository: &RepositoryName) -> (bool, bool) {
        match self {
            Self::Token(token) => (token.rights().writes_some_ref(repository), token.may_write_some_ref(repository)),
            Self::Ticket(_) => (false, false),
        }
    }

    /// The token, where it is one.
    pub const fn token(&self) -> Option<&token::Verified> {
        match self {
            Self::Token(token) => Some(token),
            Self::Ticket(_) => None,
        }
    }

    /// The ticket, where it is one.
    pub fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Token(_) => None,
            Self::Ticket(ticket) => Some(ticket),
        }
    }
}

/// Who is asking, and under which circumstances.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The credential.
    pub session: Arc<Session>,
    /// Today's rules for the agent it names.
    pub agent: Arc<AgentPolicy>,
    /// What today's rules let it do for the person it acts for, where it acts for one.
    pub lent: Option<Lent>,
    /// The instant its time bounds are judged at: now, or when the operation under way was let in.
    pub judged_at: Timestamp,
    /// Its address, where a believed peer tells it.
    pub client: Option<IpAddr>,
}

impl Caller {
    /// The most it may do today: what the agent is granted or, for a person, what her groups lend of that.
    pub fn rights(&self) -> &Rights {
        self.lent.as_ref().map_or(&self.agent.rights, |lent| &lent.rights)
    }

    /// By which of the agent's lenders it acts for a person.
    pub fn lenders(&self) -> Option<u32> {
        self.lent.as_ref().map(|lent| lent.lenders)
    }
}

/// Whether what was permitted still is, asked again while it is carried out. Cheap to clone.
#[derive(Clone)]
pub struct Standing(Arc<Again>);

type Again = dyn Fn() -> Result<(), Refusal> + Send + Sync;

impl Standing {
    /// What asks again.
    pub fn new(again: impl Fn() -> Result<(), Refusal> + Send + Sync + 'static) -> Self {
        Self(Arc::new(again))
    }

    /// Asks again, as of now.
    pub fn holds(&self) -> Result<(), Refusal> {
        (self.0)()
    }
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standing").finish_non_exhaustive()
    }
}
