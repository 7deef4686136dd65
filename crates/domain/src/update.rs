//! The change to another version of Ringside, in the main window. It is sent by events of its own; it is not in the snapshot.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Problem, Timestamp};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UpdateView {
    /// The name of the server that is asked. None: no administrator has named one, so none is asked.
    pub server: Option<String>,
    /// Something else replaces this program, such as group policy or the system's packages, so no server is asked.
    pub by_others: bool,
    /// The system asks for an administrator's consent when an update is installed.
    pub needs_consent: bool,
    /// When the server answered last.
    pub looked_at: Option<Timestamp>,
    pub stage: UpdateStage,
    /// Why the last attempt failed; the program goes on as it is.
    pub problem: Option<Problem>,
    /// When the copy of the data was made that can take the place of data which a newer Ringside has written, and this one cannot read.
    pub backup_at: Option<Timestamp>,
    /// Whether that may be done now, since Ringside starts again for it: never in a ring, a call, after-call work, or while a supervisor's
    /// upload runs.
    pub backup_offered: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum UpdateStage {
    /// No newer version is known.
    #[default]
    None,
    Looking,
    Loading {
        version: String,
        /// None: the server does not say how long the file is.
        percent: Option<u8>,
    },
    /// The file is here, and its signature is right.
    Ready {
        version: String,
        /// What is new, as the server says; may be empty.
        notes: String,
        /// Whether it may be installed now: never in a ring, a call, after-call work, or while a supervisor's upload runs.
        offered: bool,
    },
    Installing {
        version: String,
    },
    /// Ringside starts again as this version once nothing is interrupted by that.
    Installed {
        version: String,
    },
}

/// Whether a computer belongs to the part of all computers that is to have a version, in percent. Its `mark` is evenly spread over all
/// computers. A computer that belongs to a part also belongs to every larger one.
pub fn belongs_to_part(mark: u32, percent: f64) -> bool {
    f64::from(mark) / (f64::from(u32::MAX) + 1.0) * 100.0 < percent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_belongs_to_no_part_and_everybody_to_the_whole() {
        for mark in [0, 1 << 31, u32::MAX] {
            assert!(belongs_to_part(mark, 100.0) && !belongs_to_part(mark, 0.0) && !belongs_to_part(mark, f64::NAN), "{mark}");
        }
        assert!(belongs_to_part((1 << 31) - 1, 50.0) && !belongs_to_part(1 << 31, 50.0));
    }
}
