//! Access tokens of an account: listed and minted with its password, the only credential Gogs takes there
//! (`internal/route/api/v1/api.go:108`). No route deletes one.

use http::{Method, StatusCode};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Answer, Gogs, UpstreamError, send, send_json};

/// A token's name begins with this; a number follows.
const NAME_PREFIX: &str = "spanner-";

/// Characters of a Gogs token: a SHA-1 in hexadecimal (`internal/database/access_tokens.go:75-99`).
const TOKEN_LENGTH: usize = 40;

#[derive(Serialize)]
struct NewToken<'a> {
    name: &'a str,
}

#[derive(Deserialize)]
struct Minted {
    sha1: String,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
}

/// `spanner-N`.
pub(super) fn token_name(generation: u64) -> String {
    format!("{NAME_PREFIX}{generation}")
}

/// The N of `spanner-N`.
pub(super) fn generation(token_name: &str) -> Option<u64> {
    token_name.strip_prefix(NAME_PREFIX)?.parse().ok()
}

impl Gogs {
    /// The highest generation among the account's tokens, 0 where it has none: a name can be used once only.
    pub(super) async fn last_generation(&self, login: &str, password: &SecretString) -> Result<u64, UpstreamError> {
        let names = self.token_names(login, password).await?;
        Ok(names.iter().filter_map(|name| generation(name)).max().unwrap_or(0))
    }

    /// The names of the account's tokens.
    pub(super) async fn token_names(&self, login: &str, password: &SecretString) -> Result<Vec<String>, UpstreamError> {
        let answer = send("list tokens", self.own_call(Method::GET, login, password)).await?;
        match answer.status {
            StatusCode::OK => Ok(answer.json::<Vec<Listed>>()?.into_iter().map(|token| token.name).collect()),
            _ => Err(answer.unexpected()),
        }
    }

    /// Mints a token; the answer is the only time it can be read.
    pub(super) async fn create_token(
        &self,
        login: &str,
        password: &SecretString,
        name: &str,
    ) -> Result<SecretString, UpstreamError> {
        let answer =
            send_json("create token", self.own_call(Method::POST, login, password), &NewToken { name }).await?;
        match answer.status {
            StatusCode::CREATED => parse(&answer),
            _ => Err(answer.unexpected()),
        }
    }

    fn own_call(&self, method: Method, login: &str, password: &SecretString) -> RequestBuilder {
        self.call(method, &["users", login, "tokens"]).basic_auth(login, Some(password.expose_secret()))
    }
}

/// A token is about to become a header and half of a Basic pair, so it is what Gogs mints or nothing.
fn parse(answer: &Answer) -> Result<SecretString, UpstreamError> {
    let Minted { sha1 } = answer.json()?;
    let token = SecretString::from(sha1);
    let text = token.expose_secret();
    if text.len() == TOKEN_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(token)
    } else {
        Err(answer.garbage("a token that is not forty hexadecimal digits".to_owned()))
    }
}
