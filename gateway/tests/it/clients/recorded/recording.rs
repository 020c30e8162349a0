//! A recording, and the file it is kept in.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use gogs_spanner_testkit::{Exchange, Message};
use serde::{Deserialize, Serialize};

/// What stands in the place of what differs from gateway to gateway.
const TOKEN: &str = "{token}";
const HOST: &str = "{host}";

/// What one version of git sent.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Recording {
    /// Which one.
    pub(super) origin: String,
    pub(super) commands: Vec<Command>,
}

/// What it sent for one command, all on one connection.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Command {
    pub(super) name: String,
    pub(super) exchanges: Vec<Kept>,
}

/// A request, and how it was answered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The lines of its head.
    pub(super) request: Vec<String>,
    #[serde(flatten)]
    body: Body,
    /// The status of the answer, and its type.
    pub(super) answer: String,
}

/// A body as it was framed: as text where it is one, otherwise compressed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    Text(String),
    Gzip(String),
}

/// How a request was answered, as far as that is always the same.
pub(super) fn answered(answer: &Message) -> String {
    let status = answer.first_line().split(' ').nth(1).unwrap_or_default();
    format!("{status} {}", answer.header("content-type").unwrap_or_default())
}

impl Recording {
    /// The one that is kept.
    pub(super) fn kept() -> Self {
        let text = std::fs::read_to_string(path()).expect("a recording");
        serde_json::from_str(&text).expect("a recording")
    }

    /// Takes the place of the one that is kept.
    pub(super) fn keep(&self) {
        let text = serde_json::to_string_pretty(self).expect("a recording is JSON");
        std::fs::write(path(), text + "\n").expect("the recording can be written");
    }

    /// All of it but where chunks ended, which depends on how fast git's own processes were.
    pub(super) fn content(&self) -> Vec<(&[String], Vec<u8>, &str)> {
        let kept = self.commands.iter().flat_map(|command| &command.exchanges);
        kept.map(|kept| (kept.request.as_slice(), kept.message("", "").content(), kept.answer.as_str())).collect()
    }
}

impl Command {
    /// What was said, with the token and the address taken out.
    pub(super) fn of(name: &str, exchanges: &[Exchange], token: &str, address: &str) -> Self {
        let kept = |exchange: &Exchange| {
            let lines = exchange.request.head.iter();
            let request = lines.map(|line| line.replace(token, TOKEN).replace(address, HOST)).collect();
            let answer = exchange.answer.as_ref().map(answered).expect("every request was answered");
            Kept { request, body: Body::of(&exchange.request.body), answer }
        };
        Self { name: name.to_owned(), exchanges: exchanges.iter().map(kept).collect() }
    }
}

impl Kept {
    /// The request again, with this token and for this address.
    pub(super) fn message(&self, token: &str, address: &str) -> Message {
        let lines = self.request.iter();
        let head = lines.map(|line| line.replace(TOKEN, token).replace(HOST, address)).collect();
        Message { head, body: self.body.bytes() }
    }

    /// The same with its body compressed, and said to be.
    pub(super) fn compress(&mut self) {
        let bytes = gzip(&self.message("", "").content());
        self.request.retain(|line| !line.starts_with("Content-Length:"));
        self.request.push("Content-Encoding: gzip".to_owned());
        self.request.push(format!("Content-Length: {}", bytes.len()));
        self.body = Body::of(&bytes);
    }

    /// Whether it carried the token.
    pub(super) fn is_authorized(&self) -> bool {
        self.request.contains(&format!("Authorization: Bearer {TOKEN}"))
    }
}

impl Body {
    fn of(bytes: &[u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self::Text(text.to_owned());
        }
        Self::Gzip(STANDARD.encode(gzip(bytes)))
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Gzip(encoded) => {
                let (mut bytes, encoded) = (Vec::new(), STANDARD.decode(encoded).expect("base64"));
                GzDecoder::new(encoded.as_slice()).read_to_end(&mut bytes).expect("gzip");
                bytes
            }
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients/recorded/git-2.47.json")
}
