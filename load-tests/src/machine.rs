//! What was measured on.

use std::{fs, io, thread};

/// Processor, cores and kernel, in one line.
pub(crate) fn describe() -> io::Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let cores = thread::available_parallelism()?;
    Ok(format!("{}, {cores} cores, Linux {}", model.map_or("unknown processor", |(_, name)| name), kernel.trim()))
}
