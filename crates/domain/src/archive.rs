//! Recordings on this computer: which are kept, what is fetched, and what of it can be seen.

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

    /// Bytes that the archive may have.
    pub fn limit(&self) -> u64 {
        match self.limit_gb {
            None | Some(0) => u64::MAX,
            Some(gigabytes) => u64::from(gigabytes) * 1_000_000_000,
        }
    }
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

/// Recordings on this computer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecordingsView {
    /// What is being fetched, whoever asked; at most four.
    pub transfers: Vec<Transfer>,
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
    pub since: Timestamp,
}
