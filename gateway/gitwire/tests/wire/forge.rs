//! The smallest server git can talk to, and git in a closed environment.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use bytes::Bytes;
use tempfile::TempDir;

/// What git asked.
pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) body: Bytes,
}

/// Serves `answer` on a port of its own, one connection after the other, until the test ends; gives the address.
pub(crate) fn serve(answer: impl Fn(&Request) -> Bytes + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| exchange(stream, &answer)));
    format!("http://{address}/acme/web.git")
}

fn exchange(stream: TcpStream, answer: &impl Fn(&Request) -> Bytes) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let content_type = content_type(&target);
    let answer = answer(&Request { target, body: body.into() });
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.len()
    );
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&answer).unwrap();
}

fn content_type(target: &str) -> String {
    match target.split_once("?service=") {
        Some((_, service)) => format!("application/x-{service}-advertisement"),
        None => format!("application/x-{}-result", target.rsplit('/').next().unwrap()),
    }
}

/// A directory in which git sees nothing of the machine's own configuration.
pub(crate) struct Sandbox(TempDir);

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    #[expect(clippy::disallowed_methods, reason = "a test of this crate has no gateway to start git for it")]
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.path()).env_clear().env("HOME", self.path());
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C")]);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A").env(format!("GIT_{who}_EMAIL"), "a@example.com");
        }
        command
    }

    /// Runs git, whatever comes of it.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs git, which must succeed; gives what it printed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs git with `input`, which must succeed; gives the bytes it wrote.
    pub(crate) fn pipe(&self, arguments: &[&str], input: &[u8]) -> Bytes {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap().stdout.into()
    }

    /// A repository `work` with one commit on `main`.
    pub(crate) fn work(&self) {
        self.git(&["init", "-q", "-b", "main", "work"]);
        self.git(&["-C", "work", "commit", "-q", "--allow-empty", "-m", "first"]);
    }
}
