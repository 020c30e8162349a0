//! Questions at a terminal: on standard error, so that standard output holds the answer alone.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::{
    cli::{Failure, spelled},
    config::spelling::Spelling,
};

/// Asks, where somebody is there to answer.
pub(super) struct Asker {
    is_agreed: bool,
    is_answered: bool,
}

impl Asker {
    pub(super) fn new(is_agreed: bool) -> Self {
        Self { is_agreed, is_answered: !is_agreed && io::stdin().is_terminal() && io::stderr().is_terminal() }
    }

    /// What was given, or what is answered; asked until it is well written.
    pub(super) fn need<T: Spelling>(
        &self,
        given: Option<T>,
        option: &str,
        question: &str,
        example: &str,
    ) -> Result<T, Failure> {
        if let Some(given) = given {
            return Ok(given);
        }
        if !self.is_answered {
            let what = format!("{option} is missing, and nobody is asked");
            return Err(Failure::usage(what, format!("say it: {option} {example}")));
        }
        loop {
            match spelled(&line(format!("{question} ({example}) "))?) {
                Ok(answer) => return Ok(answer),
                Err(shape) => say(format!("{shape}\n"))?,
            }
        }
    }

    /// A secret, which is not shown while it is typed; none if nobody is there to type it.
    pub(super) fn secret(&self, question: &str) -> Result<Option<SecretString>, Failure> {
        if !self.is_answered {
            return Ok(None);
        }
        let typed = Zeroizing::new(rpassword::prompt_password(format!("{question} ")).map_err(unheard)?);
        Ok(Some(SecretString::from(typed.trim())))
    }

    /// Goes on only if what will be done is agreed to.
    pub(super) fn agree(&self, intention: &str) -> Result<(), Failure> {
        if self.is_agreed {
            return Ok(());
        }
        if !self.is_answered {
            return Err(Failure::usage("nobody is at the terminal to agree, so nothing was written", "say --yes"));
        }
        let answer = line(format!("{intention}\nWrite them? Type yes. "))?;
        if answer.eq_ignore_ascii_case("yes") || answer.eq_ignore_ascii_case("y") {
            return Ok(());
        }
        Err(Failure::failed("not agreed to, so nothing was written", "run it again, and answer yes"))
    }
}

fn line(question: String) -> Result<String, Failure> {
    say(question)?;
    let line = io::stdin().lines().next().ok_or_else(|| unheard(io::ErrorKind::UnexpectedEof.into()))?;
    Ok(line.map_err(unheard)?.trim().to_owned())
}

fn say(text: impl Display) -> Result<(), Failure> {
    let mut terminal = io::stderr().lock();
    write!(terminal, "{text}").and_then(|()| terminal.flush()).map_err(unheard)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
fn unheard(error: io::Error) -> Failure {
    Failure::failed(format!("the terminal gives no answer ({})", error.kind()), "say it all as options, with --yes")
}
