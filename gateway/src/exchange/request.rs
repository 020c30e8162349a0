//! What is asked of the token endpoint.

use std::fmt;

use gogs_spanner_capability::{AgentName, DelegateName, Reason, Request};
use jiff::SignedDuration;
use zeroize::Zeroizing;

use super::{
    details,
    form::{Form, FormError},
    sign_in::SignInRequest,
};
use crate::refuse::Refusal;

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CLIENT_CREDENTIALS: &str = "client_credentials";
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// A sign-in of ours (RFC 8693 §3: a URI of whoever defines it).
pub(super) const SIGN_IN: &str = "urn:gogs-spanner:token-type:sign-in";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What the metadata lists (RFC 8414 §2); each has an arm in [`Grant::parse`].
pub(crate) const GRANT_TYPES: [&str; 3] = [CLIENT_CREDENTIALS, JWT_BEARER, TOKEN_EXCHANGE];

/// The kind of token that is issued (RFC 8693 §3).
pub(super) const ISSUED: &str = ACCESS_TOKEN;

/// What is asked of the token endpoint: a token for an agent, or a person's sign-in.
#[derive(Debug)]
pub enum Asked {
    /// A token.
    Token(TokenRequest),
    /// A sign-in.
    SignIn(SignInRequest),
}

impl Asked {
    /// Reads the body of a request.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let form = Form::parse(body)?;
        if SignInRequest::is_asked_by(&form) {
            return SignInRequest::read(form).map(Self::SignIn);
        }
        TokenRequest::read(form).map(Self::Token)
    }
}

/// One request for a token.
#[derive(Debug)]
pub struct TokenRequest {
    pub(super) grant: Grant,
    pub(super) less: Less,
}

/// How the caller proves who it is.
pub(super) enum Grant {
    /// By a key registered for the agent (RFC 7523).
    KeyHolder { assertion: Proof, client_id: Option<Proof> },
    /// By the word of an issuer (RFC 8693); the agent is named where the proof fits several.
    Platform { proof: Proof, agent: Option<AgentName> },
    /// By the sign-in of a person who lends to the agent.
    Lent { sign_in: Proof, agent: AgentName },
    /// By a token of ours, for a narrower one (RFC 8693); it may say whom that is for.
    Holder { token: Proof, delegate: Option<DelegateName> },
}

/// A proof as presented; wiped when it is done with.
pub(super) type Proof = Zeroizing<String>;

/// What less than the maximum is asked for.
#[derive(Debug, Default)]
pub(super) struct Less {
    /// Empty: everything.
    pub(super) details: Vec<Request>,
    /// At least a second, where it is given.
    pub(super) lifetime: Option<SignedDuration>,
}

impl TokenRequest {
    /// Reads the body of a request; every parameter must be known to its grant.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        Self::read(Form::parse(body)?)
    }

    fn read(mut form: Form) -> Result<Self, Refusal> {
        let grant = Grant::parse(&mut form)?;
        let less = Less::parse(&mut form)?;
        form.finish()?;
        Ok(Self { grant, less })
    }
}

impl Grant {
    fn parse(form: &mut Form) -> Result<Self, Refusal> {
        match form.need("grant_type")?.as_str() {
            CLIENT_CREDENTIALS => {
                if form.need("client_assertion_type")?.as_str() != CLIENT_ASSERTION {
                    return Err(malformed(format!("client_assertion_type must be {CLIENT_ASSERTION}")));
                }
                Ok(Self::KeyHolder { assertion: form.need("client_assertion")?, client_id: form.take("client_id") })
            }
            JWT_BEARER => Ok(Self::KeyHolder { assertion: form.need("assertion")?, client_id: form.take("client_id") }),
            TOKEN_EXCHANGE => Self::parse_exchange(form),
            _ => Err(Refusal::new(Reason::GrantTypeUnsupported)),
        }
    }

    fn parse_exchange(form: &mut Form) -> Result<Self, Refusal> {
        let subject = form.need("subject_token")?;
        match form.need("subject_token_type")?.as_str() {
            ID_TOKEN | JWT => Ok(Self::Platform { proof: subject, agent: named_agent(form)? }),
            SIGN_IN => {
                let unnamed = || malformed("name the agent she lends to, agent=NAME".into());
                Ok(Self::Lent { sign_in: subject, agent: named_agent(form)?.ok_or_else(unnamed)? })
            }
            ACCESS_TOKEN => Ok(Self::Holder { token: subject, delegate: delegate(form)? }),
            _ => Err(malformed(format!("subject_token_type must be {ID_TOKEN}, {JWT}, {ACCESS_TOKEN} or {SIGN_IN}"))),
        }
    }

    /// The word telemetry and the journal use.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::KeyHolder { .. } => "key",
            Self::Platform { .. } => "proof",
            Self::Lent { .. } => "sign-in",
            Self::Holder { .. } => "token",
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Less {
    fn parse(form: &mut Form) -> Result<Self, Refusal> {
        let details = form.take("authorization_details").map_or(Ok(Vec::new()), |text| details::parse(&text))?;
        let lifetime = form.take("lifetime").map(|text| lifetime(&text)).transpose()?;
        Ok(Self { details, lifetime })
    }

    /// Whether anything is asked for at all.
    pub(super) const fn is_nothing(&self) -> bool {
        self.details.is_empty() && self.lifetime.is_none()
    }
}

fn named_agent(form: &mut Form) -> Result<Option<AgentName>, Refusal> {
    let Some(name) = form.take("agent") else { return Ok(None) };
    AgentName::parse(&name).map(Some).map_err(|error| malformed(format!("agent: {error}")))
}

fn delegate(form: &mut Form) -> Result<Option<DelegateName>, Refusal> {
    let Some(name) = form.take("delegate") else { return Ok(None) };
    DelegateName::parse(&name).map(Some).map_err(|error| malformed(format!("delegate: {error}")))
}

/// Whole seconds in plain digits.
fn lifetime(text: &str) -> Result<SignedDuration, Refusal> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(seconds) if is_plain && seconds > 0 => Ok(SignedDuration::from_secs(seconds.into())),
        _ => Err(malformed("lifetime must be a number of seconds above zero".into())),
    }
}

fn malformed(why: String) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}

impl From<FormError> for Refusal {
    fn from(error: FormError) -> Self {
        malformed(error.to_string())
    }
}
