//! A request, line by line: every byte of it is in the table's hands.

/// The lines a good request has; a case adds to them, or takes them away.
const USUAL: [&str; 4] =
    ["Host: agents.example.test", "Authorization: Bearer $TOKEN", "traceparent: $TRACE", "Connection: close"];

/// A request to be.
#[derive(Debug, Clone)]
pub struct Message {
    line: String,
    headers: Vec<String>,
    end: &'static str,
    body: Vec<u8>,
}

/// A request of this method and target, with the usual headers.
pub fn ask(line: &str) -> Message {
    let headers = USUAL.iter().map(|&line| line.to_owned()).collect();
    Message { line: format!("{line} HTTP/1.1"), headers, end: "\r\n", body: Vec::new() }
}

/// A `GET`.
pub fn get(target: &str) -> Message {
    ask(&format!("GET {target}"))
}

/// A `POST` of this media type.
pub fn post(target: &str, media_type: &str, body: impl AsRef<[u8]>) -> Message {
    ask(&format!("POST {target}")).with(&format!("Content-Type: {media_type}")).body(body)
}

/// A `PUT` of JSON.
pub fn put(target: &str, body: impl AsRef<[u8]>) -> Message {
    ask(&format!("PUT {target}")).with("Content-Type: application/json").body(body)
}

impl Message {
    /// One more header line, or whatever else is to stand in the place of one.
    #[must_use]
    pub fn with(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    /// Without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let is_it = |line: &str| line.split(':').next().is_some_and(|known| known.eq_ignore_ascii_case(name));
        self.headers.retain(|line| !is_it(line));
        self
    }

    /// With another credential, and only that.
    #[must_use]
    pub fn by(self, authorization: &str) -> Self {
        self.without("Authorization").with(&format!("Authorization: {authorization}"))
    }

    /// With a request line of its own.
    #[must_use]
    pub fn line(self, line: &str) -> Self {
        Self { line: line.to_owned(), ..self }
    }

    /// With line ends of its own.
    #[must_use]
    pub fn ending_lines_with(self, end: &'static str) -> Self {
        Self { end, ..self }
    }

    /// With a body and its true length.
    #[must_use]
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        let length = body.as_ref().len();
        self.with(&format!("Content-Length: {length}")).then(body)
    }

    /// With a body in chunks of this size.
    #[must_use]
    pub fn chunked(self, body: impl AsRef<[u8]>, size: usize) -> Self {
        let mut chunks = Vec::new();
        for chunk in body.as_ref().chunks(size) {
            chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunks.extend_from_slice(chunk);
            chunks.extend_from_slice(b"\r\n");
        }
        chunks.extend_from_slice(b"0\r\n\r\n");
        self.with("Transfer-Encoding: chunked").then(chunks)
    }

    /// With these bytes behind the head, whatever the head says of them.
    #[must_use]
    pub fn then(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.body.extend_from_slice(bytes.as_ref());
        self
    }

    /// Stays on the connection when it is answered.
    #[must_use]
    pub fn kept_alive(self) -> Self {
        self.without("Connection")
    }

    /// The hidden request of a case: it has a trace of its own.
    #[must_use]
    pub fn hidden(self) -> Self {
        self.without("traceparent").with("traceparent: $INNER")
    }

    /// The head alone.
    pub fn head(&self) -> Vec<u8> {
        let lines = std::iter::once(&self.line).chain(&self.headers);
        let mut head: Vec<u8> = lines.flat_map(|line| [line.as_bytes(), self.end.as_bytes()].concat()).collect();
        head.extend_from_slice(self.end.as_bytes());
        head
    }
}

impl From<Message> for Vec<u8> {
    fn from(message: Message) -> Self {
        [message.head(), message.body].concat()
    }
}
