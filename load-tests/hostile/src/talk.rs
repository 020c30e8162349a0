//! Playing one case on one connection, and hearing what is answered.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::{Instant, sleep, timeout},
};

use crate::{
    case::{Case, Step},
    words::Words,
};

/// So much of an answer is enough: whoever sends more is hung up on.
const ENOUGH: usize = 1024 * 1024;

/// What was heard.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, unless there was none.
    pub status: Option<u16>,
    /// Everything, as text.
    pub text: String,
    /// How it ended.
    pub ending: Ending,
    /// How long all of it took.
    pub took: Duration,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The gateway closed the connection.
    Closed,
    /// The caller had enough of it.
    HungUp,
    /// Nobody ended it in time.
    Open,
}

/// Plays a case.
///
/// # Errors
/// The gateway cannot be connected to.
pub async fn play(gateway: SocketAddr, case: &Case, words: &Words) -> io::Result<Answer> {
    let began = Instant::now();
    let (mut from, to) = TcpStream::connect(gateway).await?.into_split();
    // A gateway that refuses a head need not take what comes after it, so sending may fail.
    let talking = tokio::spawn(send(to, fill(&case.steps, words)));
    let mut heard = Vec::new();
    let ending = timeout(case.expected.within, listen(&mut from, &mut heard)).await.unwrap_or(Ending::Open);
    talking.abort();
    let text = String::from_utf8_lossy(&heard).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
    Ok(Answer { status, text, ending, took: began.elapsed() })
}

fn fill(steps: &[Step], words: &Words) -> Vec<Step> {
    let filled = |step: &Step| match step {
        Step::Send(bytes) => Step::Send(words.fill(bytes)),
        Step::Trickle(bytes, pause) => Step::Trickle(words.fill(bytes), *pause),
        other => other.clone(),
    };
    steps.iter().map(filled).collect()
}

async fn send(mut to: OwnedWriteHalf, steps: Vec<Step>) -> io::Result<()> {
    for step in steps {
        match step {
            Step::Send(bytes) => to.write_all(&bytes).await?,
            Step::Pause(pause) => sleep(pause).await,
            Step::Trickle(bytes, pause) => {
                for byte in bytes {
                    sleep(pause).await;
                    to.write_all(&[byte]).await?;
                }
            }
            Step::Flood(bytes, most) => {
                let mut sent = 0;
                while sent < most {
                    to.write_all(&bytes).await?;
                    sent += bytes.len() as u64;
                }
            }
            Step::HalfClose => to.shutdown().await?,
        }
    }
    // The sending half stays open as long as anybody listens: closing it would be saying something.
    std::future::pending().await
}

async fn listen(from: &mut OwnedReadHalf, heard: &mut Vec<u8>) -> Ending {
    loop {
        match from.read_buf(heard).await {
            Ok(0) | Err(_) => return Ending::Closed,
            Ok(_) if heard.len() > ENOUGH => return Ending::HungUp,
            Ok(_) => {}
        }
    }
}

impl Answer {
    /// Whether a caller may take it for whole: it came to the end its framing says (RFC 9112 §6.3).
    pub fn is_whole(&self) -> bool {
        let Some((head, body)) = self.text.split_once("\r\n\r\n") else { return false };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        match length {
            Some(length) => body.len() == length,
            None if head.contains("transfer-encoding: chunked") => body.ends_with("0\r\n\r\n"),
            None => self.ending == Ending::Closed,
        }
    }
}
