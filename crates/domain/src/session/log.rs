//! The log: which part of the past is fetched from the platform, and the agent's notes.
//!
//! The last hours are read again and again, since the record of a long call appears late (N11). Gaps before them are fetched a day at a
//! time, the newest first. A record whose call is not in memory is first looked up in the store.

use std::time::Duration;

use super::{Purpose, Session};
use crate::{
    CallId, CallRecord, Edit, Effect, ExportFormat, ExportState, ExportView, FetchView, Filter, LogView, NoteEdit, Now, Owner, Problem,
    Request, Span, Timestamp,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The records of calls that began longer ago than this count as complete, unless a longer call is known whose record has not come.
const SETTLED: Duration = Duration::from_secs(4 * 3600);
/// If the last fetch is not older than this, one request covers the time since.
const JOINED: Duration = DAY;
/// The platform keeps its records for three months (N13).
pub(super) const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(60);
/// After a call began, was answered or ended, fetching the past waits this long.
const PAUSE_FOR_CALL: Duration = Duration::from_secs(5);
/// Records per answer of the platform: an answer with more costs the budget as much as several requests.
const PAGE: usize = 1000;
const GAPS_SHOWN: usize = 4;
const DISPOSITIONS_SHOWN: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Log {
    revision: u64,
    dispositions: Vec<String>,
    to_do: u64,
    /// The count is out of date.
    to_do_old: bool,
    /// A count is under way; one at a time, so that the last answer is the newest.
    counting: bool,
    /// The count under way is for the agent before.
    counting_others: bool,
    /// The account and the extension that the fields below belong to.
    scope: String,
    /// The fetched spans, in order; None: the store has not answered yet.
    spans: Option<Vec<Span>>,
    /// The span that the last reading of the last hours covered.
    recent: Option<Span>,
    /// The spans before `recent` that are not fetched, in order.
    gaps: Vec<Span>,
    /// The request under way, until its records are on disk.
    reading: Option<Reading>,
    /// Records of calls that are not in memory, to be looked up next.
    unknown: Vec<(Finder, CallRecord)>,
    /// The finder of the look-up under way; one at a time, so that each sees the calls that the one before it made.
    recalling: Option<Finder>,
    stopped: bool,
    done: u32,
    fetch_due: Duration,
    problem: Option<Problem>,
    export: Option<ExportView>,
    exports: u64,
}

/// The owner at the time when records came: they belong to that extension, even if another agent is here when the store answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finder {
    /// The owner without the agent: the extension, whoever works at it.
    pub owner: Owner,
    pub agent: Option<String>,
    /// When that agent signed in.
    pub since: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    /// The span that counts as fetched once this is done.
    span: Span,
    /// Set if this reads the last hours: the span that it covers.
    recent: Option<Span>,
    step: Step,
}

impl Reading {
    /// Our clock was found to be wrong since the records were asked for: what was taken for the present is still to come, and no record
    /// of it can have been among the answer's.
    fn is_of_future(&self, present: Timestamp) -> bool {
        self.recent.is_some_and(|recent| recent.until > present.plus(MINUTE))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Asked,
    /// The records came; those of calls that are not in memory are being looked up.
    Landed,
    /// Everything was handed to the store.
    Saving,
}

impl Log {
    pub fn new(dispositions: Vec<String>, stopped: bool) -> Self {
        let dispositions = dispositions.into_iter().take(DISPOSITIONS_SHOWN).collect();
        Self { dispositions, stopped, to_do_old: true, ..Self::default() }
    }

    /// The fetched spans belong to the owner before.
    pub fn forget(&mut self, stopped: bool) {
        self.stopped = stopped;
        self.scope.clear();
        self.spans = None;
        self.recent = None;
        self.gaps.clear();
        self.reading = None;
        self.done = 0;
        self.problem = None;
        self.to_do = 0;
        self.counting_others = self.counting;
        self.revision += 1;
        self.changed();
    }

    /// The calls to do are counted again; the revision grows together with the new count.
    pub fn changed(&mut self) {
        self.to_do_old = true;
    }

    /// A failed count changes nothing; the store reports its own failure.
    pub fn counted_to_do(&mut self, count: Result<u64, Problem>) {
        self.counting = false;
        if !std::mem::take(&mut self.counting_others) {
            self.revision += 1;
            self.to_do = count.unwrap_or(self.to_do);
        }
    }

    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    pub fn look_up(&mut self, finder: Finder, record: CallRecord) {
        self.unknown.push((finder, record));
    }

    /// A call changed: fetching the past waits, so that it delays neither card nor desk.
    pub fn give_way(&mut self, now: Now) {
        self.pause(now.mono + PAUSE_FOR_CALL);
    }

    /// The next day of the past is not fetched before this time.
    pub fn pause(&mut self, until: Duration) {
        self.fetch_due = self.fetch_due.max(until);
    }

    /// When the next day of the past is to be fetched.
    pub fn fetch_due(&self) -> Option<Duration> {
        (!self.stopped && self.reading.is_none() && !self.gaps.is_empty()).then_some(self.fetch_due)
    }

    fn find_gaps(&mut self, kept: Duration) {
        let (Some(spans), Some(recent)) = (&self.spans, self.recent) else { return };
        self.gaps = Span { since: recent.until.minus(kept), until: recent.since }.gaps(spans);
        if self.gaps.is_empty() {
            self.done = 0;
        }
    }

    fn failed(&mut self, problem: Problem, pause: Duration, now: Now) {
        self.reading = None;
        self.problem = Some(problem);
        self.fetch_due = now.mono + pause;
    }

    fn complete(&self) -> Option<Span> {
        let last = self.spans.as_ref()?.last();
        match (self.recent, last) {
            (Some(recent), Some(last)) if last.until >= recent.since => {
                Some(Span { since: last.since.min(recent.since), until: recent.until })
            }
            (Some(recent), _) => Some(recent),
            (None, last) => last.copied(),
        }
    }

    fn view(&self) -> LogView {
        let left: u32 = self.gaps.iter().map(|gap| pieces(*gap)).sum();
        LogView {
            revision: self.revision,
            to_do: self.to_do,
            complete: self.complete(),
            gaps: self.gaps.iter().rev().take(GAPS_SHOWN).copied().collect(),
            fetch: (left > 0).then(|| FetchView { on: !self.stopped, done: self.done, total: self.done + left }),
            problem: self.problem.clone(),
            export: self.export.clone(),
            dispositions: self.dispositions.clone(),
        }
    }
}

/// The number of requests that the gap takes.
fn pieces(gap: Span) -> u32 {
    u32::try_from(gap.until.since(gap.since).as_millis().div_ceil(DAY.as_millis())).unwrap_or(u32::MAX)
}

impl Session {
    pub(super) fn log_view(&self) -> LogView {
        self.log.view()
    }

    /// Somebody signed in: asks the store which spans were fetched for this owner.
    pub(super) fn begin_log(&mut self, out: &mut Vec<Effect>) {
        let owner = self.owner();
        let scope = format!("{}/{}", owner.account, owner.extension);
        if self.log.scope != scope {
            self.log.forget(self.saved.fetch_stopped);
            self.log.scope.clone_from(&scope);
        }
        out.push(Effect::ReadFetched { scope });
    }

    pub(super) fn fetched(&mut self, scope: &str, spans: Result<Vec<Span>, Problem>, now: Now) {
        if scope != self.log.scope {
            return;
        }
        let reading = self.log.reading.take_if(|reading| reading.step == Step::Saving);
        match spans {
            Ok(spans) => {
                self.log.spans = Some(spans);
                if let Some(reading) = reading {
                    self.log.problem = None;
                    match reading.recent {
                        Some(recent) => self.log.recent = Some(recent),
                        None => self.log.done += 1,
                    }
                }
                let kept = self.saved.settings.recordings.keep_calls().map_or(KEPT, |keep| keep.min(KEPT));
                self.log.find_gaps(kept);
            }
            Err(problem) => {
                let pause = self.polling.jittered(PAUSE_AFTER_FAILURE);
                self.log.failed(problem, pause, now);
            }
        }
    }

    /// Asks for the last hours; if the last fetch was not long ago, from its end.
    pub(super) fn read_recent_records(&mut self, now: Now, out: &mut Vec<Effect>) {
        // A call longer than four hours has its record after its start counts as settled. It keeps the span open, for a day at most, so
        // that its record is asked for until it comes.
        let present = self.there(now.wall);
        let settled = present.minus(SETTLED);
        let held = self.calls.without_record().map(|call| call.started_at).filter(|start| *start >= present.minus(JOINED));
        let settled = held.min().map_or(settled, |start| start.min(settled));
        let last = self.log.spans.as_ref().and_then(|spans| spans.last()).map(|span| span.until);
        let since = last.filter(|last| *last >= present.minus(JOINED)).map_or(settled, |last| last.min(settled));
        let recent = Some(Span { since, until: present });
        let reading = Reading { span: Span { since, until: settled }, recent, step: Step::Asked };
        self.read_records(reading, since, present.plus(HOUR), now, out);
    }

    /// Asks for the newest day of the past that is not fetched.
    pub(super) fn read_past_records(&mut self, now: Now, out: &mut Vec<Effect>) {
        let Some(gap) = self.log.gaps.last().copied() else { return };
        let span = Span { since: gap.since.max(gap.until.minus(DAY)), until: gap.until };
        // The platform takes whole seconds and includes the last one.
        let to = span.until.minus(Duration::from_millis(1));
        self.read_records(Reading { span, recent: None, step: Step::Asked }, span.since, to, now, out);
    }

    fn read_records(&mut self, reading: Reading, from: Timestamp, to: Timestamp, now: Now, out: &mut Vec<Effect>) {
        self.log.reading = Some(reading);
        let extension = self.own_extension();
        self.send(Request::ReadRecords { extension, from, to }, Purpose::Records, now, out);
    }

    pub(super) fn records_answered(&mut self, records: Result<Vec<CallRecord>, Problem>, now: Now, out: &mut Vec<Effect>) {
        match records {
            Ok(records) => {
                self.budget.charge(records.len() / PAGE);
                self.records(records, now, out);
                let present = self.there(now.wall);
                if self.log.reading.take_if(|reading| reading.is_of_future(present)).is_some() {
                    self.polling.records_by(now.mono);
                } else if let Some(reading) = &mut self.log.reading {
                    reading.step = Step::Landed;
                }
            }
            Err(problem) => {
                let pause = self.polling.jittered(PAUSE_AFTER_FAILURE);
                self.polling.records_by(now.mono + pause);
                self.log.failed(problem, pause, now);
            }
        }
    }

    /// The store returned the calls that these records may belong to.
    pub(super) fn recalled(&mut self, records: Vec<CallRecord>, known: Result<Vec<crate::Call>, Problem>, now: Now, out: &mut Vec<Effect>) {
        let Some(finder) = self.log.recalling.take() else { return };
        match known {
            Ok(known) => self.recalled_records(&finder, records, known, now, out),
            // Without the store's answer a call could get a second row, so the records are dropped. The span is not marked as fetched, so
            // they come again.
            Err(problem) => {
                let pause = self.polling.jittered(PAUSE_AFTER_FAILURE);
                self.polling.records_by(now.mono + pause);
                self.log.failed(problem, pause, now);
            }
        }
    }

    pub(super) fn settle_log(&mut self, out: &mut Vec<Effect>) {
        if self.log.to_do_old && !self.log.counting {
            self.log.to_do_old = false;
            self.log.counting = true;
            out.push(Effect::CountToDo);
        }
        if self.log.recalling.is_some() {
            return;
        }
        if let Some((finder, _)) = self.log.unknown.first().cloned() {
            let (records, others): (Vec<_>, Vec<_>) = self.log.unknown.drain(..).partition(|(of, _)| *of == finder);
            self.log.unknown = others;
            self.log.recalling = Some(finder);
            out.push(Effect::Recall { records: records.into_iter().map(|(_, record)| record).collect() });
        } else if let Some(reading) = self.log.reading.as_mut().filter(|reading| reading.step == Step::Landed) {
            reading.step = Step::Saving;
            out.push(Effect::SaveFetched { scope: self.log.scope.clone(), span: reading.span });
        }
    }

    pub(super) fn fetch_log(&mut self, on: bool, now: Now, out: &mut Vec<Effect>) {
        self.log.stopped = !on;
        self.saved.fetch_stopped = !on;
        self.save(out);
        if on {
            self.log.fetch_due = now.mono;
            self.polling.records_by(now.mono);
            self.budget.hurry(&Purpose::Records);
        }
    }

    pub(super) fn edit_note(&mut self, call: CallId, edit: NoteEdit, now: Now, out: &mut Vec<Effect>) {
        self.note_given(call, &edit);
        let edit = match edit {
            NoteEdit::Text { text } => Edit::Text(text),
            NoteEdit::Disposition { disposition } => Edit::Disposition(disposition),
            NoteEdit::Done { done } => Edit::Done(done.then_some(now.wall)),
        };
        out.push(Effect::SaveNote { call, edit });
    }

    pub(super) fn export_log(&mut self, filter: Filter, format: ExportFormat, out: &mut Vec<Effect>) {
        if self.is_exporting() {
            return;
        }
        self.log.exports += 1;
        self.log.export = Some(ExportView { written: 0, total: 0, state: ExportState::Running });
        out.push(Effect::Export { id: self.log.exports, filter: Box::new(filter), format });
    }

    pub(super) fn end_export(&mut self, out: &mut Vec<Effect>) {
        if self.is_exporting() {
            out.push(Effect::StopExport);
        }
        self.log.export = None;
    }

    pub(super) fn exporting(&mut self, id: u64, view: ExportView) {
        if id == self.log.exports && self.is_exporting() {
            self.log.export = Some(view);
        }
    }

    fn is_exporting(&self) -> bool {
        self.log.export.as_ref().is_some_and(|export| export.state == ExportState::Running)
    }
}
