//! Do the clocks agree?

use http::header;
use jiff::Timestamp;

use super::{Case, Check, Severity, Told, unasked, unless};
use crate::{exchange::LEEWAY, upstream::survey};

pub(super) const CHECK: Check = Check {
    id: "clock",
    asks: "Does this machine's clock agree with those of Gogs and of the issuers? Proofs are taken within half a minute.",
    severity: Severity::Wrong,
    mend: "let both machines follow a time server (`timedatectl set-ntp true`)",
    ask: |case| Box::pin(ask(case)),
};

async fn ask(case: &Case) -> Told {
    let mut dates = Vec::new();
    if let Ok(survey) = case.survey() {
        dates.extend(survey.date.map(|date| ("Gogs".to_owned(), date, case.opened)));
    }
    for issuer in &case.config.issuers {
        let answer = case.client.get(issuer.url.as_str()).send().await;
        let date = answer.ok().filter(|answer| answer.headers().contains_key(header::DATE));
        let date = date.and_then(|answer| survey::date(&answer));
        dates.extend(date.map(|date| (format!("issuer `{}`", *issuer.name), date, case.clock.now())));
    }
    if dates.is_empty() {
        return Err(unasked("nobody who was asked told the time"));
    }
    unless(dates.iter().filter_map(|(whose, date, now)| evidence(whose, *date, *now)).collect())
}

fn evidence(whose: &str, date: Timestamp, now: Timestamp) -> Option<String> {
    let apart = now.duration_since(date);
    let which = if apart.is_positive() { "behind" } else { "ahead of" };
    (apart.abs() > LEEWAY)
        .then(|| format!("the clock of {whose} is {} s {which} this machine's", apart.abs().as_secs()))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn clocks_may_differ_by_the_leeway_of_a_proof() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(evidence("Gogs", now + LEEWAY, now), None);
        let ahead = evidence("Gogs", now + LEEWAY + SignedDuration::from_secs(1), now).expect("too far");
        assert_eq!(ahead, "the clock of Gogs is 31 s ahead of this machine's");
        let behind = evidence("Gogs", now - SignedDuration::from_hours(1), now).expect("too far");
        assert_eq!(behind, "the clock of Gogs is 3600 s behind this machine's");
    }
}
