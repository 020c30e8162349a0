//! The challenge a gateway answers git with (RFC 9110 §11.6.1, RFC 9728 §5.1): one scheme, and parameters.

/// One challenge.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Challenge(Vec<(String, String)>);

impl Challenge {
    /// Reads a header's value that is one challenge and nothing else.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let (scheme, mut rest) = value.trim().split_once(' ')?;
        let mut parameters = Vec::new();
        loop {
            let (name, after) = rest.trim_start().split_once('=')?;
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted_text(quoted)?,
                None => token(after)?,
            };
            if !is_token(name) {
                return None;
            }
            parameters.push((name.to_ascii_lowercase(), value));
            match after.trim_start() {
                "" => break,
                more => rest = more.strip_prefix(',')?,
            }
        }
        is_token(scheme).then_some(Self(parameters))
    }

    /// What a parameter says; nothing if it is said twice.
    pub(crate) fn says(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(said, _)| said == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

/// Up to the closing quote, and what follows it.
fn quoted_text(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            char => value.push(char),
        }
    }
    None
}

fn token(text: &str) -> Option<(String, &str)> {
    let (value, after) = text.split_at(text.find([',', ' ']).unwrap_or(text.len()));
    is_token(value).then(|| (value.to_owned(), after))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_of_a_challenge_are_read() {
        let text = r#"Basic realm="spanner", resource_metadata="https://a.example/x", Scope="a b",n=1, q="\"""#;
        let challenge = Challenge::parse(text).expect("one challenge");
        let said = ["realm", "resource_metadata", "scope", "n", "q", "absent"].map(|name| challenge.says(name));
        assert_eq!(said, [Some("spanner"), Some("https://a.example/x"), Some("a b"), Some("1"), Some("\""), None]);
    }

    #[test]
    fn what_is_said_twice_is_not_said() {
        let challenge = Challenge::parse(r#"Basic scope="a", scope="b""#).expect("one challenge");
        assert_eq!(challenge.says("scope"), None);
    }

    #[test]
    fn what_is_not_one_challenge_is_none() {
        for text in
            ["", "Negotiate", "Basic realm=\"x", "Basic realm=\"x\" y", "Basic abc==", "Basic realm=\"a\", Bearer"]
        {
            assert_eq!(Challenge::parse(text), None, "{text}");
        }
    }
}
