//! What git is answered.

use std::fmt::{self, Display};

use gogs_spanner_sdk::Token;

/// Whom git takes the password to be of; a gateway looks at the token only.
const USERNAME: &str = "spanner";

/// What a helper can do (git-credential(1), CAPABILITY INPUT/OUTPUT FORMAT).
pub(crate) const CAPABILITIES: &str = "version 0\ncapability authtype\n";
/// Ends the search for a credential: what anybody else knows, or types in, is worth nothing at a gateway.
pub(crate) const QUIT: &str = "quit=1\n";

/// A token, said as the git that asked can take it. `Display` writes the secret: it is git's standard input.
pub(crate) struct Answer {
    pub(crate) token: Token,
    pub(crate) username: Option<String>,
    pub(crate) by_authtype: bool,
}

impl Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = self.token.expose();
        if self.by_authtype {
            // What is ephemeral no other helper keeps.
            write!(f, "capability[]=authtype\nauthtype=Bearer\ncredential={secret}\nephemeral=1\n")?;
        } else {
            let username = self.username.as_deref().unwrap_or(USERNAME);
            write!(f, "username={username}\npassword={secret}\n")?;
        }
        writeln!(f, "password_expiry_utc={}", self.token.expires().as_second())
    }
}
