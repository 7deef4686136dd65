//! What the machine itself says: memory of a process, and how long its disk takes.

use std::{fs, fs::File, io::Write, path::Path};

use ringside_tests::report::{percentile, sorted};
use tokio::time::Instant;

/// Measured writes; some are made before, which do not count.
const WRITES: usize = 300;
const FIRST: usize = 20;

/// The kernel's clock ticks per second, as reported to programs.
const TICKS: f64 = 100.0;

/// The seconds of a processor that a process has used.
pub fn processor(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in parentheses, may contain blanks.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// The memory of a process in MiB; pages that several processes share count in part.
pub fn memory(process: u32) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(f64::NAN) / 1024.0
}

/// The median of the milliseconds from a page written to a file until it is on disk.
pub fn disk(folder: &Path) -> f64 {
    let path = folder.join("disk");
    let mut file = File::create(&path).unwrap();
    let times = (0..FIRST + WRITES).map(|_| {
        let begun = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        begun.elapsed().as_secs_f64() * 1000.0
    });
    let times = sorted(times.skip(FIRST).collect());
    fs::remove_file(path).unwrap();
    percentile(&times, 50.0)
}
