//! The gateway as a whole: real git and real HTTP, a gateway in this process, and a forge behind it that tells what
//! reached it.
//!
//! [`live`] tells the same stories before a real Gogs, [`large`] moves more than a machine should hold in memory,
//! [`clients`] tries programs nobody here wrote, [`providers`] an identity provider; `cargo xtask verify` runs them.

mod accounts;
mod agents;
mod answers;
mod cache;
mod ci_bot;
mod clients;
mod clone_and_push;
mod crash;
mod credential_helper;
mod credentials;
mod dashboard;
mod demo;
mod doctor;
mod drain;
mod escapes;
mod examples;
mod first_impressions;
mod force;
mod full_disk;
mod guides;
mod headers;
mod hostile;
mod identity;
mod init;
mod journal;
mod large;
mod lease;
mod lfs;
mod limited_reads;
mod limits;
mod live;
mod login;
mod manifests;
mod mentions;
mod metrics;
mod nginx;
mod outage;
mod own_api;
mod paths;
mod pipelines;
mod process;
mod proofs;
mod providers;
mod refusals;
mod rest;
mod revocations;
mod secrets;
mod shapes;
mod site;
mod stories;
mod tokens;
mod transcripts;
mod wikis;
