//! The flags that say which recordings and calls are kept, where and for how long.

use clap::{Args, ValueEnum};
use ringside_domain::{ArchiveOrder, ArchiveScope, RecordingSettings};
use ringside_engine::config::parse;

#[derive(Debug, Args)]
pub struct Recordings {
    /// Whose recordings are kept here before the platform deletes them [default: off]
    #[arg(long, value_name = "WHOSE", env = "RINGSIDE_ARCHIVE")]
    archive: Option<Scope>,
    /// Which recordings are fetched first [default: newest]
    #[arg(long, value_name = "ORDER", env = "RINGSIDE_ARCHIVE_ORDER")]
    archive_order: Option<FetchFirst>,
    /// The archive's folder [default: in the data folder]
    #[arg(long, value_name = "DIR", env = "RINGSIDE_ARCHIVE_FOLDER", value_parser = parse::folder)]
    archive_folder: Option<String>,
    /// Gigabytes that the archive may have; 0: as many as the disk [default: 0]
    #[arg(long, value_name = "NUMBER", env = "RINGSIDE_ARCHIVE_LIMIT_GB")]
    archive_limit_gb: Option<u32>,
    /// Remove recordings of calls before so many days; 0: never [default: 0]
    #[arg(long, value_name = "DAYS", env = "RINGSIDE_KEEP_RECORDINGS_DAYS")]
    keep_recordings_days: Option<u32>,
    /// Remove calls before so many days, with their recordings; 0: never [default: 0]
    #[arg(long, value_name = "DAYS", env = "RINGSIDE_KEEP_CALLS_DAYS")]
    keep_calls_days: Option<u32>,
    /// A host that recordings may be fetched from wherever it is, beside the platform's own; may be given several times
    #[arg(long = "recording-host", value_name = "HOST", env = "RINGSIDE_RECORDING_HOSTS", value_delimiter = ',', value_parser = parse::host)]
    recording_hosts: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scope {
    Off,
    Mine,
    All,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FetchFirst {
    Newest,
    Oldest,
}

impl Recordings {
    pub fn settings(&self) -> RecordingSettings {
        RecordingSettings {
            archive: self.archive.map(|scope| match scope {
                Scope::Off => ArchiveScope::Off,
                Scope::Mine => ArchiveScope::Mine,
                Scope::All => ArchiveScope::All,
            }),
            order: self.archive_order.map(|order| match order {
                FetchFirst::Newest => ArchiveOrder::Newest,
                FetchFirst::Oldest => ArchiveOrder::Oldest,
            }),
            folder: self.archive_folder.clone(),
            limit_gb: self.archive_limit_gb,
            keep_days: self.keep_recordings_days,
            keep_calls_days: self.keep_calls_days,
        }
    }

    pub fn hosts(&self) -> Option<Vec<String>> {
        self.recording_hosts.clone()
    }
}
