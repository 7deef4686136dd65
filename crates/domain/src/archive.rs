//! Recordings on this computer: which are kept, which are fetched, and the views of both.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CallId, Problem, Timestamp};

/// Which recordings are kept here before the platform deletes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ArchiveScope {
    #[default]
    Off,
    /// Those of calls of the own extension.
    Mine,
    /// Those of all calls in the log.
    All,
}

/// Which recordings are fetched first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ArchiveOrder {
    #[default]
    Newest,
    /// The platform deletes these next (N13).
    Oldest,
}

/// How long recordings and calls are kept. None: as provisioned, else the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordingSettings {
    pub archive: Option<ArchiveScope>,
    pub order: Option<ArchiveOrder>,
    /// An absolute path; empty: a folder in the data folder.
    pub folder: Option<String>,
    /// The largest size of the archive, in gigabytes; 0: unlimited.
    pub limit_gb: Option<u32>,
    /// Recordings of calls that began more days ago are removed; 0: never.
    pub keep_days: Option<u32>,
    /// Calls that began more days ago are removed, with their recordings; 0: never.
    pub keep_calls_days: Option<u32>,
}

impl RecordingSettings {
    pub fn scope(&self) -> ArchiveScope {
        self.archive.unwrap_or_default()
    }

    /// The age at which recordings are removed; None: never.
    pub fn keep(&self) -> Option<Duration> {
        days(self.keep_days)
    }

    /// The age at which calls are removed, with their recordings; None: never.
    pub fn keep_calls(&self) -> Option<Duration> {
        days(self.keep_calls_days)
    }

    /// The largest size of the archive, in bytes.
    pub fn limit(&self) -> u64 {
        match self.limit_gb {
            None | Some(0) => u64::MAX,
            Some(gigabytes) => u64::from(gigabytes) * 1_000_000_000,
        }
    }
}

fn days(days: Option<u32>) -> Option<Duration> {
    days.filter(|days| *days > 0).map(|days| Duration::from_secs(u64::from(days) * 24 * 3600))
}

/// A complete recording in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    pub file: String,
    pub sha256: [u8; 32],
    /// In bytes.
    pub size: u64,
}

/// The result that the manifest keeps for a call's recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingFate {
    Kept(KeptFile),
    /// It could not be fetched; it is tried again at `next_try_at`, never if that is None.
    Failed {
        problem: Problem,
        next_try_at: Option<Timestamp>,
    },
}

/// A transfer that ended.
#[derive(Debug)]
pub struct EndedTransfer {
    pub call: CallId,
    pub end: TransferEnd,
    /// Number of links that it requested.
    pub links: usize,
}

#[derive(Debug)]
pub enum TransferEnd {
    /// The file is in the archive.
    Kept(KeptFile),
    /// The file is kept for this run only.
    Cached,
    /// A person or the archive's rules stopped it.
    Stopped,
    Failed(Problem),
}

/// The state of the archive on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveLook {
    pub kept: u64,
    /// The size of the kept recordings.
    pub bytes: u64,
    /// Number of recordings still to be fetched, including those that failed and are tried again.
    pub wanted: u64,
    /// When the call of the oldest wanted recording began.
    pub oldest_wanted: Option<Timestamp>,
    /// When the next of the postponed recordings is due.
    pub next_try_at: Option<Timestamp>,
    /// Number of recordings that cannot be fetched any more.
    pub lost: u64,
    /// The next recordings to fetch, in order, each with the number of attempts so far.
    pub next: Vec<(CallId, u32)>,
    /// The newest recordings that could not be fetched so far.
    pub troubles: Vec<Trouble>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecordingsView {
    /// The transfers under way, whoever asked for them; at most four.
    pub transfers: Vec<Transfer>,
    pub state: ArchiveState,
    #[ts(type = "number")]
    pub kept: u64,
    /// The size of the kept recordings.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Number of recordings still to be fetched, including those that failed and are tried again.
    #[ts(type = "number")]
    pub wanted: u64,
    /// When the platform deletes the first of the wanted recordings.
    pub closest_deletion: Option<Timestamp>,
    /// Number of recordings that cannot be fetched any more.
    #[ts(type = "number")]
    pub lost: u64,
    /// The newest recordings that could not be fetched so far; at most three.
    pub troubles: Vec<Trouble>,
    /// The check of the kept recordings that is under way, or the last one.
    pub verification: Option<Verification>,
    /// When outdated calls and recordings are removed next; None: never.
    pub removal_due: Option<Timestamp>,
    /// The last removal of outdated calls and recordings.
    pub removal: Option<Removal>,
}

/// A recording that is being fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    pub call: CallId,
    /// Bytes on this computer so far …
    #[ts(type = "number")]
    pub bytes: u64,
    /// … of this total; None: not known.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ArchiveState {
    #[default]
    Off,
    /// A person stopped it; it stays stopped until a person resumes it, or the next start.
    Stopped,
    /// Nobody is signed in.
    SignedOut,
    /// It waits because a phone rings or a call goes on.
    InCall,
    /// A problem prevents the fetching of all recordings; it is tried again automatically.
    Failing { problem: Problem, next_try_at: Option<Timestamp> },
    /// A recording is being fetched, or the next one waits for its turn.
    Fetching,
    /// The missing recordings are tried again later.
    Waiting { next_try_at: Option<Timestamp> },
    /// No recording is missing.
    Complete,
}

/// A recording that could not be fetched so far, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    pub call: CallId,
    /// When its call began.
    pub started_at: Timestamp,
    pub problem: Problem,
    /// None: it is not tried again.
    pub next_try_at: Option<Timestamp>,
}

/// A check of every kept file against the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Recordings checked so far …
    #[ts(type = "number")]
    pub checked: u64,
    /// … of this total.
    #[ts(type = "number")]
    pub total: u64,
    /// The first files that are missing or changed, at most eight …
    pub damaged: Vec<Damaged>,
    /// … of this total.
    #[ts(type = "number")]
    pub damaged_total: u64,
    pub state: VerificationState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum VerificationState {
    Running,
    Done { at: Timestamp },
    Failed { problem: Problem },
}

/// A kept recording whose file is missing or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Damaged {
    pub call: CallId,
    /// When its call began.
    pub started_at: Timestamp,
    pub file: String,
    pub how: Damage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Damage {
    Missing,
    /// The file's bytes are not those that were kept.
    Changed,
    Unreadable,
}

/// A removal of calls and recordings that were older than the settings allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    pub at: Timestamp,
    #[ts(type = "number")]
    pub calls: u64,
    #[ts(type = "number")]
    pub recordings: u64,
    /// The size of the removed recordings.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Number of files that could not be removed.
    #[serde(default)]
    #[ts(type = "number")]
    pub failed: u64,
    /// Why something could not be removed; it is tried again.
    pub problem: Option<Problem>,
}
