//! The scripted agent: it knows its name and its key, what it wants, and the words of `next`. It reads no prose but for
//! what hints put between backticks.

use gogs_spanner_testkit::{Agent, Caller, Clone, KeyHolder, Nobody};
use reqwest::Method;
use serde_json::{Value, json};

const WHOAMI: &str = "/-/spanner/api/v1/whoami";
const REASONS: &str = "/-/spanner/api/v1/reasons";
const TOKEN: &str = "/-/spanner/oauth/token";
pub(super) const CAN: &str = "/-/spanner/api/v1/can";

/// Something the agent wants.
#[derive(Debug, Clone)]
pub(super) enum Attempt {
    /// A call.
    Call { method: Method, path: String, content: Content, headers: Vec<(&'static str, String)> },
    /// A form for the token endpoint.
    Exchange(Vec<(String, String)>),
    /// A push of what it has committed, to a branch.
    Push(String),
}

/// What a call sends.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Nothing,
    Json(&'static str, Value),
    Bytes(Vec<u8>),
}

/// A refusal, as its caller can read it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) reason: String,
    pub(super) detail: String,
    hint: String,
    next: String,
    pub(super) retry: Option<i64>,
    pub(super) request_id: Option<String>,
}

/// What it does next.
#[derive(Debug)]
pub(super) enum Step {
    Again(Attempt),
    /// It stops and tells a person, with the id of the request.
    Tell(String),
    /// It has no idea.
    Lost,
}

/// The agent.
pub(super) struct Scripted<'w> {
    /// Its name.
    pub(super) name: String,
    /// Its key.
    pub(super) holder: KeyHolder,
    /// The token it uses.
    pub(super) token: Option<Agent>,
    /// The one that was narrowed from, where it was.
    pub(super) parent: Option<Agent>,
    /// Where it works, where it does.
    pub(super) copy: Option<&'w Clone<'w>>,
    /// The files it is about to touch.
    pub(super) paths: &'static [&'static str],
    /// The object it is about to upload.
    pub(super) object: Vec<u8>,
    pub(super) nobody: Nobody,
}

impl Attempt {
    pub(super) fn call(method: Method, path: &str) -> Self {
        Self::Call { method, path: path.to_owned(), content: Content::Nothing, headers: Vec::new() }
    }

    pub(super) fn json(method: Method, path: &str, body: Value) -> Self {
        let content = Content::Json("application/json", body);
        Self::Call { method, path: path.to_owned(), content, headers: Vec::new() }
    }

    pub(super) fn exchange(form: &[(&str, &str)]) -> Self {
        Self::Exchange(form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

impl Scripted<'_> {
    /// Tries it.
    pub(super) async fn tries(&self, attempt: &Attempt) -> Result<(), Refused> {
        match attempt {
            Attempt::Push(branch) => self.pushes(branch).await,
            Attempt::Exchange(form) => {
                let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                self.settled(self.nobody.post_form(TOKEN, &form).await).await
            }
            Attempt::Call { method, path, content, headers } => {
                let request = match &self.token {
                    Some(token) => token.request(method.clone(), path),
                    None => self.nobody.request(method.clone(), path),
                };
                let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
                let request = match content {
                    Content::Nothing => request,
                    Content::Json(media_type, body) => {
                        request.header("content-type", *media_type).body(body.to_string())
                    }
                    Content::Bytes(bytes) => request.body(bytes.clone()),
                };
                self.settled(self.nobody.answered(request).await).await
            }
        }
    }

    async fn settled(&self, answer: gogs_spanner_testkit::Answer) -> Result<(), Refused> {
        let document = answer.json();
        let decision = document["decisions"]
            .as_array()
            .and_then(|decisions| decisions.iter().find(|decision| decision["outcome"] != "permit").cloned());
        match (answer.status.is_success(), decision) {
            (true, None) => Ok(()),
            (true, Some(decision)) => Err(self.read(&decision).await),
            (false, _) => Err(self.read(&document).await),
        }
    }

    async fn pushes(&self, branch: &str) -> Result<(), Refused> {
        let copy = self.copy.expect("who pushes has a copy");
        let said = copy.push(&[&format!("HEAD:refs/heads/{branch}")]).await;
        if said.code == 0 {
            return Ok(());
        }
        let told = |before: &str| {
            let line = said.stderr.lines().find_map(|line| line.split_once(before).map(|(_, rest)| rest.trim()));
            line.unwrap_or_default().to_owned()
        };
        let (detail, code) = told("spanner: ")
            .rsplit_once(" (")
            .map(|(detail, code)| (detail.to_owned(), code.to_owned()))
            .unwrap_or_default();
        let document = json!({
            "reason": code.trim_end_matches(')'), "detail": detail, "hint": told("hint: "), "request_id": told("request: "),
        });
        Err(self.read(&document).await)
    }

    /// A refusal, and what the table says of its reason besides.
    async fn read(&self, document: &Value) -> Refused {
        let table = self.nobody.get(REASONS).await.is(200).json();
        let row = table["reasons"]
            .as_array()
            .and_then(|rows| rows.iter().find(|row| row["code"] == document["reason"]).cloned());
        let row = row.unwrap_or_else(|| panic!("no reason of the table: {document}"));
        let text = |name: &str| document[name].as_str().map(str::to_owned);
        Refused {
            reason: text("reason").unwrap_or_default(),
            detail: text("detail")
                .or_else(|| text("error_description"))
                .or_else(|| text("message"))
                .unwrap_or_default(),
            hint: text("hint").unwrap_or_default(),
            next: row["next"].as_str().unwrap_or_default().to_owned(),
            retry: document["retry"].as_i64().or_else(|| row["retry"].as_i64()),
            request_id: text("request_id"),
        }
    }

    /// The one step. What `wait` waits for passes elsewhere.
    pub(super) async fn step(&mut self, attempt: Attempt, refused: &Refused) -> Step {
        match refused.next.as_str() {
            "wait" => Step::Again(attempt),
            "authenticate" => {
                self.token = Some(self.holder.token().await);
                Step::Again(attempt)
            }
            "prove" => Step::Again(self.with_a_new_proof(attempt)),
            "widen" => {
                self.token = self.parent.take();
                Step::Again(attempt)
            }
            "choose" => self.choose(attempt, refused).await,
            "divide" => Self::divide(attempt),
            "mend" => self.mend(attempt, refused).await,
            "tell-owner" | "tell-operator" => refused.request_id.clone().map_or(Step::Lost, Step::Tell),
            _ => Step::Lost,
        }
    }

    pub(super) fn with_a_new_proof(&self, attempt: Attempt) -> Attempt {
        let Attempt::Exchange(mut form) = attempt else { return attempt };
        let proof = self.holder.sign(&self.holder.claims());
        set(&mut form, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        set(&mut form, "client_assertion", &proof);
        Attempt::Exchange(form)
    }

    /// What it is granted instead: of a token, all it may have; of a push, a branch of a right to the same action.
    async fn choose(&self, attempt: Attempt, refused: &Refused) -> Step {
        match attempt {
            Attempt::Exchange(mut form) => {
                form.retain(|(name, _)| name != "authorization_details");
                Step::Again(self.with_a_new_proof(Attempt::Exchange(form)))
            }
            Attempt::Push(_) => {
                let action = in_backticks(&refused.detail).next().unwrap_or_default().to_owned();
                let verb = action.split(':').next().unwrap_or_default().to_owned();
                let whoami = self.token.as_ref().expect("a token").get(WHOAMI).await.is(200).json();
                let rights = whoami["rights"].as_array().cloned().unwrap_or_default();
                let lists = |right: &Value| {
                    let actions = right["actions"].as_array().cloned().unwrap_or_default();
                    actions.iter().any(|listed| listed.as_str().is_some_and(|listed| listed.starts_with(&verb)))
                };
                let pattern = rights.iter().find(|right| lists(right)).and_then(|right| right["refs"][0].as_str());
                let branch = pattern.and_then(|pattern| pattern.strip_prefix("refs/heads/"));
                branch.map_or(Step::Lost, |branch| Step::Again(Attempt::Push(branch.replace("**", "mine"))))
            }
            Attempt::Call { .. } => Step::Lost,
        }
    }

    /// Half of the longest list that is sent.
    fn divide(attempt: Attempt) -> Step {
        match attempt {
            Attempt::Call { method, path, content: Content::Json(media_type, mut body), headers } => {
                halve(&mut body);
                Step::Again(Attempt::Call { method, path, content: Content::Json(media_type, body), headers })
            }
            Attempt::Exchange(mut form) => {
                for (_, value) in form.iter_mut().filter(|(name, _)| name == "authorization_details") {
                    let mut details: Value = serde_json::from_str(value).expect("its own details");
                    halve(&mut details);
                    *value = details.to_string();
                }
                Step::Again(Attempt::Exchange(form))
            }
            Attempt::Call { .. } | Attempt::Push(_) => Step::Lost,
        }
    }

    /// By what stands between backticks, or is a member or path by its shape.
    async fn mend(&self, attempt: Attempt, refused: &Refused) -> Step {
        let Refused { detail, hint, .. } = refused;
        let named: Vec<_> = in_backticks(hint).collect();
        match attempt {
            Attempt::Exchange(mut form) => {
                if let Some((parameter, _)) = hint.split_whitespace().find_map(|word| word.split_once("=NAME")) {
                    set(&mut form, parameter, &self.name);
                } else if let Some(path) = hint.split_whitespace().find(|word| word.starts_with("/.well-known/")) {
                    let metadata = self.nobody.get(path).await.is(200).json();
                    let supported = metadata["grant_types_supported"].as_array().cloned().unwrap_or_default();
                    assert!(supported.contains(&json!("client_credentials")), "{supported:?}");
                    set(&mut form, "grant_type", "client_credentials");
                }
                let has_proof = form.iter().any(|(name, _)| name == "subject_token");
                let form = Attempt::Exchange(form);
                Step::Again(if has_proof { form } else { self.with_a_new_proof(form) })
            }
            Attempt::Call { mut method, mut path, mut content, headers } => {
                let media_type = in_backticks(detail).find(|word| word.contains('/') && !word.contains(' '));
                let methods = detail.strip_prefix("this path takes ").and_then(|taken| taken.split(", ").next());
                if let (Content::Json(_, body), true, Some(member)) =
                    (&mut content, hint.contains("leave `"), named.first())
                {
                    remove(body, member);
                } else if let (Content::Json(_, body), true) = (&mut content, hint.contains("say in `paths`")) {
                    body["effects"][0]["paths"] = json!(self.paths);
                } else if let (Content::Json(sent, _), "media-type-refused", Some("application/json")) =
                    (&mut content, &*refused.reason, media_type)
                {
                    *sent = "application/json";
                } else if let (Content::Bytes(bytes), "object-mismatch") = (&mut content, &*refused.reason) {
                    bytes.clone_from(&self.object);
                } else if let Some(taken) = methods {
                    method = taken.parse().expect("a method");
                } else if hint.starts_with("list what it has") {
                    let list = path.rsplit_once('/').map(|(list, _)| list.to_owned()).expect("a path");
                    let found = self.token.as_ref().expect("a token").get(&list).await.is(200).json();
                    path = format!("{list}/{}", found[0]["id"]);
                } else {
                    return Step::Lost;
                }
                Step::Again(Attempt::Call { method, path, content, headers })
            }
            Attempt::Push(_) => Step::Lost,
        }
    }
}

fn set(form: &mut Vec<(String, String)>, name: &str, value: &str) {
    form.retain(|(known, _)| known != name);
    form.push((name.to_owned(), value.to_owned()));
}

fn in_backticks(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Takes a member out, wherever it stands.
fn remove(value: &mut Value, member: &str) {
    match value {
        Value::Object(members) => {
            members.remove(member);
            members.values_mut().for_each(|value| remove(value, member));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| remove(item, member)),
        _ => {}
    }
}

/// Lets half of each list of more than one go.
fn halve(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(halve),
        Value::Array(items) if items.len() > 1 => items.truncate(items.len() / 2),
        Value::Array(items) => items.iter_mut().for_each(halve),
        _ => {}
    }
}
