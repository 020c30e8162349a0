//! Git LFS as Gogs 0.14.3 serves it (`internal/route/lfs`): the batch, and objects by the transfer `basic`.
//!
//! Its quirks are kept: `upload` needs no more than read rights in the batch, an object that is there is asked for again,
//! errors of objects stand among their actions, whoever is not admitted is told 404, and there are no locks (these paths
//! fall to the Git catch-all, which knows no such file).

mod batch;
mod store;

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode,
        header::{ACCEPT, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{answer, auth, core::Core, repository::Access};

const LFS_JSON: &str = "application/vnd.git-lfs+json";
const STREAM: &str = "application/octet-stream";
/// More than any batch has.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// A call under `…/info/lfs` that Gogs has.
pub(super) struct LfsPath {
    owner: String,
    name: String,
    call: LfsCall,
}

enum LfsCall {
    Batch,
    Verify,
    Download(String),
    Upload(String),
}

/// The repository a caller was let into.
pub(super) struct Admitted {
    id: i64,
    /// `owner/name` in its own spelling.
    full_name: String,
}

#[derive(Deserialize)]
struct Verification {
    #[serde(default)]
    oid: String,
    #[serde(default)]
    size: i64,
}

impl LfsPath {
    pub(super) fn parse(method: &Method, segments: &[String]) -> Option<Self> {
        let [owner, name, info, lfs, objects, call @ ..] = segments else { return None };
        if [info, lfs, objects] != ["info", "lfs", "objects"] {
            return None;
        }
        let call: Vec<_> = call.iter().map(String::as_str).collect();
        let call = match (method, call.as_slice()) {
            (&Method::POST, ["batch"]) => LfsCall::Batch,
            (&Method::POST, ["basic", "verify"]) => LfsCall::Verify,
            (&Method::GET | &Method::HEAD, ["basic", oid]) => LfsCall::Download((*oid).to_owned()),
            (&Method::PUT, ["basic", oid]) => LfsCall::Upload((*oid).to_owned()),
            _ => return None,
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        Some(Self { owner: owner.clone(), name: name.to_owned(), call })
    }

    const fn needed(&self) -> Access {
        match self.call {
            LfsCall::Batch | LfsCall::Download(_) => Access::Read,
            LfsCall::Verify | LfsCall::Upload(_) => Access::Write,
        }
    }
}

/// Why a call was not done.
pub(super) enum Fault {
    /// Nobody the forge knows asked.
    NotSignedIn,
    /// A status alone.
    Silent(StatusCode),
    /// A status and a word.
    Said(StatusCode, String),
}

impl Fault {
    fn said(status: StatusCode, word: impl std::fmt::Display) -> Self {
        Self::Said(status, word.to_string())
    }

    /// Something of the forge's own broke.
    fn broken(_why: impl std::fmt::Display) -> Self {
        Self::said(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::Silent(status) => answer::empty(status),
            Self::Said(status, word) => said(status, &json!({"message": word})),
            Self::NotSignedIn => {
                let mut response = said(StatusCode::UNAUTHORIZED, &json!({"message": "Credentials needed"}));
                let challenge = HeaderValue::from_static("Basic realm=\"Git LFS\"");
                response.headers_mut().insert("lfs-authenticate", challenge);
                response
            }
        }
    }
}

pub(super) async fn answer(forge: &Arc<Core>, path: &LfsPath, request: Request<Body>) -> Response {
    converse(forge, path, request).await.unwrap_or_else(IntoResponse::into_response)
}

/// In the order of Gogs's middleware: credentials, the oid, the repository, the headers, the call.
async fn converse(forge: &Arc<Core>, path: &LfsPath, request: Request<Body>) -> Result<Response, Fault> {
    let headers = request.headers();
    let caller = auth::lfs(&forge.state(), headers).ok_or(Fault::NotSignedIn)?;
    if let LfsCall::Download(oid) | LfsCall::Upload(oid) = &path.call
        && !is_oid(oid)
    {
        return Err(Fault::said(StatusCode::BAD_REQUEST, "Invalid oid"));
    }
    let admitted = admit(forge, path, caller.id).ok_or(Fault::Silent(StatusCode::NOT_FOUND))?;
    match &path.call {
        LfsCall::Batch => {
            expect_json(headers)?;
            batch::answer(forge, &admitted, &body(request).await?)
        }
        LfsCall::Verify => {
            expect_json(headers)?;
            verify(forge, &admitted, &body(request).await?)
        }
        LfsCall::Download(oid) => store::download(forge, &admitted, oid).await,
        LfsCall::Upload(oid) => {
            expect(headers, &CONTENT_TYPE, STREAM, StatusCode::BAD_REQUEST)?;
            store::upload(forge, &admitted, oid, request.into_body()).await
        }
    }
}

/// What nobody may is as absent as what is not there.
fn admit(forge: &Core, path: &LfsPath, account: i64) -> Option<Admitted> {
    let state = forge.state();
    let repository = state.repository(&path.owner, &path.name)?;
    let owner = state.accounts.get(&repository.owner)?;
    let admitted = repository.access(&state, account) >= path.needed();
    admitted.then(|| Admitted { id: repository.id, full_name: format!("{}/{}", owner.name, repository.name) })
}

fn verify(forge: &Core, admitted: &Admitted, body: &[u8]) -> Result<Response, Fault> {
    let asked: Verification =
        serde_json::from_slice(body).map_err(|error| Fault::said(StatusCode::BAD_REQUEST, error))?;
    if !is_oid(&asked.oid) {
        return Err(Fault::said(StatusCode::BAD_REQUEST, "Invalid oid"));
    }
    match store::size_of(forge, admitted, &asked.oid) {
        None => Err(Fault::said(StatusCode::NOT_FOUND, "Object does not exist")),
        Some(size) if size != asked.size => Err(Fault::said(StatusCode::BAD_REQUEST, "Object size mismatch")),
        Some(_) => Ok(answer::empty(StatusCode::OK)),
    }
}

async fn body(request: Request<Body>) -> Result<Vec<u8>, Fault> {
    let bytes = to_bytes(request.into_body(), LARGEST_BODY).await;
    bytes.map(Vec::from).map_err(|_| Fault::said(StatusCode::BAD_REQUEST, "Unexpected EOF"))
}

fn expect_json(headers: &HeaderMap) -> Result<(), Fault> {
    expect(headers, &ACCEPT, LFS_JSON, StatusCode::NOT_ACCEPTABLE)?;
    expect(headers, &CONTENT_TYPE, LFS_JSON, StatusCode::BAD_REQUEST)
}

/// A header that need only contain what is expected.
fn expect(headers: &HeaderMap, name: &HeaderName, value: &str, status: StatusCode) -> Result<(), Fault> {
    let holds = |found: &HeaderValue| found.to_str().is_ok_and(|text| text.contains(value));
    if headers.get_all(name).iter().any(holds) { Ok(()) } else { Err(Fault::Silent(status)) }
}

fn is_oid(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn said(status: StatusCode, value: &Value) -> Response {
    answer::typed(status, LFS_JSON, value.to_string())
}
