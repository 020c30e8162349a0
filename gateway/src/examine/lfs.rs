//! Git LFS: a batch is decided for its ref before it is asked; a call on one object is decided as its ticket says.
//!
//! Which object a ticket is for is looked at here, and its effect is decided like any other. What is put to the forge for
//! a batch is always the question what is *there* (`download`): that is what tells whether anything has to be uploaded,
//! which Gogs does not say when asked for an upload (`internal/route/lfs/batch.go`).

mod batch;
mod store;

use gogs_spanner_capability::{Effect, LfsOid, Reason, RefName, Transfer, token::Ticket};
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::{
    batch::{AskedObject, Batch},
    store::ObjectStore,
};
use super::{Examined, Examiner, Payload, body};
use crate::{
    body::{Body, LFS_TYPE},
    caller::Caller,
    classify::{LfsCall, LfsRequest, Route},
    refuse::{Audience, Refusal, Refused},
};

/// What a client that has uploaded asks about (git-lfs `docs/api/basic-transfers.md`, "Verification").
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Verification {
    oid: LfsOid,
    size: u64,
}

impl Examiner {
    /// Makes the effect of a call of LFS complete.
    pub(super) async fn examine_lfs(
        &self,
        caller: &Caller,
        call: LfsCall,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Examined, Refused> {
        let examined = match &call.request {
            LfsRequest::Batch => self.examine_batch(caller, &call, headers, body).await,
            LfsRequest::Verify => self.examine_verification(caller, &call, headers, body).await,
            LfsRequest::Download(_) => ticket(caller, &call).map(|ticket| (ticket.effect(), Payload::Empty)),
            LfsRequest::Upload(_) => match self.examine_upload(caller, &call, headers).await {
                Ok(ticket) => Ok((ticket.effect(), Payload::Object { object: ticket.object.clone(), body })),
                Err(refusal) => return Err(Refused::to(Audience::Lfs { rest: Some(body) }, refusal)),
            },
        };
        let (effect, payload) = examined.map_err(|refusal| Refused::to(Audience::Lfs { rest: None }, refusal))?;
        // Gogs answers both of its JSON calls with 406 unless this is taken.
        let accept = Some(HeaderValue::from_static(LFS_TYPE));
        Ok(Examined { route: Route::Lfs(call), effects: vec![effect], payload, accept })
    }

    async fn examine_batch(
        &self,
        caller: &Caller,
        call: &LfsCall,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Effect, Payload), Refusal> {
        let mut asked = Batch::read(&call.repository, body::lfs(self.share(caller), headers, body).await?)?;
        if matches!(asked.transfer, Transfer::Upload(_)) {
            self.objects.refuse_unsound().await?;
            self.objects.refuse_large_of(&mut asked);
        }
        let question = asked.question();
        Ok((asked.transfer.effect(&call.repository), Payload::Batch { asked, question }))
    }

    /// The ticket of an upload that may begin.
    async fn examine_upload<'c>(
        &self,
        caller: &'c Caller,
        call: &LfsCall,
        headers: &HeaderMap,
    ) -> Result<&'c Ticket, Refusal> {
        let ticket = upload(caller, call, headers)?;
        self.objects.refuse_large(&ticket.object)?;
        self.objects.refuse_unsound().await?;
        Ok(ticket)
    }

    async fn examine_verification(
        &self,
        caller: &Caller,
        call: &LfsCall,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Effect, Payload), Refusal> {
        let ticket = ticket(caller, call)?;
        let asked: Verification = body::lfs(self.share(caller), headers, body).await?;
        if (&asked.oid, asked.size) != (&ticket.object.oid, ticket.object.size) {
            return Err(of_another(ticket));
        }
        let bytes = serde_json::to_vec(&asked).map_err(|error| body::malformed(error.to_string()))?;
        Ok((ticket.effect(), Payload::held(LFS_TYPE, bytes)))
    }
}

/// The ticket of an upload whose head does not belie it.
fn upload<'c>(caller: &'c Caller, call: &LfsCall, headers: &HeaderMap) -> Result<&'c Ticket, Refusal> {
    let ticket = ticket(caller, call)?;
    let object = &ticket.object;
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(
            Refusal::new(Reason::MediaTypeRefused).because("an LFS object is sent as it is, without an encoding")
        );
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length != object.size) {
        return Err(mismatch(format!(
            "{} bytes were announced, the object has {}",
            announced.unwrap_or(0),
            object.size
        )));
    }
    // Of an object without bytes there is no last byte to hold back.
    if object.size == 0 && LfsOid::of_digest(&Sha256::digest(b"").into()) != object.oid {
        return Err(mismatch("no bytes have another SHA-256 than the object"));
    }
    Ok(ticket)
}

/// The ticket, where it is for this very call.
fn ticket<'c>(caller: &'c Caller, call: &LfsCall) -> Result<&'c Ticket, Refusal> {
    let ticket = caller.session.verified.ticket().ok_or_else(|| Refusal::new(Reason::CredentialMissing))?;
    let is_upload = ticket.transfer.reference().is_some();
    let fits = match &call.request {
        LfsRequest::Download(oid) => !is_upload && *oid == ticket.object.oid,
        LfsRequest::Upload(oid) => is_upload && *oid == ticket.object.oid,
        LfsRequest::Verify => is_upload,
        LfsRequest::Batch => false,
    };
    if fits && ticket.repository == call.repository { Ok(ticket) } else { Err(of_another(ticket)) }
}

fn of_another(ticket: &Ticket) -> Refusal {
    let Ticket { transfer, object, repository, .. } = ticket;
    let why = format!(
        "this ticket is for the {} of {}, {} bytes, in `{repository}`",
        transfer.operation(),
        object.oid,
        object.size
    );
    Refusal::new(Reason::NotGranted).because(why).hint("ask for a ticket with a batch that names this object")
}

/// What was sent is not what was announced.
pub(crate) fn mismatch(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::ObjectMismatch).because(why)
}

/// The ref an upload is for, in full.
fn reference(name: &str) -> Result<RefName, Refusal> {
    RefName::parse(name).map_err(|error| {
        body::malformed(format!("`ref.name` is not the full name of a ref: {error}"))
            .hint("push with `git push`, or name the branch: `git lfs push origin BRANCH`")
    })
}
