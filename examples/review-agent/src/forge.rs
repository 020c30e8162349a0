//! The few calls of the forge's API this agent needs. That a gateway stands before it shows nowhere but in a refusal.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gogs_spanner_sdk::{Client, Error};
use serde::Deserialize;
use serde_json::json;

/// A repository as its API shows it.
pub(crate) struct Repository {
    client: Client,
    path: String,
}

#[derive(Deserialize)]
struct About {
    default_branch: String,
}

#[derive(Deserialize)]
struct Issue {
    title: String,
}

#[derive(Deserialize)]
struct Comment {
    id: u64,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
    #[serde(default)]
    content: Option<String>,
}

impl Repository {
    pub(crate) fn new(client: Client, name: &str) -> Self {
        Self { client, path: format!("/api/v1/repos/{name}") }
    }

    pub(crate) async fn default_branch(&self) -> Result<String, Error> {
        let about: About = self.client.get(&self.path).read().await?;
        Ok(about.default_branch)
    }

    /// The title of an issue.
    pub(crate) async fn issue(&self, number: u64) -> Result<String, Error> {
        let issue: Issue = self.client.get(format!("{}/issues/{number}", self.path)).read().await?;
        Ok(issue.title)
    }

    /// Comments on an issue, and gives the comment's id.
    pub(crate) async fn comment(&self, number: u64, text: &str) -> Result<u64, Error> {
        let call = self.client.post(format!("{}/issues/{number}/comments", self.path));
        let comment: Comment = call.json(&json!({ "body": text })).read().await?;
        Ok(comment.id)
    }

    /// The names at the top of the default branch.
    pub(crate) async fn files(&self) -> Result<Vec<String>, Error> {
        let entries: Vec<Entry> = self.client.get(format!("{}/contents", self.path)).read().await?;
        Ok(entries.into_iter().map(|entry| entry.path).collect())
    }

    /// The text of a file.
    pub(crate) async fn read(&self, file: &str) -> Result<String, Error> {
        let entry: Entry = self.client.get(format!("{}/contents/{file}", self.path)).read().await?;
        let content = STANDARD.decode(entry.content.unwrap_or_default()).unwrap_or_default();
        Ok(String::from_utf8_lossy(&content).into_owned())
    }

    /// Writes a file to a branch, which is made if there is none.
    pub(crate) async fn write(&self, file: &str, text: &str, branch: &str) -> Result<(), Error> {
        let body = json!({ "message": format!("Write {file}"), "content": STANDARD.encode(text), "branch": branch });
        self.client.put(format!("{}/contents/{file}", self.path)).json(&body).send().await.map(drop)
    }
}
