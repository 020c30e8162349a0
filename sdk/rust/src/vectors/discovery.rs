//! What a program says and finds around it, and what comes of it: a gateway and a proof, or an error that names both.

mod cases;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::settle;
use crate::{
    discovery::{
        AGENT, ASSERTION_FILE, Arguments, DiscoveryError, Found, KEY_FILE, PLATFORM_FILE, Surroundings, URL, discover,
    },
    origin::Origin,
    proof::{Proof, actions},
};

/// In the place of the directory the files of a case are written to.
const FILES: &str = "{files}";

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Case {
    arguments: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

/// A case's variables and files, in a directory of its own.
struct Platform {
    case: Case,
    directory: TempDir,
}

impl Platform {
    fn of(case: Case) -> Self {
        let platform = Self { case, directory: TempDir::new().unwrap() };
        for (name, content) in &platform.case.files {
            if name != PLATFORM_FILE {
                let file = PathBuf::from(platform.place(name));
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, content).unwrap();
            }
        }
        platform
    }

    fn place(&self, text: &str) -> String {
        text.replace(FILES, self.directory.path().to_str().unwrap())
    }

    fn arguments(&self) -> Arguments {
        let said = |name: &str| self.case.arguments.get(name).map(|value| self.place(value));
        Arguments {
            url: said("url"),
            agent: said("agent"),
            key_file: said("key_file").map(PathBuf::from),
            assertion_file: said("assertion_file").map(PathBuf::from),
        }
    }

    fn shown(&self, file: &Path) -> String {
        file.to_str().unwrap().replace(self.directory.path().to_str().unwrap(), FILES)
    }

    fn outcome(&self) -> Value {
        match discover(self.arguments(), self) {
            Ok(Found { origin, proof }) => {
                json!({ "found": { "url": origin.to_string(), "proof": self.proof(&origin, &proof) } })
            }
            Err(error) => {
                let message = error.to_string().replace(self.directory.path().to_str().unwrap(), FILES);
                json!({ "error": { "kind": kind(&error), "message": message, "names": names(&error) } })
            }
        }
    }

    fn proof(&self, origin: &Origin, proof: &Proof) -> Value {
        match proof {
            Proof::Key { agent, holder } => json!({ "kind": "key", "agent": agent, "key": holder.key().thumbprint() }),
            Proof::Assertion { file, agent, .. } => json!({ "kind": "file", "file": self.shown(file), "agent": agent }),
            Proof::SignIn { kept, agent } => {
                json!({ "kind": "sign-in", "agent": agent, "file": self.shown(&kept.file(origin)) })
            }
            Proof::GitHub { agent, .. } => json!({ "kind": "actions", "agent": agent }),
        }
    }
}

impl Surroundings for Platform {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.case.environment.get(name).map(|value| self.place(value).into())
    }

    fn has(&self, file: &Path) -> bool {
        self.case.files.contains_key(&self.shown(file))
    }
}

fn kind(error: &DiscoveryError) -> &'static str {
    match error {
        DiscoveryError::Disagree { .. } => "disagree",
        DiscoveryError::NoGateway => "no-gateway",
        DiscoveryError::NoProof => "no-proof",
        DiscoveryError::NoAgent => "no-agent",
        DiscoveryError::NoLent => "no-lent",
        DiscoveryError::Origin(_) => "origin",
        DiscoveryError::Agent(_) => "agent",
        DiscoveryError::NotPrivate => "not-private",
        DiscoveryError::NotText(_) => "not-text",
        DiscoveryError::Unreadable { .. } => "unreadable",
        DiscoveryError::Key { .. } => "key",
        DiscoveryError::Elsewhere => "elsewhere",
        DiscoveryError::Unbound(_) => "unbound",
    }
}

/// What the message must name.
fn names(error: &DiscoveryError) -> Vec<String> {
    match error {
        DiscoveryError::Disagree { one, other } => vec![one.clone(), other.clone()],
        DiscoveryError::NoGateway => vec![URL.into()],
        DiscoveryError::NoProof => vec![KEY_FILE.into(), AGENT.into(), ASSERTION_FILE.into()],
        DiscoveryError::NoAgent | DiscoveryError::NoLent => vec![AGENT.into()],
        DiscoveryError::NotPrivate => vec![actions::URL.into()],
        _ => Vec::new(),
    }
}

#[test]
fn discovery_on_file_finds_what_this_library_finds() {
    let cases = cases::all().map(|(name, given)| {
        let platform = Platform::of(Case::deserialize(&given).unwrap());
        let mut case = json!({ "name": name, "arguments": {}, "environment": {}, "files": {} });
        for part in [given, platform.outcome()] {
            case.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        }
        case
    });
    settle("discovery.json", &json!({ "platform_file": PLATFORM_FILE, "cases": cases.collect::<Value>() }));
}
