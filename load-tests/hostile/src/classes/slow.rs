//! Later than anybody waits: whoever is slow or half gone holds nothing for long. The cases are played at once.

use std::time::Duration;

use super::{ISSUE, ISSUES, REPOSITORY};
use crate::case::{Case, Expected, Step, ask, case, forwards, get, refused, script};

const RECEIVE: &str = "/acme/handbook.git/git-receive-pack";
/// The longest of the gateway's own waits that are tried here, and a little for a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two bytes of a caller that is slow and never silent.
const PACE: Duration = Duration::from_millis(250);
/// Longer than any of the cases is played.
const FOR_EVER: Duration = Duration::from_mins(1);

pub(super) fn cases() -> Vec<Case> {
    [heads(), bodies()].concat()
}

fn given_up_on() -> Expected {
    refused().within(PATIENCE)
}

fn heads() -> Vec<Case> {
    let head: Vec<u8> = get(REPOSITORY).into();
    let half = head[..head.len() / 2].to_vec();
    let kept = get(REPOSITORY).kept_alive();
    vec![
        script("a connection on which nothing is said", vec![Step::Pause(FOR_EVER)], given_up_on()),
        script("half a head", vec![Step::Send(half.clone()), Step::Pause(FOR_EVER)], given_up_on()),
        script("half a head, and no more to come", vec![Step::Send(half), Step::HalfClose], refused()),
        script("a head of one byte after the other", vec![Step::Trickle(head, PACE)], given_up_on()),
        case("a connection kept after its answer", kept, forwards(&format!("GET {REPOSITORY}")).within(PATIENCE)),
        script(
            "a caller that only listens",
            vec![Step::Send(get(REPOSITORY).into()), Step::HalfClose],
            forwards(&format!("GET {REPOSITORY}")).or_refused(),
        ),
    ]
}

fn bodies() -> Vec<Case> {
    let to = |target: &str, kind: &str| {
        ask(&format!("POST {target}")).with(&format!("Content-Type: {kind}")).with("Content-Length: 100000").head()
    };
    let issue = || to(ISSUES, "application/json");
    let push = || to(RECEIVE, "application/x-git-receive-pack-request");
    let packet = |payload: &str| format!("{:04x}{payload}", payload.len() + 4);
    let forbidden =
        packet(&format!("{} {} refs/heads/master\0 report-status", "0".repeat(40), "1".repeat(40))) + "0000PACK";
    let form = to("/-/spanner/oauth/token", "application/x-www-form-urlencoded");
    let trickle = || Step::Trickle(vec![b' '; 1000], PACE);
    let silent = |head: Vec<u8>| vec![Step::Send(head), Step::Pause(FOR_EVER)];
    vec![
        script("a body that never begins", silent(issue()), given_up_on()),
        script("a body of one byte after the other", vec![Step::Send(issue()), trickle()], given_up_on()),
        script("a command list that never begins", silent(push()), refused().with(200).within(PATIENCE)),
        script(
            "a refused push that is slow to end",
            vec![Step::Send([push(), forbidden.into_bytes()].concat()), trickle()],
            refused().with(200).naming("not-granted").within(PATIENCE),
        ),
        script("a form that never begins", silent(form), given_up_on()),
        script(
            "a body that is slow, and comes to its end",
            vec![
                Step::Send(
                    ask(&format!("POST {ISSUES}"))
                        .with("Content-Type: application/json")
                        .with("Content-Length: 13")
                        .head(),
                ),
                Step::Trickle(ISSUE.into(), PACE),
            ],
            forwards(&format!("POST {ISSUES}")).carrying(ISSUE.as_bytes()).within(PATIENCE),
        ),
    ]
}
