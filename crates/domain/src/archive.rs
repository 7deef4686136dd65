//! Recordings on this computer: which are kept, what is fetched, and what of it can be seen.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CallId, Problem, Timestamp};

/// Whose recordings are kept here before the platform deletes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ArchiveScope {
    #[default]
    Off,
    /// Of calls of the own extension.
    Mine,
    /// Of all calls in the log.
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

/// How recordings and calls are kept. None: as it was provisioned, else the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordingSettings {
    pub archive: Option<ArchiveScope>,
    pub order: Option<ArchiveOrder>,
    /// An absolute path; empty: in the data folder.
    pub folder: Option<String>,
    /// Gigabytes that the archive may have; 0: as many as the disk.
    pub limit_gb: Option<u32>,
    /// Recordings of calls before so many days are removed; 0: never.
    pub keep_days: Option<u32>,
    /// Calls before so many days are removed, with their recordings; 0: never.
    pub keep_calls_days: Option<u32>,
}

impl RecordingSettings {
    pub fn scope(&self) -> ArchiveScope {
        self.archive.unwrap_or_default()
    }

    /// How old recordings may become; None: as they like.
    pub fn keep(&self) -> Option<Duration> {
        days(self.keep_days)
    }

    /// How old calls may become, with their recordings; None: as they like.
    pub fn keep_calls(&self) -> Option<Duration> {
        days(self.keep_calls_days)
    }

    /// Bytes that the archive may have.
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

/// A recording that is in the archive, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// Its path.
    pub file: String,
    pub sha256: [u8; 32],
    /// Bytes.
    pub size: u64,
}

/// What the manifest is to say of a call's recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingFate {
    Kept(KeptFile),
    /// Not this time; without `next_try_at`, never.
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
    /// Links that it took.
    pub links: usize,
}

/// How a transfer ended.
#[derive(Debug)]
pub enum TransferEnd {
    /// In the archive.
    Kept(KeptFile),
    /// At hand for this run.
    Cached,
    /// A person or the archive's rules stopped it.
    Stopped,
    Failed(Problem),
}

/// The archive, as it is on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveLook {
    pub kept: u64,
    /// Of those kept.
    pub bytes: u64,
    /// To be fetched, those that failed and are tried again among them.
    pub wanted: u64,
    /// When the call of the oldest that is wanted began.
    pub oldest_wanted: Option<Timestamp>,
    /// When the next is due of those that are not due yet.
    pub next_try_at: Option<Timestamp>,
    /// They cannot be had any more.
    pub lost: u64,
    /// The next to be fetched, in order, each with how often it was tried.
    pub next: Vec<(CallId, u32)>,
    /// The newest that could not be fetched so far.
    pub troubles: Vec<Trouble>,
}

/// Recordings on this computer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecordingsView {
    /// What is being fetched, whoever asked; at most four.
    pub transfers: Vec<Transfer>,
    pub state: ArchiveState,
    #[ts(type = "number")]
    pub kept: u64,
    /// Of those kept.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Still to be fetched, those that failed and are tried again among them.
    #[ts(type = "number")]
    pub wanted: u64,
    /// When the platform deletes the first of those wanted.
    pub closest_deletion: Option<Timestamp>,
    /// They cannot be had any more.
    #[ts(type = "number")]
    pub lost: u64,
    /// The newest that could not be fetched so far, at most three.
    pub troubles: Vec<Trouble>,
    /// The last check of what is kept, or the one that goes on.
    pub verification: Option<Verification>,
    /// When what is older than set is removed next; None: never.
    pub removal_due: Option<Timestamp>,
    /// What was removed last because it was older than set.
    pub removal: Option<Removal>,
}

/// A recording that is being fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    pub call: CallId,
    /// On this computer so far …
    #[ts(type = "number")]
    pub bytes: u64,
    /// … of so many; None: not known.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
}

/// What the archive does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ArchiveState {
    #[default]
    Off,
    /// By a person, until they say otherwise or the next start.
    Stopped,
    /// Nobody is signed in.
    SignedOut,
    /// A phone rings or a call goes on, which comes first.
    InCall,
    /// What is in the way of every recording; tried again by itself.
    Failing { problem: Problem, next_try_at: Option<Timestamp> },
    /// A recording is fetched, or the next one waits for its turn.
    Fetching,
    /// What lacks is tried again later.
    Waiting { next_try_at: Option<Timestamp> },
    /// Nothing lacks.
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

/// A check of every file that is kept against the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Recordings checked so far …
    #[ts(type = "number")]
    pub checked: u64,
    /// … of so many.
    #[ts(type = "number")]
    pub total: u64,
    /// The first that are not as they were kept, at most eight …
    pub damaged: Vec<Damaged>,
    /// … of so many.
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

/// A recording that is not as it was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Damaged {
    pub call: CallId,
    /// When its call began.
    pub started_at: Timestamp,
    /// Its path.
    pub file: String,
    pub how: Damage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Damage {
    Missing,
    /// Other bytes than were kept.
    Changed,
    Unreadable,
}

/// What was removed because it was older than set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    pub at: Timestamp,
    #[ts(type = "number")]
    pub calls: u64,
    #[ts(type = "number")]
    pub recordings: u64,
    /// Of those recordings.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Files that could not be removed.
    #[serde(default)]
    #[ts(type = "number")]
    pub failed: u64,
    /// Why not all of it could be removed; tried again.
    pub problem: Option<Problem>,
}
