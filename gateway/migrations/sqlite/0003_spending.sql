-- What agents have spent of limits that outlive a restart: `back` is when all of it will have come back.
CREATE TABLE spending (
    agent   TEXT    NOT NULL,
    limited TEXT    NOT NULL,
    amount  INTEGER NOT NULL,
    per     TEXT    NOT NULL,
    back    INTEGER NOT NULL,
    PRIMARY KEY (agent, limited)
) WITHOUT ROWID;
