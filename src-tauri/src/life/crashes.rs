//! The last starts and how they ended: three in a minute that did not end well make the next one a safe one (T21), and so
//! does one whose window stayed blank (T12).

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use ringside_domain::{ProblemCode, Timestamp};
use serde::{Deserialize, Serialize};

use crate::life::paths::replace_private;

/// What could not be read.
const ASIDE: &str = "starts-damaged.json";
/// So many starts that did not end well, within [`SPAN`], are a loop.
const LOOP: usize = 3;
const SPAN: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Start {
    at: Timestamp,
    /// None: it goes on, or died.
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum End {
    Well,
    /// Nothing was ever drawn.
    Blank,
}

/// This run's start, in the record of the last ones. Held by whoever holds the lock on the data folder.
#[derive(Debug)]
pub struct Starts {
    file: PathBuf,
    last: Vec<Start>,
    /// This run is to do without what may have been the cause.
    pub safe: Option<ProblemCode>,
}

impl Starts {
    /// Notes that this one begins. What cannot be read or written is nothing to be safe from.
    pub fn begin(file: PathBuf, now: Timestamp) -> Self {
        let mut last = read(&file).unwrap_or_else(|error| {
            // As it was found, for whoever wants to know why.
            let aside = fs::rename(&file, file.with_file_name(ASIDE));
            tracing::warn!(%error, file = %file.display(), ?aside, "how the last starts ended is not known");
            Vec::new()
        });
        let safe = reason(&last);
        last.push(Start { at: now, end: None });
        let surplus = last.len().saturating_sub(LOOP);
        last.drain(..surplus);
        let starts = Self { file, last, safe };
        starts.write();
        starts
    }

    pub fn end(mut self, end: End) {
        if let Some(this) = self.last.last_mut() {
            this.end = Some(end);
        }
        self.write();
    }

    fn write(&self) {
        if let Err(error) = write(&self.file, &self.last) {
            tracing::warn!(%error, "that this run began or ended was not noted");
        }
    }
}

fn reason(starts: &[Start]) -> Option<ProblemCode> {
    if starts.last().is_some_and(|last| last.end == Some(End::Blank)) {
        return Some(ProblemCode::SafeModeBlank);
    }
    is_loop(starts).then_some(ProblemCode::SafeModeCrashes)
}

/// The last three, since a run that ended well shows that it can be done.
fn is_loop(starts: &[Start]) -> bool {
    let Some([first, .., last]) = starts.last_chunk::<LOOP>() else { return false };
    // A clock that was set back tells nothing.
    let span = first.at..=first.at.plus(SPAN);
    span.contains(&last.at) && starts.iter().rev().take(LOOP).all(|start| start.end.is_none())
}

fn read(file: &Path) -> io::Result<Vec<Start>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(serde_json::from_str(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn write(file: &Path, starts: &[Start]) -> io::Result<()> {
    replace_private(file, &serde_json::to_string(starts)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of starts that did not end well.
    fn died(at: &[i64]) -> Vec<Start> {
        at.iter().map(|at| Start { at: Timestamp(at * 1000), end: None }).collect()
    }

    #[test]
    fn three_starts_in_a_minute_that_did_not_end_well_are_a_loop() {
        assert!(is_loop(&died(&[0, 20, 60])));
        assert!(is_loop(&died(&[-500, 0, 20, 60])), "the last three count");
        assert!(!is_loop(&died(&[0, 20, 61])));
        assert!(!is_loop(&died(&[20, 60])));
        assert!(!is_loop(&died(&[60, 20, 0])), "the clock was set back");
        assert!(!is_loop(&[]));
        for well in 0..LOOP {
            let mut starts = died(&[0, 1, 2]);
            starts[well].end = Some(End::Well);
            assert!(!is_loop(&starts), "{well} ended well");
        }
    }

    #[test]
    fn a_loop_makes_the_next_start_safe_and_a_good_end_the_one_after_it_ordinary() {
        let folder = tempfile::tempdir().unwrap();
        let begin = |second: i64| Starts::begin(folder.path().join("starts.json"), Timestamp(second * 1000));
        assert!([0, 10, 20].iter().all(|second| begin(*second).safe.is_none()));
        let safe = begin(3600);
        assert_eq!(safe.safe, Some(ProblemCode::SafeModeCrashes), "however much later");
        safe.end(End::Well);
        assert_eq!(begin(3601).safe, None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_blank_window_makes_the_next_start_safe_and_a_good_end_the_one_after_it_ordinary() {
        let folder = tempfile::tempdir().unwrap();
        let begin = |second: i64| Starts::begin(folder.path().join("starts.json"), Timestamp(second * 1000));
        begin(0).end(End::Blank);
        let safe = begin(3600);
        assert_eq!(safe.safe, Some(ProblemCode::SafeModeBlank));
        safe.end(End::Well);
        assert_eq!(begin(3601).safe, None);
    }

    #[test]
    fn a_record_that_cannot_be_read_makes_an_ordinary_start_and_is_kept() {
        for damaged in [&b"[{"[..], b"", b"{}", b"[{\"at\":0,\"end\":\"asleep\"}]", b"\xff\xfe[\0]\0"] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("starts.json");
            fs::write(&file, damaged).unwrap();
            let starts = Starts::begin(file.clone(), Timestamp(0));
            assert_eq!((starts.safe, starts.last.len()), (None, 1));
            assert_eq!(read(&file).unwrap(), starts.last, "this one is noted");
            assert_eq!(fs::read(folder.path().join(ASIDE)).unwrap(), damaged, "kept for diagnosis");
        }
    }

    #[test]
    fn a_record_that_cannot_be_written_makes_an_ordinary_start() {
        let folder = tempfile::tempdir().unwrap();
        let starts = Starts::begin(folder.path().join("gone/starts.json"), Timestamp(0));
        assert_eq!(starts.safe, None);
        starts.end(End::Well);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        // A folder stands in its place, and one in the place of what would be kept of it.
        for name in ["starts.json/in", "starts-damaged.json/in"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        assert_eq!(Starts::begin(folder.path().join("starts.json"), Timestamp(0)).safe, None);
        assert!(folder.path().join("starts.json/in").is_dir(), "left alone");
    }
}
