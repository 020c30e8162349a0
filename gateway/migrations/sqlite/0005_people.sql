-- People who signed in. A name belongs to the first identity (issuer and subject) that came with it; what her claims said
-- is as of her last sign-in.
CREATE TABLE person (
    name    TEXT    PRIMARY KEY,
    issuer  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    claims  TEXT    NOT NULL,
    met     INTEGER NOT NULL,
    seen    INTEGER NOT NULL
) WITHOUT ROWID;

-- Who may do nothing for now: an agent, or a person.
CREATE TABLE holder_lock (
    kind   TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    locked INTEGER NOT NULL,
    by     TEXT    NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
