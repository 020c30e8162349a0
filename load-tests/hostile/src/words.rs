//! The words a case's text may hold, and what stands for them in one request: `$TOKEN`, `$TRACE` and their like.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use gogs_spanner_capability::token::{Claims, PREFIX, SigningKey, TokenText, inspect, mint};

use crate::trace::Run;

/// A span of the caller's; nobody looks at it.
const SPAN: &str = "00f067aa0ba902b7";

/// A good token, and everything made of it that is none.
#[derive(Clone)]
pub struct Tokens {
    whole: String,
    words: Vec<(&'static str, String)>,
}

/// What stands for the words in one case.
pub struct Words(Vec<(&'static str, String)>);

impl Tokens {
    /// Everything a caller with this token could make of it.
    ///
    /// # Panics
    /// The text is not a whole token.
    pub fn of(token: &str) -> Self {
        let parsed = TokenText::parse(token).expect("a whole token");
        let mut flipped = parsed.bytes().to_vec();
        let last = flipped.len() - 1;
        flipped[last] ^= 1;
        let words = vec![
            ("$CUT", token[..token.len() - 1].to_owned()),
            ("$FLIPPED", text_of(&flipped)),
            ("$FOREIGN", foreign(&parsed)),
            ("$GARBAGE", text_of(&[0xff; 300])),
            ("$TOOLONG", text_of(&[0x0a; 4097])),
            ("$PASSWORD", STANDARD.encode(format!("bot:{token}"))),
            ("$USERNAME", STANDARD.encode(format!("{token}:"))),
            ("$BOTH", STANDARD.encode(format!("{token}:{token}"))),
            ("$NOCOLON", STANDARD.encode(token)),
            ("$TOKEN", token.to_owned()),
        ];
        Self { whole: token.to_owned(), words }
    }

    /// The same, and what these words stand for.
    #[must_use]
    pub fn with(mut self, words: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.words.extend(words);
        self
    }

    /// The good one.
    pub fn whole(&self) -> &str {
        &self.whole
    }

    /// The words of one case, whose requests are part of one run.
    pub fn words(&self, run: Run, case: u16, lie: Option<u16>) -> Words {
        let parent = |part, lie| format!("00-{}-{SPAN}-00", run.trace(case, part, lie));
        let traces = [("$TRACE", parent(0, lie)), ("$INNER", parent(1, None))];
        Words(self.words.iter().cloned().chain(traces).collect())
    }
}

impl Words {
    /// The text with its words filled in.
    pub fn fill(&self, text: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(text.len() + 1024);
        let mut rest = text;
        while let Some(at) = rest.iter().position(|&byte| byte == b'$') {
            let (before, from) = rest.split_at(at);
            filled.extend_from_slice(before);
            let word = self.0.iter().find(|(word, _)| from.starts_with(word.as_bytes()));
            let (value, length) = word.map_or((&b"$"[..], 1), |(word, value)| (value.as_bytes(), word.len()));
            filled.extend_from_slice(value);
            rest = &from[length..];
        }
        filled.extend_from_slice(rest);
        filled
    }
}

/// The text of any bytes, with a checksum that fits.
fn text_of(bytes: &[u8]) -> String {
    let whole = [bytes, &crc32fast::hash(bytes).to_be_bytes()].concat();
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(whole))
}

/// The same claims, signed with a key the gateway does not have.
fn foreign(token: &TokenText) -> String {
    let said = inspect(token).expect("a token of a gateway");
    let claims = Claims {
        agent: said.agent,
        nonce: "hostile".to_owned(),
        issuer: said.issuer,
        user: said.user,
        issued: said.issued,
        max_depth: said.max_depth,
        rights: said.rights,
        service: said.service,
        expires: said.expires,
    };
    let key = SigningKey::from_bytes(said.key_id.unwrap_or(1), &[0x42; 32]);
    mint(&key, &claims).expect("claims that were minted once").expose().to_owned()
}
