//! The machine, in words.

use std::fs;

use anyhow::Result;

/// Processor, cores, kernel and memory.
pub(super) fn describe() -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("an unnamed processor", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let kernel = kernel.trim();
    let arch = std::env::consts::ARCH;
    Ok(format!("{model}, {cores} cores, {arch}, Linux {kernel}"))
}
