//! Where her browser comes back to: an address of this machine, for as long as she signs in (RFC 8252 §7.3).

use std::{io, net::Ipv4Addr, time::Duration};

use gogs_spanner_sdk::Browser;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Where she comes back to; anything else is not her.
const PATH: &str = "/callback";
/// The head of a browser's request, with a code of the gateway's in it.
const HEAD_MAX: usize = 32 * 1024;
/// A browser on this machine sends its head at once.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// What it shows in the end.
const DONE: &str = "You may close this page, and go back to your terminal.\n";

/// A listener nobody but this machine reaches.
pub(super) struct Loopback {
    listener: TcpListener,
    port: u16,
}

impl Loopback {
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// What the browser is told to come back to.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the answer to this sign-in: the query of the address. Whatever else asks is turned away, for any page of any
    /// site can have a browser ask here.
    pub(super) async fn answer(&self, browser: &Browser) -> String {
        loop {
            let Ok((mut stream, _)) = self.listener.accept().await else { continue };
            let asked = timeout(HEAD_WITHIN, head(&mut stream)).await.ok().flatten();
            let query = asked.as_deref().and_then(query).filter(|query| browser.is_answered_by(query));
            let (status, text) =
                if query.is_some() { ("200 OK", DONE) } else { ("404 Not Found", "Nothing is here.\n") };
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
                 Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{text}",
                text.len()
            );
            // A browser that has gone has nothing to be shown.
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
            if let Some(query) = query {
                return query.to_owned();
            }
        }
    }
}

/// The head of one request, if it is not too long.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > HEAD_MAX || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    String::from_utf8(head).ok()
}

/// The query of a request for our path.
fn query(head: &str) -> Option<&str> {
    let target = head.lines().next()?.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")?;
    target.strip_prefix(PATH)?.strip_prefix('?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_path_is_an_answer() {
        assert_eq!(query("GET /callback?code=x HTTP/1.1\r\nHost: x\r\n\r\n"), Some("code=x"));
        for other in
            ["GET /favicon.ico HTTP/1.1\r\n", "POST /callback?a HTTP/1.1\r\n", "GET /callbacks?a HTTP/1.1\r\n", ""]
        {
            assert_eq!(query(other), None, "{other}");
        }
    }
}
