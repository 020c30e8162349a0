//! Building a gateway from its configuration, and running it.
