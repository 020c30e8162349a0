//! A JSON document whose links are moved while it flows: nothing else of it changes by a byte, and none of it is kept.
//!
//! A listing of a directory carries every file in it, so an answer can be as large as a repository. The reader knows where
//! in the document it is and looks at nothing but names of members and the texts of those in the table; it takes any
//! bytes, and what is no JSON passes as it is.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};

use super::links::{Fate, Links};
use crate::body::{self, Body};

/// Up to here an answer is rewritten at once, so that its length can be told.
const AT_ONCE: usize = 64 * 1024;
/// No link Gogs writes is longer: its `EXTERNAL_URL`, names, and a tree path of 4096 bytes.
const LONGEST_LINK: usize = 8 * 1024;
/// No answer of Gogs nests deeper than six; deeper down nothing is looked at any more.
const DEEPEST: usize = 32;

/// The document with its links moved. A body that breaks off breaks off here too.
pub(super) async fn relinked(links: Links, mut body: Body) -> Body {
    let (mut reader, mut first) = (Reader::new(links), BytesMut::new());
    while first.len() <= AT_ONCE {
        match body::next(&mut body).await {
            Ok(Some(bytes)) => reader.feed(&bytes, &mut first),
            Ok(None) => {
                reader.finish(&mut first);
                return body::full(first.freeze());
            }
            Err(fault) => {
                let flown = stream::iter([Ok(first.freeze()), Err(fault)]);
                return body::streaming(flown);
            }
        }
    }
    let rest = stream::unfold((body, Some(reader)), |(mut body, reader)| async move {
        let mut reader = reader?;
        let mut moved = BytesMut::new();
        let next = match body::next(&mut body).await {
            Ok(Some(bytes)) => {
                reader.feed(&bytes, &mut moved);
                Some(reader)
            }
            Ok(None) => {
                reader.finish(&mut moved);
                None
            }
            Err(fault) => return Some((Err(fault), (body, None))),
        };
        Some((Ok(moved.freeze()), (body, next)))
    });
    body::streaming(stream::iter([Ok::<Bytes, _>(first.freeze())]).chain(rest))
}

/// Where in a document a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between texts.
    Between,
    /// In the name of a member.
    Name,
    /// In a text nobody looks at.
    Text,
    /// In the text of a member of the table.
    Link(Fate),
}

/// Reads a document piece by piece, and writes it again.
struct Reader {
    links: Links,
    place: Place,
    is_escaped: bool,
    /// For each open bracket whether it is an object's.
    open: Vec<bool>,
    /// Whether the next text of the object is a member's name.
    is_name_due: bool,
    /// The name, or the text, as far as it was read.
    kept: Vec<u8>,
    /// What becomes of the value that comes next.
    fate: Option<Fate>,
}

impl Reader {
    fn new(links: Links) -> Self {
        Self {
            links,
            place: Place::Between,
            is_escaped: false,
            open: Vec::new(),
            is_name_due: false,
            kept: Vec::new(),
            fate: None,
        }
    }

    fn feed(&mut self, bytes: &[u8], out: &mut BytesMut) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match self.place {
                Place::Text if !self.is_escaped => self.skip_text(rest, out),
                Place::Between => self.between(rest[0], out),
                _ => self.within(rest[0], out),
            };
            rest = &rest[taken..];
        }
    }

    /// The end of the document, wherever it came.
    fn finish(&mut self, out: &mut BytesMut) {
        if matches!(self.place, Place::Link(_)) {
            out.extend_from_slice(&self.kept);
        }
    }

    /// All of a text up to what ends or escapes it, at once: that is most of a large answer.
    fn skip_text(&mut self, rest: &[u8], out: &mut BytesMut) -> usize {
        let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let taken = end.map_or(rest.len(), |end| end + 1);
        out.extend_from_slice(&rest[..taken]);
        match end.map(|end| rest[end]) {
            Some(b'"') => self.place = Place::Between,
            Some(_) => self.is_escaped = true,
            None => {}
        }
        taken
    }

    fn between(&mut self, byte: u8, out: &mut BytesMut) -> usize {
        out.extend_from_slice(&[byte]);
        match byte {
            b'"' => self.begin_text(),
            b'{' | b'[' => {
                self.open.push(byte == b'{');
                self.is_name_due = byte == b'{';
                self.fate = None;
            }
            b'}' | b']' => {
                self.open.pop();
                self.is_name_due = false;
                self.fate = None;
            }
            b',' => {
                self.is_name_due = self.open.last().copied().unwrap_or(false);
                self.fate = None;
            }
            _ => {}
        }
        1
    }

    fn begin_text(&mut self) {
        self.kept.clear();
        self.place = match self.fate.take() {
            _ if self.open.len() > DEEPEST => Place::Text,
            _ if self.is_name_due => Place::Name,
            Some(fate) => Place::Link(fate),
            None => Place::Text,
        };
        self.is_name_due = false;
    }

    /// One byte of a name, of a link, or behind a backslash.
    fn within(&mut self, byte: u8, out: &mut BytesMut) -> usize {
        let is_end = byte == b'"' && !self.is_escaped;
        self.is_escaped = byte == b'\\' && !self.is_escaped;
        match self.place {
            Place::Link(fate) if is_end => {
                let moved = self.links.member(fate, &self.kept);
                out.extend_from_slice(moved.as_deref().map_or(&self.kept, str::as_bytes));
                out.extend_from_slice(b"\"");
            }
            Place::Link(_) => {
                self.kept.push(byte);
                if self.kept.len() > LONGEST_LINK {
                    out.extend_from_slice(&self.kept);
                    self.place = Place::Text;
                }
            }
            Place::Name if is_end => {
                self.fate = Fate::of(&self.kept);
                out.extend_from_slice(b"\"");
            }
            Place::Name => {
                if self.kept.len() <= Fate::LONGEST_NAME {
                    self.kept.push(byte);
                }
                out.extend_from_slice(&[byte]);
            }
            Place::Text | Place::Between => out.extend_from_slice(&[byte]),
        }
        if is_end {
            self.place = Place::Between;
        }
        1
    }
}

#[cfg(test)]
mod tests;
