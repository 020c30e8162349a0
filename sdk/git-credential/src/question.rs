//! What git asks (git-credential(1), INPUT/OUTPUT FORMAT): lines `key=value`, until an empty one.

use std::io::{self, Read};

use url::Url;

/// More than git has to say: a host may answer with many challenges of many kilobytes, none of them a gateway's.
const LONGEST: u64 = 64 * 1024;

/// What git says of the credential it is looking for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) protocol: String,
    /// With the port, where it is not the usual one.
    pub(crate) host: String,
    /// Only told with `credential.useHttpPath`, or by git-lfs.
    pub(crate) path: Option<String>,
    pub(crate) username: Option<String>,
    /// The challenges of the host, since git 2.41.
    pub(crate) challenges: Vec<String>,
    /// What git understands, since 2.46.
    pub(crate) capabilities: Vec<String>,
}

impl Question {
    /// Hears git out, and takes in as much as a question can be long.
    pub(crate) fn read(mut input: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        input.by_ref().take(LONGEST).read_to_end(&mut bytes)?;
        io::copy(&mut input, &mut io::sink())?;
        Ok(Self::parse(&String::from_utf8_lossy(&bytes)))
    }

    fn parse(text: &str) -> Self {
        let mut question = Self::default();
        let lines = text.lines().take_while(|line| !line.is_empty());
        for (key, value) in lines.filter_map(|line| line.split_once('=')) {
            match key {
                "protocol" => value.clone_into(&mut question.protocol),
                "host" => value.clone_into(&mut question.host),
                "path" => question.path = Some(value.to_owned()),
                "username" => question.username = Some(value.to_owned()),
                "wwwauth[]" => add(&mut question.challenges, value),
                "capability[]" => add(&mut question.capabilities, value),
                // A program must take what it does not know for unsaid.
                _ => {}
            }
        }
        question
    }

    /// Where git is talking to; nothing where no gateway can be, nor where the host is not spelled as a URL would spell it.
    pub(crate) fn place(&self) -> Option<Url> {
        if !matches!(self.protocol.as_str(), "http" | "https") {
            return None;
        }
        let url = Url::parse(&format!("{}://{}", self.protocol, self.host)).ok()?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        (is_bare && url.username().is_empty() && url.password().is_none() && is_of(&url, &self.host)).then_some(url)
    }

    /// Whether git takes a scheme and a credential, in the place of a user name and a password.
    pub(crate) fn takes_authtype(&self) -> bool {
        self.capabilities.iter().any(|capability| capability == "authtype")
    }
}

/// Whether this is what git itself connects to. A URL forgives what a resolver does not: tabs, percent signs, other spellings
/// of an address and of letters all become some host, and the token would be for it.
fn is_of(url: &Url, host: &str) -> bool {
    let Some(name) = url.host_str() else { return false };
    let in_full = url.port_or_known_default().map(|port| format!("{name}:{port}"));
    let is_usual = url.port().is_none() && host.eq_ignore_ascii_case(name);
    is_usual || in_full.is_some_and(|in_full| host.eq_ignore_ascii_case(&in_full))
}

/// An empty value takes back those before it.
fn add(values: &mut Vec<String>, value: &str) {
    if value.is_empty() {
        values.clear();
    } else {
        values.push(value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_is_read_until_an_empty_line() {
        let text = "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=a.example:8443\npath=acme/web.git\n\
                    wwwauth[]=Basic realm=\"x\"\nnew=thing\n\nhost=b.example\n";
        let question = Question::parse(text);
        assert_eq!((question.host.as_str(), question.path.as_deref()), ("a.example:8443", Some("acme/web.git")));
        assert_eq!(question.challenges, ["Basic realm=\"x\""]);
        assert!(question.takes_authtype());
        assert_eq!(question.place().expect("a place").as_str(), "https://a.example:8443/");
    }

    #[test]
    fn an_empty_value_takes_back_those_before_it() {
        assert_eq!(Question::parse("wwwauth[]=Basic\nwwwauth[]=\nwwwauth[]=Bearer\n").challenges, ["Bearer"]);
    }

    #[test]
    fn what_is_no_place_of_a_gateway_is_none() {
        for text in [
            "",
            "protocol=ssh\nhost=a.example",
            "protocol=cert\npath=/x",
            "protocol=https\nhost=",
            "protocol=https\nhost=u@a.example",
            "protocol=https\nhost=a.example/b.example",
            "protocol=https\nhost=a.example?x",
            "protocol=https\nhost=a.exa\tmple",
            "protocol=https\nhost=a.ex%61mple",
            "protocol=https\nhost=a.example\\",
            "protocol=https\nhost=a\u{3002}example",
            "protocol=https\nhost=\u{ff41}.example",
            "protocol=https\nhost=a.example:0443",
            "protocol=http\nhost=127.1:8080",
            "protocol=http\nhost=0x7f000001",
            "protocol=http\nhost=[0:0::1]:8080",
        ] {
            assert_eq!(Question::parse(text).place(), None, "{text}");
        }
    }

    #[test]
    fn a_place_is_the_host_that_git_named() {
        for (host, place) in [
            ("a.example", "https://a.example/"),
            ("A.Example", "https://a.example/"),
            ("a.example:443", "https://a.example/"),
            ("a.example:8443", "https://a.example:8443/"),
            ("127.0.0.1:8080", "https://127.0.0.1:8080/"),
            ("[::1]:8080", "https://[::1]:8080/"),
            ("xn--bcher-kva.example", "https://xn--bcher-kva.example/"),
        ] {
            let found = Question::parse(&format!("protocol=https\nhost={host}")).place();
            assert_eq!(found.expect(host).as_str(), place);
        }
    }

    #[test]
    fn git_may_say_more_than_is_read() {
        let before = "protocol=https\nhost=a.example\nwwwauth[]=";
        let text = format!("{before}{}\n", "x".repeat(1 << 20));
        let read = Question::read(text.as_bytes()).expect("it is read");
        assert_eq!(read.challenges[0].len(), usize::try_from(LONGEST).expect("small") - before.len());
    }
}
