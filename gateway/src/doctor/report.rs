//! What was found, for people and for programs.

use std::fmt;

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work, or a door is open that should be shut.
    Wrong,
    /// It works, and could be better.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check that found it.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was seen.
    pub evidence: String,
    /// What to do.
    pub mend: &'static str,
}

/// One question that could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unchecked {
    /// The check.
    pub check: &'static str,
    /// Why it was not asked.
    pub why: String,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Which Gogs this is about, and where the gateway stands.
    pub gogs: String,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What was not checked.
    pub unchecked: Vec<Unchecked>,
}

impl Report {
    /// Whether nothing was found.
    pub fn is_fine(&self) -> bool {
        self.findings.is_empty()
    }
}

impl Severity {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_fine() {
            f.write_str("fine")?;
        } else {
            f.write_str(&self.gogs)?;
        }
        for Finding { check, severity, evidence, mend } in &self.findings {
            write!(f, "\n\n{:<8} {check}: {evidence}\n  mend:  {mend}", severity.word())?;
        }
        if !self.unchecked.is_empty() {
            f.write_str("\n\nnot checked:")?;
        }
        for Unchecked { check, why } in &self.unchecked {
            write!(f, "\n  {check}: {why}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_is_wrong_and_nothing_else() {
        let gogs = "Gogs 0.14.3 at http://127.0.0.1:3000/, beside".to_owned();
        let mut report = Report { gogs, findings: Vec::new(), unchecked: Vec::new() };
        assert_eq!(report.to_string(), "fine");
        report.unchecked.push(Unchecked { check: "local-root-url", why: "nobody said".to_owned() });
        assert_eq!(report.to_string(), "fine\n\nnot checked:\n  local-root-url: nobody said");
        let evidence = "the answer bears 10:00:00".to_owned();
        report.findings.push(Finding { check: "clock", severity: Severity::Wrong, evidence, mend: "set it" });
        assert_eq!(
            report.to_string(),
            "Gogs 0.14.3 at http://127.0.0.1:3000/, beside\n\nwrong    clock: the answer bears 10:00:00\n  mend:  set it\n\n\
             not checked:\n  local-root-url: nobody said"
        );
    }
}
