//! Faults on demand, of services and of callbacks.

use std::collections::VecDeque;
use std::time::Duration;

use crate::callbacks::CallbackKind;
use crate::codes::Code;
use crate::random::Random;

/// How a service fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The correct answer, after this time (real time).
    Slow(Duration),
    /// No answer; the request is not carried out.
    Timeout,
    /// The connection is reset without an answer; the request is not carried out.
    Reset,
    /// The request is carried out, then the connection is reset: the caller cannot know the outcome (A6).
    Lost,
    /// This HTTP status with an HTML page; the request is not carried out.
    HttpStatus(u16),
    /// HTTP 429 or 503 with `Retry-After` in seconds; the request is not carried out.
    RetryAfter(u16, u32),
    /// HTTP 302 to another address.
    Redirect(String),
    /// HTTP 200 with the sign-in page of a captive portal (A8).
    Html,
    /// HTTP 200 with a body that is almost JSON.
    NotJson,
    /// The correct answer, cut off in the middle.
    Truncated,
    /// This many bytes of spaces before the answer (A11); for a recording, after it and without its length (R5).
    Huge(u64),
    /// The correct answer, one byte after each pause of this length (real time; R14).
    Trickle(Duration),
    /// For a recording: another ETag, as if the file had been made anew, so that a resumed download gets the whole file (R6).
    Changed,
    /// This `ret`; the request is not carried out.
    Ret(u16),
    /// As `Ret`, with `data` as `{}` (A9).
    RetWithObject(u16),
    /// The request is carried out, and the answer has this `ret`: after 500 the caller cannot know the outcome (N16).
    DoneButRet(u16),
    /// The correct answer with `ret` as a string.
    RetAsText,
    /// The request is carried out, and the answer has this HTTP status, as from a gateway that stopped waiting for the platform.
    DoneButHttp(u16),
    /// `data.status` 1 with this code; the request is not carried out.
    Failed(Code),
    /// The correct answer, but `data` is `[]` (A9).
    EmptyData,
    /// The correct answer with numbers as strings and strings as numbers (N4).
    WrongTypes,
    /// The correct answer with `null` in every field of its result.
    Nulls,
    /// The correct answer after a byte order mark (P10).
    ByteOrderMark,
    /// The correct answer after a notice of PHP (P10).
    PhpNotice,
    /// The correct answer with its words in GBK, of which the last character's second byte is a backslash (P10).
    Gbk,
    /// The correct answer with each list as an object whose keys have gaps (P11).
    ListsAsObjects,
    /// The correct answer with a `null` at the head of each list (P11).
    ListsWithNull,
}

impl Fault {
    /// The name in the ledger and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Slow(_) => "slow",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Lost => "lost",
            Self::HttpStatus(_) => "http",
            Self::RetryAfter(..) => "retry-after",
            Self::Redirect(_) => "redirect",
            Self::Html => "html",
            Self::NotJson => "not-json",
            Self::Truncated => "truncated",
            Self::Huge(_) => "huge",
            Self::Trickle(_) => "trickle",
            Self::Changed => "changed",
            Self::Ret(_) => "ret",
            Self::RetWithObject(_) => "ret-object",
            Self::DoneButRet(_) => "done-but-ret",
            Self::DoneButHttp(_) => "done-but-http",
            Self::RetAsText => "ret-as-text",
            Self::Failed(_) => "failed",
            Self::EmptyData => "empty-data",
            Self::WrongTypes => "wrong-types",
            Self::Nulls => "nulls",
            Self::ByteOrderMark => "byte-order-mark",
            Self::PhpNotice => "php-notice",
            Self::Gbk => "gbk",
            Self::ListsAsObjects => "lists-as-objects",
            Self::ListsWithNull => "lists-with-null",
        }
    }
}

/// How the delivery of a callback fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackFault {
    Drop,
    /// Delivered so many times in all, one after the other.
    Repeat(u32),
    /// Delivered twice at the same moment.
    TwiceAtOnce,
    /// Delivered so much later (real time); later callbacks overtake it.
    Late(Duration),
    /// Delivered at once, and once more so much later (real time).
    Again(Duration),
    /// Held until so many are held, or none came for a second; then delivered in random order.
    Shuffle(usize),
}

/// How often callbacks fail by chance. Faults of [`crate::Simulator::callback_fault`] that still wait come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disturbance {
    /// The same seed and the same callbacks give the same faults.
    pub seed: u64,
    /// Percentage of callbacks that never arrive.
    pub lost: u64,
    /// Percentage of callbacks that are late, by a time between the two of `late_by` (real time).
    pub late: u64,
    pub late_by: (Duration, Duration),
    /// Percentage of callbacks that come a second time, later by a time between the same two.
    pub repeated: u64,
}

impl Disturbance {
    fn draw(&self, random: &mut Random) -> Option<CallbackFault> {
        let (least, most) = self.late_by;
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        // Both are drawn for each callback, so that a rate does not change the random numbers of later callbacks.
        let (chance, by) = (random.between(0, 99), Duration::from_millis(random.between(millis(least), millis(most))));
        match chance {
            chance if chance < self.lost => Some(CallbackFault::Drop),
            chance if chance < self.lost + self.late => Some(CallbackFault::Late(by)),
            chance if chance < self.lost + self.late + self.repeated => Some(CallbackFault::Again(by)),
            _ => None,
        }
    }
}

/// A fault that waits for a request or a callback.
#[derive(Clone, Debug)]
struct Waiting<F, W> {
    fault: F,
    /// The service or the kind of callback; `None`: all.
    place: Option<W>,
    /// How many times it still happens; `None`: always.
    left: Option<u32>,
}

/// All faults that wait, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    services: VecDeque<Waiting<Fault, String>>,
    callbacks: VecDeque<Waiting<CallbackFault, CallbackKind>>,
    disturbance: Option<(Disturbance, Random)>,
}

impl Faults {
    pub(crate) fn add(&mut self, service: &str, fault: Fault, times: Option<u32>) {
        self.services.push_back(Waiting { fault, place: (service != "*").then(|| service.to_owned()), left: times });
    }

    pub(crate) fn add_for_callbacks(&mut self, kind: Option<CallbackKind>, fault: CallbackFault, times: Option<u32>) {
        self.callbacks.push_back(Waiting { fault, place: kind, left: times });
    }

    pub(crate) fn disturb(&mut self, disturbance: Option<Disturbance>) {
        self.disturbance = disturbance.map(|disturbance| {
            let random = Random::new(disturbance.seed);
            (disturbance, random)
        });
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault of this request, if one waits; a fault names a service fully or by its last part.
    pub(crate) fn meet(&mut self, service: &str) -> Option<Fault> {
        let short = service.rsplit('.').next().unwrap_or_default();
        take(&mut self.services, |place| place == service || place == short)
    }

    pub(crate) fn meet_callback(&mut self, kind: CallbackKind) -> Option<CallbackFault> {
        let waiting = take(&mut self.callbacks, |place| *place == kind);
        waiting.or_else(|| self.disturbance.as_mut().and_then(|(disturbance, random)| disturbance.draw(random)))
    }
}

fn take<F: Clone, W>(waiting: &mut VecDeque<Waiting<F, W>>, fits: impl Fn(&W) -> bool) -> Option<F> {
    waiting.retain(|w| w.left != Some(0));
    let found = waiting.iter_mut().find(|w| w.place.as_ref().is_none_or(&fits))?;
    found.left = found.left.map(|left| left.saturating_sub(1));
    Some(found.fault.clone())
}
