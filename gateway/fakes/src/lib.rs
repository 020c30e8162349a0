//! A demonstration forge over real git, and a demonstration identity provider.
//!
//! Both are stand-ins for other people's servers and know nothing of the gateway: they listen on loopback, keep what
//! they know in memory (the forge keeps its repositories as bare ones on disk), and die with the value that started
//! them. `spanner demo` shows the product with them, and the tests prove the gateway against them.
//!
//! * [`forge::Forge`] behaves as Gogs 0.14.3 with `REQUIRE_SIGNIN_VIEW = true` was recorded to behave.
//! * [`issuer::Issuer`] signs ID tokens, and misbehaves on request in the ways identity providers do.

pub mod forge;
pub mod issuer;
mod server;
