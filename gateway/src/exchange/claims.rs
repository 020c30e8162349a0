//! The claims of a JWT whose signature holds, and the rules every kind of proof shares.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// How far two honest clocks may be apart. Small: it lengthens the life of every proof by as much.
pub(crate) const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

/// What belongs together of what an issuer says of somebody (OpenID Connect Core §5.1).
const ADDRESS: [&str; 2] = ["email", "email_verified"];

/// What a verified signature vouches for.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

/// Why claims are not taken. The one who could sign them may know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ClaimError {
    #[error("its `{0}` is missing or malformed")]
    Missing(&'static str),
    #[error("its `{0}` is not what it must be")]
    Mismatch(&'static str),
    #[error("its `aud` is not {expected}")]
    Audience { expected: String },
    #[error("it expired at {at}")]
    Expired { at: Timestamp },
    #[error("its `{claim}` lies in the future")]
    Early { claim: &'static str },
}

/// When a proof was made and when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) issued: Timestamp,
    pub(super) expires: Timestamp,
}

impl Claims {
    /// Only [`jws`](super::jws) makes them, after the signature.
    pub(super) const fn of(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// The same, with what these do not say. An address and whether it is verified stay together, as one document says
    /// them: another's word is about the address that stands there.
    pub(super) fn and(self, mut more: Map<String, Value>) -> Self {
        let Self(mut ours) = self;
        let unheard = if ours.contains_key("email_verified") { &mut more } else { &mut ours };
        for claim in ADDRESS {
            unheard.remove(claim);
        }
        more.extend(ours);
        Self(more)
    }

    /// All of them, for trust rules.
    pub(super) const fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A claim that must be a text with something in it.
    pub(super) fn text(&self, name: &'static str) -> Result<&str, ClaimError> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or(ClaimError::Missing(name))
    }

    /// Holds a claim to one exact value.
    pub(super) fn expect(&self, name: &'static str, value: &str) -> Result<(), ClaimError> {
        if self.text(name)? == value { Ok(()) } else { Err(ClaimError::Mismatch(name)) }
    }

    /// Holds `aud`, a text or a list of texts, to naming `expected` (RFC 7519 §4.1.3).
    pub(super) fn expect_audience(&self, expected: &str) -> Result<(), ClaimError> {
        let named = match self.0.get("aud") {
            Some(Value::String(one)) => one == expected,
            Some(Value::Array(several)) => {
                several.iter().all(Value::is_string) && several.iter().any(|one| one.as_str() == Some(expected))
            }
            _ => return Err(ClaimError::Missing("aud")),
        };
        if named { Ok(()) } else { Err(ClaimError::Audience { expected: expected.to_owned() }) }
    }

    /// Holds `exp`, `iat` and, where it is there, `nbf` to `now`.
    pub(super) fn window(&self, now: Timestamp) -> Result<Window, ClaimError> {
        let expires = self.instant("exp")?.ok_or(ClaimError::Missing("exp"))?;
        let issued = self.instant("iat")?.ok_or(ClaimError::Missing("iat"))?;
        let not_before = self.instant("nbf")?.unwrap_or(issued);
        if now.duration_since(expires) >= LEEWAY {
            return Err(ClaimError::Expired { at: expires });
        }
        if issued.duration_since(now) > LEEWAY {
            return Err(ClaimError::Early { claim: "iat" });
        }
        if not_before.duration_since(now) > LEEWAY {
            return Err(ClaimError::Early { claim: "nbf" });
        }
        Ok(Window { issued, expires })
    }

    /// A `NumericDate` (RFC 7519 §2): seconds, a fraction being allowed and dropped.
    fn instant(&self, name: &'static str) -> Result<Option<Timestamp>, ClaimError> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_i64().or_else(|| value.as_f64().and_then(whole)).ok_or(ClaimError::Missing(name))?;
        Timestamp::from_second(seconds).map(Some).map_err(|_| ClaimError::Missing(name))
    }
}

/// The whole seconds of a date any calendar reaches.
fn whole(seconds: f64) -> Option<i64> {
    const YEAR_9999: f64 = 253_402_300_799.0;
    #[expect(clippy::cast_possible_truncation, reason = "bounded on the line above, and the fraction is to go")]
    (0.0..=YEAR_9999).contains(&seconds).then_some(seconds as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        let Value::Object(members) = value else { panic!("an object") };
        Claims::of(members)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a date")
    }

    #[test]
    fn a_proof_holds_within_its_window_and_the_leeway() {
        let proof = claims(json!({ "iat": 1000, "nbf": 1000, "exp": 1300.9 }));
        let expected = Window { issued: at(1000), expires: at(1300) };
        for now in [970, 1000, 1300, 1329] {
            assert_eq!(proof.window(at(now)), Ok(expected), "{now}");
        }
        assert_eq!(proof.window(at(969)), Err(ClaimError::Early { claim: "iat" }));
        assert_eq!(proof.window(at(1330)), Err(ClaimError::Expired { at: at(1300) }));
    }

    #[test]
    fn an_address_is_verified_only_by_the_document_it_stands_in() {
        let (hers, his) = ("alice@example.com", "mallory@example.com");
        let verified = |email: &str| json!({ "email": email, "email_verified": true });
        for (id_token, page, expected) in [
            (json!({ "email": his }), verified(hers), verified(hers)),
            (json!({ "email": his }), json!({ "email_verified": true }), json!({ "email_verified": true })),
            (json!({ "email_verified": true }), json!({ "email": his }), json!({ "email_verified": true })),
            (verified(hers), json!({ "email": his, "email_verified": false }), verified(hers)),
            (json!({ "sub": "1" }), verified(hers), json!({ "sub": "1", "email": hers, "email_verified": true })),
        ] {
            let Value::Object(more) = page else { panic!("an object") };
            assert_eq!(Value::from(claims(id_token).and(more).all().clone()), expected);
        }
    }

    #[test]
    fn a_date_that_is_not_one_is_refused() {
        for (exp, iat) in [
            (json!("1300"), json!(1000)),
            (json!(null), json!(1000)),
            (json!(-1.5), json!(1000)),
            (json!(1e300), json!(1000)),
            (json!(u64::MAX), json!(1000)),
            (json!(1300), json!([1000])),
        ] {
            let proof = claims(json!({ "exp": exp, "iat": iat }));
            assert!(matches!(proof.window(at(1000)), Err(ClaimError::Missing(_))), "{exp} {iat}");
        }
        assert_eq!(claims(json!({ "iat": 1000 })).window(at(1000)), Err(ClaimError::Missing("exp")));
        assert_eq!(claims(json!({ "exp": 1000 })).window(at(1000)), Err(ClaimError::Missing("iat")));
    }

    #[test]
    fn an_audience_is_named_exactly() {
        let us = "https://agents.example.com";
        for aud in [json!(us), json!([us]), json!(["https://other.example", us])] {
            assert_eq!(claims(json!({ "aud": aud })).expect_audience(us), Ok(()), "{aud}");
        }
        for aud in [json!("https://agents.example.com/"), json!([]), json!([us, 1]), json!({ "a": us }), json!(null)] {
            assert!(claims(json!({ "aud": aud })).expect_audience(us).is_err(), "{aud}");
        }
    }
}
