-- The forge's number of the repository that was first met under a name; a name can pass to another, a number cannot.
CREATE TABLE identity (
    repository TEXT    PRIMARY KEY,
    forge_id   INTEGER NOT NULL,
    met        INTEGER NOT NULL
) WITHOUT ROWID;
