//! Faults on demand: what goes wrong, where, and how often.

use std::collections::VecDeque;
use std::time::Duration;

use crate::callbacks::CallbackKind;
use crate::codes::Code;
use crate::random::Random;

/// How a service fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers rightly, but so long after (real time).
    Slow(Duration),
    /// Never answers, and does nothing.
    Timeout,
    /// Cuts the connection without an answer, and does nothing.
    Reset,
    /// Does what was asked and cuts the connection: the caller cannot know (A6).
    Lost,
    /// Another HTTP status, with a page for a body; nothing is done.
    HttpStatus(u16),
    /// HTTP 429 or 503 with `Retry-After` in seconds.
    RetryAfter(u16, u32),
    /// HTTP 302 to another address.
    Redirect(String),
    /// HTTP 200 with a page that is no answer of the platform (A8).
    Html,
    /// HTTP 200 with a body that is nearly JSON.
    NotJson,
    /// The right answer, cut in the middle.
    Truncated,
    /// So many bytes of spaces before the answer (A11); after a recording, and without its length (R5).
    Huge(u64),
    /// The right answer, one byte after each such pause (real time; R14).
    Trickle(Duration),
    /// Of a recording: all of it, under another tag, as if it had been made anew (R6).
    Changed,
    /// `ret` of this value; nothing is done.
    Ret(u16),
    /// As `Ret`, with `data` as `{}` (A9).
    RetWithObject(u16),
    /// Does what was asked and answers with this `ret`: 500 leaves the caller in doubt (N16).
    DoneButRet(u16),
    /// The right answer with `ret` as a string.
    RetAsText,
    /// Does what was asked and answers with this HTTP status: a gateway gave up on the platform.
    DoneButHttp(u16),
    /// `data.status` 1 with this code; nothing is done.
    Failed(Code),
    /// The right answer with `data` as `[]` where it would be an object (A9).
    EmptyData,
    /// The right answer with numbers as strings and strings as numbers (N4).
    WrongTypes,
    /// The right answer with `null` in every field of its result.
    Nulls,
    /// The right answer behind a byte order mark (P10).
    ByteOrderMark,
    /// The right answer behind a notice of PHP's (P10).
    PhpNotice,
    /// The right answer whose words are GBK, the last character's second byte a backslash (P10).
    Gbk,
    /// The right answer with each list as an object whose keys have gaps (P11).
    ListsAsObjects,
    /// The right answer with a `null` at the head of each list (P11).
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

/// How a callback goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackFault {
    Drop,
    /// So many times in all, one after the other.
    Repeat(u32),
    /// Twice at the same moment.
    TwiceAtOnce,
    /// So much later (real time); later events overtake it.
    Late(Duration),
    /// At once, and once more so much later (real time).
    Again(Duration),
    /// Held until so many are together, or for a second; then sent in any order.
    Shuffle(usize),
}

/// How often callbacks go wrong by chance; what is in wait by [`crate::Simulator::callback_fault`] is met first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disturbance {
    /// The same seed and the same callbacks give the same faults.
    pub seed: u64,
    /// So many in a hundred never arrive.
    pub lost: u64,
    /// So many in a hundred are late, by something between these two (real time).
    pub late: u64,
    pub late_by: (Duration, Duration),
    /// So many in a hundred come a second time, as much later.
    pub repeated: u64,
}

impl Disturbance {
    fn draw(&self, random: &mut Random) -> Option<CallbackFault> {
        let (least, most) = self.late_by;
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        // Both are drawn each time, so that a rate does not move the chances of what comes later.
        let (chance, by) = (random.between(0, 99), Duration::from_millis(random.between(millis(least), millis(most))));
        match chance {
            chance if chance < self.lost => Some(CallbackFault::Drop),
            chance if chance < self.lost + self.late => Some(CallbackFault::Late(by)),
            chance if chance < self.lost + self.late + self.repeated => Some(CallbackFault::Again(by)),
            _ => None,
        }
    }
}

/// A fault waiting to be met.
#[derive(Clone, Debug)]
struct Waiting<F, W> {
    fault: F,
    /// Empty: everywhere.
    place: Option<W>,
    /// `None`: for ever.
    left: Option<u32>,
}

/// All faults in wait, the oldest first.
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

    /// The fault that this request meets; a service may be named by its last part.
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
