//! What the scripted agent makes of a refusal, in one step.

use gogs_spanner_testkit::Caller;
use serde_json::{Value, json};

use super::{Attempt, Content, Refused, Scripted, Step, WHOAMI};

impl Scripted<'_> {
    /// The one step. What `wait` waits for passes elsewhere.
    pub(in crate::agents) async fn step(&mut self, attempt: Attempt, refused: &Refused) -> Step {
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

    pub(in crate::agents) fn with_a_new_proof(&self, attempt: Attempt) -> Attempt {
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
