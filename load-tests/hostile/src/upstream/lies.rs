//! What an upstream may answer that no forge should, and what may come of it.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

use super::{
    inlet::Inlet,
    log::Note,
    strict::{Ambiguity, Head},
};

/// An answer, byte for byte.
#[derive(Debug, Clone, Copy)]
pub struct Lie {
    /// What it is, as a few words.
    pub name: &'static str,
    /// Sent first.
    pub answer: &'static str,
    /// Sent then, so many times, and the end of a head after it.
    pub again: (&'static str, usize),
    /// When it is sent, and what follows.
    pub after: After,
    /// What may come of it.
    pub outcome: Outcome,
}

/// When a lie is told, and how it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// After the request has come to its end. Where the answer is one that is passed on, the connection is kept, and with
    /// it whatever stands behind the answer; otherwise it is closed.
    Body,
    /// After the request has come to its end; then the connection is closed.
    Close,
    /// As soon as the head is there, and nothing more is read.
    Head,
    /// After the request, for as long as anybody takes more of it.
    Endless,
}

/// What a caller may get to see of a lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A refusal of the gateway's own: there was no answer.
    Gone,
    /// A refusal of the gateway's own: the answer is none that is passed on.
    Garbled,
    /// This status, framed anew.
    Passed(u16),
    /// An answer that breaks off, so that nobody takes it for whole.
    Cut,
}

/// So much of an endless answer, and the gateway has taken what its caller did not.
const TOO_MUCH: usize = 64 * 1024 * 1024;
/// How long a gateway may take to let go of an endless answer nobody reads.
const LET_GO_WITHIN: Duration = Duration::from_secs(20);

const OK: &str = "HTTP/1.1 200 OK\r\n";

const fn lie(name: &'static str, answer: &'static str, outcome: Outcome) -> Lie {
    Lie { name, answer, again: ("", 0), after: After::Body, outcome }
}

const fn many(name: &'static str, answer: &'static str, again: (&'static str, usize)) -> Lie {
    Lie { name, answer, again, after: After::Body, outcome: Outcome::Garbled }
}

/// Every lie. `stolen` and `other.example` are what a caller must never be shown.
pub const LIES: &[Lie] = &[
    // Answers that are none.
    lie("no answer at all", "", Outcome::Gone),
    lie("another protocol", "SSH-2.0-OpenSSH_9.6 stolen\r\n\r\n", Outcome::Garbled),
    lie("HTTP/0.9", "stolen", Outcome::Garbled),
    lie("HTTP/2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", Outcome::Garbled),
    lie("a status that is no number", "HTTP/1.1 OK 200\r\nContent-Length: 0\r\n\r\n", Outcome::Garbled),
    lie("a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", Outcome::Garbled),
    lie("a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", Outcome::Garbled),
    lie("a head that breaks off", "HTTP/1.1 200 OK\r\nContent-Ty", Outcome::Gone),
    lie("a header without a name", "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n", Outcome::Garbled),
    lie("a NUL in a header", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n", Outcome::Garbled),
    lie(
        "a change of protocols",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        Outcome::Garbled,
    ),
    // Bombs.
    many("a thousand headers", OK, ("X-Bomb: stolen\r\n", 1_000)),
    many("a header of a megabyte", "HTTP/1.1 200 OK\r\nX-Bomb: ", ("stolen", 200_000)),
    many("a status line of a megabyte", "HTTP/1.1 200 ", ("stolen", 200_000)),
    // Framings with two readings.
    lie("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 8\r\n\r\nokstolen", Outcome::Garbled),
    lie("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", Outcome::Garbled),
    lie(
        "a length beyond all numbers",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
        Outcome::Garbled,
    ),
    Lie {
        after: After::Close,
        ..lie(
            "an unknown transfer coding",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
            Outcome::Passed(200),
        )
    },
    lie(
        "an answer behind the answer",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen",
        Outcome::Passed(200),
    ),
    lie(
        "a body where there is none",
        "HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\nstolen",
        Outcome::Passed(204),
    ),
    lie(
        "trailers",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX-Stolen: stolen\r\n\r\n",
        Outcome::Passed(200),
    ),
    // Bodies that break off.
    lie("a body shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", Outcome::Cut),
    lie("a chunk that breaks off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nok", Outcome::Cut),
    lie(
        "a chunk whose size is no number",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
        Outcome::Cut,
    ),
    lie("chunks without an end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", Outcome::Cut),
    Lie {
        name: "a body without an end",
        answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        again: ("40\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n", 1024),
        after: After::Endless,
        outcome: Outcome::Cut,
    },
    // What a forge must not tell a caller.
    lie(
        "cookies and challenges",
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=stolen\r\nSet-Cookie2: stolen\r\nWWW-Authenticate: Basic realm=\"stolen\"\r\n\
         Proxy-Authenticate: stolen\r\nLfs-Authenticate: stolen\r\nServer: stolen\r\nContent-Length: 2\r\n\r\n{}",
        Outcome::Passed(200),
    ),
    lie(
        "a redirect to another host",
        "HTTP/1.1 302 Found\r\nLocation: http://other.example/stolen\r\nRefresh: 0; url=http://other.example/\r\nContent-Length: 0\r\n\r\n",
        Outcome::Passed(302),
    ),
    lie(
        "headers that speak for the gateway",
        "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: stolen\r\nAlt-Svc: stolen\r\nClear-Site-Data: \"*\"\r\nConnection: x-stolen\r\n\
         X-Stolen: stolen\r\nStrict-Transport-Security: stolen\r\nContent-Length: 2\r\n\r\n{}",
        Outcome::Passed(200),
    ),
    // Answers at the wrong time.
    Lie {
        after: After::Head,
        ..lie("an answer before the body", "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", Outcome::Passed(413))
    },
    lie(
        "hints before the answer",
        "HTTP/1.1 103 Early Hints\r\nLink: <stolen>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        Outcome::Passed(200),
    ),
];

/// Tells a lie; says whether the connection is kept.
pub(super) async fn tell(
    number: usize,
    head: &Head,
    from: &mut Inlet<impl AsyncRead + Unpin>,
    to: &mut (impl AsyncWrite + Unpin),
    mut note: Note<'_>,
) -> io::Result<bool> {
    let Some(lie) = LIES.get(number) else {
        note.ambiguous(&Ambiguity::from("a lie there is none of"));
        return Ok(false);
    };
    if lie.after != After::Head {
        from.body(head.framing, &mut tokio::io::sink(), |data| note.read(data)).await?;
    }
    to.write_all(lie.answer.as_bytes()).await?;
    let again = lie.again.0.repeat(lie.again.1);
    let mut sent = 0;
    loop {
        let taken = timeout(LET_GO_WITHIN, to.write_all(again.as_bytes())).await;
        sent += again.len();
        match taken {
            Ok(Ok(())) if lie.after == After::Endless && sent < TOO_MUCH => {}
            Ok(Ok(())) if lie.after == After::Endless => {
                note.ambiguous(&Ambiguity::from("an answer without an end was taken, although nobody read it"));
                return Ok(false);
            }
            Err(_) => {
                note.ambiguous(&Ambiguity::from("an answer nobody reads is held on to"));
                return Ok(false);
            }
            Ok(_) => break,
        }
    }
    if lie.after != After::Endless && lie.again.1 > 0 {
        // Nobody need have waited for so much.
        let _taken = to.write_all(b"\r\n\r\n").await;
    }
    note.complete();
    if lie.after == After::Body && matches!(lie.outcome, Outcome::Passed(_)) {
        return Ok(true);
    }
    let _closed = to.shutdown().await;
    Ok(false)
}
