//! The store's errors.

use std::io;

use ringside_domain::{Problem, ProblemCode};
use rusqlite::ErrorCode;

use crate::quarantine::is_by_holder;

/// The texts in the variants are messages of the operating system or of SQLite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file cannot be written to (S3).
    #[error("the database cannot be written to: {0}")]
    ReadOnly(String),
    /// No space left (S1, S2). The next write tries again.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The schema is newer than this program (S10).
    #[error("the database has schema {found}, this program knows {known}")]
    Newer { found: i64, known: i64 },
    /// This program would change the schema, and the copy with which an older one could go on could not be made. The next opening tries again.
    #[error("the database was not opened: it could not be copied before its format changes from {found} to {known}: {why}")]
    Uncopied { found: i64, known: i64, why: String },
    /// Too many callbacks wait to be written, or another program has locked the database (S7) or holds its file
    /// (S15).
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The database was found damaged while in use. The next start checks it, and sets it aside if needed (S4).
    #[error("the database is damaged: {0}")]
    Damaged(String),
    #[error("the database failed: {0}")]
    Failed(String),
    /// The request was refused for what it asks; nothing was written, and the database works.
    #[error("{0}")]
    Refused(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Self::ReadOnly(text),
            Some(ErrorCode::DiskFull) => Self::Full(text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(text),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            _ => Self::Failed(text),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        let text = error.to_string();
        match error.kind() {
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::AlreadyExists => Self::ReadOnly(text),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(text),
            _ if is_by_holder(&error) => Self::Busy(text),
            _ => Self::Failed(text),
        }
    }
}

impl From<&StoreError> for Problem {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::ReadOnly(text) => Self::new(ProblemCode::StoreReadOnly, text, true),
            StoreError::Full(text) => Self::new(ProblemCode::StoreFull, text, true),
            StoreError::Newer { .. } => Self::new(ProblemCode::StoreNewer, error.to_string(), false),
            StoreError::Uncopied { .. } => Self::new(ProblemCode::BackupFailed, error.to_string(), true),
            StoreError::Busy(_) => Self::new(ProblemCode::StoreBusy, error.to_string(), true),
            StoreError::Refused(text) => Self::new(ProblemCode::BadRequest, text, false),
            // Not `StoreDamaged`: that code says that the database was set aside, which only a start does.
            StoreError::Damaged(_) | StoreError::Failed(_) => Self::new(ProblemCode::StoreFailed, error.to_string(), false),
        }
    }
}
