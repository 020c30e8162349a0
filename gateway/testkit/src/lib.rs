//! What the tests share: a whole gateway, its callers as types, a manual clock.
