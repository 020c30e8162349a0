//! A client of the LFS protocol that sends whatever it is told to.

use gogs_spanner_testkit::{Agent, Answer, Caller, Door};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const LFS_TYPE: &str = "application/vnd.git-lfs+json";
pub(crate) const BATCH: &str = "/acme/handbook.git/info/lfs/objects/batch";
pub(crate) const BRANCH: &str = "refs/heads/agents/large";

/// The name of these bytes.
pub(crate) fn oid(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// The path of these bytes in the repository of the usual gateway.
pub(crate) fn path(content: &[u8]) -> String {
    format!("/acme/handbook.git/info/lfs/objects/basic/{}", oid(content))
}

/// A batch for one object.
pub(crate) fn one(operation: &str, content: &[u8]) -> Value {
    json!({"operation": operation, "ref": {"name": BRANCH}, "objects": [{"oid": oid(content), "size": content.len()}]})
}

/// What a batch told to do.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) path: String,
    pub(crate) ticket: String,
}

impl Action {
    fn of(door: &Door, action: &Value) -> Self {
        let href = action["href"].as_str().expect("an address");
        let path = href.strip_prefix(&door.audience).expect("the gateway's own address").to_owned();
        assert_eq!(action["expires_in"], 3600);
        Self { path, ticket: action["header"]["spanner-ticket"].as_str().expect("a ticket").to_owned() }
    }

    /// The same with another ticket.
    pub(crate) fn with(&self, ticket: &str) -> Self {
        Self { ticket: ticket.to_owned(), ..self.clone() }
    }

    /// A request on its address, with its ticket and nothing else.
    pub(crate) fn request(&self, door: &Door, method: Method) -> RequestBuilder {
        door.request(method, &self.path).header("spanner-ticket", &self.ticket)
    }
}

/// LFS as an agent speaks it.
pub(crate) trait LfsCaller: Caller {
    /// Sends a batch.
    async fn batch(&self, body: &Value) -> Answer {
        self.batch_text(BATCH, &body.to_string()).await
    }

    /// Sends these very bytes as a batch.
    async fn batch_text(&self, path: &str, body: &str) -> Answer {
        let request = self.request(Method::POST, path).header("accept", LFS_TYPE).header("content-type", LFS_TYPE);
        self.answered(request.body(body.to_owned())).await
    }

    /// What is to be done with one object, by the name of the action.
    async fn action(&self, operation: &str, name: &str, content: &[u8]) -> Action {
        let answer = self.batch(&one(operation, content)).await.is(200);
        Action::of(self.door(), &answer.json()["objects"][0]["actions"][name])
    }

    /// Uploads an object, which must succeed.
    async fn upload(&self, content: &[u8]) {
        let put = self.action("upload", "upload", content).await;
        self.answered(put.request(self.door(), Method::PUT).body(content.to_vec())).await.is(200);
    }

    /// Makes the call of an action.
    async fn call(&self, action: &Action, method: Method, body: impl Into<reqwest::Body>) -> Answer {
        let request = action.request(self.door(), method).header("content-type", LFS_TYPE);
        self.answered(request.body(body)).await
    }
}

impl LfsCaller for Agent {}
