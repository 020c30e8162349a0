//! What held and what did not: class by class for people, one JSON object a line for programs.

use std::fmt;

use serde::Serialize;

/// A whole run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Class by class.
    pub classes: Vec<ClassReport>,
    /// What arrived at the forge, against the journal.
    pub accounts: Accounts,
}

/// One class.
#[derive(Debug, Serialize)]
pub struct ClassReport {
    /// Its name.
    pub class: String,
    /// Cases that held.
    pub held: usize,
    /// Cases that did not.
    pub broken: Vec<Broken>,
}

/// A case that did not hold.
#[derive(Debug, Serialize)]
pub struct Broken {
    /// Its name.
    pub case: String,
    /// What was otherwise than it must be.
    pub why: String,
}

/// What arrived at the forge, against the journal.
#[derive(Debug, Serialize)]
pub struct Accounts {
    /// Requests that arrived for a caller.
    pub arrived: usize,
    /// Requests the journal says were permitted, with what came of them.
    pub journaled: usize,
    /// What does not agree.
    pub wrong: Vec<String>,
}

impl Report {
    /// Whether everything held.
    pub fn holds(&self) -> bool {
        self.accounts.wrong.is_empty() && self.classes.iter().all(|class| class.broken.is_empty())
    }

    /// One JSON object for each class, and one for the accounts.
    ///
    /// # Panics
    /// Never: names and numbers make JSON.
    pub fn json(&self) -> Vec<String> {
        let text = |value: serde_json::Result<String>| value.expect("names and numbers make JSON");
        let classes = self.classes.iter().map(|class| text(serde_json::to_string(class)));
        classes.chain([text(serde_json::to_string(&self.accounts))]).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut held, mut broken) = (0, self.accounts.wrong.len());
        for class in &self.classes {
            writeln!(f, "{:<9} {:>4} held, {} broken", class.class, class.held, class.broken.len())?;
            for Broken { case, why } in &class.broken {
                writeln!(f, "          {case}\n              {why}")?;
            }
            held += class.held;
            broken += class.broken.len();
        }
        let Accounts { arrived, journaled, wrong } = &self.accounts;
        writeln!(
            f,
            "{:<9} {arrived} requests arrived, {journaled} journaled as permitted, {} wrong",
            "journal",
            wrong.len()
        )?;
        wrong.iter().try_for_each(|what| writeln!(f, "          {what}"))?;
        write!(f, "{:<9} {held:>4} held, {broken} broken", "all")
    }
}
