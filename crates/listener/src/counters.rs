//! Counts the requests by how they ended, and the connections that ended without one.

use std::{
    net::IpAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use http::StatusCode;

use crate::address::canonical;

/// How a request ended, or a connection that brought none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectionEnd {
    /// The callback is stored and acknowledged.
    Kept,
    /// The sink could not store it, or did not answer in time (L42).
    NotKept,
    /// The sink's queue was full.
    Busy,
    /// Not a callback (L20 to L26).
    Malformed,
    /// The request was not HTTP, ambiguously framed, or cut off (L16, L18, L40).
    BadRequest,
    /// The secret was wrong or missing (L4).
    WrongPath,
    /// The host name is not ours (L5, L10).
    WrongHost,
    /// A web page sent it (L6, L7, L9).
    FromPage,
    /// The method was not POST (L11).
    WrongMethod,
    /// The body was compressed (L19).
    Encoded,
    /// The body was too large (L15, L17).
    TooLarge,
    /// The request took too long (L12, L13).
    TooSlow,
    /// The client's address is not among the allowed sources.
    WrongSource,
    /// Another connection needed the place before this one had sent a request head (L14).
    Displaced,
    /// The handler panicked (L41).
    Panicked,
}

impl ConnectionEnd {
    /// In the order of the variants.
    pub const ALL: [Self; 15] = [
        Self::Kept,
        Self::NotKept,
        Self::Busy,
        Self::Malformed,
        Self::BadRequest,
        Self::WrongPath,
        Self::WrongHost,
        Self::FromPage,
        Self::WrongMethod,
        Self::Encoded,
        Self::TooLarge,
        Self::TooSlow,
        Self::WrongSource,
        Self::Displaced,
        Self::Panicked,
    ];

    /// Whether the body was read to its end, so that what follows it is another request.
    pub(crate) fn is_after_body(self) -> bool {
        matches!(self, Self::Kept | Self::NotKept | Self::Busy | Self::Malformed)
    }

    /// The status of the answer, if there is one.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Kept => StatusCode::OK,
            Self::NotKept | Self::Busy | Self::Displaced => StatusCode::SERVICE_UNAVAILABLE,
            Self::Malformed | Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::WrongPath => StatusCode::NOT_FOUND,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::FromPage | Self::WrongSource => StatusCode::FORBIDDEN,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Shared between the listener and its health report; kept when the listener is bound again.
#[derive(Debug, Default)]
pub struct Counters {
    outcomes: [AtomicU64; ConnectionEnd::ALL.len()],
    /// The last address that was refused because it is not among the allowed sources. Behind a proxy or tunnel this is the proxy's address.
    refused_source: Mutex<Option<IpAddr>>,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; ConnectionEnd::ALL.len()]);

impl Counters {
    pub fn snapshot(&self) -> Counts {
        Counts(ConnectionEnd::ALL.map(|outcome| self.outcomes[outcome as usize].load(Ordering::Relaxed)))
    }

    pub(crate) fn count(&self, outcome: ConnectionEnd) {
        self.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused_source(&self, source: IpAddr) {
        *self.refused_source.lock().unwrap_or_else(PoisonError::into_inner) = Some(canonical(source));
    }

    pub fn last_refused_source(&self) -> Option<IpAddr> {
        *self.refused_source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    pub fn of(&self, outcome: ConnectionEnd) -> u64 {
        self.0[outcome as usize]
    }

    /// The number of callbacks that were refused or not stored.
    pub fn refused(&self) -> u64 {
        self.0.iter().sum::<u64>() - self.of(ConnectionEnd::Kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_its_own_counter() {
        for (place, outcome) in ConnectionEnd::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, place);
            let counters = Counters::default();
            counters.count(outcome);
            let counts = counters.snapshot();
            assert!(ConnectionEnd::ALL.into_iter().all(|other| counts.of(other) == u64::from(other == outcome)));
        }
    }

    #[test]
    fn all_outcomes_but_kept_count_as_refused() {
        let counters = Counters::default();
        for outcome in ConnectionEnd::ALL.into_iter().chain([ConnectionEnd::Kept, ConnectionEnd::Busy]) {
            counters.count(outcome);
        }
        assert_eq!(counters.snapshot().refused(), ConnectionEnd::ALL.len() as u64);
    }
}
