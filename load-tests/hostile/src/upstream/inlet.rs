//! Bytes as they come in: a head, then a body in one of the framings, passed on as it is.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy};

use super::strict::{Ambiguity, Framing, Head};

/// The longest head of either side.
const LONGEST_HEAD: usize = 64 * 1024;
/// A line before a chunk is its size; this is generous.
const LONGEST_LINE: usize = 32;
/// Bytes read at once.
const READ: usize = 64 * 1024;

/// One side of a connection.
pub(super) struct Inlet<R> {
    from: R,
    /// Read, and not yet used.
    waiting: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Inlet<R> {
    pub(super) const fn new(from: R) -> Self {
        Self { from, waiting: Vec::new() }
    }

    /// The next head, its empty line included; `None` where the connection ended before it.
    pub(super) async fn head(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(at) = self.waiting.windows(4).position(|end| end == b"\r\n\r\n") {
                return Ok(Some(self.waiting.drain(..at + 4).collect()));
            }
            if self.waiting.len() > LONGEST_HEAD {
                return Err(broken("a head that is too long"));
            }
            if self.more().await? == 0 {
                return if self.waiting.is_empty() { Ok(None) } else { Err(broken("a head that breaks off")) };
            }
        }
    }

    /// Passes a body on, and shows its bytes without their framing.
    pub(super) async fn body(
        &mut self,
        framing: Framing,
        to: &mut (impl AsyncWrite + Unpin),
        mut seen: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        match framing {
            Framing::Absent => Ok(()),
            Framing::Length(length) => self.pass(length, to, &mut seen).await,
            Framing::Chunked => self.chunks(to, &mut seen).await,
            Framing::Close => {
                to.write_all(&self.waiting).await?;
                copy(&mut self.from, to).await.map(drop)
            }
        }
    }

    /// Passes the answer to a request of this method on.
    pub(super) async fn answer(&mut self, to_method: &str, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let bytes = self.head().await?.ok_or_else(|| broken("no answer"))?;
        let head = Head::answer(&bytes, to_method).map_err(|ambiguity| odd(&ambiguity))?;
        to.write_all(&bytes).await?;
        self.body(head.framing, to, |_| {}).await
    }

    /// Chunks without extensions, and no trailers behind them.
    async fn chunks(&mut self, to: &mut (impl AsyncWrite + Unpin), seen: &mut impl FnMut(&[u8])) -> io::Result<()> {
        loop {
            let line = self.line().await?;
            let digits = std::str::from_utf8(&line).unwrap_or_default().trim_end_matches("\r\n");
            let is_size = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let size = u64::from_str_radix(digits, 16).ok().filter(|_| is_size);
            let size = size.ok_or_else(|| broken("the size of a chunk is no number"))?;
            to.write_all(&line).await?;
            self.pass(size, to, seen).await?;
            if self.line().await? != b"\r\n" {
                return Err(broken("a chunk has no end, or a trailer behind it"));
            }
            to.write_all(b"\r\n").await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    async fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.waiting.windows(2).position(|end| end == b"\r\n") {
                return Ok(self.waiting.drain(..at + 2).collect());
            }
            if self.waiting.len() > LONGEST_LINE || self.more().await? == 0 {
                return Err(broken("a chunk has no size"));
            }
        }
    }

    async fn pass(
        &mut self,
        mut left: u64,
        to: &mut (impl AsyncWrite + Unpin),
        seen: &mut impl FnMut(&[u8]),
    ) -> io::Result<()> {
        while left > 0 {
            if self.waiting.is_empty() && self.more().await? == 0 {
                return Err(broken("a body that breaks off"));
            }
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(self.waiting.len());
            let taken: Vec<u8> = self.waiting.drain(..most).collect();
            seen(&taken);
            to.write_all(&taken).await?;
            left -= taken.len() as u64;
        }
        Ok(())
    }

    async fn more(&mut self) -> io::Result<usize> {
        self.waiting.reserve(READ);
        self.from.read_buf(&mut self.waiting).await
    }
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn odd(ambiguity: &Ambiguity) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, ambiguity.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8], framing: Framing) -> Option<(Vec<u8>, Vec<u8>)> {
        let (mut passed, mut seen) = (Vec::new(), Vec::new());
        let mut inlet = Inlet::new(bytes);
        let read = inlet.body(framing, &mut passed, |data| seen.extend_from_slice(data)).await;
        read.ok().map(|()| (passed, seen))
    }

    #[tokio::test]
    async fn chunks_are_passed_on_as_they_are_and_seen_without_their_framing() {
        let bytes = b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        assert_eq!(read(bytes, Framing::Chunked).await, Some((bytes.to_vec(), b"abcd".to_vec())));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_or_has_another_framing_is_not_taken() {
        for bytes in
            ["3\r\nab", "3;x=y\r\nabc\r\n0\r\n\r\n", "0\r\nX: y\r\n\r\n", "+3\r\nabc\r\n0\r\n\r\n", "3\nabc\n0\n\n"]
        {
            assert_eq!(read(bytes.as_bytes(), Framing::Chunked).await, None, "{bytes:?}");
        }
        assert_eq!(read(b"ab", Framing::Length(3)).await, None);
    }
}
