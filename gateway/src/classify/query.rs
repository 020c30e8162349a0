//! The query of a request: decoded once, each name at most once, encoded anew for the forge.

use std::fmt;

use gogs_spanner_capability::Reason;

use crate::refuse::Refusal;

/// No call of the forge takes more.
pub(super) const MOST_PARAMETERS: usize = 8;
/// The longest value any call takes is a ref name or a search term.
pub(super) const LONGEST_QUERY: usize = 2048;

/// Query parameters in the order they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// A query of one parameter.
    pub fn one(name: &str, value: &str) -> Self {
        Self(vec![(name.to_owned(), value.to_owned())])
    }

    /// Reads a raw query string.
    pub fn parse(raw: Option<&str>) -> Result<Self, Refusal> {
        let Some(raw) = raw else { return Ok(Self::default()) };
        if raw.is_empty() || raw.len() > LONGEST_QUERY || raw.contains([';', '#']) {
            return Err(malformed("the query is empty, too long, or has a `;`"));
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in raw.split('&') {
            let (name, value) = pair.split_once('=').ok_or_else(|| malformed("a query parameter has no value"))?;
            let value = decode(value)?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(malformed("the name of a query parameter is not plain"));
            }
            if parameters.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                return Err(malformed("a query parameter stands twice"));
            }
            parameters.push((name.to_owned(), value));
        }
        if parameters.len() > MOST_PARAMETERS {
            return Err(malformed("the query has too many parameters"));
        }
        Ok(Self(parameters))
    }

    /// Whether there is no parameter.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Refuses every parameter a call does not take.
    pub fn only(&self, names: &[&str]) -> Result<(), Refusal> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(malformed(format!("this call takes no query parameter `{name}`"))),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        f.write_str(&encoded)
    }
}

/// Decodes a value; what is not UTF-8, or holds control characters once decoded, is refused.
fn decode(value: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, tail) = match first {
            b'%' => {
                let digits = tail.get(..2).ok_or_else(|| malformed("a percent escape is cut short"))?;
                let text = std::str::from_utf8(digits).map_err(|_| malformed("a percent escape is not hexadecimal"))?;
                let byte =
                    u8::from_str_radix(text, 16).map_err(|_| malformed("a percent escape is not hexadecimal"))?;
                (byte, &tail[2..])
            }
            b'+' => (b' ', tail),
            byte => (byte, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    let text = String::from_utf8(bytes).map_err(|_| malformed("a query value is not UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(malformed("a query value has a control character"));
    }
    Ok(text)
}

fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}
