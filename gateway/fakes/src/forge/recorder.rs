//! What reached the forge: the proof that a gateway sent what it should have, and nothing else.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, Response, StatusCode},
};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};

/// How many requests are remembered; a demonstration that stays up for days forgets the oldest. With the bodies kept
/// this is 64 MiB at most.
const REMEMBERED: usize = 4_096;
/// How much of each body is kept besides its digest: whole JSON bodies and command lists, not packs.
const KEPT: usize = 16 * 1024;

/// Whose credentials a request carried, in whatever form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// No `Authorization` header at all.
    Absent,
    /// A header the forge could make nothing of.
    Unknown,
    /// A token of this account.
    Token {
        /// The login of the account.
        account: String,
        /// Whether it is a site administrator's.
        admin: bool,
    },
    /// The password of this account.
    Password {
        /// The login of the account.
        account: String,
        /// Whether it is a site administrator's.
        admin: bool,
    },
}

impl Credentials {
    /// The account the credentials are of, if they are of one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Absent | Self::Unknown => None,
            Self::Token { account, .. } | Self::Password { account, .. } => Some(account),
        }
    }

    /// Whether a site administrator's credentials travelled with the request.
    pub fn are_admins(&self) -> bool {
        matches!(self, Self::Token { admin: true, .. } | Self::Password { admin: true, .. })
    }
}

/// One request, as it arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its method.
    pub method: Method,
    /// Path and query, byte for byte.
    pub target: String,
    /// All its headers.
    pub headers: HeaderMap,
    /// Whose credentials it carried.
    pub credentials: Credentials,
    /// How many bytes of body arrived so far.
    pub body_length: u64,
    /// The SHA-256 of these bytes, in hexadecimal.
    pub body_sha256: String,
    /// The first 16 KiB of them.
    pub body: Vec<u8>,
    /// What was answered, once something was.
    pub status: Option<StatusCode>,
    /// The headers of the answer.
    pub answer: HeaderMap,
}

/// The requests that arrived, oldest first.
#[derive(Default)]
pub struct Recorder {
    entries: Mutex<VecDeque<Entry>>,
}

impl Recorder {
    /// All requests since the start or the last [`Recorder::clear`].
    pub fn arrivals(&self) -> Vec<Arrival> {
        lock(&self.entries).iter().map(Entry::arrival).collect()
    }

    /// Forgets them.
    pub fn clear(&self) {
        lock(&self.entries).clear();
    }

    /// Notes a request whose body is still to come, and returns it with a body that is noted as it is read.
    pub(super) fn note(&self, request: Request<Body>, credentials: Credentials) -> (Request<Body>, Entry) {
        let entry = Entry::of(&request, credentials);
        let mut entries = lock(&self.entries);
        if entries.len() == REMEMBERED {
            entries.pop_front();
        }
        entries.push_back(entry.clone());
        let reader = entry.clone();
        let request = request.map(|body| {
            Body::new(body.map_frame(move |frame| {
                if let Some(data) = frame.data_ref() {
                    reader.read(data);
                }
                frame
            }))
        });
        (request, entry)
    }
}

/// A request being recorded, shared by the list, its body and its answer.
#[derive(Clone)]
pub(super) struct Entry(Arc<Mutex<(Arrival, Sha256)>>);

impl Entry {
    fn of(request: &Request<Body>, credentials: Credentials) -> Self {
        let arrival = Arrival {
            method: request.method().clone(),
            target: request.uri().to_string(),
            headers: request.headers().clone(),
            credentials,
            body_length: 0,
            body_sha256: String::new(),
            body: Vec::new(),
            status: None,
            answer: HeaderMap::new(),
        };
        Self(Arc::new(Mutex::new((arrival, Sha256::new()))))
    }

    fn read(&self, data: &[u8]) {
        let (arrival, digest) = &mut *lock(&self.0);
        arrival.body_length += data.len() as u64;
        let room = KEPT.saturating_sub(arrival.body.len()).min(data.len());
        arrival.body.extend_from_slice(&data[..room]);
        digest.update(data);
    }

    pub(super) fn answered(&self, response: &Response<Body>) {
        let (arrival, _) = &mut *lock(&self.0);
        arrival.status = Some(response.status());
        arrival.answer = response.headers().clone();
    }

    fn arrival(&self) -> Arrival {
        let (arrival, digest) = &*lock(&self.0);
        Arrival { body_sha256: hex::encode(digest.clone().finalize()), ..arrival.clone() }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
