//! What the gateway answered, read whole.

use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName},
};
use serde_json::Value;

/// A status, headers and a body.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub text: String,
}

#[expect(clippy::return_self_not_must_use, reason = "an insistence is done once it returns")]
impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.bytes().await.map(|body| String::from_utf8_lossy(&body).into_owned());
        Self { status, headers, text: text.expect("the body comes to its end") }
    }

    /// The body as JSON, `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header's value.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The stable code of a refusal, empty if it is none.
    pub fn reason(&self) -> String {
        self.json()["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// Insists on a status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Insists on a refusal with this reason.
    #[track_caller]
    pub fn is_refused(self, reason: &str) -> Self {
        assert_eq!(self.reason(), reason, "{}: {}", self.status, self.text);
        self
    }

    /// Insists that the caller is told this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.text.contains(text), "{text:?} is not in: {}", self.text);
        self
    }
}
