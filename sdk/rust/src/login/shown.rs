//! What a gateway has shown to a person. Her terminal obeys what it is shown, so a gateway that means ill could have it hide,
//! or say, anything: nothing is taken that holds a control character.

use serde::Deserialize;
use url::Url;

/// A text to show.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Shown(pub(super) String);

/// A page to open in a browser, written as a browser would.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Page(pub(super) String);

impl TryFrom<String> for Shown {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.chars().any(char::is_control) { Err("a text with control characters") } else { Ok(Self(text)) }
    }
}

impl TryFrom<String> for Page {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let Shown(text) = text.try_into()?;
        let page = Url::parse(&text).ok().filter(|page| ["https", "http"].contains(&page.scheme()));
        page.map(|page| Self(page.into())).ok_or("no page of the web")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Shown::try_from(text.to_owned()).ok().map(|Shown(text)| text)
    }

    fn page(text: &str) -> Option<String> {
        Page::try_from(text.to_owned()).ok().map(|Page(page)| page)
    }

    #[test]
    fn nothing_is_shown_that_a_terminal_would_obey() {
        for evil in ["AB\u{1b}[2JCD", "AB\nCD", "AB\rCD", "AB\u{9b}2J", "\u{7}"] {
            assert_eq!((text(evil), page(&format!("https://idp.example/{evil}"))), (None, None), "{evil:?}");
        }
        assert_eq!(text("ABCD-EFGH").as_deref(), Some("ABCD-EFGH"));
    }

    #[test]
    fn a_page_is_one_of_the_web() {
        for evil in ["javascript:alert(1)", "file:///etc/passwd", "idp.example/device", "see my mail", ""] {
            assert_eq!(page(evil), None, "{evil}");
        }
        for (written, shown) in [
            ("https://idp.example/device", "https://idp.example/device"),
            ("http://127.0.0.1:8080/device", "http://127.0.0.1:8080/device"),
            ("https://idp.example/\u{202e}ecived", "https://idp.example/%E2%80%AEecived"),
        ] {
            assert_eq!(page(written).as_deref(), Some(shown));
        }
    }
}
