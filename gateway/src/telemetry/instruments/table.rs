//! Every name the gateway emits, and what it means. The reference is generated from this table, and a test holds it against
//! what a run emits.

/// One span.
#[derive(Debug)]
pub struct Span {
    /// Its name.
    pub name: &'static str,
    /// What it covers.
    pub meaning: &'static str,
}

/// One attribute of spans and log events.
#[derive(Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// The kind of instrument behind it.
    pub kind: &'static str,
    /// Its unit (UCUM).
    pub unit: &'static str,
    /// The labels of its series.
    pub labels: &'static [&'static str],
    /// What it measures.
    pub meaning: &'static str,
}

impl Metric {
    /// Its name as Prometheus has it, from `/metrics` and from a collector alike: the specification of OpenTelemetry
    /// fixes the mapping. A histogram's series are this with `_bucket`, `_sum` and `_count`.
    pub fn in_prometheus(&self) -> String {
        let name = self.name.replace('.', "_");
        let unit = if self.unit == "s" { "_seconds" } else { "" };
        let total = if self.kind == "counter" { "_total" } else { "" };
        format!("{name}{unit}{total}")
    }
}

macro_rules! rows {
    ($row:ident: $($constant:ident = $name:literal, $meaning:literal;)*) => {
        /// All of them, in the order of the reference.
        pub const ALL: &[super::$row] = &[$(super::$row { name: $name, meaning: $meaning }),*];
        $(#[doc = $meaning] pub const $constant: &str = $name;)*
    };
}

macro_rules! metrics {
    ($($constant:ident = $name:literal, $kind:literal, $unit:literal, [$($label:ident),*], $meaning:literal;)*) => {
        /// All of them, in the order of the reference.
        pub const ALL: &[&super::Metric] = &[$(&$constant),*];
        $(#[doc = $meaning] pub const $constant: super::Metric = super::Metric {
            name: $name, kind: $kind, unit: $unit, labels: &[$(super::label::$label),*], meaning: $meaning,
        };)*
    };
}

/// Spans.
pub mod span {
    rows! { Span:
        REQUEST = "spanner.request", "one request, from its arrival until it is answered";
        EXCHANGE = "spanner.exchange", "one proof of identity, exchanged for a token";
        CLASSIFY = "classify", "request → route";
        AUTHENTICATE = "authenticate", "header → verified token";
        EXAMINE = "examine", "route and bounded reading → complete effects";
        AUTHORIZE = "authorize", "effects → permit or refusal";
        INTEND = "intend", "writing down what is about to be done";
        FORWARD = "forward", "there and back";
    }
}

/// Attributes.
pub mod attribute {
    rows! { Attribute:
        AGENT = "gogs_spanner.agent", "who";
        OWNER = "gogs_spanner.owner", "who answers for the agent";
        ON_BEHALF_OF = "gogs_spanner.on_behalf_of", "for whom";
        ACTION = "gogs_spanner.action", "what it would do";
        OUTCOME = "gogs_spanner.outcome", "`permit`, `refuse` or `unknown`";
        REASON = "gogs_spanner.reason", "why it was refused";
        TOKEN = "gogs_spanner.token.revocation_id", "the last revocation id of the token; listing it revokes the token";
        SEQ = "gogs_spanner.journal.seq", "the record's number in the journal";
        EPOCH = "gogs_spanner.policy.epoch", "the policy it was decided under";
        CACHE = "gogs_spanner.cache", "`hit` or `miss`, of the cache asked last";
        REQUEST_ID = "gogs_spanner.request_id", "the id in the answer and in the journal";
        DOOR = "gogs_spanner.door", "`git`, `rest`, `lfs` or `own`";
        OWNER_NAME = "vcs.owner.name", "the repository's owner";
        REPOSITORY = "vcs.repository.name", "the repository's name";
        REF = "vcs.ref.head.name", "the ref";
        METHOD = "http.request.method", "the request's method";
        STATUS = "http.response.status_code", "what it was answered with";
        CLIENT = "client.address", "the client's address, as far as the peer that named it is trusted";
    }
}

/// Labels of metrics. Repositories and refs are never among them.
pub mod label {
    rows! { Attribute:
        OUTCOME = "outcome", "`permit`, `refuse` or `unknown`";
        REASON = "reason", "why it was refused";
        ACTION = "action", "what it would do";
        DOOR = "door", "`git`, `rest`, `lfs` or `own`";
        AGENT = "agent", "who, of today's policy; at most 1,000 values, the rest are `other`";
        GRANT = "grant", "how the token was asked for: `key`, a platform's `proof`, or another `token`";
        STATUS = "status", "the status of the answer";
        CACHE = "cache", "which cache";
        RESULT = "result", "`hit` or `miss`";
        KEY = "key", "the root key's id";
        SIGNAL = "signal", "`traces` or `logs`";
    }
}

/// Metrics.
pub mod metric {
    metrics! {
        DECISIONS = "gogs_spanner.decisions", "counter", "{decision}", [OUTCOME, REASON, ACTION, DOOR, AGENT],
            "effects decided on, and requests turned away before there was one";
        TOKENS_ISSUED = "gogs_spanner.tokens.issued", "counter", "{token}", [GRANT, AGENT],
            "tokens handed out";
        REQUEST_DURATION = "gogs_spanner.request.duration", "histogram", "s", [DOOR, STATUS],
            "from the arrival of a request until it is answered";
        UPSTREAM_DURATION = "gogs_spanner.upstream.duration", "histogram", "s", [DOOR, STATUS],
            "from sending a request to the forge until its answer begins";
        CACHE_LOOKUPS = "gogs_spanner.cache.lookups", "counter", "{lookup}", [CACHE, RESULT],
            "questions put to a cache";
        REVOCATION_LAG = "gogs_spanner.revocation.lag", "histogram", "s", [],
            "from asking for a revocation until it bites";
        JOURNAL_COMMIT_DURATION = "gogs_spanner.journal.commit.duration", "histogram", "s", [],
            "one durable write of the journal";
        KEYS_AGE = "gogs_spanner.keys.age", "gauge", "s", [KEY],
            "how long the key that signs has been signing";
        KEYS_ROTATION = "gogs_spanner.keys.rotation", "gauge", "s", [],
            "how long a key is to sign, then the next one does";
        TELEMETRY_LOST = "gogs_spanner.telemetry.lost", "counter", "{item}", [SIGNAL],
            "spans and log events the queue had no place for or the collector did not take";
    }
}
