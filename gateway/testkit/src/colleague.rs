//! People with accounts of their own at the forge, made as an administrator makes them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{answer::Answer, door::client, git::Remote};

/// Somebody who works at the forge itself, and does not come by the gateway.
#[derive(Clone)]
pub struct Colleague {
    forge: String,
    /// What they sign in as.
    pub name: String,
    /// What they sign in with.
    pub password: String,
    /// A token of the forge.
    pub token: String,
}

impl Colleague {
    /// Makes the account, its token, and lets it write to a repository.
    pub(crate) async fn join(forge: &str, admin: &str, name: &str, repository: &str) -> Self {
        let password = uuid::Uuid::new_v4().simple().to_string();
        let account = json!({"username": name, "email": format!("{name}@x.invalid"), "password": password});
        let (forge, name) = (forge.to_owned(), name.to_owned());
        let administrator = Self { forge, name, password, token: admin.to_owned() };
        administrator.send(Method::POST, "/admin/users", &account).await.is(201);
        let (place, permission) =
            (format!("/repos/{repository}/collaborators/{}", administrator.name), json!({"permission": "write"}));
        administrator.send(Method::PUT, &place, &permission).await.is(204);
        Self { token: administrator.mint().await, ..administrator }
    }

    /// A token, which Gogs gives for name and password only.
    async fn mint(&self) -> String {
        let request = client().post(format!("{}/api/v1/users/{}/tokens", self.forge, self.name));
        let request = request.basic_auth(&self.name, Some(&self.password)).json(&json!({"name": "laptop"}));
        let minted = Answer::of(request.send().await.expect("the forge answers")).await.is(201).json();
        minted["sha1"].as_str().expect("a token").to_owned()
    }

    /// Calls the forge's API.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = client().request(method, format!("{}/api/v1{path}", self.forge));
        let request = request.header("authorization", format!("token {}", self.token)).json(body);
        Answer::of(request.send().await.expect("the forge answers")).await
    }

    /// Reads the forge's API.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &Value::Null).await
    }

    /// A repository, with name and password.
    pub fn remote_by_password(&self, repository: &str) -> Remote {
        Remote::basic(&self.forge, repository, &self.name, &self.password)
    }

    /// A repository, with the token in the place of the password.
    pub fn remote_by_token(&self, repository: &str) -> Remote {
        Remote::basic(&self.forge, repository, &self.name, &self.token)
    }
}

impl std::fmt::Debug for Colleague {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Colleague").field("name", &self.name).finish_non_exhaustive()
    }
}
