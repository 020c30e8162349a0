//! The table, ready to be pasted into a report.

use std::fmt;

use crate::drive::Sample;

/// Over the rows.
pub(crate) const HEAD: &str =
    "| connections | nginx req/s | gateway req/s | ratio | added p50 |\n|---:|---:|---:|---:|---:|";

/// The medians for one number of connections.
pub(crate) struct Row {
    pub(crate) connections: usize,
    pub(crate) nginx: Sample,
    pub(crate) gateway: Sample,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, nginx, gateway } = self;
        let ratio = gateway.per_second / nginx.per_second;
        let added = (gateway.median.as_secs_f64() - nginx.median.as_secs_f64()) * 1e6;
        write!(
            f,
            "| {connections} | {:.0} | {:.0} | {ratio:.2} | {added:.0} µs |",
            nginx.per_second, gateway.per_second
        )
    }
}
