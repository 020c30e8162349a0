-- Times are microseconds since 1970 in UTC; names are in their canonical spelling.

CREATE TABLE signing_key (
    id         INTEGER PRIMARY KEY,
    purpose    TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    published  INTEGER NOT NULL,
    signs_from INTEGER NOT NULL
);

CREATE TABLE revocation (
    id         TEXT    PRIMARY KEY,
    revoked    INTEGER NOT NULL,
    keep_until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE account (
    agent        TEXT    PRIMARY KEY,
    login        TEXT    NOT NULL UNIQUE,
    user_id      INTEGER NOT NULL,
    token_name   TEXT    NOT NULL,
    sealed_token BLOB    NOT NULL,
    created      INTEGER NOT NULL
);

CREATE TABLE collaboration (
    agent      TEXT NOT NULL,
    repository TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (agent, repository)
) WITHOUT ROWID;

-- A proof made for us is taken once; `request_id` tells a retried write from a replay.
CREATE TABLE proof (
    digest     BLOB    PRIMARY KEY,
    request_id TEXT    NOT NULL,
    keep_until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX proof_keep_until ON proof (keep_until);

-- What was decided. One owner and one writer, and rows never go: `seq` is the order of commit, without gaps.
CREATE TABLE record (
    seq          INTEGER PRIMARY KEY,
    request_id   TEXT    NOT NULL,
    ordinal      INTEGER NOT NULL,
    time         INTEGER NOT NULL,
    trace_id     TEXT,
    door         TEXT    NOT NULL,
    agent        TEXT,
    on_behalf_of TEXT,
    action       TEXT    NOT NULL,
    repository   TEXT    NOT NULL,
    ref          TEXT,
    paths        TEXT    NOT NULL,
    reason       TEXT,
    truth        TEXT,
    token        TEXT,
    UNIQUE (request_id, ordinal)
);
CREATE INDEX record_time ON record (time);
CREATE INDEX record_agent ON record (agent, seq);
CREATE INDEX record_repository ON record (repository, seq);

-- What came of it: a row of its own, for a record is never touched again.
CREATE TABLE outcome (
    request_id TEXT    NOT NULL,
    ordinal    INTEGER NOT NULL,
    time       INTEGER NOT NULL,
    result     TEXT    NOT NULL,
    PRIMARY KEY (request_id, ordinal)
) WITHOUT ROWID;

CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record
BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER record_is_never_removed BEFORE DELETE ON record
BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER outcome_is_never_changed BEFORE UPDATE ON outcome
BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER outcome_is_never_removed BEFORE DELETE ON outcome
BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
