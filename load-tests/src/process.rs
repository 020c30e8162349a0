//! What the kernel says of a process (`man 5 proc_pid_status`, `proc_pid_stat`).

use std::{fs, path::Path, time::Duration};

use crate::Failure;

/// Clock ticks a second: `USER_HZ`, the same on every Linux that Rust runs on.
const TICKS: u64 = 100;

/// The most memory it ever had, in bytes.
pub(crate) fn peak_memory(id: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("there is no VmHWM")?;
    Ok(kibibytes.trim().parse::<u64>()? * 1024)
}

/// Processor time it took so far, with all its children: those at work, and those that have ended.
pub(crate) fn processor_time(id: u32) -> Result<Duration, Failure> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The second field, the name in brackets, may hold anything; what follows it does not.
    let (_, fields) = stat.rsplit_once(')').ok_or("there is no name")?;
    let own = fields.split_whitespace().skip(11).take(4).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    let children = children(Path::new(&format!("/proc/{id}/task")))?;
    let theirs = children.into_iter().map(processor_time).sum::<Result<Duration, _>>()?;
    Ok(Duration::from_millis(own * 1000 / TICKS) + theirs)
}

fn children(tasks: &Path) -> Result<Vec<u32>, Failure> {
    let mut found = Vec::new();
    for task in fs::read_dir(tasks)? {
        let listed = fs::read_to_string(task?.path().join("children"))?;
        found.extend(listed.split_whitespace().map(str::parse::<u32>).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}
