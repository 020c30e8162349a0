//! Playing classes of cases, and accounting for everything that arrived at the forge.

use std::{collections::BTreeMap, io, time::Duration};

use tokio::time::sleep;

use crate::{
    case::Case,
    classes::Class,
    judge,
    report::{Broken, ClassReport, Report},
    stage::Scene,
    talk::{self, Answer},
    trace::Run,
    upstream::Recorded,
    words::Tokens,
};

mod account;
mod tickets;

use self::account::account;

/// How often it is looked whether what must arrive has arrived; it may end after its answer.
const LOOKS: u32 = 100;
/// Between two looks.
const PACE: Duration = Duration::from_millis(20);

/// Plays these classes, and accounts for what arrived.
///
/// # Errors
/// The gateway, the upstream's log or the journal cannot be reached at all.
pub async fn run(scene: &Scene, classes: &[Class]) -> io::Result<Report> {
    let run = Run::new();
    let mut numbers = 0_u16..;
    let mut reports = Vec::new();
    let (mut cases, mut tokens) = (BTreeMap::new(), scene.tokens.clone());
    if classes.contains(&Class::Lfs) {
        tokens = tickets::get(scene, run).await?;
        cases.insert(tickets::NUMBER, tickets::expected());
    }
    for class in classes {
        let numbered: Vec<(u16, Case)> = numbers.by_ref().zip(class.cases()).collect();
        reports.push(play(scene, &tokens, run, *class, &numbered).await?);
        cases.extend(numbered.into_iter().map(|(number, case)| (number, case.expected)));
    }
    let arrived = scene.records.arrived()?;
    let accounts = account(run, &cases, &arrived, &scene.journal.forwarded().await?);
    Ok(Report { classes: reports, accounts })
}

async fn play(
    scene: &Scene,
    tokens: &Tokens,
    run: Run,
    class: Class,
    cases: &[(u16, Case)],
) -> io::Result<ClassReport> {
    let one = |number: u16, case| one(scene, tokens, run, number, case);
    let answers: Vec<Answer> = if class.is_played_at_once() {
        futures::future::try_join_all(cases.iter().map(|(number, case)| one(*number, case))).await?
    } else {
        let mut answers = Vec::with_capacity(cases.len());
        for (number, case) in cases {
            answers.push(one(*number, case).await?);
        }
        answers
    };
    let mut report = ClassReport { class: class.to_string(), held: 0, broken: Vec::new() };
    for ((number, case), answer) in cases.iter().zip(answers) {
        let arrived = settled(scene, run, *number, case.expected.forwarded.len()).await?;
        match judge::judge(case, &answer, &arrived).and_then(|()| keeps_secrets(scene, &answer)) {
            Ok(()) => report.held += 1,
            Err(why) => report.broken.push(Broken { case: case.name.clone(), why }),
        }
    }
    Ok(report)
}

async fn one(scene: &Scene, tokens: &Tokens, run: Run, number: u16, case: &Case) -> io::Result<Answer> {
    talk::play(scene.gateway, case, &tokens.words(run, number, case.lie)).await
}

/// What arrived of a case, once as much of it is there as there should be.
async fn settled(scene: &Scene, run: Run, number: u16, expected: usize) -> io::Result<Vec<Recorded>> {
    for look in 0.. {
        let all = scene.records.arrived()?.into_iter();
        let its: Vec<_> = all.filter(|recorded| case_of(run, recorded) == Some(number)).collect();
        if its.len() >= expected || look == LOOKS {
            return Ok(its);
        }
        sleep(PACE).await;
    }
    Ok(Vec::new())
}

fn case_of(run: Run, recorded: &Recorded) -> Option<u16> {
    run.case(recorded.trace.as_deref()?)
}

/// No answer holds a credential of the forge.
fn keeps_secrets(scene: &Scene, answer: &Answer) -> Result<(), String> {
    let shown = scene.records.secrets().iter().any(|secret| answer.text.contains(secret.as_str()));
    if shown { Err("the answer holds a credential of the forge".to_owned()) } else { Ok(()) }
}
