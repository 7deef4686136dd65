use std::{fmt::Display, io};

use ringside_domain::SheetError;
use thiserror::Error;

/// Why a file could not be read: the reason for the page, and the detail for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{error:?}: {detail}")]
pub struct SheetFailure {
    pub error: SheetError,
    pub detail: String,
}

impl SheetFailure {
    pub(crate) fn new(error: SheetError, detail: impl Display) -> Self {
        Self { error, detail: detail.to_string() }
    }

    pub(crate) fn damaged(detail: impl Display) -> Self {
        Self::new(SheetError::Damaged, detail)
    }
}

impl From<&io::Error> for SheetFailure {
    /// A limit of this crate comes through the parsers as an I/O error and keeps its reason.
    fn from(error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            Some(failure) => failure.clone(),
            None if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput) => {
                Self::damaged(error)
            }
            None => Self::new(SheetError::Unreadable, error),
        }
    }
}

impl From<io::Error> for SheetFailure {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

impl From<SheetFailure> for io::Error {
    fn from(failure: SheetFailure) -> Self {
        Self::new(io::ErrorKind::InvalidData, failure)
    }
}
