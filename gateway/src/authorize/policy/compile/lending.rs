//! `[people]`, groups and `lend_to`.

use std::{collections::BTreeSet, sync::Arc};

use gogs_spanner_capability::Rights;

use super::{
    super::{Lending, Members, PeoplePolicy},
    Misfit, Names,
    proofs::SAY_NOT_WHO,
};
use crate::config::{Agent, Config, Group, group::WrittenMembers};

/// Groups that lend to one agent: a bit of a word for each.
const LENDERS: usize = 32;

/// Claims that people write themselves at many providers, unverified and changed at will, so that anybody is in a group of
/// them: the standard ones except `sub` (OpenID Connect Core §5.1, §5.7), and what some call a user's name.
const SELF_ASSERTED: &[&str] = &[
    "address",
    "birthdate",
    "displayName",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "login",
    "mail",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "unique_name",
    "updated_at",
    "upn",
    "user_name",
    "username",
    "website",
    "zoneinfo",
];

/// Claims of how somebody signed in and at which client, that everybody who did has alike (OpenID Connect Core §2,
/// OpenID Connect Front-Channel Logout §3, and `typ` of Keycloak). Of a machine they may say who it is, by `azp`; of people not.
const OF_EVERYBODY: &[&str] = &["acr", "amr", "auth_time", "azp", "nonce", "sid", "typ"];

impl Names<'_> {
    /// What is asked of people.
    pub(super) fn people(&self, config: &Config) -> Result<PeoplePolicy, Misfit> {
        let groups =
            config.groups.iter().map(|group| self.check_group(group, config)).collect::<Result<Vec<_>, _>>()?;
        let claims = groups.iter().filter_map(|members| match members {
            Members::Claiming { claim, .. } => Some(claim.clone()),
            Members::Named { .. } => None,
        });
        Ok(PeoplePolicy { claims: claims.collect(), groups, issuer: self.issuer_of_people(config)? })
    }

    fn issuer_of_people(&self, config: &Config) -> Result<Option<String>, Misfit> {
        let Some(people) = &config.people else { return Ok(None) };
        let issuer = self.issuers.get(people.issuer.as_str()).ok_or_else(|| {
            Misfit::new(people.issuer.span(), "there is no issuer of this name", "write the `name` of an `[[issuer]]`")
        })?;
        if !config.listen.public_url.is_private() {
            let what = "people would sign in over plain HTTP, which everybody on the way can read and change";
            let mend = "give `public_url` an https name: plain http is for a loopback address alone";
            return Err(Misfit::new(people.issuer.span(), what, mend));
        }
        if people.client.id.is_empty() {
            return Err(Misfit::new(
                people.client.id.span(),
                "the client has no id",
                "write the one the issuer gave it",
            ));
        }
        if issuer.audience(&config.listen.public_url) == people.client.id.as_str() {
            let what =
                "what people sign in with would be taken as proof of an agent: the issuer's `audience` is this client";
            let mend = "give agents an `audience` of their own, and people a client of their own";
            return Err(Misfit::new(people.client.id.span(), what, mend));
        }
        Ok(Some(issuer.url.as_str().to_owned()))
    }

    fn check_group(&self, group: &Group, config: &Config) -> Result<Members, Misfit> {
        if config.people.is_none() {
            let mend = "write `[people]`: where people sign in";
            return Err(Misfit::new(group.name.span(), "nobody can ever be in this group", mend));
        }
        if let Some(lends) = &group.lends
            && self.union(lends)?.iter().next().is_none()
        {
            let mend = "list what it lends; without the key the agent's own grants are the bound";
            return Err(Misfit::new(group.name.span(), "this group lends nothing", mend));
        }
        members(group)
    }

    /// The groups that may lend to an agent.
    pub(super) fn lenders(&self, agent: &Agent, rights: &Rights) -> Result<Vec<Lending>, Misfit> {
        let mut lenders = Vec::<Lending>::with_capacity(agent.lend_to.len());
        for name in &agent.lend_to {
            let group = self.groups.get(name.as_str()).ok_or_else(|| {
                Misfit::new(name.span(), "there is no group of this name", "write the `name` of a `[[group]]`")
            })?;
            if lenders.iter().any(|known| known.group == name.as_str()) || lenders.len() == LENDERS {
                let what = format!("this group is named already, or is one of more than {LENDERS}");
                return Err(Misfit::new(name.span(), what, "name each group once, and few"));
            }
            let rights = match &group.lends {
                None => rights.clone(),
                Some(lends) => rights.meet(&self.union(lends)?),
            };
            if rights.iter().next().is_none() {
                let what =
                    "this group could lend nothing to this agent: no right of the one lies in a right of the other";
                let mend = "let what the group `lends` hold some of the agent's `grants`, or lie in them";
                return Err(Misfit::new(name.span(), what, mend));
            }
            lenders.push(Lending { group: group.name.to_string(), members: members(group)?, rights: Arc::new(rights) });
        }
        Ok(lenders)
    }
}

fn members(group: &Group) -> Result<Members, Misfit> {
    let misfit = |what: &str, mend: &str| Err(Misfit::new(group.members.span(), what, mend));
    match group.members.written() {
        WrittenMembers::Named(named)
            if named.is_empty() || named.iter().any(|name| name.trim() != name || name.is_empty()) =>
        {
            misfit(
                "this group has no members, or one without a name",
                "list e-mail addresses, or subjects at the issuer",
            )
        }
        WrittenMembers::Named(named) => {
            let (addresses, subjects): (Vec<_>, Vec<_>) = named.iter().partition(|name| name.contains('@'));
            Ok(Members::Named {
                addresses: addresses.into_iter().map(|address| address.to_ascii_lowercase()).collect(),
                subjects: subjects.into_iter().cloned().collect(),
            })
        }
        WrittenMembers::Claiming { claim, .. } if SELF_ASSERTED.contains(&claim.as_str()) => misfit(
            "people write this claim themselves at many providers, and nobody verifies it",
            "list verified e-mail addresses, or name the claim in which the issuer lists groups, `groups`",
        ),
        WrittenMembers::Claiming { claim, .. } if !says_who(claim) => misfit(
            "this claim does not tell who somebody is",
            "name the claim in which the issuer lists groups, `groups`",
        ),
        WrittenMembers::Claiming { any, .. }
            if any.is_empty() || any.iter().any(|value| value.is_empty() || value.contains('*')) =>
        {
            misfit(
                "the values for the claim are not a list of whole values",
                "list each value; there is no `*` in a list",
            )
        }
        WrittenMembers::Claiming { claim, any } => {
            Ok(Members::Claiming { claim: claim.clone(), any: any.iter().cloned().collect::<BTreeSet<_>>() })
        }
    }
}

fn says_who(claim: &str) -> bool {
    !claim.is_empty() && ![SAY_NOT_WHO, OF_EVERYBODY].iter().any(|claims| claims.contains(&claim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_everybody_has_alike_or_may_write_makes_no_group() {
        for claim in ["", "iss", "azp", "nonce", "auth_time", "acr", "amr", "sid", "typ"] {
            assert!(!says_who(claim), "{claim}");
        }
        assert!(["mail", "displayName", "email", "upn"].iter().all(|claim| SELF_ASSERTED.contains(claim)));
        assert!(["groups", "roles", "sub", "department"].iter().all(|claim| says_who(claim)));
    }
}
