//! Requests upstream = requests journaled as forwarded = requests that cases expect to be forwarded.

use std::collections::BTreeMap;

use crate::{case::Expected, journal::Line, report::Accounts, trace::Run, upstream::Recorded};

/// What the gateway calls itself where it asks on its own behalf, and not for a caller.
const BY_ITSELF: &str = "(itself)";

/// Accounts for everything that arrived in a run.
pub(super) fn account(
    run: Run,
    cases: &BTreeMap<u16, Expected>,
    arrived: &[Recorded],
    journal: &BTreeMap<String, Vec<Line>>,
) -> Accounts {
    let is_ours = |trace: &str| run.case(trace).is_some();
    let (ours, others): (Vec<_>, Vec<_>) =
        arrived.iter().partition(|recorded| recorded.trace.as_deref().is_some_and(is_ours));
    let mut by_trace = BTreeMap::<&str, Vec<&Recorded>>::new();
    for recorded in &ours {
        by_trace.entry(recorded.trace.as_deref().unwrap_or_default()).or_default().push(recorded);
    }
    let journal: BTreeMap<_, _> = journal.iter().filter(|(trace, _)| is_ours(trace)).collect();
    let expects =
        |trace: &str| run.case(trace).and_then(|number| cases.get(&number)).map_or(0, |case| case.forwarded.len());

    let mut wrong: Vec<String> = others.into_iter().filter_map(stray).collect();
    wrong.extend(arrived.iter().filter_map(untaken));
    for (trace, recorded) in &by_trace {
        let lines = journal.get(&(*trace).to_owned()).map_or(&[][..], |lines| lines.as_slice());
        wrong.extend(disagreement(recorded, lines));
        if expects(trace) == 0 {
            wrong.push(format!("{} arrived after all", recorded[0].line));
        }
    }
    wrong.extend(journal.iter().filter(|(trace, _)| !by_trace.contains_key(trace.as_str())).filter_map(missing));
    let journaled = journal.values().flat_map(|lines| lines.iter()).filter(|line| line.is_certain()).count();
    Accounts { arrived: ours.len(), journaled, wrong }
}

/// What arrived for nobody, unless it was the gateway's own preparation.
fn stray(recorded: &Recorded) -> Option<String> {
    let belongs = is_preparation(recorded);
    (!belongs).then(|| format!("{} arrived, and belongs to nobody: {}", recorded.line, recorded.head))
}

/// What arrived in a form the upstream would not take.
fn untaken(recorded: &Recorded) -> Option<String> {
    let why = recorded.ambiguous.as_ref()?;
    Some(format!("{} was not taken: {why}", recorded.line))
}

/// What arrived once and was journaled otherwise.
fn disagreement(recorded: &[&Recorded], lines: &[Line]) -> Option<String> {
    let (line, times, journaled) = (&recorded[0].line, recorded.len(), lines.len());
    if times != journaled {
        return Some(format!("{line} arrived {times} times and was journaled {journaled} times"));
    }
    let other = lines.iter().find(|line| !recorded[0].is_about(&line.repository))?;
    Some(format!("{line} arrived and was journaled as being about {}", other.repository))
}

/// What was journaled with what came of it, and never arrived.
fn missing((trace, lines): (&&String, &&Vec<Line>)) -> Option<String> {
    let line = lines.iter().find(|line| line.is_certain())?;
    let (repository, result) = (&line.repository, line.result.as_deref().unwrap_or_default());
    Some(format!("a request about {repository} never arrived and was journaled with {result:?}: {trace}"))
}

/// Accounts, their tokens and collaborators, and what the gateway asks on its own behalf. None of it carries a trace.
fn is_preparation(recorded: &Recorded) -> bool {
    let of_tokens = recorded.line.contains(" /api/v1/users/") && recorded.line.ends_with("/tokens");
    recorded.trace.is_none() && (recorded.by_admin || of_tokens || recorded.head.contains(BY_ITSELF))
}

impl Recorded {
    /// Whether its target is in this repository; a call of no repository is journaled with `-`.
    fn is_about(&self, repository: &str) -> bool {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let path = path.strip_prefix("/api/v1/repos/").or_else(|| path.strip_prefix('/')).unwrap_or(path);
        repository == "-" || path.replace(".git/", "/").split('/').take(2).collect::<Vec<_>>().join("/") == repository
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::forwards;

    fn recorded(trace: Option<String>, line: &str) -> Recorded {
        Recorded {
            trace,
            line: line.to_owned(),
            head: String::new(),
            by_admin: false,
            body_length: 0,
            body_sha256: String::new(),
            complete: true,
            ambiguous: None,
        }
    }

    fn journaled(traces: &[&str], repository: &str) -> BTreeMap<String, Vec<Line>> {
        let line = || Line {
            trace_id: None,
            request_id: String::new(),
            repository: repository.to_owned(),
            result: None,
            outcome: "permit".to_owned(),
        };
        traces.iter().map(|trace| ((*trace).to_owned(), vec![line()])).collect()
    }

    const LINE: &str = "GET /acme/handbook.git/info/refs?service=git-upload-pack";

    #[test]
    fn what_arrived_and_what_was_journaled_are_the_same() {
        let run = Run::new();
        let (trace, cases) = (run.trace(0, 0, None), BTreeMap::from([(0, forwards(LINE))]));
        let arrived = [recorded(Some(trace.clone()), LINE)];
        let wrong =
            |arrived: &[Recorded], journal: &BTreeMap<String, Vec<Line>>| account(run, &cases, arrived, journal).wrong;
        assert!(wrong(&arrived, &journaled(&[&trace], "acme/handbook")).is_empty());
        assert_eq!(wrong(&arrived, &journaled(&[], "acme/handbook")).len(), 1, "forwarded without a record");
        assert_eq!(wrong(&[], &journaled(&[&trace], "acme/handbook")).len(), 1, "recorded and never forwarded");
        assert_eq!(wrong(&arrived, &journaled(&[&trace], "acme/secret")).len(), 1, "recorded as something else");
        let stranger = [arrived[0].clone(), recorded(None, LINE)];
        assert_eq!(wrong(&stranger, &journaled(&[&trace], "acme/handbook")).len(), 1, "nobody's request");
        let late = [arrived[0].clone(), recorded(Some(run.trace(7, 1, None)), LINE)];
        let both = journaled(&[&trace, &run.trace(7, 1, None)], "acme/handbook");
        assert_eq!(wrong(&late, &both).len(), 1, "a request no case expects");
    }
}
