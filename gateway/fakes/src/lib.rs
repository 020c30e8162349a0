//! A demonstration forge over real git, and a demonstration identity provider.
