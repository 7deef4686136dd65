//! The record of the last runs and how each ended. If three runs that began within a minute crashed, the next one is in safe mode (T21);
//! the same holds after one whose window stayed blank (T12).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use ringside_domain::{ProblemCode, Timestamp};
use serde::{Deserialize, Serialize};

use crate::life::{locked, paths::replace_private};

/// The name of a record that could not be read.
const ASIDE: &str = "starts-damaged.json";
/// So many runs that began within [`SPAN`] and crashed are a crash loop.
const LOOP: usize = 3;
const SPAN: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    at: Timestamp,
    /// None: the run continues, or it crashed.
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum End {
    Well,
    /// The main window was never drawn.
    Blank,
}

/// The record, this run included. Only the process that holds the lock on the data folder may use it.
#[derive(Debug)]
pub struct LastRuns {
    file: PathBuf,
    runs: Mutex<Vec<Run>>,
    /// Why this run is in safe mode.
    pub safe: Option<ProblemCode>,
}

impl LastRuns {
    /// Records that this run begins. A record that cannot be read or written is no reason for safe mode.
    pub fn begin(file: PathBuf, now: Timestamp) -> Self {
        let mut runs = read(&file).unwrap_or_else(|error| {
            // Kept unchanged for diagnosis.
            let aside = fs::rename(&file, file.with_file_name(ASIDE));
            tracing::warn!(%error, file = %file.display(), ?aside, "the record of the last runs cannot be read");
            Vec::new()
        });
        let safe = reason(&runs);
        runs.push(Run { at: now, end: None });
        let surplus = runs.len().saturating_sub(LOOP);
        runs.drain(..surplus);
        let record = Self { file, runs: Mutex::new(runs), safe };
        record.write(&locked(&record.runs));
        record
    }

    /// Records how this run ends. It may still be ended by the system before it has ended itself.
    pub fn end(&self, end: End) {
        let mut runs = locked(&self.runs);
        if let Some(this) = runs.last_mut() {
            this.end = Some(end);
        }
        self.write(&runs);
    }

    fn write(&self, runs: &[Run]) {
        if let Err(error) = write(&self.file, runs) {
            tracing::warn!(%error, "the record of the last runs cannot be written");
        }
    }
}

fn reason(runs: &[Run]) -> Option<ProblemCode> {
    if runs.last().is_some_and(|last| last.end == Some(End::Blank)) {
        return Some(ProblemCode::SafeModeBlank);
    }
    is_loop(runs).then_some(ProblemCode::SafeModeCrashes)
}

/// Whether the last three runs crashed; a run that ended well shows that a start is possible.
fn is_loop(runs: &[Run]) -> bool {
    let Some([first, .., last]) = runs.last_chunk::<LOOP>() else { return false };
    // If the clock was set back, the times cannot be compared.
    let span = first.at..=first.at.plus(SPAN);
    span.contains(&last.at) && runs.iter().rev().take(LOOP).all(|run| run.end.is_none())
}

fn read(file: &Path) -> io::Result<Vec<Run>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(serde_json::from_str(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn write(file: &Path, runs: &[Run]) -> io::Result<()> {
    replace_private(file, &serde_json::to_string(runs)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs that began at these seconds and crashed.
    fn died(at: &[i64]) -> Vec<Run> {
        at.iter().map(|at| Run { at: Timestamp(at * 1000), end: None }).collect()
    }

    #[test]
    fn three_crashes_of_runs_begun_within_a_minute_are_a_loop() {
        assert!(is_loop(&died(&[0, 20, 60])));
        assert!(is_loop(&died(&[-500, 0, 20, 60])), "the last three count");
        assert!(!is_loop(&died(&[0, 20, 61])));
        assert!(!is_loop(&died(&[20, 60])));
        assert!(!is_loop(&died(&[60, 20, 0])), "the clock was set back");
        assert!(!is_loop(&[]));
        for well in 0..LOOP {
            let mut runs = died(&[0, 1, 2]);
            runs[well].end = Some(End::Well);
            assert!(!is_loop(&runs), "{well} ended well");
        }
    }

    #[test]
    fn after_a_crash_loop_the_next_run_is_safe_and_the_one_after_a_good_end_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let begin = |second: i64| LastRuns::begin(folder.path().join("starts.json"), Timestamp(second * 1000));
        assert!([0, 10, 20].iter().all(|second| begin(*second).safe.is_none()));
        let safe = begin(3600);
        assert_eq!(safe.safe, Some(ProblemCode::SafeModeCrashes), "however much time has passed");
        safe.end(End::Well);
        assert_eq!(begin(3601).safe, None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn after_a_blank_window_the_next_run_is_safe_and_the_one_after_a_good_end_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let begin = |second: i64| LastRuns::begin(folder.path().join("starts.json"), Timestamp(second * 1000));
        begin(0).end(End::Blank);
        let safe = begin(3600);
        assert_eq!(safe.safe, Some(ProblemCode::SafeModeBlank));
        safe.end(End::Well);
        assert_eq!(begin(3601).safe, None);
    }

    #[test]
    fn a_record_that_cannot_be_read_is_kept_and_causes_no_safe_mode() {
        for damaged in [&b"[{"[..], b"", b"{}", b"[{\"at\":0,\"end\":\"asleep\"}]", b"\xff\xfe[\0]\0"] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("starts.json");
            fs::write(&file, damaged).unwrap();
            let record = LastRuns::begin(file.clone(), Timestamp(0));
            assert_eq!((record.safe, locked(&record.runs).len()), (None, 1));
            assert_eq!(read(&file).unwrap(), *locked(&record.runs), "this run is recorded");
            assert_eq!(fs::read(folder.path().join(ASIDE)).unwrap(), damaged, "kept for diagnosis");
        }
    }

    /// At a log-off the system ends the process before `main` returns.
    #[test]
    fn three_runs_that_ended_quickly_are_no_loop_although_their_processes_were_ended() {
        let folder = tempfile::tempdir().unwrap();
        for second in 0..4 {
            let run = LastRuns::begin(folder.path().join("starts.json"), Timestamp(second * 1000));
            assert_eq!(run.safe, None, "start {second}");
            run.end(End::Well);
            std::mem::forget(run);
        }
    }

    #[test]
    fn a_record_that_cannot_be_written_causes_no_safe_mode() {
        let folder = tempfile::tempdir().unwrap();
        let record = LastRuns::begin(folder.path().join("gone/starts.json"), Timestamp(0));
        assert_eq!(record.safe, None);
        record.end(End::Well);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        // Folders have the names of the record and of its copy.
        for name in ["starts.json/in", "starts-damaged.json/in"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        assert_eq!(LastRuns::begin(folder.path().join("starts.json"), Timestamp(0)).safe, None);
        assert!(folder.path().join("starts.json/in").is_dir(), "the folder is unchanged");
    }
}
