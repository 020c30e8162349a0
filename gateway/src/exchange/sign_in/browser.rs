//! A browser at hand: the loopback redirect (RFC 8252 §7.3) with PKCE (RFC 7636).
//!
//! ```text
//!  spanner login ─► browser ─► our page ─► the issuer ─► our callback ─► 127.0.0.1 ─► spanner login ─► token endpoint
//!    verifier       challenge   cookie       state        the cookie       code         verifier
//! ```
//! Our page says what is about to happen and shows a check code, which the terminal shows too: whoever did not type
//! `spanner login` goes no further (RFC 8252 §8.6). It is bound to the browser by a cookie, so nobody can send another's
//! browser to the issuer past that page. The issuer's code leaves the gateway only sealed, and is redeemed by it alone.

use aws_lc_rs::rand;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use gogs_spanner_capability::{Reason, token::check_code};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::{Host, Url};

use super::{
    SignInOffice, Vouched,
    device::second,
    digest,
    pending::{BROWSER_WITHIN, Returned, Sent, is_in_time},
    request::{Code, expect_client},
    way::Way,
};
use crate::{
    exchange::{form::Form, mint::broken},
    refuse::Refusal,
    request::Arrival,
    store::SingleUse,
};

/// The longest state, and the longest loopback address, of whoever began.
const STATE_AT_MOST: usize = 256;
const REDIRECT_AT_MOST: usize = 256;
/// SHA-256 in base64url: the one length a challenge has (RFC 7636 §4.2).
const CHALLENGE: usize = 43;
/// The longest code of an issuer: those of some carry whole claims.
const CODE_AT_MOST: usize = 4096;

/// The cookie a browser has.
#[derive(Debug, Clone)]
pub struct Browser(String);

/// What our page shows.
#[derive(Debug)]
pub struct Begun {
    /// The browser's cookie, another for each sign-in: what somebody left in a browser is worth nothing in the next.
    pub browser: Browser,
    /// What the terminal shows as well.
    pub check: String,
    /// Where it goes on, at the issuer.
    pub onward: Url,
    /// The issuer.
    pub issuer: String,
}

impl Browser {
    /// One of a known cookie.
    #[cfg(test)]
    pub(crate) fn of_a_test() -> Self {
        Self("x".to_owned())
    }

    /// The cookie's value.
    pub fn cookie(&self) -> &str {
        &self.0
    }
}

impl SignInOffice {
    /// Begins in a browser: what our page shows for this query.
    pub async fn begin_browser(&self, arrival: &Arrival, query: &str) -> Result<Begun, Refusal> {
        let mut form = Form::parse(query.as_bytes())?;
        expect_client(&mut form)?;
        if form.need("response_type")?.as_str() != "code" || form.need("code_challenge_method")?.as_str() != "S256" {
            return Err(malformed("response_type must be code, and code_challenge_method S256"));
        }
        let (redirect, state, challenge) =
            (form.need("redirect_uri")?, form.need("state")?, form.need("code_challenge")?);
        form.finish()?;
        expect_loopback(&redirect)?;
        let is_short = state.len() <= STATE_AT_MOST && state.bytes().all(|byte| byte.is_ascii_graphic());
        let is_digest = challenge.len() == CHALLENGE && BASE64_URL_SAFE_NO_PAD.decode(&*challenge).is_ok();
        if !is_short || !is_digest {
            return Err(malformed("state or code_challenge is not what it must be"));
        }
        let (browser, verifier, nonce) = (Browser(random()?), random()?, random()?);
        let at_issuer = challenge_of(&verifier);
        let sent = Sent {
            redirect: redirect.to_string(),
            state: state.to_string(),
            challenge: challenge.to_string(),
            verifier,
            nonce: nonce.clone(),
            browser: digest(browser.cookie()),
            begun: self.revoked.first_second_of_all(arrival.at).as_second(),
            until: (arrival.at + BROWSER_WITHIN).as_second(),
        };
        let onward = self.provider.authorization(arrival, &self.pending.seal(&sent)?, &nonce, &at_issuer).await?;
        let (check, issuer) = (check_code(&sent.challenge), self.provider.issuer().to_owned());
        Ok(Begun { browser, check, onward, issuer })
    }

    /// A browser came back from the issuer: where it goes now.
    pub async fn come_back(&self, arrival: &Arrival, query: &str, cookie: Option<&str>) -> Result<Url, Refusal> {
        let mut form = Form::parse(query.as_bytes())?;
        let state = form.need("state")?;
        let sent: Sent = self.pending.open(&state).ok_or_else(|| malformed("this state is not ours"))?;
        let is_same = cookie.is_some_and(|cookie| digest(cookie).ct_eq(&sent.browser).into());
        if !is_same {
            let why = "this browser did not begin the sign-in";
            return Err(Refusal::new(Reason::CodeNotAccepted)
                .because(why)
                .hint("begin with `spanner login`, and stay in one browser"));
        }
        if !is_in_time(&sent, arrival.at) {
            return Err(Refusal::new(Reason::SignInTooLate));
        }
        self.provider.expect_issuer(form.take("iss").as_deref().map(String::as_str)).await?;
        let answer = match (form.take("code"), form.take("error")) {
            (Some(code), None) if code.len() <= CODE_AT_MOST => ("code", self.returned_code(&sent, &code, arrival.at)?),
            (None, Some(_)) => ("error", "access_denied".to_owned()),
            _ => return Err(malformed("the identity provider brought neither a code nor an error")),
        };
        // Whoever began could have as many made-up codes sealed as he likes otherwise, and the issuer asked about each.
        if !self.returned.entry(digest(&state)).or_insert(()).is_fresh() {
            return Err(Refusal::new(Reason::CodeNotAccepted)
                .because("this sign-in came back from the identity provider before")
                .hint("begin again with `spanner login`"));
        }
        let mut back = Url::parse(&sent.redirect).map_err(|error| broken(error.to_string()))?;
        // RFC 9207: who answers.
        let members = [(answer.0, answer.1.as_str()), ("state", &sent.state), ("iss", self.public_url.as_str())];
        back.query_pairs_mut().extend_pairs(members);
        Ok(back)
    }

    fn returned_code(&self, sent: &Sent, code: &str, now: Timestamp) -> Result<String, Refusal> {
        self.pending.seal(&Returned {
            code: code.to_owned(),
            redirect: sent.redirect.clone(),
            challenge: sent.challenge.clone(),
            verifier: sent.verifier.clone(),
            nonce: sent.nonce.clone(),
            begun: sent.begun,
            // The issuer's own code is good for a minute or so (RFC 6749 §4.1.2: at most ten).
            until: (now + BROWSER_WITHIN).as_second(),
        })
    }

    /// Redeems a code of ours for whoever began.
    pub(super) async fn returned(&self, arrival: &Arrival, presented: &Code) -> Result<Vouched, Refusal> {
        let not_accepted = |truth: &str| Refusal::new(Reason::CodeNotAccepted).truly(truth);
        let returned: Returned = self.pending.open(&presented.text).ok_or_else(|| not_accepted("not ours"))?;
        let is_its_own = challenge_of(&presented.verifier).as_bytes().ct_eq(returned.challenge.as_bytes());
        if !bool::from(is_its_own) || *presented.redirect != returned.redirect {
            return Err(not_accepted("another began this sign-in"));
        }
        if !is_in_time(&returned, arrival.at) {
            return Err(Refusal::new(Reason::SignInTooLate));
        }
        let code = SingleUse { digest: digest(&format!("sign-in\0{}", returned.code)), until: second(returned.until) };
        self.journal.refuse_used(&code).await?;
        let begun = second(returned.begun);
        let claims = self.provider.redeem_code(arrival, returned, self.spoken_of()).await?;
        Ok(Vouched { claims, way: Way::Browser, code, begun })
    }
}

/// RFC 8252 §7.3: plain HTTP to this machine by its address, any port, and nothing else.
fn expect_loopback(redirect: &str) -> Result<(), Refusal> {
    let is_loopback = |url: &Url| {
        let is_address = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        };
        let is_bare =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        url.scheme() == "http" && url.port().is_some() && is_address && is_bare
    };
    let is_short = redirect.len() <= REDIRECT_AT_MOST;
    if is_short && Url::parse(redirect).is_ok_and(|url| is_loopback(&url)) {
        return Ok(());
    }
    Err(malformed("redirect_uri must be http://127.0.0.1 or http://[::1] with a port"))
}

/// `S256` (RFC 7636 §4.2).
fn challenge_of(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// 256 random bits, in base64url.
fn random() -> Result<String, Refusal> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| broken("there is no randomness"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn malformed(why: &'static str) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why).hint("begin with `spanner login`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_this_machine_and_nowhere_else() {
        for good in ["http://127.0.0.1:4711/callback", "http://[::1]:1/"] {
            assert!(expect_loopback(good).is_ok(), "{good}");
        }
        for evil in [
            "https://127.0.0.1:1/",
            "http://127.0.0.1/",
            "http://localhost:1/",
            "http://evil.example:1/",
            "http://127.0.0.1@evil.example:1/",
            "http://127.0.0.1:1/?next=http://evil.example",
            "http://127.0.0.1.evil.example:1/",
            "http://127.0.0.1:1/#x",
            "javascript:alert(1)",
            "//evil.example",
        ] {
            assert!(expect_loopback(evil).is_err(), "{evil}");
        }
        assert!(expect_loopback(&format!("http://127.0.0.1:1/{}", "x".repeat(REDIRECT_AT_MOST))).is_err());
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        // Appendix B.
        assert_eq!(
            challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
