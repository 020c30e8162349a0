//! Narrowings in the words of a library: the caveats they amount to, the request that asks for the same, and what is left.

use gogs_spanner_capability::{
    Action, Coverage, Effect, Reason, RefName, RepositoryName, Request, TreePath,
    token::{CheckError, Circumstances, TokenText, attenuate, inspect, verify},
};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    now, settle,
    tokens::{self, SERVICE},
};
use crate::{exchange::detail, narrowing::Narrowing};

/// What a caller says, under the names every library has for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    repositories: Option<Vec<String>>,
    actions: Option<Vec<Action>>,
    #[serde(default)]
    read_only: bool,
    refs: Option<Vec<String>>,
    paths: Option<Vec<String>>,
    lifetime: Option<i64>,
    delegate: Option<String>,
}

impl Said {
    fn narrowing(self) -> Narrowing {
        let mut narrowing = self.repositories.into_iter().fold(Narrowing::default(), Narrowing::repositories);
        narrowing = self.refs.into_iter().fold(narrowing, Narrowing::refs);
        narrowing = self.paths.into_iter().fold(narrowing, Narrowing::paths);
        if let Some(actions) = self.actions {
            narrowing = narrowing.actions(actions);
        }
        if self.read_only {
            narrowing = narrowing.read_only();
        }
        if let Some(seconds) = self.lifetime {
            narrowing = narrowing.lifetime(SignedDuration::from_secs(seconds));
        }
        self.delegate.into_iter().fold(narrowing, Narrowing::delegate)
    }
}

/// Of which token, and what is said.
fn cases() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("one repository", "writer", json!({ "repositories": ["acme/handbook"] })),
        ("a repository in any case", "writer", json!({ "repositories": ["Acme/Handbook"] })),
        ("two repositories", "writer", json!({ "repositories": ["acme/site-a", "acme/handbook"] })),
        ("every repository of an owner", "for a person", json!({ "repositories": ["acme/*"] })),
        ("everything of an owner, written deep", "for a person", json!({ "repositories": ["acme/**"] })),
        ("reading", "writer", json!({ "read_only": true })),
        (
            "reading one repository for five minutes",
            "writer",
            json!({ "repositories": ["acme/handbook"], "read_only": true, "lifetime": 300 }),
        ),
        ("actions out of one right", "writer", json!({ "actions": ["issues:read", "issues:write"] })),
        (
            "actions out of two rights",
            "writer",
            json!({ "repositories": ["acme/handbook"], "actions": ["contents:read", "ref:update"] }),
        ),
        ("actions of which the token has some", "writer", json!({ "actions": ["contents:read", "ref:delete"] })),
        ("actions of which the token has none", "writer", json!({ "actions": ["ref:delete", "wiki:read"] })),
        ("no action", "writer", json!({ "actions": [] })),
        ("no repository", "writer", json!({ "repositories": [], "read_only": true })),
        ("no ref", "writer", json!({ "refs": [], "read_only": true })),
        ("no path", "writer", json!({ "paths": [], "read_only": true })),
        ("one ref", "writer", json!({ "refs": ["refs/heads/agents/x"] })),
        ("refs below a prefix", "writer", json!({ "refs": ["refs/heads/agents/docs/**"] })),
        (
            "refs and actions",
            "writer",
            json!({ "actions": ["ref:update", "issues:write"], "refs": ["refs/heads/agents/x"] }),
        ),
        ("paths below a prefix", "for a person", json!({ "repositories": ["acme/handbook"], "paths": ["docs/**"] })),
        ("a lifetime", "writer", json!({ "lifetime": 60 })),
        ("a longer lifetime than the token has", "writer", json!({ "lifetime": 3600 })),
        ("a delegate", "writer", json!({ "repositories": ["acme/handbook"], "delegate": "worker-1" })),
        ("less of what was narrowed", "narrowed", json!({ "repositories": ["acme/handbook"], "lifetime": 60 })),
        ("nothing", "writer", json!({})),
        ("a delegate alone", "writer", json!({ "delegate": "worker-1" })),
        ("what is no repository", "writer", json!({ "repositories": ["not a repository"] })),
        ("a pattern of repositories no caveat says", "writer", json!({ "repositories": ["acme/site-*"] })),
        ("a ref that is not written in full", "writer", json!({ "refs": ["main"] })),
        ("a pattern of refs no caveat says", "writer", json!({ "refs": ["refs/heads/agents/*"] })),
        ("a path by its name", "for a person", json!({ "paths": ["docs/a.md"] })),
        ("a repository that no right holds", "writer", json!({ "repositories": ["acme/handbook", "other/x"] })),
        (
            "a ref that no right to the actions holds",
            "writer",
            json!({ "actions": ["ref:update"], "refs": ["refs/heads/main"] }),
        ),
        (
            "more than a right holds below a prefix",
            "writer",
            json!({ "actions": ["ref:update"], "refs": ["refs/heads/**"] }),
        ),
        ("every repository of an owner of whom the token has some", "writer", json!({ "repositories": ["acme/*"] })),
        ("a delegate with a line break", "writer", json!({ "lifetime": 60, "delegate": "a\nb" })),
    ]
}

/// What a token may be asked about: those of an agent like `docs-writer`, and some beyond.
fn effects() -> Vec<Value> {
    vec![
        json!({ "action": "repository:read", "repository": "acme/handbook" }),
        json!({ "action": "contents:read", "repository": "acme/handbook" }),
        json!({ "action": "contents:read", "repository": "acme/site-a" }),
        json!({ "action": "contents:read", "repository": "other/x" }),
        json!({ "action": "contents:read", "repository": "acme/handbook", "ref": "refs/heads/agents/x", "paths": ["docs/a.md"] }),
        json!({ "action": "issues:write", "repository": "acme/handbook" }),
        json!({ "action": "ref:create", "repository": "acme/handbook", "ref": "refs/heads/agents/docs/1" }),
        json!({ "action": "ref:update", "repository": "acme/handbook", "ref": "refs/heads/agents/x" }),
        json!({ "action": "ref:update", "repository": "acme/handbook", "ref": "refs/heads/agents/x", "paths": ["docs/a.md"] }),
        json!({ "action": "ref:update", "repository": "acme/handbook", "ref": "refs/heads/agents/x", "paths": ["README.md"] }),
        json!({ "action": "ref:update", "repository": "acme/handbook", "ref": "refs/heads/main" }),
    ]
}

/// The same as the gateway decides it, a minute from now: the rights first, then the caveats.
fn decided(token: &TokenText, effect: &Value) -> Value {
    let text = |name: &str| effect[name].as_str().unwrap();
    let action: Action = text("action").parse().unwrap();
    let mut asked = Effect::on_repository(action, &RepositoryName::parse(text("repository")).unwrap());
    if effect["ref"].is_string() {
        asked = asked.at(RefName::parse(text("ref")).unwrap());
    }
    let paths = effect["paths"].as_array().into_iter().flatten();
    let asked = asked.touching(paths.map(|path| TreePath::parse(path.as_str().unwrap()).unwrap()).collect());
    let verified = verify(&tokens::keys(), token, &|_| false).unwrap();
    let here = Circumstances { time: now() + SignedDuration::from_secs(60), service: SERVICE, client: None };
    let reason = match verified.rights().cover(&asked) {
        Coverage::NotGranted => Some(Reason::NotGranted),
        Coverage::PathsUnknown => Some(Reason::PathsNotInspected),
        Coverage::Granted => verified.check(&asked, &here).err().map(CheckError::reason),
    };
    json!({ "effect": effect, "reason": reason })
}

/// The parameters that ask the token endpoint for the same.
fn request(request: &Request, said: &Value, remaining: i64) -> Value {
    let mut form = Map::new();
    if *request != Request::default() {
        form.insert("authorization_details".into(), each_action(request).map(|one| detail(&one)).collect());
    }
    if let Some(lifetime) = said["lifetime"].as_i64() {
        form.insert("lifetime".into(), lifetime.min(remaining).into());
    }
    if let Some(delegate) = said["delegate"].as_str() {
        form.insert("delegate".into(), delegate.into());
    }
    form.into()
}

/// The request, action by action: they may come out of several rights.
fn each_action(request: &Request) -> impl Iterator<Item = Request> {
    let all =
        request.actions.as_ref().map_or_else(|| vec![None], |all| all.iter().map(|one| Some([*one].into())).collect());
    all.into_iter().map(|actions| Request { actions, ..request.clone() })
}

fn case((name, token, said): (&str, &str, Value)) -> Value {
    let parent = tokens::named(token);
    let read = inspect(&parent).unwrap();
    let narrowing = Said::deserialize(&said).unwrap().narrowing();
    let mut case = json!({ "name": name, "token": token, "narrow": said });
    let narrowed = narrowing.resolve(&read.rights, now()).and_then(|caveats| Ok(attenuate(&parent, &caveats)?));
    let narrowed = match narrowed {
        Ok(narrowed) => narrowed,
        Err(error) => {
            case["error"] = error.to_string().into();
            return case;
        }
    };
    let block = inspect(&narrowed).unwrap();
    let last = block.blocks.last().unwrap();
    case["caveats"] = last.caveats.iter().map(ToString::to_string).collect();
    case["delegate"] = json!(last.delegate);
    case["expires"] = json!(block.expires);
    let remaining = read.expires.duration_since(now()).as_secs();
    case["request"] = request(&narrowing.request(&read.rights).unwrap(), &case["narrow"], remaining);
    case["decisions"] = effects().iter().map(|effect| decided(&narrowed, effect)).collect();
    case
}

#[test]
fn narrowings_on_file_are_what_this_library_makes_of_them() {
    let decisions = ["writer", "for a person", "narrowed", "narrowed twice"].map(|name| {
        let token = tokens::named(name);
        json!({ "token": name, "decisions": effects().iter().map(|effect| decided(&token, effect)).collect::<Value>() })
    });
    settle("decisions.json", &json!({ "at": now() + SignedDuration::from_secs(60), "tokens": decisions }));
    settle("narrowings.json", &json!({ "now": now(), "narrowings": cases().into_iter().map(case).collect::<Value>() }));
}
