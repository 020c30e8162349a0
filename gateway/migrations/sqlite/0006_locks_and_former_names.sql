-- Only the name somebody signed in with last says what her claims say: the others are hers still, and speak of nothing.
ALTER TABLE person ADD COLUMN is_current INTEGER NOT NULL DEFAULT 1;

UPDATE person SET is_current = 0 WHERE EXISTS (
    SELECT 1 FROM person AS later
    WHERE later.issuer = person.issuer AND later.subject = person.subject
        AND (later.seen > person.seen OR (later.seen = person.seen AND later.name > person.name))
);

-- Who stands behind the name of a lock: these stay locked whatever they are called.
CREATE TABLE locked_identity (
    name    TEXT NOT NULL,
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (name, issuer, subject)
) WITHOUT ROWID;

-- Locks on people are kept in lower case.
INSERT INTO holder_lock (kind, name, locked, by)
SELECT kind, lower(name), locked, by FROM holder_lock WHERE kind = 'person' AND name <> lower(name)
ON CONFLICT (kind, name) DO NOTHING;

DELETE FROM holder_lock WHERE kind = 'person' AND name <> lower(name);

INSERT INTO locked_identity (name, issuer, subject)
SELECT DISTINCT held.name, person.issuer, person.subject FROM holder_lock AS held
JOIN person ON held.name IN (lower(person.name), lower(person.subject)) WHERE held.kind = 'person';
