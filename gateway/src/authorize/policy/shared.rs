//! Issuers that sign for the whole world. What a rule of such an issuer must pin is the tenant, by something nobody
//! can take over: names of organizations and repositories are renamed, freed and registered again by strangers.

use url::Url;

/// Hosts, whom they belong to, and the claims that pin a tenant there for ever.
const SHARED: &[(&[&str], &str, &[&str])] = &[
    (
        &["token.actions.githubusercontent.com"],
        "GitHub",
        // https://docs.github.com/en/actions/reference/security/oidc
        &["repository_id", "repository_owner_id", "enterprise_id"],
    ),
    // https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
    (&["gitlab.com"], "GitLab.com", &["project_id", "namespace_id"]),
    // https://developers.google.com/identity/openid-connect/openid-connect: `sub` is unique and never reused
    (&["accounts.google.com"], "Google", &["sub"]),
    // https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference
    (
        &[
            "login.microsoftonline.com",
            "login.microsoftonline.us",
            "login.partner.microsoftonline.cn",
            "sts.windows.net",
        ],
        "Entra",
        &["tid", "oid"],
    ),
];

/// A shared issuer.
pub(super) struct Shared {
    pub(super) owner: &'static str,
    pub(super) tenant_claims: &'static [&'static str],
}

/// Whether everybody can have this issuer sign something.
pub(super) fn shared(issuer: &Url) -> Option<Shared> {
    let host = issuer.host_str()?.trim_end_matches('.');
    let (_, owner, tenant_claims) = SHARED.iter().find(|(hosts, ..)| hosts.contains(&host))?;
    Some(Shared { owner, tenant_claims })
}
