//! HTTP/1.1 messages as the bytes they are (RFC 9112), for tests that care how something was said.

/// Where a head ends.
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// A request or an answer: its head as text, and its body as it was framed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The first line and the header lines, without their line ends.
    pub head: Vec<String>,
    /// What followed the head, chunks and all.
    pub body: Vec<u8>,
}

impl Message {
    /// All whole messages these bytes begin with.
    pub fn all(mut bytes: &[u8]) -> Vec<Self> {
        let mut messages = Vec::new();
        while let Some((message, rest)) = Self::first(bytes) {
            messages.push(message);
            bytes = rest;
        }
        messages
    }

    /// The message these bytes begin with, once it is whole, and what is behind it.
    pub fn first(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let at = bytes.windows(BLANK_LINE.len()).position(|window| window == BLANK_LINE)?;
        let head = String::from_utf8_lossy(&bytes[..at]).split("\r\n").map(str::to_owned).collect();
        let mut message = Self { head, body: Vec::new() };
        let rest = &bytes[at + BLANK_LINE.len()..];
        let length = if message.is_chunked() { chunked(rest)? } else { message.length() };
        message.body = rest.get(..length)?.to_vec();
        Some((message, &rest[length..]))
    }

    /// The bytes it is.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.join("\r\n").as_bytes(), BLANK_LINE, &self.body].concat()
    }

    /// The first line: what is asked for, or the status.
    pub fn first_line(&self) -> &str {
        self.head.first().map_or("", String::as_str)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.iter().skip(1).filter_map(|line| line.split_once(':'));
        lines.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    /// Whether the body comes in chunks, with no length said before.
    pub fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    }

    /// The body without its framing.
    pub fn content(&self) -> Vec<u8> {
        if !self.is_chunked() {
            return self.body.clone();
        }
        let (mut content, mut rest) = (Vec::new(), self.body.as_slice());
        while let Some((size, data)) = chunk(rest).filter(|(size, _)| *size > 0) {
            content.extend_from_slice(&data[..size]);
            rest = &data[size + 2..];
        }
        content
    }

    /// Whether it only announces an answer (RFC 9110 §15.2).
    pub fn is_interim(&self) -> bool {
        self.first_line().starts_with("HTTP/1.1 1")
    }

    fn length(&self) -> usize {
        self.header("content-length").and_then(|value| value.parse().ok()).unwrap_or_default()
    }
}

/// How long a whole chunked body is.
fn chunked(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    loop {
        let (size, data) = chunk(rest)?;
        // Behind each chunk, and behind the last one where trailers might be, stands a line end.
        rest = data.get(size + 2..)?;
        if size == 0 {
            return Some(bytes.len() - rest.len());
        }
    }
}

/// The size of the chunk these bytes begin with, and what is behind its first line.
fn chunk(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let at = bytes.windows(2).position(|window| window == b"\r\n")?;
    let size = usize::from_str_radix(std::str::from_utf8(&bytes[..at]).ok()?, 16).ok()?;
    Some((size, &bytes[at + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
    const POST: &[u8] = b"POST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\n0000";
    const CHUNKED: &[u8] =
        b"POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4\r\n0000\r\nA\r\n0123456789\r\n0\r\n\r\n";

    #[test]
    fn messages_end_where_their_framing_says() {
        let messages = Message::all(&[GET, CHUNKED, POST, &POST[..20]].concat());
        let lines: Vec<_> = messages.iter().map(Message::first_line).collect();
        assert_eq!(lines, ["GET /a HTTP/1.1", "POST /c HTTP/1.1", "POST /b HTTP/1.1"]);
        assert_eq!(messages[1].content(), b"00000123456789");
        assert_eq!(messages[2].content(), b"0000");
    }

    #[test]
    fn what_is_read_is_what_is_written() {
        for bytes in [GET, POST, CHUNKED] {
            let (message, rest) = Message::first(bytes).expect("a whole message");
            assert_eq!((message.bytes(), rest), (bytes.to_vec(), b"".as_slice()));
        }
    }

    #[test]
    fn a_message_that_is_not_whole_is_none() {
        for bytes in [GET, POST, CHUNKED] {
            assert!(Message::first(&bytes[..bytes.len() - 1]).is_none());
        }
    }
}
