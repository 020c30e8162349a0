//! The table, ready to be pasted into a report.

use std::{fmt, time::Duration};

/// What one push or clone took.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) wall: Duration,
    pub(super) processor: Duration,
    pub(super) memory: u64,
}

/// Who was measured, in the order of the rows.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Direct,
    Proxy,
    Gateway,
    Inspected,
}

/// All runs.
pub(super) struct Report {
    mebibytes: f64,
    pushes: [Vec<Run>; 4],
    clones: [Vec<Run>; 4],
}

const NAMES: [&str; 4] = ["git alone", "nginx, streaming", "gateway", "gateway, looked into"];

impl Report {
    pub(super) fn new(mebibytes: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand MiB")]
        Self { mebibytes: mebibytes as f64, pushes: Default::default(), clones: Default::default() }
    }

    pub(super) fn columns() -> [Column; 4] {
        [Column::Direct, Column::Proxy, Column::Gateway, Column::Inspected]
    }

    pub(super) fn add(&mut self, column: Column, push: Run, clone: Run) {
        self.pushes[column as usize].push(push);
        self.clones[column as usize].push(clone);
    }

    fn rows(&self, f: &mut fmt::Formatter<'_>, what: &str, runs: &[Vec<Run>; 4]) -> fmt::Result {
        let proxy = median(&runs[Column::Proxy as usize], |run| run.wall);
        for (name, runs) in NAMES.iter().zip(runs) {
            let wall = median(runs, |run| run.wall);
            let speed = self.mebibytes / wall;
            let processor = median(runs, |run| run.processor) * 1024.0 / self.mebibytes;
            let grown = runs.iter().map(|run| run.memory).max().unwrap_or_default() >> 10;
            let ratio = proxy / wall;
            writeln!(f, "| {what} | {name} | {speed:.0} | {ratio:.2} | {processor:.2} | {grown} |")?;
        }
        Ok(())
    }

    /// What looking into a push adds, in seconds of the clock and of the processor for each MiB.
    fn inspection(&self) -> [f64; 2] {
        let [through, inspected] = [Column::Gateway, Column::Inspected].map(|column| &self.pushes[column as usize]);
        let added = |what: fn(&Run) -> Duration| (median(inspected, what) - median(through, what)) / self.mebibytes;
        [added(|run| run.wall), added(|run| run.processor)]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {} MiB | through | MiB/s | × nginx | CPU s per GiB | peak memory grew by KiB |",
            self.mebibytes
        )?;
        writeln!(f, "|---|---|---:|---:|---:|---:|")?;
        self.rows(f, "push", &self.pushes)?;
        self.rows(f, "clone", &self.clones)?;
        let [wall, processor] = self.inspection().map(|seconds| seconds * 1000.0);
        write!(f, "\nLooking into a push costs {wall:.1} ms more per MiB, {processor:.1} ms of it processor time.")
    }
}

/// In seconds.
fn median(runs: &[Run], what: impl Fn(&Run) -> Duration) -> f64 {
    let mut times: Vec<_> = runs.iter().map(what).collect();
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
}
