//! A look at a Gogs before anybody relies on it: does it answer, is it a Gogs, which one, and whose is the admin token?
//!
//! Only looked at, never changed. What is asked without a credential is asked as a stranger would; the admin token asks three
//! questions: whose it is, whether its owner administers, and whether a route is known.

mod page;

use http::{Method, StatusCode, header};
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use self::page::Page;
use super::{Gogs, UpstreamError, User, send, version::Sighting};
use crate::{client, forward::credential::is_dead};

/// The page that everybody may see, whatever the settings.
const SIGN_IN: &str = "user/login";
/// A page is a few kilobytes, the style sheet eighty: what is larger is something else.
const PAGE_AT_MOST: usize = 1024 * 1024;

/// What a stranger sees of a Gogs.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Which Gogs it is, as far as its pages tell.
    pub version: Option<Sighting>,
    /// What people call it: `EXTERNAL_URL`.
    pub external_url: Option<Url>,
    /// The time it believes it is.
    pub date: Option<Timestamp>,
}

/// Why there is nothing to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SurveyError {
    /// Nobody answers.
    #[error("nothing answers at {url} ({cause})")]
    Unreachable {
        /// Where.
        url: Url,
        /// Why, as far as is known.
        cause: String,
    },
    /// It sends visitors elsewhere.
    #[error("{url} sends its visitors to {to}")]
    Elsewhere {
        /// Where was asked.
        url: Url,
        /// Where it sends them.
        to: String,
    },
    /// Something else answers.
    #[error("what answers at {url} shows no sign-in page of a Gogs ({status})")]
    NotGogs {
        /// Where.
        url: Url,
        /// What it said.
        status: StatusCode,
    },
}

/// Why an admin token is of no use.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AdminTrouble {
    /// Gogs does not know it.
    #[error("Gogs does not know the admin token")]
    Unknown,
    /// Its owner administers nothing.
    #[error("the admin token is of `{login}`, who is no site administrator")]
    Powerless {
        /// Whose it is.
        login: String,
    },
    /// The question was not answered.
    #[error(transparent)]
    Unanswered(#[from] UpstreamError),
}

impl Survey {
    /// Looks at the Gogs at `url`, as a stranger.
    pub async fn of(client: &Client, url: &Url) -> Result<Self, SurveyError> {
        let response = get(client, url, SIGN_IN).send().await.map_err(|error| unreachable(url, error))?;
        let (status, date) = (response.status(), date(&response));
        if let Some(to) = elsewhere(&response) {
            return Err(SurveyError::Elsewhere { url: url.clone(), to });
        }
        let cookies = response.headers().get_all(header::SET_COOKIE).iter().any(page::is_gogs_cookie);
        let text = client::read(response, PAGE_AT_MOST).await.unwrap_or_default();
        let page = Page::of(&text);
        if !status.is_success() || !(cookies || page.is_gogs()) {
            return Err(SurveyError::NotGogs { url: url.clone(), status });
        }
        let version = match page.version() {
            Some(version) => Some(version),
            None => by_looks(client, url).await,
        };
        Ok(Self { version, external_url: page.external_url(), date })
    }
}

impl Gogs {
    /// Whose the admin token is, if it is one.
    pub async fn administrator(&self) -> Result<User, AdminTrouble> {
        let answer = send("show own user", self.admin_call(Method::GET, &["user"])).await?;
        let user: User = match answer.status {
            StatusCode::OK => answer.json()?,
            status if is_dead(status, &answer.body) => return Err(AdminTrouble::Unknown),
            _ => return Err(answer.unexpected().into()),
        };
        // No team has the number 0, so whoever may ask hears 404 (`internal/route/api/v1/api.go:128`, reqAdmin).
        let asked = send("show a team", self.admin_call(Method::GET, &["admin", "teams", "0", "members"])).await?;
        match asked.status {
            StatusCode::NOT_FOUND => Ok(user),
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Err(AdminTrouble::Powerless { login: user.username }),
            _ => Err(asked.unexpected().into()),
        }
    }

    /// What a route tells of the version: 0.13.0 brought `PUT contents`. The repository `-/-` cannot exist (`-` is
    /// reserved), so nothing is written; a route that is known says 404 without a body, an unknown one shows a page.
    pub async fn sighted_by_route(&self) -> Result<Option<Sighting>, UpstreamError> {
        let request = self.admin_call(Method::PUT, &["repos", "-", "-", "contents", "-"]).json(&json!({}));
        let answer = send("put contents", request).await?;
        Ok((answer.status == StatusCode::NOT_FOUND && answer.body.is_empty()).then(Sighting::by_route))
    }
}

/// The version by script and style sheet, where both are those of a release.
async fn by_looks(client: &Client, url: &Url) -> Option<Sighting> {
    let script = digest(client, url, "js/gogs.js").await?;
    let style = digest(client, url, "css/gogs.min.css").await?;
    Sighting::by_looks(&script, &style)
}

async fn digest(client: &Client, url: &Url, path: &str) -> Option<String> {
    let response = get(client, url, path).send().await.ok()?.error_for_status().ok()?;
    let content = client::read(response, PAGE_AT_MOST).await.ok()?;
    Some(hex::encode(Sha256::digest(&content)))
}

/// A stranger's request for a page.
pub fn get(client: &Client, url: &Url, path: &str) -> RequestBuilder {
    client.get(format!("{}/{path}", url.as_str().trim_end_matches('/')))
}

/// The time an answer bears (RFC 9110 §6.6.1).
pub fn date(response: &Response) -> Option<Timestamp> {
    let text = response.headers().get(header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp())
}

/// Where a redirect leads. A Gogs that is ready shows its sign-in page to everybody.
fn elsewhere(response: &Response) -> Option<String> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let to = response.url().join(location).ok()?;
    response.status().is_redirection().then(|| to.to_string())
}

fn unreachable(url: &Url, error: reqwest::Error) -> SurveyError {
    SurveyError::Unreachable { url: url.clone(), cause: client::cause(error) }
}
