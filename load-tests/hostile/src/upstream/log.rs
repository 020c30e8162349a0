//! What arrived, request by request.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Write as _},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::strict::{Ambiguity, Head};

/// One request, as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The W3C trace id it carried.
    pub trace: Option<String>,
    /// Method and target, byte for byte.
    pub line: String,
    /// Its whole head, with the credential in it taken out.
    pub head: String,
    /// Whether it carried the administrator's credential.
    pub by_admin: bool,
    /// How many bytes of body arrived.
    pub body_length: u64,
    /// The SHA-256 of these bytes, in hexadecimal.
    pub body_sha256: String,
    /// Whether it came to its end.
    pub complete: bool,
    /// Why it was not taken.
    pub ambiguous: Option<String>,
}

/// Every request so far.
#[derive(Debug)]
pub struct Log {
    admin_token: String,
    arrived: Mutex<Vec<Recorded>>,
    secrets: Mutex<Vec<String>>,
    file: Option<Mutex<File>>,
}

/// A request that is arriving; dropping it writes down that it broke off.
#[derive(Debug)]
pub struct Note<'a> {
    log: &'a Log,
    recorded: Recorded,
    digest: Sha256,
}

impl Log {
    pub(super) fn new(admin_token: &str, file: Option<&Path>) -> io::Result<Self> {
        let file = file.map(File::create).transpose()?.map(Mutex::new);
        let (admin_token, secrets) = (admin_token.to_owned(), Mutex::default());
        Ok(Self { admin_token, arrived: Mutex::default(), secrets, file })
    }

    /// All that arrived and ended, in the order it ended.
    pub fn arrived(&self) -> Vec<Recorded> {
        locked(&self.arrived).clone()
    }

    /// Every credential of the forge that was seen: none of them may ever be shown to a caller.
    pub fn secrets(&self) -> Vec<String> {
        locked(&self.secrets).clone()
    }

    /// Begins to write a request down.
    pub(super) fn note(&self, head: &[u8]) -> Note<'_> {
        let text = String::from_utf8_lossy(head).into_owned();
        let read = Head::request(head).ok();
        let credential = read.as_ref().and_then(|head| head.header("authorization")).unwrap_or_default().to_owned();
        let secret = credential.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut secrets = locked(&self.secrets);
        if !secret.is_empty() && !secrets.contains(&secret) {
            secrets.push(secret.clone());
        }
        let recorded = Recorded {
            trace: read.as_ref().and_then(Head::trace),
            line: first_line(&text).to_owned(),
            head: if secret.is_empty() { text.clone() } else { text.replace(&secret, "…") },
            by_admin: credential.ends_with(&self.admin_token),
            body_length: 0,
            body_sha256: String::new(),
            complete: false,
            ambiguous: None,
        };
        Note { log: self, recorded, digest: Sha256::new() }
    }
}

impl Note<'_> {
    pub(super) fn read(&mut self, data: &[u8]) {
        self.recorded.body_length += data.len() as u64;
        self.digest.update(data);
    }

    pub(super) fn complete(mut self) {
        self.recorded.complete = true;
    }

    pub(super) fn ambiguous(mut self, ambiguity: &Ambiguity) {
        self.recorded.ambiguous = Some(ambiguity.to_string());
    }
}

impl Drop for Note<'_> {
    fn drop(&mut self) {
        self.recorded.body_sha256 = hex::encode(self.digest.clone().finalize());
        if let Some(file) = &self.log.file
            && let Ok(line) = serde_json::to_string(&self.recorded)
        {
            // A log that cannot be written holds too little, and the run says so.
            let _written = writeln!(locked(file), "{line}");
        }
        locked(&self.log.arrived).push(self.recorded.clone());
    }
}

/// Reads what another process wrote down.
pub fn read(file: &Path) -> io::Result<Vec<Recorded>> {
    let lines = BufReader::new(File::open(file)?).lines();
    lines.map(|line| serde_json::from_str(&line?).map_err(io::Error::from)).collect()
}

/// Method and target: the first line without its version.
fn first_line(text: &str) -> &str {
    let line = text.split("\r\n").next().unwrap_or_default();
    line.strip_suffix(" HTTP/1.1").unwrap_or(line)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
