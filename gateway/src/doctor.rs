//! `spanner doctor`: what is wrong with a gateway, the Gogs behind it, and what lies between them and the automations; each
//! with its evidence and its mend.
//!
//! One list of [checks](CHECKS), one [report](Report). A check asks one question, and mends nothing. What is not told is found
//! by its effect, or read in Gogs's own `app.ini` where that is at hand; a question that could not be asked is said to be *not
//! checked*, with the reason: silence means that all is well.

mod accounts;
mod admin_token;
mod advisories;
mod answers;
mod app_ini;
mod bodies;
mod case;
mod clock;
mod external_url;
mod gateway;
mod issuers;
mod keys;
mod local_root_url;
mod proxy_header;
mod public_url;
mod reachable;
#[cfg(test)]
mod reference;
mod registration;
mod report;
mod run_mode;
mod secret_files;
mod sign_in_view;
mod store;
mod token_passes;
mod version;
mod vitals;

use futures::future::{BoxFuture, join_all};

pub use self::{
    case::{Case, Given},
    report::{Finding, Report, Severity, Unchecked},
    vitals::{OddAccount, Silence, Vitals},
};

/// One question, and what to do where the answer is bad.
pub struct Check {
    /// Its stable name.
    pub id: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// How bad a bad answer is.
    pub severity: Severity,
    /// What to do then.
    pub mend: &'static str,
    /// How it is answered.
    ask: fn(&Case) -> BoxFuture<'_, Told>,
}

/// What a check comes to: fine, or an [`Ill`].
type Told = Result<(), Ill>;

/// Why a check is not fine.
#[derive(Debug)]
enum Ill {
    /// Something is wrong; each text is evidence.
    Found(Vec<String>),
    /// The question could not be asked.
    Unasked(String),
}

/// Every check, in the order of the report: the Gogs, what lies between, the gateway, its agents.
pub const CHECKS: &[Check] = &[
    reachable::CHECK,
    version::CHECK,
    advisories::CHECK,
    admin_token::CHECK,
    external_url::CHECK,
    registration::CHECK,
    sign_in_view::CHECK,
    proxy_header::CHECK,
    run_mode::CHECK,
    local_root_url::CHECK,
    public_url::PLAIN,
    public_url::CHECK,
    token_passes::CHECK,
    answers::CHECK,
    bodies::LIMITED,
    bodies::KEPT_BACK,
    clock::CHECK,
    gateway::CHECK,
    store::CHECK,
    keys::CHECK,
    secret_files::CHECK,
    accounts::CHECK,
    issuers::CHECK,
];

/// Asks everything, all at once, and reports in the order of the list.
pub async fn examine(case: &Case) -> Report {
    let told = join_all(CHECKS.iter().map(|check| (check.ask)(case))).await;
    let mut report = Report { gogs: case.name(), findings: Vec::new(), unchecked: Vec::new() };
    for (check, told) in CHECKS.iter().zip(told) {
        match told {
            Ok(()) => {}
            Err(Ill::Found(evidence)) => report.findings.extend(evidence.into_iter().map(|text| check.found(text))),
            Err(Ill::Unasked(why)) => report.unchecked.push(Unchecked { check: check.id, why }),
        }
    }
    report
}

impl Check {
    fn found(&self, evidence: String) -> Finding {
        Finding { check: self.id, severity: self.severity, evidence, mend: self.mend }
    }
}

/// Fine if nothing speaks against it.
fn unless(evidence: Vec<String>) -> Told {
    if evidence.is_empty() { Ok(()) } else { Err(Ill::Found(evidence)) }
}

fn found(evidence: impl Into<String>) -> Told {
    Err(Ill::Found(vec![evidence.into()]))
}

fn unasked(why: impl Into<String>) -> Ill {
    Ill::Unasked(why.into())
}
