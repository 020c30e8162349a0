//! A narrower token for one of ours: never wider, never longer.
//!
//! It is the presented token with one block more, as its holder could have appended offline; so whatever revokes the
//! parent kills it too, and every caveat of the parent binds it. Caveats hold together, hence one entry of
//! `authorization_details` and no union; what a caveat cannot say exactly is refused by name, not approximated.

use std::{collections::BTreeSet, str::FromStr};

use gogs_spanner_capability::{
    Action, Actions, Effect, Pattern, Patterns, Reason, Request, Rights,
    token::{
        AttenuateError, Caveat, CheckError, Circumstances, Names, Narrowing, Prefix, TokenText, Verified, attenuate,
        verify,
    },
};

use super::{
    Exchange, Holder, details,
    mint::{Product, broken, whole_second},
    remainder::remainder,
    request::Less,
    revoke::rejected,
};
use crate::{authorize::policy::Policy, refuse::Refusal, request::Arrival};

/// Where in the request an entry's members stand.
const ENTRY: &str = "authorization_details[0]";

/// What a caveat can say: names, or everything below a prefix.
const INEXACT: &str = "a narrower token takes names, or one pattern that ends in /**; paths the latter only";

impl Exchange {
    /// Takes a token of ours as the proof of its holder.
    pub(super) fn holder(&self, policy: &Policy, presented: &str, arrival: &Arrival) -> Result<Holder, Refusal> {
        let token = TokenText::parse(presented).map_err(|error| Refusal::new(Reason::TokenMalformed).truly(error))?;
        let is_revoked = |id: &_| self.revoked.contains(id);
        let verified = verify(&self.keys.public(), &token, &is_revoked).map_err(rejected)?;
        // A proof counts for what it is worth now: an agent that is known today, a token that is in time and made for us.
        let agent = policy.agent(verified.agent()).ok_or_else(|| Refusal::new(Reason::AgentUnknown))?;
        stands(&verified, &self.circumstances(arrival))?;
        Ok(Holder { token, verified, agent })
    }

    /// The holder's token with one block more.
    pub(super) fn narrow(&self, parent: &Holder, less: &Less, arrival: &Arrival) -> Result<Product, Refusal> {
        if less.is_nothing() {
            let why = "say by authorization_details or lifetime what the token is to be narrowed to";
            return Err(Refusal::new(Reason::RequestMalformed).because(why));
        }
        let granted = details::narrow(parent.verified.rights(), &less.details)?;
        let mut narrowing = narrowing(&less.details, &granted)?;
        if let Some(lifetime) = self.asked_lifetime(less)? {
            narrowing = narrowing.expires((whole_second(arrival.at) + lifetime).min(parent.verified.expires()));
        }
        for wanted in narrowing.caveats().map_err(refused)? {
            parent.verified.caveats().try_for_each(|held| is_within(&wanted, held))?;
        }
        let token = attenuate(&parent.token, &narrowing).map_err(refused)?;
        let verified = self.take_in(&token)?;
        stands(&verified, &self.circumstances(arrival))?;
        let is_child = verified.revocation_ids().starts_with(parent.verified.revocation_ids())
            && verified.revocation_ids().len() == parent.verified.revocation_ids().len() + 1
            && verified.expires() <= parent.verified.expires();
        if !is_child {
            return Err(broken("the narrowed token does not descend from the one it was made of"));
        }
        let granted = remainder(&granted, verified.caveats());
        if granted.iter().next().is_none() {
            return Err(Refusal::new(Reason::Narrowed).because("nothing would be left of the token"));
        }
        Ok(Product { token, verified, granted })
    }
}

/// Whether a token is in time and made for us. What its caveats forbid is no fault: they bind every narrower one too.
fn stands(token: &Verified, here: &Circumstances<'_>) -> Result<(), Refusal> {
    match token.check(&Effect::unbound(Action::RepositoryRead), here) {
        Ok(()) | Err(CheckError::Narrowed | CheckError::PathsUnknown) => Ok(()),
        Err(error) => Err(Refusal::new(error.reason()).truly(error)),
    }
}

/// The caveats that say what is asked for.
fn narrowing(details: &[Request], granted: &Rights) -> Result<Narrowing, Refusal> {
    let entry = match details {
        [] => return Ok(Narrowing::new()),
        [entry] => entry,
        _ => return Err(not_granted("", "a narrower token takes one entry; ask for one token with each")),
    };
    let mut narrowing = Narrowing::new().besides(without_ref(granted));
    if let Some(actions) = &entry.actions {
        narrowing = narrowing.actions(actions.iter().copied());
    }
    narrowing = match said(".repositories", entry.repositories.as_ref(), &["**", "*"])? {
        None => narrowing,
        Some(Names::Exact(names)) => narrowing.repositories(names),
        Some(Names::Under(prefix)) => narrowing.repositories_under(prefix.as_str()),
    };
    narrowing = match said(".refs", entry.refs.as_ref(), &["**"])? {
        None => narrowing,
        Some(Names::Exact(names)) => narrowing.refs(names),
        Some(Names::Under(prefix)) => narrowing.refs_under(prefix.as_str()),
    };
    match said(".paths", entry.paths.as_ref(), &["**"])? {
        None => Ok(narrowing),
        Some(Names::Exact(_)) => Err(not_granted(".paths", INEXACT)),
        Some(Names::Under(prefix)) => Ok(narrowing.paths_under(prefix.as_str())),
    }
}

/// The granted actions that a limit on refs or paths does not concern. Reading contents is not among them: a clone reads
/// every ref, as in a right that names refs.
fn without_ref(granted: &Rights) -> Actions {
    let listed = granted.iter().flat_map(|right| &right.actions).copied();
    let unlimited = listed.filter(|action| !action.takes_ref() && *action != Action::ContentsRead);
    unlimited.chain([Action::RepositoryRead]).collect()
}

/// What a member says, where it is names or one pattern that is everything below a prefix; `None` where it is anything.
fn said<P>(member: &str, patterns: Option<&Patterns<P>>, everything: &[&str]) -> Result<Option<Names<P::Name>>, Refusal>
where
    P: Pattern<Name: FromStr + AsRef<str> + Ord>,
{
    let Some(patterns) = patterns.filter(|patterns| !patterns.is_any()) else { return Ok(None) };
    let texts: Vec<_> = patterns.iter().map(P::to_string).collect();
    if let Ok(names) = texts.iter().map(|text| text.parse()).collect::<Result<BTreeSet<_>, _>>() {
        return Ok(Some(Names::Exact(names)));
    }
    let prefix = match &*texts {
        [one] => everything.iter().find_map(|tail| Prefix::parse(one.strip_suffix(tail)?).ok()),
        _ => None,
    };
    prefix.map(|prefix| Some(Names::Under(prefix))).ok_or_else(|| not_granted(member, INEXACT))
}

/// Whether what is asked for lies within what the token was narrowed to before.
fn is_within(wanted: &Caveat, held: &Caveat) -> Result<(), Refusal> {
    let (member, holds) = match (wanted, held) {
        (Caveat::Actions(wanted), Caveat::Actions(held)) => (".actions", wanted.is_subset(held)),
        (Caveat::Repositories(wanted), Caveat::Repositories(held)) => (".repositories", are_within(wanted, held)),
        (Caveat::Refs { refs: wanted, .. }, Caveat::Refs { refs: held, .. }) => (".refs", are_within(wanted, held)),
        (Caveat::Paths { prefix: wanted, .. }, Caveat::Paths { prefix: held, .. }) => {
            (".paths", wanted.as_str().starts_with(held.as_str()))
        }
        _ => return Ok(()),
    };
    if holds { Ok(()) } else { Err(not_granted(member, "the token was narrowed to less")) }
}

fn are_within<N: FromStr + AsRef<str> + Ord>(wanted: &Names<N>, held: &Names<N>) -> bool {
    match (wanted, held) {
        (Names::Exact(names), held) => names.iter().all(|name| held.holds(name)),
        (Names::Under(wanted), Names::Under(held)) => wanted.as_str().starts_with(held.as_str()),
        (Names::Under(_), Names::Exact(_)) => false,
    }
}

fn not_granted(member: &str, why: &str) -> Refusal {
    Refusal::new(Reason::DetailsNotGranted).because(format!("{ENTRY}{member}: {why}"))
}

fn refused(error: AttenuateError) -> Refusal {
    match error {
        AttenuateError::Empty | AttenuateError::Prefix(_) | AttenuateError::Delegate(_) => {
            Refusal::new(Reason::RequestMalformed).because(error.to_string())
        }
        AttenuateError::Sealed | AttenuateError::TooDeep => Refusal::new(Reason::Narrowed).because(error.to_string()),
        AttenuateError::TooLarge => Refusal::new(Reason::TokenTooLarge),
        AttenuateError::Token(_) | AttenuateError::Broken => broken(error.to_string()),
    }
}
