//! The vocabulary and the tokens of Gogs Spanner: names, patterns, actions, effects, rights, reasons, and a credential
//! made of them that its holder can narrow offline.
//!
//! # The laws
//!
//! A token is a row of signed blocks. The first, the *authority*, is the gateway's; each later one is appended by
//! whoever holds the token at that moment, without asking anyone.
//!
//! 1. **Rights come from the authority block alone.** They are a union; there are no deny rules.
//! 2. **A later block can only forbid.** It holds caveats of a closed list and at most one statement, the name of the
//!    delegate it was made for, which is the holder's claim and decides nothing. Whatever else it says (a right, the
//!    time, a rule, a regular expression), the token is refused whole.
//! 3. **An effect passes if some right grants it and no caveat of any block forbids it.** So a token never allows what
//!    the one it was made from did not, whatever was appended.
//! 4. **A fact that is not known is never made up.** A caveat that asks for it refuses, and so does a right.
//! 5. **No block can be taken away, changed or moved.** Each signs the one before it; the holder of a *parent* can always
//!    make another child, the holder of a child can never get back to the parent.
//! 6. **Revoking a token's last id kills it and everything made from it**, and nothing else.
//!
//! # The words
//!
//! An [`Effect`] is what a request would do: an [`Action`] on a resource, with its ref and paths where the action has
//! them. A [`Right`] lists actions, and patterns of repositories, refs and paths. A [`token::Caveat`] is one of six
//! demands:
//!
//! | caveat | lets through | says in Datalog |
//! |---|---|---|
//! | expires | until then | `check if time($t), $t <= D` |
//! | actions | these | `check if operation($o), {…}.contains($o)` |
//! | repositories | these, or those of an owner | `check if resource($r), {…}.contains($r)` · `$r.starts_with("acme/")` |
//! | refs | these, or those below a prefix | `check if ref($f), … or operation($o), {…}.contains($o)` |
//! | paths | below a prefix, every one of them | `check all path($p), $p.starts_with("docs/") or operation($o), {…}.contains($o)` |
//! | clients | from these addresses | `check if client_ip($c), {…}.contains($c)` |
//!
//! The set behind `or operation` names the actions *without* a ref (or paths) that stay allowed: by default reading. An
//! action invented later is refused by it, not let through.
//!
//! # The life of a token
//!
//! ```
//! # #[cfg(all(feature = "mint", feature = "verify"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use gogs_spanner_capability::{
//!     Action, Coverage, Effect, Patterns, RefName, Right, Rights,
//!     token::{CheckError, Circumstances, Claims, Narrowing, PublicKeys, SigningKey, attenuate, mint, verify},
//! };
//!
//! // The gateway signs what an agent may do.
//! let key = SigningKey::generate(1);
//! let repositories = Patterns::only("acme/*".parse()?);
//! let actions = [Action::ContentsRead, Action::RefUpdate].into();
//! let rights = Rights(vec![Right::on(repositories, actions)]);
//! let token = mint(&key, &Claims {
//!     agent: "docs-writer".parse()?,
//!     nonce: "01JDXN0B".to_owned(),
//!     issuer: "https://idp.example.com".to_owned(),
//!     user: None,
//!     issued: "2026-11-23T10:00:00Z".parse()?,
//!     max_depth: 3,
//!     rights,
//!     service: "https://agents.example.com".to_owned(),
//!     expires: "2026-11-23T10:15:00Z".parse()?,
//! })?;
//!
//! // The agent hands less of it to a sub-agent, offline.
//! let less = attenuate(&token, &Narrowing::new().refs_under("refs/heads/agents/").delegate("lint"))?;
//!
//! // The gateway verifies what is presented, then asks it about each effect.
//! let keys: PublicKeys = [key.public()].into_iter().collect();
//! let verified = verify(&keys, &less, &|_revocation_id| false)?;
//! let time = "2026-11-23T10:05:00Z".parse()?;
//! let now = Circumstances { time, service: "https://agents.example.com", client: None };
//! let push = |branch| -> Result<_, Box<dyn std::error::Error>> {
//!     Ok(Effect::on_repository(Action::RefUpdate, &"acme/web".parse()?).at(RefName::for_branch(branch)?))
//! };
//! assert_eq!(verified.rights().cover(&push("main")?), Coverage::Granted);
//! assert_eq!(verified.check(&push("agents/lint")?, &now), Ok(()));
//! assert_eq!(verified.check(&push("main")?, &now), Err(CheckError::Narrowed));
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "mint", feature = "verify")))]
//! # fn main() {}
//! ```
//!
//! Nothing here knows HTTP, a clock or a database: time, keys and the revocation list are handed in. Without features
//! the crate narrows and reads tokens, which is what their holders do; `mint` and `verify` are the gateway's.

pub mod actions;
pub mod effect;
pub mod effective;
pub mod lfs;
pub mod names;
pub mod pattern;
pub mod reason;
pub mod right;
mod text;
pub mod token;

pub use self::{
    actions::{Action, Actions},
    effect::{Effect, Paths, Place, Resource, Touch},
    effective::{Effective, EffectiveRight, Limit},
    lfs::{LfsObject, LfsOid, Transfer},
    names::{AgentName, DelegateName, NameError, RefName, RepositoryName, TreePath},
    pattern::{PathPattern, Pattern, PatternError, Patterns, RefPattern, RepositoryPattern},
    reason::{Next, Reason},
    right::{Coverage, NarrowError, Request, Right, Rights},
};
