//! `application/x-www-form-urlencoded`, read strictly.
//!
//! RFC 6749 §3.2: a parameter must not stand twice, one without a value counts as left out. Unlike browsers and most
//! libraries this reader repairs nothing: a broken escape or invalid UTF-8 refuses the form, and so does a parameter
//! nobody asked for, because a misspelt restriction must never become no restriction.

use zeroize::Zeroizing;

/// More parameters than any grant has; a bound on the quadratic search for doubles.
const PARAMETERS_AT_MOST: usize = 16;

/// The parameters of one request, each taken out once.
pub(crate) struct Form(Vec<(String, Zeroizing<String>)>);

/// Why a form is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    #[error("the body is not a well-formed form")]
    Malformed,
    #[error("the parameter {0} stands twice")]
    Twice(String),
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    #[error("the parameter {0} is not known here")]
    Unknown(String),
}

impl Form {
    /// Reads a whole body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, FormError> {
        let text = std::str::from_utf8(body).map_err(|_| FormError::Malformed)?;
        let mut form = Self(Vec::new());
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            form.put(&decode(name)?, decode(value)?)?;
        }
        form.0.retain(|(_, value)| !value.is_empty());
        Ok(form)
    }

    fn put(&mut self, name: &str, value: Zeroizing<String>) -> Result<(), FormError> {
        if self.0.len() == PARAMETERS_AT_MOST {
            return Err(FormError::Malformed);
        }
        if self.0.iter().any(|(taken, _)| taken == name) {
            return Err(FormError::Twice(printable(name)));
        }
        self.0.push((name.to_owned(), value));
        Ok(())
    }

    /// Looks at a parameter, and leaves it.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(taken, _)| taken == name).map(|(_, value)| value.as_str())
    }

    /// Takes a parameter that may be left out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Zeroizing<String>> {
        let at = self.0.iter().position(|(taken, _)| taken == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Takes a parameter that must be there.
    pub(crate) fn need(&mut self, name: &'static str) -> Result<Zeroizing<String>, FormError> {
        self.take(name).ok_or(FormError::Missing(name))
    }

    /// Says that nothing else was expected.
    pub(crate) fn finish(self) -> Result<(), FormError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(FormError::Unknown(printable(name))),
        }
    }
}

/// Percent-decodes one name or value, `+` being a space.
fn decode(text: &str) -> Result<Zeroizing<String>, FormError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => 16 * nibble(rest.next())? + nibble(rest.next())?,
            plain => plain,
        });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| FormError::Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn nibble(digit: Option<u8>) -> Result<u8, FormError> {
    let value = digit.and_then(|digit| char::from(digit).to_digit(16)).ok_or(FormError::Malformed)?;
    u8::try_from(value).map_err(|_| FormError::Malformed)
}

/// A parameter's name as an answer may repeat it: RFC 6749's own alphabet, or nothing of it.
fn printable(name: &str) -> String {
    let plain = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if plain { format!("`{name}`") } else { "(unprintable)".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> FormError {
        let mut form = match Form::parse(body.as_bytes()) {
            Ok(form) => form,
            Err(error) => return error,
        };
        if let Err(error) = form.need("grant_type") {
            return error;
        }
        form.finish().expect_err("the form should be refused")
    }

    #[test]
    fn a_value_is_decoded_once() {
        let mut form = Form::parse(b"a=x%2By+z%25&b=").expect("a good form");
        assert_eq!(form.take("a").as_deref().map(String::as_str), Some("x+y z%"));
        assert!(form.take("b").is_none(), "without a value is as left out (RFC 6749 section 3.1)");
        form.finish().expect("nothing is left");
    }

    #[test]
    fn nothing_ambiguous_is_repaired() {
        let twice = FormError::Twice("`grant_type`".into());
        for (body, expected) in [
            ("grant_type=a&grant_type=b", twice),
            ("grant_type=a&grant%5Ftype=", FormError::Twice("`grant_type`".into())),
            ("grant_type=%", FormError::Malformed),
            ("grant_type=%4", FormError::Malformed),
            ("grant_type=%zz", FormError::Malformed),
            ("grant_type=%+1", FormError::Malformed),
            ("grant_type=%ff", FormError::Malformed),
            ("grant_type=", FormError::Missing("grant_type")),
            ("grant_type", FormError::Missing("grant_type")),
            ("", FormError::Missing("grant_type")),
            ("grant_type=a&scop=b", FormError::Unknown("`scop`".into())),
            ("grant_type=a&%00=b", FormError::Unknown("(unprintable)".into())),
        ] {
            assert_eq!(refused(body), expected, "{body}");
        }
    }

    #[test]
    fn there_are_not_endless_parameters() {
        let body: Vec<String> = (0..=PARAMETERS_AT_MOST).map(|n| format!("p{n}=1")).collect();
        assert_eq!(refused(&body.join("&")), FormError::Malformed);
    }
}
