//! The scripted agent: it knows its name and its key, what it wants, and the words of `next`. It reads no prose but for
//! what hints put between backticks.

mod steps;

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
}
