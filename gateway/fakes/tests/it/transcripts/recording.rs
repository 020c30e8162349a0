//! The files of a recording.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct Recording {
    pub(super) exchanges: Vec<Exchange>,
    #[serde(default)]
    pub(super) client: Vec<Step>,
}

#[derive(Deserialize)]
pub(super) struct Exchange {
    pub(super) label: String,
    pub(super) request: Request,
    pub(super) response: Response,
}

#[derive(Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Body>,
}

#[derive(Deserialize)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Body>,
}

/// A body; of `html` and `bytes` only the length was kept.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Body {
    pub(super) json: Option<Value>,
    pub(super) text: Option<String>,
    pub(super) base64: Option<String>,
    pub(super) html: Option<u64>,
    pub(super) bytes: Option<u64>,
    pub(super) excerpt: Option<Excerpt>,
}

/// What was kept of the page of tokens.
#[derive(Deserialize)]
pub(super) struct Excerpt {
    pub(super) name_and_id: Vec<(String, String)>,
}

/// A git command, and what it said.
#[derive(Deserialize)]
pub(super) struct Step {
    pub(super) label: String,
    pub(super) command: String,
    pub(super) exit: i32,
    pub(super) stderr: String,
}

impl Recording {
    pub(super) fn named(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/data/transcripts");
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Response {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The names of the headers, without those that say how a body was cut into pieces.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        names.filter(|name| !matches!(*name, "content-length" | "transfer-encoding" | "date"))
    }

    pub(super) fn cookies(&self) -> Vec<String> {
        let cookies = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        let mut names: Vec<String> = cookies.map(|(_, cookie)| cookie_name(cookie)).collect();
        names.sort();
        names
    }
}

pub(super) fn cookie_name(cookie: &str) -> String {
    cookie.split('=').next().unwrap().to_owned()
}
