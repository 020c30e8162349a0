//! Pages of a list, and the `Link` header that leads through them (`context/api.go:73`).

use axum::{
    http::{HeaderValue, StatusCode, header::LINK},
    response::Response,
};
use serde_json::{Value, json};

use super::{answer, call::Call};

/// One page of a list, counted from 1.
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(super) fn of(call: &Call, size: usize) -> Self {
        Self { number: call.number("page").unwrap_or(1).max(1), size }
    }

    fn cut(&self, rows: Vec<Value>) -> Vec<Value> {
        rows.into_iter().skip((self.number - 1) * self.size).take(self.size).collect()
    }

    /// Answers with this page of the rows. The links start with the external URL, whatever name was asked, and drop
    /// every parameter of the query but the page.
    pub(super) fn answer(&self, call: &Call, rows: Vec<Value>, wrap: fn(Value) -> Value) -> Response {
        let links = self.links(&call.url(), rows.len());
        let mut response = answer::json(StatusCode::OK, &wrap(json!(self.cut(rows))));
        if let Ok(value) = HeaderValue::try_from(links.join(","))
            && !links.is_empty()
        {
            response.headers_mut().insert(LINK, value);
        }
        response
    }

    fn links(&self, url: &str, rows: usize) -> Vec<String> {
        let last = rows.div_ceil(self.size).max(1);
        let link = |page: usize, relation: &str| format!("<{url}?page={page}>; rel=\"{relation}\"");
        let mut links = Vec::new();
        if self.number < last {
            links.push(link(self.number + 1, "next"));
            links.push(link(last, "last"));
        }
        if self.number > 1 {
            links.push(link(1, "first"));
            links.push(link(self.number - 1, "prev"));
        }
        links
    }
}
