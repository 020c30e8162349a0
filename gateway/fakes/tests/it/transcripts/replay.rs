//! Sends recorded requests and compares what comes back.

use base64::{Engine, engine::general_purpose::STANDARD};
use gogs_spanner_fakes::forge::Forge;
use reqwest::{Client, Response, header::HeaderMap};

use super::{
    Bindings, NOT_COMPARED,
    advertisement::Advertisement,
    compare::difference,
    recording::{Body, Exchange, Request, cookie_name},
};
use crate::client::client;

/// Headers whose values have to be the recorded ones.
const HEADERS: [&str; 5] = ["content-type", "www-authenticate", "lfs-authenticate", "link", "location"];

pub(super) struct Replay {
    client: Client,
    url: String,
    pub(super) bindings: Bindings,
    pub(super) differences: Vec<String>,
}

impl Replay {
    pub(super) fn against(forge: &Forge) -> Self {
        let mut bindings = Bindings::default();
        bindings.bind("external_url", forge.url());
        bindings.bind("gateway", forge.url().trim_start_matches("http://"));
        bindings.bind("admin-password", forge.admin_password());
        for (name, value) in [("docs-password", "docs"), ("hook-secret", "hook"), ("receiver", "receiver.invalid")] {
            bindings.bind(name, value);
        }
        Self { client: client(), url: forge.url().to_owned(), bindings, differences: Vec::new() }
    }

    pub(super) async fn send_all(&mut self, recording: &str, exchanges: &[Exchange]) {
        for exchange in exchanges {
            let response = self.send(&exchange.request).await;
            if let Some(difference) = self.compare(exchange, response).await {
                self.differences.push(format!("{recording}: {}: {difference}", exchange.label));
            }
        }
    }

    async fn send(&self, request: &Request) -> Response {
        let url = format!("{}{}", self.url, self.bindings.filled(&request.path));
        let mut sent = self.client.request(request.method.parse().unwrap(), url);
        for (name, value) in &request.headers {
            sent = sent.header(name, self.header(value));
        }
        sent.body(request.body.as_ref().map(|body| self.body(body)).unwrap_or_default()).send().await.unwrap()
    }

    /// `Basic base64(a:b)` is written out in a recording, and encoded here.
    fn header(&self, recorded: &str) -> String {
        let filled = self.bindings.filled(recorded);
        let pair = filled.strip_prefix("Basic base64(").and_then(|rest| rest.strip_suffix(')'));
        pair.map_or(filled.clone(), |pair| format!("Basic {}", STANDARD.encode(pair)))
    }

    fn body(&self, body: &Body) -> Vec<u8> {
        match (&body.json, &body.text) {
            (Some(json), _) => self.bindings.filled(&json.to_string()).into_bytes(),
            (None, Some(text)) => match text.strip_prefix("id=") {
                Some(id) => format!("id={}", self.bindings.tokens[id]).into_bytes(),
                None => text.clone().into_bytes(),
            },
            (None, None) => Vec::new(),
        }
    }

    async fn compare(&mut self, exchange: &Exchange, actual: Response) -> Option<String> {
        let recorded = &exchange.response;
        if recorded.status != actual.status() {
            return Some(format!("status {} became {}", recorded.status, actual.status()));
        }
        let headers = actual.headers().clone();
        for name in HEADERS {
            let value = headers.get(name).map(|value| value.to_str().unwrap());
            if recorded.header(name) != value {
                return Some(format!("{name} {:?} became {value:?}", recorded.header(name)));
            }
        }
        if let Some(name) = recorded.names().find(|name| !headers.contains_key(*name)) {
            return Some(format!("{name} is gone"));
        }
        if recorded.cookies() != self.cookies(&headers) {
            return Some(format!("cookies {:?} became {:?}", recorded.cookies(), self.cookies(&headers)));
        }
        let body = actual.bytes().await.unwrap();
        self.compare_body(&exchange.label, recorded.body.as_ref(), &body)
    }

    /// The names of the cookies an answer sets; what the next request has to bring is remembered.
    fn cookies(&mut self, headers: &HeaderMap) -> Vec<String> {
        let cookies = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        let mut names = Vec::new();
        for cookie in cookies {
            let value = cookie.split(['=', ';']).nth(1).unwrap();
            match cookie_name(cookie).as_str() {
                "i_like_gogs" => self.bindings.bind("session", value),
                "_csrf" => self.bindings.bind("csrf", value),
                _ => {}
            }
            names.push(cookie_name(cookie));
        }
        names.sort();
        names
    }

    fn compare_body(&mut self, label: &str, recorded: Option<&Body>, actual: &[u8]) -> Option<String> {
        let Some(recorded) = recorded else {
            return (!actual.is_empty()).then(|| format!("a body of {} bytes came", actual.len()));
        };
        let text = String::from_utf8_lossy(actual);
        if let Some(excerpt) = &recorded.excerpt {
            self.bind_tokens(&excerpt.name_and_id, &text);
        }
        match (&recorded.json, &recorded.text, &recorded.base64) {
            _ if NOT_COMPARED.iter().any(|(name, _)| *name == label) => {
                actual.is_empty().then(|| "the body is gone".to_owned())
            }
            (Some(json), ..) => match serde_json::from_slice(actual) {
                Ok(actual) => difference(&mut self.bindings, json, &actual),
                Err(_) => Some(format!("{json} became {text}")),
            },
            (_, Some(recorded), _) => {
                (!self.bindings.same(recorded, &text)).then(|| format!("{recorded} became {text}"))
            }
            (.., Some(base64)) => {
                let recorded = String::from_utf8(STANDARD.decode(base64).unwrap()).unwrap();
                self.compare_advertisement(&recorded, &text)
            }
            _ => {
                let length = recorded.html.or(recorded.bytes).unwrap_or_default();
                Some(format!("a body of {length} bytes is neither compared nor named as not compared"))
            }
        }
    }

    /// The same references; and of capabilities at least those recorded, since another git may have more.
    fn compare_advertisement(&mut self, recorded: &str, actual: &str) -> Option<String> {
        let (recorded, actual) = (Advertisement::read(recorded), Advertisement::read(actual));
        let same = recorded.lines.len() == actual.lines.len()
            && recorded.lines.iter().zip(&actual.lines).all(|(recorded, actual)| self.bindings.same(recorded, actual))
            && recorded.capabilities.is_subset(&actual.capabilities);
        (!same).then(|| format!("{recorded:?} became {actual:?}"))
    }

    /// Finds the id each token has on the page: the one before its name.
    fn bind_tokens(&mut self, recorded: &[(String, String)], page: &str) {
        for (name, id) in recorded {
            let before = page.split(&format!("<strong>{name}</strong>")).next().unwrap();
            let actual = before.rsplit("data-id=\"").next().unwrap().split('"').next().unwrap();
            self.bindings.tokens.insert(id.clone(), actual.to_owned());
        }
    }
}
