//! A real Chromium, told what to do over `WebDriver` (W3C): the six calls a person's session needs.
//!
//! Six calls of JSON over HTTP are written out here because the crate for them brings a part under the MPL, which
//! `deny.toml` does not admit.

use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{door::client, host::Host, story::eventually};

/// What `WebDriver` calls the one member of an element (§11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Nothing is asked of the network but what the test asks; a container's root needs the first.
const ARGUMENTS: [&str; 6] = [
    "--no-sandbox",
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
];

/// Milliseconds.
const WAITS_FOR_AN_ELEMENT: u32 = 10_000;

/// A browser with one window; dropping it ends it.
pub struct Browser {
    session: String,
    _driver: Child,
    _home: TempDir,
}

impl Browser {
    /// Starts Debian's Chromium under its driver.
    #[expect(clippy::disallowed_methods, reason = "a test starts the browser a person would")]
    pub async fn start() -> Self {
        let (address, home) = (Host::free_address().await, tempfile::tempdir().expect("a directory can be made"));
        let port = address.rsplit(':').next().expect("a port");
        let mut driver = Command::new("chromedriver");
        driver.arg(format!("--port={port}")).env("HOME", home.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = driver.kill_on_drop(true).spawn().expect("Debian's chromium-driver is installed");
        let base = format!("http://{address}");
        eventually("the driver answers", async || client().get(format!("{base}/status")).send().await.is_ok()).await;
        let profile = format!("--user-data-dir={}", home.path().display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([profile.as_str()]).collect();
        let options = json!({"args": arguments});
        // A click may return before the page it leads to: an element is waited for.
        let patience = json!({"implicit": WAITS_FOR_AN_ELEMENT});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "timeouts": patience}}});
        let begun = call(Method::POST, &format!("{base}/session"), &wanted).await;
        let id = begun["sessionId"].as_str().expect("a session").to_owned();
        Self { session: format!("{base}/session/{id}"), _driver: driver, _home: home }
    }

    /// Goes to a page, and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        self.send("/url", &json!({"url": url})).await;
    }

    /// Types into a field, in the place of what stood there.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        self.send(&format!("{field}/clear"), &json!({})).await;
        self.send(&format!("{field}/value"), &json!({"text": text})).await;
    }

    /// Clicks.
    pub async fn click(&self, selector: &str) {
        let button = self.find(selector).await;
        self.send(&format!("{button}/click"), &json!({})).await;
    }

    /// What a field holds.
    pub async fn value(&self, selector: &str) -> String {
        let field = self.find(selector).await;
        let value = call(Method::GET, &format!("{}{field}/property/value", self.session), &Value::Null).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// What an element says.
    pub async fn text(&self, selector: &str) -> String {
        let element = self.find(selector).await;
        let text = call(Method::GET, &format!("{}{element}/text", self.session), &Value::Null).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page shows this text. The page is asked in one call: between two it may be another.
    pub async fn shows(&self, text: &str) {
        let shown = json!({"script": "return document.body ? document.body.innerText : ''", "args": []});
        let is_shown =
            async || self.send("/execute/sync", &shown).await.as_str().is_some_and(|page| page.contains(text));
        eventually(&format!("the browser shows {text:?}"), is_shown).await;
    }

    /// Forgets whom the site of this page knows.
    pub async fn forget(&self) {
        call(Method::DELETE, &format!("{}/cookie", self.session), &Value::Null).await;
    }

    /// Waits until the page of this URL is shown: a click may return before the page it leads to.
    pub async fn arrives_at(&self, url: &str) {
        eventually(&format!("the browser is at {url}"), async || self.location().await == url).await;
    }

    async fn location(&self) -> String {
        let url = call(Method::GET, &format!("{}/url", self.session), &Value::Null).await;
        url.as_str().unwrap_or_default().to_owned()
    }

    async fn find(&self, selector: &str) -> String {
        let found = self.send("/element", &json!({"using": "css selector", "value": selector})).await;
        format!("/element/{}", found[ELEMENT].as_str().expect("an element"))
    }

    async fn send(&self, path: &str, body: &Value) -> Value {
        call(Method::POST, &format!("{}{path}", self.session), body).await
    }
}

/// Ends the session, however the test ends: a driver that is killed leaves its browser running.
impl Drop for Browser {
    #[expect(clippy::disallowed_methods, reason = "nothing can be awaited where something is dropped")]
    fn drop(&mut self) {
        let mut end = std::process::Command::new("curl");
        end.args(["--silent", "--request", "DELETE", &self.session]);
        drop(end.stdout(Stdio::null()).stderr(Stdio::null()).status());
    }
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("session", &self.session).finish_non_exhaustive()
    }
}

/// One call; its `value`, or the panic it deserves.
async fn call(method: Method, url: &str, body: &Value) -> Value {
    let request = client().request(method, url);
    let request = if body.is_null() { request } else { request.json(body) };
    let answer: Value = request.send().await.expect("the driver answers").json().await.expect("it answers JSON");
    let error = &answer["value"]["error"];
    assert!(!error.is_string(), "{url}: {answer}");
    answer["value"].clone()
}
