//! Heads as they may arrive at a forge: in one spelling, with one reading. The gateway frames everything anew, so there is
//! no excuse for any other.

use std::fmt;

/// Why a head is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguity(String);

/// Where a message's body ends (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// At once.
    Absent,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection; only an answer may.
    Close,
}

/// A head with one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The method of a request; of an answer its status.
    pub method: String,
    /// The target of a request.
    pub target: String,
    /// The lines below, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Where the body ends.
    pub framing: Framing,
}

/// What the gateway sends a forge, and nothing else: hop-by-hop headers, identities, cookies, encodings and trailers are
/// not on the list.
const SENT: [&str; 8] = [
    "host",
    "authorization",
    "user-agent",
    "accept",
    "content-type",
    "content-length",
    "transfer-encoding",
    "traceparent",
];

impl From<&str> for Ambiguity {
    fn from(what: &str) -> Self {
        Self(what.to_owned())
    }
}

impl fmt::Display for Ambiguity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What everybody may see, and tells which Gogs it is: the gateway looks as a stranger would.
const STRANGERS: [&str; 3] = ["/user/login", "/js/gogs.js", "/css/gogs.min.css"];

impl Head {
    /// Reads the head of a request, its empty line included.
    pub fn request(bytes: &[u8]) -> Result<Self, Ambiguity> {
        let (line, headers) = lines(bytes)?;
        let [method, target, "HTTP/1.1"] = line.split(' ').collect::<Vec<_>>()[..] else {
            return refuse(format!("the request line {line:?}"));
        };
        if !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(&method) {
            return refuse(format!("the method {method}"));
        }
        refuse_odd_target(target)?;
        refuse_odd_headers(&headers, !STRANGERS.contains(&target))?;
        let framing = match framing(&headers)? {
            Framing::Close => Framing::Absent,
            framing => framing,
        };
        Ok(Self { method: method.to_owned(), target: target.to_owned(), headers, framing })
    }

    /// Reads the head of the forge's answer to a request of this method.
    pub fn answer(bytes: &[u8], to: &str) -> Result<Self, Ambiguity> {
        let (line, headers) = lines(bytes)?;
        let Some(status) = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)) else {
            return refuse(format!("the status line {line:?}"));
        };
        let is_bare = to == "HEAD" || status == "204" || status == "304" || status.starts_with('1');
        let framing = if is_bare { Framing::Absent } else { framing(&headers)? };
        Ok(Self { method: status.to_owned(), target: String::new(), headers, framing })
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The W3C trace id.
    pub fn trace(&self) -> Option<String> {
        self.header("traceparent")?.split('-').nth(1).map(str::to_owned)
    }
}

/// The first line, and the headers below it.
type Lines<'a> = (&'a str, Vec<(String, String)>);

fn lines(bytes: &[u8]) -> Result<Lines<'_>, Ambiguity> {
    let text = std::str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix("\r\n\r\n"));
    let Some(text) = text.filter(|text| text.is_ascii()) else { return refuse("bytes that are not ASCII") };
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    if text.replace("\r\n", "").chars().any(|character| character.is_ascii_control()) {
        return refuse("a control character, a bare CR or a bare LF");
    }
    let headers = lines.map(|line| match line.split_once(':') {
        Some((name, value)) if is_token(name) => Ok((name.to_ascii_lowercase(), value.trim().to_owned())),
        _ => refuse(format!("the header line {line:?}")),
    });
    Ok((first, headers.collect::<Result<_, _>>()?))
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether what stands behind a `%` is an escape in its one spelling, for something that is written in no other way.
fn is_needed(behind: &str) -> bool {
    let Some(digits) = behind.get(..2).filter(|digits| !digits.contains(|digit: char| digit.is_ascii_lowercase()))
    else {
        return false;
    };
    u8::from_str_radix(digits, 16)
        .is_ok_and(|byte| !byte.is_ascii_alphanumeric() && !byte.is_ascii_control() && !b"-._~/\\%".contains(&byte))
}

fn refuse_odd_target(target: &str) -> Result<(), Ambiguity> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_odd = !path.starts_with('/')
        || path.contains(['\\', ';'])
        || !path.split('%').skip(1).all(is_needed)
        || path.split('/').skip(1).any(|segment| matches!(segment, "" | "." | ".."))
        || query.contains(['#', ';', '?']);
    if is_odd { refuse(format!("the target {target}")) } else { Ok(()) }
}

fn refuse_odd_headers(headers: &[(String, String)], is_somebodys: bool) -> Result<(), Ambiguity> {
    for (at, (name, value)) in headers.iter().enumerate() {
        if !SENT.contains(&name.as_str()) {
            return refuse(format!("the header {name}"));
        }
        if headers[..at].iter().any(|(known, _)| known == name) {
            return refuse(format!("the header {name} twice"));
        }
        if value.contains("gsp_") {
            return refuse(format!("a token of the gateway in {name}"));
        }
    }
    let has = |needed: &str| headers.iter().any(|(name, _)| name == needed);
    if !has("host") {
        return refuse("no host".to_owned());
    }
    if has("authorization") != is_somebodys {
        return refuse(format!("{} authorization", if is_somebodys { "no" } else { "an" }));
    }
    Ok(())
}

fn framing(headers: &[(String, String)]) -> Result<Framing, Ambiguity> {
    let value = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    match (value("content-length"), value("transfer-encoding")) {
        (None, None) => Ok(Framing::Close),
        (None, Some("chunked")) => Ok(Framing::Chunked),
        (Some(length), None) => match length.parse::<u64>() {
            Ok(number) if number.to_string() == length => Ok(Framing::Length(number)),
            _ => refuse(format!("the length {length:?}")),
        },
        _ => refuse("a framing with two readings"),
    }
}

fn refuse<T>(what: impl Into<String>) -> Result<T, Ambiguity> {
    Err(Ambiguity(what.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "POST /acme/web.git/git-receive-pack HTTP/1.1\r\nHost: a\r\nAuthorization: Basic x\r\n";

    fn read(head: &str) -> Result<Head, Ambiguity> {
        Head::request(head.as_bytes())
    }

    #[test]
    fn a_head_with_one_reading_is_read() {
        let head =
            read(&format!("{GOOD}Transfer-Encoding: chunked\r\ntraceparent: 00-ab-cd-00\r\n\r\n")).expect("read");
        assert_eq!((head.method.as_str(), head.framing), ("POST", Framing::Chunked));
        assert_eq!(head.trace().as_deref(), Some("ab"));
    }

    #[test]
    fn what_has_two_readings_or_no_business_here_is_not_taken() {
        for more in [
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: 01\r\n",
            "Transfer-Encoding: chunked, chunked\r\n",
            "Authorization: Basic y\r\n",
            "X-WEBAUTH-USER: root1\r\n",
            "Cookie: i_like_gogs=1\r\n",
            "Accept : x\r\n",
            "Accept: x\r\n folded\r\n",
            "Accept: x\n",
            "Accept: gsp_x\r\n",
        ] {
            assert!(read(&format!("{GOOD}{more}\r\n")).is_err(), "{more:?}");
        }
        for target in [
            "/a//b",
            "/a/../b",
            "/%61",
            "/%2e%2e",
            "/a%2Fb",
            "/a%5Cb",
            "/%c3%bc",
            "/a%",
            "/a%2541",
            "/a%00",
            "http://a/b",
            "/a\\b",
            "/a;b",
            "/a?b;c",
            "*",
            "",
        ] {
            let head = GOOD.replace("/acme/web.git/git-receive-pack", target);
            assert!(read(&format!("{head}\r\n")).is_err(), "{target:?}");
        }
        assert!(read("GET / HTTP/1.1\r\nHost: a\r\n\r\n").is_err(), "no credential");
    }
}
