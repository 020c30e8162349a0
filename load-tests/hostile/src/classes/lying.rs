//! A forge that is not what it should be: a refusal of the gateway's own, the answer framed anew, or an answer nobody can
//! take for whole.

use gogs_spanner_testkit::noise;

use crate::{
    case::{Case, Expected, Message, case, forwards, get, post, refused},
    upstream::{After, LIES, Lie, Outcome},
};

const RECEIVE: &str = "/acme/handbook.git/git-receive-pack";
/// An answer that passes as it is: of a repository or a list, one that is not what it should be would be refused.
const LABELS: &str = "/api/v1/repos/acme/handbook/labels";

pub(super) fn cases() -> Vec<Case> {
    let lies = (0..).zip(LIES).map(|(number, lie)| Case { lie: Some(number), ..told(lie) });
    // Whatever the lies left on the connections: the next caller gets its own answer.
    lies.chain([case("the next answer", get(LABELS), read().never("stolen"))]).collect()
}

fn told(lie: &Lie) -> Case {
    let expected = match lie.outcome {
        Outcome::Gone => read().with(503).naming("upstream-unavailable"),
        Outcome::Garbled => read().with(502).naming("answer-refused"),
        Outcome::Passed(status) => read().with(status),
        Outcome::Cut => read().cut(),
    };
    if lie.after == After::Head {
        return case(lie.name, large_push(), early(lie.outcome));
    }
    case(lie.name, get(LABELS), expected.never("stolen").never("other.example"))
}

/// More than fits between gateway and forge, so that it cannot all have been sent by then.
fn large_push() -> Message {
    let command = format!("{} {} refs/heads/agents/early\0 report-status", "0".repeat(40), "1".repeat(40));
    let list = format!("{:04x}{command}0000PACK", command.len() + 4);
    post(RECEIVE, "application/x-git-receive-pack-request", [list.as_bytes(), &noise(16 << 20)].concat())
}

/// The early answer, or a refusal where the forge was gone before it could be heard.
fn early(outcome: Outcome) -> Expected {
    let Outcome::Passed(status) = outcome else { return refused() };
    forwards(&format!("POST {RECEIVE}")).in_part().with_any(&[status, 502, 503]).or_silence()
}

fn read() -> Expected {
    forwards(&format!("GET {LABELS}"))
}
