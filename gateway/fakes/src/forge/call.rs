//! One request to the API or to a page, parsed, with what handlers ask of it.

use std::{path::PathBuf, sync::Arc};

use axum::{
    body::Bytes,
    http::{Method, Uri},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{
    answer::Fault,
    auth::{Caller, Means},
    core::Core,
    repository::Access,
};

pub(super) struct Call {
    pub(super) forge: Arc<Core>,
    /// HEAD is GET: every route of Gogs has both, and the server drops the body (`web.go:176`).
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) caller: Caller,
    pub(super) body: Bytes,
}

/// A repository the caller may use, with the little that handlers need of its row.
pub(super) struct Target {
    pub(super) id: i64,
    pub(super) access: Access,
    pub(super) full_name: String,
    pub(super) name: String,
    pub(super) default_branch: String,
    pub(super) directory: PathBuf,
    /// `{external_url}/api/v1/repos/{owner}/{name}` as the caller wrote the names (`contents.go:43`).
    pub(super) api_url: String,
}

impl Call {
    /// The decoded segments of the path, one leading and one trailing slash taken off; empty ones stay.
    pub(super) fn segments(uri: &Uri) -> Vec<String> {
        let path = uri.path().strip_prefix('/').unwrap_or(uri.path());
        path.strip_suffix('/').unwrap_or(path).split('/').map(decode).collect()
    }

    pub(super) fn query(&self, name: &str) -> Option<String> {
        query(&self.uri, name)
    }

    /// A number of the query; garbage is as good as none.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.query(name)?.parse().ok()
    }

    /// The address of this very call, without its query, in the forge's own name.
    pub(super) fn url(&self) -> String {
        format!("{}{}", self.forge.external_url, self.uri.path())
    }

    /// Passes only callers with a token: most routes (`reqToken`, `api.go:108`).
    pub(super) fn needs_token(&self) -> Result<(), Fault> {
        if self.caller.by == Means::Token { Ok(()) } else { Err(Fault::UNAUTHORIZED) }
    }

    /// The body as Go reads it: member names in any case, the last duplicate wins, what follows is ignored.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let mut values = serde_json::Deserializer::from_slice(&self.body).into_iter::<Map<String, Value>>();
        let members = match values.next() {
            Some(Ok(members)) => members,
            Some(Err(error)) if !error.is_eof() => return Err(Fault::Malformed("invalid character")),
            None if !self.body.is_empty() => return Err(Fault::Malformed("EOF")),
            _ => return Err(Fault::Malformed("unexpected EOF")),
        };
        // Go leaves a member as it is where the value is `null`.
        let members = members.into_iter().filter(|(_, value)| !value.is_null());
        let members = members.map(|(name, value)| (name.to_lowercase(), value)).collect();
        serde_json::from_value(Value::Object(members)).map_err(|_| Fault::Malformed("cannot unmarshal"))
    }

    /// The repository a path names: 404 if the caller may not know of it, 403 if it may do too little there.
    pub(super) fn repository(&self, owner: &str, name: &str, needed: Access) -> Result<Target, Fault> {
        let state = self.forge.state();
        let repository = state.repository(owner, name).ok_or(Fault::NOT_FOUND)?;
        let owner_name = state.accounts.get(&repository.owner).map(|owner| owner.name.as_str()).unwrap_or_default();
        let overridden = self.caller.admin && self.caller.by == Means::Token;
        let access = if overridden { Access::Owner } else { repository.access(&state, self.caller.id) };
        match access {
            Access::None => Err(Fault::NOT_FOUND),
            access if access < needed => Err(Fault::FORBIDDEN),
            access => Ok(Target {
                id: repository.id,
                access,
                full_name: format!("{owner_name}/{}", repository.name),
                name: repository.name.clone(),
                default_branch: repository.default_branch.clone(),
                directory: self.forge.directory(owner_name, &repository.name),
                api_url: format!("{}/api/v1/repos/{owner}/{name}", self.forge.external_url),
            }),
        }
    }
}

/// The first value of a query parameter; duplicates after it do not count, as in Go.
pub(super) fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs = uri.query().unwrap_or_default();
    form_urlencoded::parse(pairs.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Undoes percent escapes of one path segment; what is not UTF-8 afterwards is replaced.
fn decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|pair| hex::decode(pair).ok());
        if let Some(byte) = escaped {
            decoded.extend(byte);
            rest = &tail[2..];
        } else {
            decoded.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
