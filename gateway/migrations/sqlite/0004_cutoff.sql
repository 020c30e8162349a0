-- Tokens minted before an instant are not accepted any more: all, an agent's, or those got with one of its keys.
CREATE TABLE cutoff (
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    before  INTEGER NOT NULL,
    made    INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) WITHOUT ROWID;
