//! `git-credential-spanner` with real git: one line of configuration, a gateway, and nothing typed in.

mod machine;
mod platforms;
mod stories;

pub(crate) use self::machine::Machine;
