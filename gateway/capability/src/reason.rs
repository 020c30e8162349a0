//! The one table of reasons. Problem documents, OAuth errors, the text git prints, the reference and the SDKs are
//! made from it; no other place knows a status or a hint.

mod next;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use self::next::Next;

/// The text names no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such reason")]
pub struct UnknownReason;

macro_rules! reasons {
    ($($variant:ident = $code:literal, $status:literal, $oauth:literal, $retry:expr, $next:ident, $meaning:literal, $hint:literal;)*) => {
        /// Why something was refused. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reason {
            $(#[doc = $meaning] $variant,)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable code, `token-expired`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status it is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Whether it says that something failed, not that somebody may not.
            pub const fn is_fault(self) -> bool {
                self.status() >= 500
            }

            /// The `error` of RFC 6749 §5.2, RFC 6750 §3.1 or RFC 9396 §5 it is said as.
            pub const fn oauth_error(self) -> &'static str {
                match self { $(Self::$variant => $oauth,)* }
            }

            /// After how many seconds the same request may succeed; `None`: not by waiting.
            pub const fn retry(self) -> Option<u32> {
                match self { $(Self::$variant => $retry,)* }
            }

            /// What happened, in one sentence for the caller.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// What to do next, for programs.
            pub const fn next(self) -> Next {
                match self { $(Self::$variant => Next::$next,)* }
            }

            /// What to do next.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)* }
            }
        }
    };
}

// variant = code, status, OAuth error, retry, next, meaning, hint
reasons! {
    RequestMalformed = "request-malformed", 400, "invalid_request", None, Mend,
        "the request is not well formed", "compare it with the reference of this endpoint";
    GrantTypeUnsupported = "grant-type-unsupported", 400, "unsupported_grant_type", None, Mend,
        "this grant type is not supported", "the metadata under /.well-known/oauth-authorization-server lists those that are";
    DetailsNotGranted = "details-not-granted", 400, "invalid_authorization_details", None, Choose,
        "what was asked for is not contained in one right of the agent", "ask for less, or for each right in an entry of its own";
    PolicyInvalid = "policy-invalid", 400, "invalid_request", None, Mend,
        "the policy is not valid; the one before it stays in force", "run `spanner config check`";
    NotYet = "not-yet", 400, "invalid_request", None, Mend,
        "this is not built yet", "leave it out";
    AuthorizationPending = "authorization-pending", 400, "authorization_pending", Some(5), Wait,
        "the person has not confirmed the sign-in yet", "ask again after the interval";
    SlowDown = "slow-down", 400, "slow_down", Some(10), Wait,
        "the sign-in was asked for too often", "wait five seconds longer between two questions from now on";
    SignInDenied = "sign-in-denied", 400, "access_denied", None, TellOwner,
        "the person, or her identity provider, said no", "run `spanner login` again, and confirm it";
    SignInTooLate = "sign-in-too-late", 400, "expired_token", None, TellOwner,
        "the sign-in was not completed in time", "run `spanner login` again";
    CodeNotAccepted = "code-not-accepted", 400, "invalid_grant", None, TellOwner,
        "the code of the sign-in is not accepted", "run `spanner login` again";
    SignInNotAccepted = "sign-in-not-accepted", 401, "invalid_grant", None, TellOwner,
        "the sign-in is not accepted", "a person runs `spanner login`";
    SignInOver = "sign-in-over", 401, "invalid_grant", None, TellOwner,
        "the sign-in has ended", "a person runs `spanner login`";
    CredentialMissing = "credential-missing", 401, "invalid_token", None, Authenticate,
        "no credential was sent", "get a token with `spanner token get` and send it as password or as Bearer";
    TokenMalformed = "token-malformed", 401, "invalid_token", None, Authenticate,
        "the token is not a whole Spanner token", "it begins with gsp_; send it complete and unchanged";
    TokenNotAccepted = "token-not-accepted", 401, "invalid_token", None, Authenticate,
        "the token is not accepted", "get a new one with `spanner token get`";
    TokenRevoked = "token-revoked", 401, "invalid_token", None, Authenticate,
        "the token was revoked", "get a new one, or ask the agent's owner why it was revoked";
    TokenExpired = "token-expired", 401, "invalid_token", None, Authenticate,
        "the token has expired", "get a new one with `spanner token get`";
    AssertionNotAccepted = "assertion-not-accepted", 401, "invalid_client", None, Prove,
        "the proof of identity is not accepted", "check its issuer, audience, expiry and key";
    AssertionReplayed = "assertion-replayed", 401, "invalid_client", None, Prove,
        "the proof of identity was used before", "sign a new one with a new jti";
    NotGranted = "not-granted", 403, "insufficient_scope", None, Choose,
        "no right of this agent grants it", "use what `spanner token inspect` shows, or ask the agent's owner for the right";
    Narrowed = "narrowed", 403, "insufficient_scope", None, Widen,
        "the token was narrowed and no longer allows it", "use the token it was narrowed from, or stay within its caveats";
    CaveatUnknown = "caveat-unknown", 403, "insufficient_scope", None, Widen,
        "the token carries a caveat this gateway does not know", "narrow tokens with `spanner token attenuate` or an SDK";
    NoTrustRule = "no-trust-rule", 403, "unauthorized_client", None, TellOwner,
        "no agent trusts this proof of identity", "check the trust rules of the agent against the claims of the proof";
    AgentAmbiguous = "agent-ambiguous", 403, "unauthorized_client", None, Mend,
        "the proof fits several agents", "name one with agent=NAME";
    AgentUnknown = "agent-unknown", 403, "unauthorized_client", None, TellOwner,
        "there is no such agent today", "register it with `spanner agent add`";
    AgentLocked = "agent-locked", 403, "unauthorized_client", None, TellOwner,
        "the agent is locked", "ask its owner";
    PersonLocked = "person-locked", 403, "unauthorized_client", None, TellOperator,
        "the person is locked", "ask an operator of the gateway";
    PersonChanged = "person-changed", 403, "unauthorized_client", None, TellOperator,
        "somebody else signed in under this name before", "an operator lets go of the name with `spanner person forget`";
    NotLent = "not-lent", 403, "unauthorized_client", None, TellOwner,
        "no group of this person may lend to this agent", "ask the agent's owner to name one of her groups in `lend_to`";
    PathsNotInspected = "paths-not-inspected", 403, "insufficient_scope", None, Mend,
        "a rule speaks of paths, and those of this request are not known", "push this ref alone and to a commit, or use a right without paths";
    RepositoryIdentityChanged = "repository-identity-changed", 403, "insufficient_scope", None, TellOperator,
        "another repository stands under this name now", "an operator confirms it with `spanner repository confirm`";
    AccountNotOurs = "account-not-ours", 403, "unauthorized_client", None, TellOperator,
        "the account this agent would use belongs to someone else", "if an earlier gateway left it, delete it in Gogs; else rename it, or choose another account_prefix";
    RouteUnknown = "route-unknown", 404, "invalid_request", None, TellOwner,
        "there is nothing here", "https://github.com/gogs-spanner/gogs-spanner/blob/main/docs/reference/routes.md lists what is served";
    RouteRefused = "route-refused", 404, "invalid_request", None, TellOwner,
        "this is not served to automations", "people use Gogs itself for it";
    IdAbsent = "id-absent", 404, "invalid_request", None, Mend,
        "this repository has nothing of that id", "list what it has, and use an id from there";
    RepositoryAbsent = "repository-absent", 404, "invalid_request", None, TellOwner,
        "Gogs has no such repository", "check the owner and the name; a repository that is not there yet is made by a person";
    MethodRefused = "method-refused", 405, "invalid_request", None, Mend,
        "this method is not served here", "https://github.com/gogs-spanner/gogs-spanner/blob/main/docs/reference/routes.md lists the methods of each route";
    TooLarge = "too-large", 413, "invalid_request", None, Divide,
        "the request is larger than allowed", "send it in smaller parts";
    TokenTooLarge = "token-too-large", 413, "invalid_request", None, Divide,
        "the token would be larger than allowed", "ask for fewer repositories";
    MediaTypeRefused = "media-type-refused", 415, "invalid_request", None, Mend,
        "the body is not of a type this route takes", "send the content type of the reference, encoded as is or as gzip";
    HashAlgorithmRefused = "hash-algorithm-refused", 409, "invalid_request", None, Mend,
        "objects are named by SHA-256 here", "leave `hash_algo` out, or say `sha256`";
    ObjectMismatch = "object-mismatch", 422, "invalid_request", None, Mend,
        "the bytes are not those of the object", "check them with `git lfs fsck`, then push again";
    LimitReached = "limit-reached", 429, "temporarily_unavailable", Some(60), Wait,
        "the agent has used up its budget", "wait, then try again more slowly";
    InternalError = "internal-error", 500, "server_error", None, TellOperator,
        "the gateway failed", "report it with the request id";
    UpstreamCannot = "upstream-cannot", 501, "invalid_request", None, TellOwner,
        "Gogs cannot do this", "people use its web pages for it";
    UpstreamRefused = "upstream-refused", 502, "server_error", None, TellOperator,
        "Gogs refused what the gateway allowed", "an operator sees why in the gateway's log";
    AnswerRefused = "answer-refused", 502, "server_error", None, TellOperator,
        "Gogs gave an answer the gateway does not pass on", "ask for less at once; an operator sees why in the gateway's log";
    JournalUnavailable = "journal-unavailable", 503, "temporarily_unavailable", Some(5), Wait,
        "it could not be written to the journal, so it was not done", "try again";
    StoreUnavailable = "store-unavailable", 503, "temporarily_unavailable", Some(5), Wait,
        "the gateway's store does not answer", "try again";
    UpstreamUnavailable = "upstream-unavailable", 503, "temporarily_unavailable", Some(5), Wait,
        "Gogs or an identity provider does not answer", "try again";
    PolicyChanged = "policy-changed", 503, "temporarily_unavailable", Some(1), Wait,
        "the rules changed while the request was read", "send it again, to be decided under the new ones";
    SpoolFull = "spool-full", 503, "temporarily_unavailable", Some(30), Wait,
        "there is no room to inspect this now", "try again";
    RunLimit = "run-limit", 503, "temporarily_unavailable", Some(1), Wait,
        "the decision took too long", "try again";
    Draining = "draining", 503, "temporarily_unavailable", Some(5), Wait,
        "the gateway is shutting down", "try again";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code).ok_or(UnknownReason)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn parsing_what_is_displayed_gives_the_same_reason() {
        for &reason in Reason::ALL {
            assert_eq!(reason.to_string().parse(), Ok(reason));
            assert_eq!(serde_json::to_value(reason).expect("a text"), reason.code());
        }
        assert_eq!("token expired".parse::<Reason>(), Err(UnknownReason));
    }

    #[test]
    fn every_code_is_kebab_case_and_stands_for_one_reason() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }

    #[test]
    fn only_what_waiting_mends_says_when_to_try_again() {
        for reason in Reason::ALL {
            // RFC 8628 §3.5 has a device told to wait with a 400.
            let is_polled = matches!(reason, Reason::AuthorizationPending | Reason::SlowDown);
            let is_mended = is_polled || matches!(reason.status(), 429 | 503);
            assert_eq!(reason.retry().is_some(), is_mended, "{reason}");
        }
    }

    #[test]
    fn the_seed_of_the_interface_is_complete() {
        let seed = "request-malformed credential-missing token-malformed token-not-accepted token-revoked token-expired \
            assertion-not-accepted assertion-replayed not-granted narrowed caveat-unknown no-trust-rule agent-locked \
            paths-not-inspected repository-identity-changed route-unknown route-refused too-large token-too-large \
            limit-reached upstream-cannot journal-unavailable upstream-unavailable run-limit";
        for code in seed.split_whitespace() {
            assert!(code.parse::<Reason>().is_ok(), "{code}");
        }
    }
}
