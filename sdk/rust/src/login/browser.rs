//! A browser at hand, which comes back to an address of this machine.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gogs_spanner_capability::token::check_code;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::{AUTHORIZE, CLIENT_ID, Login, encoded};
use crate::{
    error::{Error, LoginError},
    sign_in::SignIn,
};

/// A sign-in under way in a browser. `Debug` prints nothing of what it will be redeemed with.
#[derive(Debug)]
pub struct Browser {
    page: Url,
    check: String,
    gateway: String,
    redirect: String,
    state: String,
    verifier: SecretString,
}

impl Browser {
    /// Where the browser begins.
    pub const fn page(&self) -> &Url {
        &self.page
    }

    /// What that page shows: she compares it with what she is shown here.
    pub fn check_code(&self) -> &str {
        &self.check
    }

    /// Whether the query of an address is the answer to this sign-in. An answer of another server is none, whatever it says
    /// (RFC 9207 §2.4).
    pub fn is_answered_by(&self, query: &str) -> bool {
        let is = |name, expected: &str| member(query, name).is_some_and(|value| value == expected);
        is("state", &self.state) && is("iss", &self.gateway)
    }

    /// The code a browser brought back in the query of the address.
    fn code(&self, query: &str) -> Result<SecretString, LoginError> {
        match (member(query, "code"), member(query, "error")) {
            (Some(code), None) if self.is_answered_by(query) => Ok(code.into()),
            (None, Some(_)) if self.is_answered_by(query) => Err(LoginError::Denied),
            _ => Err(LoginError::NotOurs),
        }
    }
}

/// A member that stands in a query once.
fn member(query: &str, name: &str) -> Option<String> {
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    found.next().map(|(_, value)| value.into_owned()).filter(|_| found.next().is_none())
}

impl Login {
    /// Begins: the page to open. The browser will come back to `redirect`, an `http://127.0.0.1:PORT/…` or
    /// `http://[::1]:PORT/…` at which the caller listens.
    pub fn in_browser(&self, redirect: impl Into<String>) -> Result<Browser, Error> {
        let (redirect, state, verifier) = (redirect.into(), random()?, random()?);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let query = encoded(&[
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", &redirect),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let (page, gateway) = (self.gateway.at(AUTHORIZE, Some(&query)), self.gateway.to_string());
        Ok(Browser { page, check: check_code(&challenge), gateway, redirect, state, verifier: verifier.into() })
    }

    /// Redeems what the browser brought back, the query of the address it asked for.
    pub async fn returned(&self, browser: &Browser, query: &str) -> Result<SignIn, Error> {
        let code = browser.code(query)?;
        self.redeem(&[
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", &browser.redirect),
            ("code_verifier", browser.verifier.expose_secret()),
        ])
        .await
    }
}

/// 256 random bits, in base64url.
fn random() -> Result<String, LoginError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| LoginError::NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

    use super::*;

    fn login() -> Login {
        Login::at("https://agents.example.com".parse().unwrap()).unwrap()
    }

    #[test]
    fn only_the_answer_to_its_own_question_is_taken() {
        let browser = login().in_browser("http://127.0.0.1:4711/callback").unwrap();
        let state = browser.state.clone();
        let iss = "iss=https%3A%2F%2Fagents.example.com";
        let code = browser.code(&format!("code=x&state={state}&{iss}")).unwrap();
        assert_eq!(code.expose_secret(), "x");
        assert!(matches!(browser.code(&format!("error=access_denied&state={state}&{iss}")), Err(LoginError::Denied)));
        for query in [
            format!("code=x&state=other&{iss}"),
            format!("code=x&{iss}"),
            format!("code=x&state={state}"),
            format!("code=x&state={state}&iss=https%3A%2F%2Fevil.example"),
            format!("code=x&code=y&state={state}&{iss}"),
            format!("state={state}&{iss}"),
            String::new(),
        ] {
            assert!(matches!(browser.code(&query), Err(LoginError::NotOurs)), "{query}");
        }
    }

    #[test]
    fn a_page_says_nothing_of_what_the_code_is_redeemed_with() {
        let browser = login().in_browser("http://127.0.0.1:4711/callback").unwrap();
        let verifier = browser.verifier.expose_secret();
        assert!(!browser.page().as_str().contains(verifier) && !format!("{browser:?}").contains(verifier));
        assert!(browser.page().as_str().starts_with("https://agents.example.com/-/spanner/oauth/authorize?"));
    }
}
