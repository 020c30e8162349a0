//! Giving out tickets: what was decided of a batch, object by object, signed.
//!
//! A ticket is a bearer credential for one transfer of one object. Whoever finds one can make that transfer, until it ends,
//! the token it was given for is revoked, or policy has the right no longer.

use std::sync::Arc;

use gogs_spanner_capability::{
    LfsObject, Reason, RepositoryName, Transfer,
    token::{Caveat, Ticket, TicketText, mint_ticket},
};
use jiff::{SignedDuration, Timestamp};

use crate::{caller::Caller, keys::KeyRing, refuse::Refusal};

/// How long a transfer may wait for its turn: git-lfs asks for a hundred objects at once and moves eight at a time.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Signs tickets.
#[derive(Debug, Clone)]
pub struct TicketOffice {
    keys: Arc<KeyRing>,
    service: Arc<str>,
}

impl TicketOffice {
    /// An office that signs with these keys for the gateway of this name.
    pub fn new(keys: Arc<KeyRing>, service: &str) -> Self {
        Self { keys, service: service.into() }
    }

    /// The origin automations see, which every ticket is for.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// A ticket for each object, in their order. What is decided of the token now the tickets say; its caveats on
    /// addresses they repeat, since these are about the call that is still to come.
    pub fn issue(
        &self,
        caller: &Caller,
        repository: &RepositoryName,
        transfer: &Transfer,
        objects: Vec<LfsObject>,
    ) -> Result<Vec<TicketText>, Refusal> {
        let token = caller.session.verified.token().ok_or_else(|| broken("no token asks for tickets"))?;
        let address = |caveat: &Caveat| if let Caveat::Clients(set) = caveat { Some(set.clone()) } else { None };
        let clients: Vec<_> = token.caveats().filter_map(address).collect();
        let key = self.keys.signing();
        let ticket = |object| Ticket {
            agent: token.agent().clone(),
            user: token.user().map(str::to_owned),
            repository: repository.clone(),
            transfer: transfer.clone(),
            object,
            token: token.revocation_ids().to_vec(),
            issued: token.issued(),
            clients: clients.clone(),
            service: self.service.to_string(),
            expires: whole_second(caller.judged_at) + LIFETIME,
        };
        objects.into_iter().map(|object| mint_ticket(&key, &ticket(object)).map_err(broken)).collect()
    }
}

/// Times of a ticket are whole seconds.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn broken(truth: impl std::fmt::Display) -> Refusal {
    tracing::error!(%truth, "a ticket could not be made");
    Refusal::new(Reason::InternalError).truly(truth)
}
