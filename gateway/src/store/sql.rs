//! The statements, in the dialect SQLite and PostgreSQL share; each backend binds them.

pub(super) const ALL_KEYS: &str = "SELECT id, purpose, sealed, published, signs_from FROM signing_key ORDER BY id";

pub(super) const ADD_KEY: &str =
    "INSERT INTO signing_key (id, purpose, sealed, published, signs_from) VALUES ($1, $2, $3, $4, $5)";

pub(super) const ALL_REVOCATIONS: &str = "SELECT id FROM revocation";

pub(super) const ADD_REVOCATION: &str =
    "INSERT INTO revocation (id, revoked, keep_until) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";

pub(super) const PRUNE_REVOCATIONS: &str = "DELETE FROM revocation WHERE keep_until < $1";

pub(super) const ALL_CUTOFFS: &str = "SELECT kind, subject, before FROM cutoff";

pub(super) const ADD_CUTOFF: &str = "\
    INSERT INTO cutoff (kind, subject, before, made) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (kind, subject) DO UPDATE SET before = excluded.before, made = excluded.made \
    WHERE cutoff.before < excluded.before";

pub(super) const ACCOUNT: &str =
    "SELECT agent, login, user_id, token_name, sealed_token, created FROM account WHERE agent = $1";

pub(super) const SAVE_ACCOUNT: &str = "\
    INSERT INTO account (agent, login, user_id, token_name, sealed_token, created) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (agent) DO UPDATE SET login = excluded.login, user_id = excluded.user_id, \
    token_name = excluded.token_name, sealed_token = excluded.sealed_token, created = excluded.created";

pub(super) const FORGET_ACCOUNT: &str = "DELETE FROM account WHERE agent = $1";

pub(super) const FORGET_COLLABORATIONS: &str = "DELETE FROM collaboration WHERE agent = $1";

pub(super) const COLLABORATIONS: &str =
    "SELECT repository, permission FROM collaboration WHERE agent = $1 ORDER BY repository";

pub(super) const SAVE_COLLABORATION: &str = "\
    INSERT INTO collaboration (agent, repository, permission) VALUES ($1, $2, $3) \
    ON CONFLICT (agent, repository) DO UPDATE SET permission = excluded.permission";

pub(super) const PIN: &str =
    "INSERT INTO identity (repository, forge_id, met) VALUES ($1, $2, $3) ON CONFLICT (repository) DO NOTHING";

pub(super) const PINNED: &str = "SELECT forge_id FROM identity WHERE repository = $1";

pub(super) const PINS: &str = "SELECT repository, forge_id FROM identity";

pub(super) const ALL_PEOPLE: &str = "SELECT name, issuer, subject, claims, seen, is_current FROM person";

/// Whoever has the name already keeps it.
pub(super) const MEET: &str = "\
    INSERT INTO person (name, issuer, subject, claims, met, seen, is_current) VALUES ($1, $2, $3, $4, $5, $6, 1) \
    ON CONFLICT (name) DO UPDATE SET claims = excluded.claims, seen = excluded.seen, is_current = 1 \
    WHERE person.issuer = excluded.issuer AND person.subject = excluded.subject";

pub(super) const WHOSE: &str = "SELECT issuer, subject FROM person WHERE name = $1";

pub(super) const OUTDATE_OTHER_NAMES: &str =
    "UPDATE person SET is_current = 0 WHERE issuer = $1 AND subject = $2 AND name <> $3";

pub(super) const OUTDATE: &str = "UPDATE person SET is_current = 0 WHERE issuer = $1 AND subject = $2";

pub(super) const FORGET_PERSON: &str = "DELETE FROM person WHERE name = $1 RETURNING issuer, subject";

pub(super) const ALL_LOCKS: &str = "SELECT kind, name, locked, by FROM holder_lock";

pub(super) const ALL_LOCKED_IDENTITIES: &str = "SELECT name, issuer, subject, is_freed FROM locked_identity";

pub(super) const ADD_LOCK: &str =
    "INSERT INTO holder_lock (kind, name, locked, by) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, name) DO NOTHING";

pub(super) const LOCK_IDENTITY: &str = "\
    INSERT INTO locked_identity (name, issuer, subject) VALUES ($1, $2, $3) \
    ON CONFLICT (name, issuer, subject) DO UPDATE SET is_freed = 0";

pub(super) const FREE_IDENTITY: &str =
    "UPDATE locked_identity SET is_freed = 1 WHERE name = $1 AND issuer = $2 AND subject = $3";

pub(super) const REMOVE_LOCK: &str = "DELETE FROM holder_lock WHERE kind = $1 AND name = $2";

pub(super) const UNLOCK_IDENTITIES: &str = "DELETE FROM locked_identity WHERE name = $1";

pub(super) const UNPIN: &str = "DELETE FROM identity WHERE repository = $1 RETURNING forge_id";

pub(super) const LEAVE_REPOSITORY: &str = "DELETE FROM collaboration WHERE repository = $1";

pub(super) const ALL_SPENDINGS: &str = "SELECT agent, limited, amount, per, back FROM spending";

pub(super) const SAVE_SPENDING: &str = "\
    INSERT INTO spending (agent, limited, amount, per, back) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (agent, limited) DO UPDATE SET amount = excluded.amount, per = excluded.per, back = excluded.back";

pub(super) const PRUNE_SPENDINGS: &str = "DELETE FROM spending WHERE back < $1";

/// Two requests may bring one proof in one transaction: the first row stays, and says whose the proof is.
pub(super) const TAKE_PROOF: &str =
    "INSERT INTO proof (digest, request_id, keep_until) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING";

pub(super) const PROOF_TAKEN_BY: &str = "SELECT request_id FROM proof WHERE digest = $1";

pub(super) const PRUNE_PROOFS: &str = "DELETE FROM proof WHERE keep_until < $1";

/// Followed by the rows, then by [`UNLESS_RECORDED`].
pub(super) const RECORD: &str = "\
    INSERT INTO record (request_id, ordinal, time, trace_id, door, agent, on_behalf_of, action, repository, ref, paths, \
    reason, truth, token) ";

pub(super) const UNLESS_RECORDED: &str =
    " ON CONFLICT (request_id, ordinal) DO NOTHING RETURNING request_id, ordinal, seq";

pub(super) const RECORDED_AS: &str = "SELECT seq FROM record WHERE request_id = $1 AND ordinal = $2";

/// Followed by the rows, then by [`UNLESS_CONCLUDED`].
pub(super) const OUTCOME: &str = "INSERT INTO outcome (request_id, ordinal, time, result) ";

pub(super) const UNLESS_CONCLUDED: &str = " ON CONFLICT (request_id, ordinal) DO NOTHING";

/// Followed by conditions, each beginning with ` AND `. A refusal shows the truth about itself as its result.
pub(super) const LINES: &str = "\
    SELECT r.seq, r.time, r.request_id, r.trace_id, r.agent, r.on_behalf_of, r.action, r.repository, r.ref, r.paths, \
    r.reason, r.token, COALESCE(o.result, r.truth) AS result, o.request_id IS NOT NULL AS concluded \
    FROM record r LEFT JOIN outcome o ON o.request_id = r.request_id AND o.ordinal = r.ordinal WHERE 1 = 1";

pub(super) const REFUSED: &str = " AND r.reason IS NOT NULL";
pub(super) const PERMITTED: &str = " AND r.reason IS NULL AND o.request_id IS NOT NULL";
pub(super) const UNKNOWN: &str = " AND r.reason IS NULL AND o.request_id IS NULL";
