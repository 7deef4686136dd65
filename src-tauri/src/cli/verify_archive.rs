//! `ringside archive verify`: checks whether the archived recordings are unchanged, without a window, also while Ringside runs.

use std::{ops::ControlFlow, process::ExitCode};

use jiff::tz::TimeZone;
use ringside_domain::{Damage, Damaged};
use ringside_engine::{Verified, archive_folder, verify};
use ringside_store::{Store, StoreError};
use serde::Serialize;

use crate::{cli::console, life::paths::Paths};

/// The exit status if a recording is damaged.
const DAMAGED: u8 = 5;

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    verified: Verified,
    recordings: &'a [Damaged],
}

/// Prints the damaged recordings and a summary. Status 0: all are whole, 1: not checked, 5: some are damaged.
pub fn run(paths: &Paths, json: bool) -> ExitCode {
    let (verified, damaged) = match check(paths) {
        Ok(Some(checked)) => checked,
        // A mistyped folder must not look like an intact archive.
        Ok(None) => {
            console::report(&format!("nothing is kept in {} yet", paths.data.display()));
            return ExitCode::FAILURE;
        }
        Err(error) => {
            console::report(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    if json {
        match serde_json::to_string_pretty(&Report { verified, recordings: &damaged }) {
            Ok(text) => console::say(&text),
            Err(error) => console::report(&error.to_string()),
        }
    } else {
        damaged.iter().for_each(|one| console::say(&line(one)));
        console::say(&summary(verified));
    }
    if damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(DAMAGED) }
}

/// None: there is no store in the data folder.
fn check(paths: &Paths) -> Result<Option<(Verified, Vec<Damaged>)>, StoreError> {
    let Some(store) = Store::open_to_read(&paths.data)? else { return Ok(None) };
    let folder = archive_folder(&store, &paths.recordings())?;
    let mut damaged = Vec::new();
    let verified = verify(&store, &folder, |_, one| {
        damaged.extend(one);
        ControlFlow::Continue(())
    })?;
    Ok(Some((verified, damaged)))
}

fn line(one: &Damaged) -> String {
    let began = jiff::Timestamp::from_millisecond(one.started_at.0).unwrap_or_default().to_zoned(TimeZone::system());
    let how = match one.how {
        Damage::Missing => "missing",
        Damage::Changed => "changed",
        Damage::Unreadable => "unreadable",
    };
    format!("{how}: {} (call {} of {})", one.file, one.call.0, began.strftime("%Y-%m-%d %H:%M:%S"))
}

fn summary(verified: Verified) -> String {
    let Verified { checked, damaged, .. } = verified;
    match damaged {
        0 => format!("{checked} recordings checked, all whole"),
        _ => format!("{checked} recordings checked, {damaged} damaged"),
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::{CallId, Timestamp};

    use super::*;

    #[test]
    fn the_json_report_has_the_counts_and_each_damaged_recording() {
        let verified = Verified { checked: 2, bytes: 100, damaged: 1 };
        let recordings = [Damaged { call: CallId(7), started_at: Timestamp(0), file: "/archive/call-7.wav".into(), how: Damage::Changed }];
        let json = serde_json::to_value(Report { verified, recordings: &recordings }).unwrap();
        let expected = serde_json::json!({
            "checked": 2, "bytes": 100, "damaged": 1,
            "recordings": [{ "call": 7, "startedAt": 0, "file": "/archive/call-7.wav", "how": "changed" }],
        });
        assert_eq!(json, expected);
        assert!(line(&recordings[0]).starts_with("changed: /archive/call-7.wav (call 7 of "));
        assert_eq!(summary(verified), "2 recordings checked, 1 damaged");
    }
}
