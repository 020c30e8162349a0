//! Each client, how it is run, and what is expected of it.

use super::{api, git};

/// A program, as the matrix names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) name: &'static str,
    /// Runs its script; what is to be done follows. `$SCRIPTS` is `gateway/tests/clients`, `$MADE` what was installed.
    pub(super) runner: &'static str,
    pub(super) does: Does,
}

/// What a client is for, and what is expected of each operation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Does {
    Git([Cell; git::OPERATIONS.len()]),
    Api([Cell; api::OPERATIONS.len()]),
}

/// What comes of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// It is done; what is noted of how is what was seen.
    Done(&'static str),
    /// The client has no such thing, or not so.
    Cannot(&'static str),
}

use Cell::{Cannot, Done};

const SHOWN: Cell = Done("with reason and hint");
const CHUNKED: Cell = Done("chunked");
const AT_ONCE: Cell = Done("with its length");
const GZIP: Cell = Done("as gzip");
const PLAIN: Cell = Done("uncompressed");
const YES: Cell = Done("");

const GIT: Does = Does::Git([YES, YES, YES, SHOWN, CHUNKED, GZIP, YES, YES, YES]);
const NO_PUSH: Cell = Cannot("it has no push");
const ALL_OF_IT: Cell = Cannot("it gets all of the history by protocol v0, the one Gogs speaks");
const NO_ISSUES: Cell = Cannot("it has no issues");
const NO_COMMENTS: Cell = Cannot("it has no comments");
const NO_HOOKS: Cell = Cannot("it has no hooks");

/// All of them.
pub(super) static CLIENTS: [Client; 13] = [
    Client { name: "git, Debian 12", runner: "sh $SCRIPTS/git.sh", does: GIT },
    Client { name: "git, Debian 13", runner: "GIT=$MADE/git-trixie/git sh $SCRIPTS/git.sh", does: GIT },
    Client { name: "git, Debian sid", runner: "GIT=$MADE/git-sid/git sh $SCRIPTS/git.sh", does: GIT },
    Client {
        name: "git-lfs",
        runner: "sh $SCRIPTS/git-lfs.sh",
        does: Does::Git([YES, YES, YES, SHOWN, Done("as an LFS object"), GZIP, YES, YES, YES]),
    },
    Client {
        name: "libgit2",
        runner: "$MADE/python/bin/python $SCRIPTS/python/libgit2.py",
        does: Does::Git([YES, YES, YES, SHOWN, CHUNKED, PLAIN, YES, YES, YES]),
    },
    Client {
        name: "dulwich",
        runner: "$MADE/python/bin/python $SCRIPTS/python/with_dulwich.py",
        does: Does::Git([YES, YES, YES, SHOWN, CHUNKED, PLAIN, YES, YES, YES]),
    },
    Client {
        name: "isomorphic-git",
        runner: "node $MADE/node/isomorphic-git.mjs",
        does: Does::Git([YES, YES, YES, SHOWN, AT_ONCE, PLAIN, YES, YES, YES]),
    },
    Client {
        name: "JGit",
        runner: "java -cp \"$MADE/java:$MADE/java/*\" JGit",
        does: Does::Git([YES, YES, GZIP, SHOWN, CHUNKED, GZIP, YES, YES, YES]),
    },
    Client {
        name: "gitoxide",
        runner: "$MADE/gix/release/gix-client",
        does: Does::Git([YES, YES, NO_PUSH, NO_PUSH, NO_PUSH, PLAIN, ALL_OF_IT, NO_PUSH, NO_PUSH]),
    },
    Client {
        name: "go-gogs-client",
        runner: "$MADE/go-gogs-client",
        does: Does::Api([YES, YES, YES, YES, YES, YES, Done("with its status alone"), SHOWN]),
    },
    Client {
        name: "gogs-client, PyPI",
        runner: "$MADE/gogs-client/bin/python $SCRIPTS/python/with_gogs_client.py",
        does: Does::Api([YES, YES, NO_ISSUES, NO_ISSUES, NO_COMMENTS, YES, SHOWN, SHOWN]),
    },
    Client {
        name: "gogs-client, npm",
        runner: "node $MADE/node/gogs-client.cjs",
        does: Does::Api([YES, YES, NO_ISSUES, NO_ISSUES, NO_COMMENTS, NO_HOOKS, SHOWN, SHOWN]),
    },
    Client {
        name: "gogs-cli",
        runner: "sh $SCRIPTS/gogs-cli.sh",
        does: Does::Api([
            Cannot("it asks for none but what its own account owns"),
            YES,
            NO_ISSUES,
            NO_ISSUES,
            NO_COMMENTS,
            NO_HOOKS,
            SHOWN,
            Done("with its status alone"),
        ]),
    },
];

impl Client {
    /// The one of this name.
    pub(super) fn named(name: &str) -> &'static Self {
        CLIENTS.iter().find(|client| client.name == name).expect("a client of the table")
    }
}

impl Does {
    /// What there is to be done.
    pub(super) const fn operations(&self) -> &'static [&'static str] {
        match self {
            Self::Git(_) => &git::OPERATIONS,
            Self::Api(_) => &api::OPERATIONS,
        }
    }

    /// What is expected, operation by operation.
    pub(super) fn cells(&self) -> &[Cell] {
        match self {
            Self::Git(cells) => cells,
            Self::Api(cells) => cells,
        }
    }
}
