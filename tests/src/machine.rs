//! What the machine says about processes, and how long its disk takes. A figure that cannot be read is NaN, which meets no limit.

use std::{fs, fs::File, io::Write, path::Path};

use tokio::time::Instant;

use crate::report::{percentile, sorted};

/// Measured writes; some are made before, which do not count.
const WRITES: usize = 300;
const FIRST: usize = 20;
/// The kernel's clock ticks per second, as reported to programs.
const TICKS: f64 = 100.0;
pub const MIB: f64 = 1024.0 * 1024.0;

/// The fields of `/proc/ID/stat` after the name.
fn stat(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name may contain any character, but ends with the last bracket.
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// The seconds of a processor that a process has used.
pub fn processor(process: u32) -> f64 {
    let ticks = |stat: &[String]| -> Option<f64> { Some(stat.get(11)?.parse::<f64>().ok()? + stat.get(12)?.parse::<f64>().ok()?) };
    stat(process).and_then(|stat| ticks(&stat)).map_or(f64::NAN, |ticks| ticks / TICKS)
}

/// The memory of a process in bytes; pages that several processes share count in part.
pub fn memory(process: u32) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let kilobytes = rollup.lines().find_map(|line| line.strip_prefix("Pss:")?.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes * 1024.0)
}

/// The sum of a figure over a process and its descendants. A descendant that ended meanwhile adds nothing.
pub fn of_family(root: u32, figure: fn(u32) -> f64) -> f64 {
    let descendants = family(root).into_iter().filter(|process| *process != root).map(figure).filter(|figure| !figure.is_nan());
    figure(root) + descendants.sum::<f64>()
}

fn family(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let process: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((process, stat(process)?.get(1)?.parse().ok()?))
        })
        .collect();
    let mut family = vec![root];
    let mut at = 0;
    while at < family.len() {
        let of = family[at];
        family.extend(parents.iter().filter(|(_, parent)| *parent == of).map(|(process, _)| *process));
        at += 1;
    }
    family
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_not_there_has_no_figures() {
        let (own, none) = (std::process::id(), u32::MAX);
        for figure in [processor, memory] {
            assert!(figure(own) >= 0.0 && of_family(own, figure) >= 0.0);
            assert!(figure(none).is_nan() && of_family(none, figure).is_nan());
        }
    }
}
