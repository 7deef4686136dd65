//! The ledger: every request received and every callback sent, for tests to read and to wait for. Tokens and keys are masked.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::call::CallId;
use crate::callbacks::{CallbackKind, Encoding};
use crate::form::Form;

/// Entries kept; the oldest are dropped first.
const KEPT: usize = 50_000;
/// Characters kept of a parameter.
const LONGEST: usize = 64 * 1024;
const MASKED: &str = "***";

/// An entry of the ledger.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Counts from 0 and never repeats.
    pub number: u64,
    /// Simulated time.
    pub at: Timestamp,
    pub seen: Seen,
}

/// The event of an entry.
#[derive(Clone, Debug)]
pub enum Seen {
    Request(Request),
    Callback(Callback),
    Download(Download),
}

/// A request to a service, and its outcome.
#[derive(Clone, Debug)]
pub struct Request {
    /// The service's name as it was sent; empty if there was none.
    pub service: String,
    /// All fields but `service`. Token and accesskey are masked if they were sent.
    pub parameters: BTreeMap<String, String>,
    pub outcome: ReplyKind,
}

/// How a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyKind {
    Done,
    /// `data.status` 1 with this code.
    Failed(u32),
    /// `ret` other than 200.
    Refused(u16),
    /// A fault on demand replaced or distorted the answer; its name.
    Fault(&'static str),
}

/// A callback and its delivery.
#[derive(Clone, Debug)]
pub struct Callback {
    pub kind: CallbackKind,
    /// The call that it is about.
    pub call: Option<CallId>,
    /// The JSON, or the bytes that a test gave, as text.
    pub body: String,
    pub encoding: Encoding,
    pub delivery: Delivery,
}

/// The outcome of sending a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver answered with this HTTP status, so long after sending began (real time).
    Answered { status: u16, after: Duration },
    /// No answer; the reason never contains the address.
    Failed { reason: String, after: Duration },
    /// Lost by a fault on demand, or because the network is down.
    Dropped,
}

impl Delivery {
    /// Whether the receiver answered with 2xx.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Answered { status: 200..=299, .. })
    }
}

/// A request for a recording.
#[derive(Clone, Debug)]
pub struct Download {
    pub filename: String,
    pub status: u16,
    /// The request's headers, for a test that no token is among them (R13).
    pub headers: BTreeMap<String, String>,
}

/// No matching entry came in time.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no matching entry within {waited:?}; {seen} entries seen, the last: {last}")]
pub struct WaitError {
    pub waited: Duration,
    pub seen: u64,
    pub last: String,
}

impl Entry {
    /// The request, if the entry is about one to `service`, named fully or by its last part.
    pub fn request(&self, service: &str) -> Option<&Request> {
        match &self.seen {
            Seen::Request(request) => {
                let short = request.service.rsplit('.').next();
                (request.service == service || short == Some(service)).then_some(request)
            }
            _ => None,
        }
    }

    /// The callback, if the entry is about one.
    pub fn callback(&self) -> Option<&Callback> {
        match &self.seen {
            Seen::Callback(callback) => Some(callback),
            _ => None,
        }
    }
}

impl Request {
    /// A parameter's text; empty if it was not sent.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    pub(crate) fn new(form: &Form, outcome: ReplyKind) -> Self {
        let parameters = form.iter().filter(|(name, _)| *name != "service");
        let parameters = parameters.map(|(name, text)| {
            let secret = matches!(name, "token" | "accesskey");
            let text = match secret && !text.is_empty() {
                true => MASKED.to_owned(),
                false => text.chars().take(LONGEST).collect(),
            };
            (name.to_owned(), text)
        });
        Self { service: form.service().to_owned(), parameters: parameters.collect(), outcome }
    }
}

/// All entries; clones share them.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    entries: Mutex<VecDeque<Entry>>,
    /// How many entries were ever recorded.
    count: watch::Sender<u64>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ledger({} entries)", self.mark())
    }
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { entries: Mutex::default(), count: watch::Sender::new(0) }))
    }

    pub(crate) fn record(&self, at: Timestamp, seen: Seen) {
        let mut entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let number = *self.0.count.borrow();
        entries.push_back(Entry { number, at, seen });
        if entries.len() > KEPT {
            entries.pop_front();
        }
        self.0.count.send_replace(number + 1);
    }

    /// How many entries were recorded so far: given to the methods with `after`, it limits them to later ones.
    pub fn mark(&self) -> u64 {
        *self.0.count.borrow()
    }

    /// All entries that are kept, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries_after(0)
    }

    /// The entries since a [`Ledger::mark`].
    pub fn entries_after(&self, mark: u64) -> Vec<Entry> {
        let entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().filter(|e| e.number >= mark).cloned().collect()
    }

    /// All requests for a service, named fully or by its last part.
    pub fn requests(&self, service: &str) -> Vec<Request> {
        let entries = self.entries();
        let requests = entries.iter().filter_map(|entry| entry.request(service));
        requests.cloned().collect()
    }

    /// All callbacks, delivered or not.
    pub fn callbacks(&self) -> Vec<Callback> {
        let entries = self.entries();
        entries.iter().filter_map(Entry::callback).cloned().collect()
    }

    /// Waits for the first entry for which `wanted` is true; it may be in the ledger already.
    pub async fn wait_for(&self, wanted: impl FnMut(&Entry) -> bool, timeout: Duration) -> Result<Entry, WaitError> {
        self.wait_for_after(0, wanted, timeout).await
    }

    /// As [`Ledger::wait_for`], without the entries before the mark.
    pub async fn wait_for_after(&self, mark: u64, mut wanted: impl FnMut(&Entry) -> bool, timeout: Duration) -> Result<Entry, WaitError> {
        let mut count = self.0.count.subscribe();
        let mut next = mark;
        let found = tokio::time::timeout(timeout, async {
            loop {
                count.mark_unchanged();
                let fresh = self.entries_after(next);
                next = fresh.last().map_or(next, |entry| entry.number + 1);
                if let Some(entry) = fresh.into_iter().find(|entry| wanted(entry)) {
                    return Some(entry);
                }
                count.changed().await.ok()?;
            }
        });
        found.await.ok().flatten().ok_or_else(|| WaitError {
            waited: timeout,
            seen: self.mark(),
            last: self.entries().last().map_or_else(String::new, |e| format!("{:?}", e.seen)),
        })
    }
}
