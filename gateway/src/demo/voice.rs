//! How the show is told: to a terminal with what is under way, to a pipe when it is done, to programs as JSON.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{DemoError, surprise::Surprise};

/// Where the times stand, one below the other.
const WIDTH: usize = 58;

const GREEN: u8 = 32;
const RED: u8 = 31;

/// What a step has to show: `$ ` begins a command, everything else is what was answered.
pub(super) type Lines = Vec<String>;

/// Tells the show on standard output.
pub(super) struct Voice {
    listener: Listener,
    step: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Listener {
    Terminal,
    Pipe,
    Program,
}

impl Voice {
    pub(super) fn new(json: bool) -> Self {
        let listener = match json {
            true => Listener::Program,
            false if io::stdout().is_terminal() => Listener::Terminal,
            false => Listener::Pipe,
        };
        Self { listener, step: 0 }
    }

    /// Whether what is said is read, and may be answered.
    pub(super) fn reaches_people(&self) -> bool {
        self.listener != Listener::Program
    }

    /// Says something to people; programs get the steps alone.
    pub(super) fn say(&self, text: &str) -> io::Result<()> {
        if self.reaches_people() { print(&format!("{text}\n")) } else { Ok(()) }
    }

    /// Says something to programs alone.
    pub(super) fn tell_programs(&self, value: &Value) -> io::Result<()> {
        if self.reaches_people() { Ok(()) } else { print(&format!("{value}\n")) }
    }

    /// Takes a step, tells what happened and how long it took, and ends the show where it went wrong.
    pub(super) async fn step<T>(
        &mut self,
        title: &str,
        doing: impl Future<Output = Result<(T, Lines), Surprise>>,
    ) -> Result<T, DemoError> {
        self.step += 1;
        if self.listener == Listener::Terminal {
            print(&format!("{:>2}  \x1b[1m{title}\x1b[0m …", self.step))?;
        }
        let began = Instant::now();
        let done = doing.await;
        let took = began.elapsed();
        match done {
            Ok((value, lines)) => {
                self.tell(title, took, true, &lines)?;
                Ok(value)
            }
            Err(surprise) => {
                self.tell(title, took, false, &surprise.lines())?;
                Err(DemoError::Step(self.step))
            }
        }
    }

    fn tell(&self, title: &str, took: Duration, held: bool, said: &[String]) -> io::Result<()> {
        let number = self.step;
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let gap = " ".repeat(WIDTH.saturating_sub(title.chars().count()).max(1));
        let mark = if held { "" } else { "  not as it should" };
        let lines: String = said.iter().map(|line| self.line(line)).collect();
        print(&match self.listener {
            Listener::Program => format!(
                "{}\n",
                json!({ "step": number, "title": title, "held": held, "milliseconds": millis, "said": said })
            ),
            Listener::Pipe => format!("{number:>2}  {title}{gap}{millis:>6} ms{mark}\n{lines}"),
            Listener::Terminal => {
                let color = if held { GREEN } else { RED };
                format!(
                    "\r\x1b[K{number:>2}  \x1b[1m{title}\x1b[0m{gap}\x1b[{color}m{millis:>6} ms{mark}\x1b[0m\n{lines}"
                )
            }
        })
    }

    /// A line of a step, what was answered dimmer than what was asked.
    fn line(&self, text: &str) -> String {
        match self.listener {
            Listener::Terminal if !text.starts_with("$ ") => format!("      \x1b[2m{text}\x1b[0m\n"),
            _ => format!("      {text}\n"),
        }
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
