//! Recordings on this computer: which are fetched into the archive and when, and which are removed for their age.
//!
//! One is fetched at a time, with requests that nothing else needs, and never while the phone rings or a call goes on. A problem of one
//! recording postpones that one; a problem of all pauses the archive.

use std::{collections::VecDeque, time::Duration};

use super::{Session, log::KEPT};
use crate::{
    ArchiveLook, ArchiveScope, ArchiveState, Backoff, CallId, Effect, EndedTransfer, Now, Problem, ProblemCode, RecordingFate,
    RecordingSettings, RecordingsView, Removal, Timestamp, Transfer, TransferEnd, Verification, VerificationState,
};

/// A person can follow no more transfers.
const TRANSFERS_SHOWN: usize = 4;
const TROUBLES_SHOWN: usize = 3;
/// A look reads the disk, so it is not repeated more often.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);
/// A look is repeated after this time, since calls age without any event.
const LOOK_ANYWAY: Duration = Duration::from_secs(3600);
/// The pause after a problem that concerns all recordings.
const PAUSE: Duration = Duration::from_secs(60);
const PAUSES: Backoff = Backoff::new(PAUSE, Duration::from_secs(900));
/// If this many recordings fail one after the other, the problem is taken to concern all.
const IN_A_ROW: u32 = 5;
/// The pauses between attempts at one recording.
const RETRIES: Backoff = Backoff::new(Duration::from_secs(60), Duration::from_secs(12 * 3600));
/// A recording that is missing or unreadable after this many attempts is given up (R9).
const TRIES: u32 = 12;
/// The pause before the first removal, after the start or a change of the settings.
const BEFORE_REMOVAL: Duration = Duration::from_secs(600);
const BETWEEN_REMOVALS: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Default)]
pub(super) struct Recordings {
    transfers: Vec<Transfer>,
    /// The archive may have changed since the last look.
    stale: bool,
    looking: bool,
    /// There was a look under the present settings.
    seen: bool,
    /// None: the next look need not wait.
    looked_at: Option<Duration>,
    /// The last look, updated with the recordings kept since.
    look: Option<ArchiveLook>,
    /// When a recording that failed before is next due.
    next_try: Option<Duration>,
    queue: VecDeque<(CallId, u32)>,
    fetching: Option<Fetching>,
    stopped: bool,
    due: Duration,
    /// Number of failures since the last success.
    failures: u32,
    problem: Option<(Problem, Timestamp)>,
    verification: Option<Verification>,
    verifications: u64,
    removal_due: Option<(Duration, Timestamp)>,
    removing: bool,
}

/// The recording on its way into the archive.
#[derive(Debug)]
struct Fetching {
    call: CallId,
    tries: u32,
    stopping: bool,
}

impl Recordings {
    pub fn new(settings: &RecordingSettings, now: Now) -> Self {
        let mut recordings = Self { stale: true, ..Self::default() };
        recordings.plan_removal(settings, BEFORE_REMOVAL, now);
        recordings
    }

    pub fn transferring(&mut self, next: Transfer) {
        match self.transfers.iter_mut().find(|transfer| transfer.call == next.call) {
            Some(transfer) => *transfer = next,
            None => self.transfers.push(next),
        }
    }

    /// A call may have a recording now.
    pub fn log_changed(&mut self, settings: &RecordingSettings) {
        self.stale |= settings.scope() != ArchiveScope::Off;
    }

    pub fn verify(&mut self, on: bool, out: &mut Vec<Effect>) {
        let running = self.verification.as_ref().is_some_and(|verification| verification.state == VerificationState::Running);
        if on && !running {
            self.verifications += 1;
            let state = VerificationState::Running;
            self.verification = Some(Verification { checked: 0, total: 0, damaged: Vec::new(), damaged_total: 0, state });
            out.push(Effect::VerifyArchive { id: self.verifications });
        } else if !on {
            if running {
                out.push(Effect::StopVerification);
            }
            self.verification = None;
        }
    }

    pub fn verifying(&mut self, id: u64, view: Verification) {
        if id == self.verifications && self.verification.is_some() {
            self.verification = Some(view);
        }
    }

    fn plan_removal(&mut self, settings: &RecordingSettings, after: Duration, now: Now) {
        let planned = settings.keep().is_some() || settings.keep_calls().is_some();
        self.removal_due = planned.then(|| (now.mono + after, now.wall.plus(after)));
    }

    fn pause(&mut self, problem: Problem, pause: Duration, now: Now) {
        self.due = now.mono + pause;
        self.problem = Some((problem, now.wall.plus(pause)));
    }

    fn look_due(&self) -> Option<Duration> {
        if self.looking {
            return None;
        }
        let after = |pause| self.looked_at.map_or(Duration::ZERO, |at| at + pause);
        let stale = self.stale.then(|| after(BETWEEN_LOOKS));
        [stale, self.next_try, self.looked_at.map(|at| at + LOOK_ANYWAY)].into_iter().flatten().min()
    }
}

/// Whether the problem concerns this recording only, so that others may succeed.
fn is_of_one(problem: &Problem) -> bool {
    use ProblemCode::*;
    matches!(
        problem.code,
        RecordingMissing
            | LinkUnsafe
            | DownloadFailed
            | NotARecording
            | RecordingEmpty
            | RecordingTooLarge
            | BadRequest
            | Refused
            | PartFailed
    )
}

/// When to try a recording again that failed `tries` times before; None: never.
fn next_try(tries: u32, problem: &Problem, now: Timestamp) -> Option<Timestamp> {
    let given_up = match problem.code {
        ProblemCode::RecordingTooLarge => true,
        ProblemCode::RecordingMissing | ProblemCode::NotARecording | ProblemCode::RecordingEmpty | ProblemCode::Refused => {
            tries + 1 >= TRIES
        }
        _ => false,
    };
    (!given_up).then(|| now.plus(RETRIES.after(tries).failed(None, 1.0)))
}

impl Session {
    fn recording_settings(&self) -> &RecordingSettings {
        &self.saved.settings.recordings
    }

    /// The platform has deleted older recordings (N13), or they would be removed here at once.
    fn recordings_since(&self, now: Timestamp) -> Timestamp {
        let settings = self.recording_settings();
        let kept = [settings.keep(), settings.keep_calls()].into_iter().flatten().fold(KEPT, Duration::min);
        now.minus(kept)
    }

    fn archive_is_full(&self) -> bool {
        self.recordings.look.as_ref().is_some_and(|look| look.bytes >= self.recording_settings().limit())
    }

    fn may_fetch_recordings(&self) -> bool {
        self.recording_settings().scope() != ArchiveScope::Off && self.sign_in.is_in() && !self.recordings.stopped && !self.calls.any()
    }

    /// When the next recording is to be fetched.
    pub(super) fn recording_due(&self) -> Option<Duration> {
        let recordings = &self.recordings;
        let wanted = !recordings.queue.is_empty() && recordings.fetching.is_none() && !self.archive_is_full();
        (wanted && self.may_fetch_recordings()).then_some(recordings.due)
    }

    pub(super) fn fetch_recording(&mut self, out: &mut Vec<Effect>) {
        let recordings = &mut self.recordings;
        let Some((call, tries)) = recordings.queue.pop_front() else { return };
        if recordings.queue.is_empty() {
            // The next look comes as soon as this recording is done.
            recordings.looked_at = None;
        }
        recordings.fetching = Some(Fetching { call, tries, stopping: false });
        out.push(Effect::FetchRecording { call });
    }

    pub(super) fn recordings_deadline(&self) -> Option<Duration> {
        let removal = self.recordings.removal_due.map(|(due, _)| due).filter(|_| !self.recordings.removing && !self.calls.any());
        [self.recordings.look_due(), removal].into_iter().flatten().min()
    }

    pub(super) fn settle_recordings(&mut self, now: Now, out: &mut Vec<Effect>) {
        let may_fetch = self.may_fetch_recordings();
        if let Some(fetching) = self.recordings.fetching.as_mut().filter(|fetching| !fetching.stopping && !may_fetch) {
            fetching.stopping = true;
            out.push(Effect::StopTransfer { call: fetching.call, unless_awaited: true });
        }
        if self.recordings.look_due().is_some_and(|due| due <= now.mono) {
            let settings = self.recording_settings();
            let extension = (settings.scope() == ArchiveScope::Mine).then(|| self.own_extension());
            out.push(Effect::LookAtArchive {
                extension,
                order: settings.order.unwrap_or_default(),
                since: self.recordings_since(self.present(now)),
            });
            let recordings = &mut self.recordings;
            (recordings.looking, recordings.stale, recordings.looked_at, recordings.next_try) = (true, false, Some(now.mono), None);
        }
        let removal = self.recordings.removal_due.is_some_and(|(due, _)| due <= now.mono);
        if removal && !self.recordings.removing && !self.calls.any() {
            self.recordings.removing = true;
            let present = self.present(now);
            let before = |keep: Option<Duration>| keep.map(|keep| present.minus(keep));
            let settings = self.recording_settings();
            out.push(Effect::RemoveOld { calls: before(settings.keep_calls()), recordings: before(settings.keep()) });
        }
    }

    pub(super) fn archive_seen(&mut self, look: Result<ArchiveLook, Problem>, now: Now) {
        let recordings = &mut self.recordings;
        recordings.looking = false;
        match look {
            Ok(look) => {
                let fetching = recordings.fetching.as_ref().map(|fetching| fetching.call);
                // If the settings changed meanwhile, this look is out of date and a new one follows.
                recordings.queue = look.next.iter().copied().filter(|(call, _)| !recordings.stale && Some(*call) != fetching).collect();
                recordings.next_try = look.next_try_at.map(|at| now.mono + at.since(now.wall));
                recordings.seen |= !recordings.stale;
                recordings.look = Some(look);
            }
            Err(problem) => {
                recordings.stale = true;
                recordings.pause(problem, PAUSE, now);
            }
        }
    }

    pub(super) fn transferred(&mut self, ended: EndedTransfer, now: Now, out: &mut Vec<Effect>) {
        let EndedTransfer { call, end, links } = ended;
        self.recordings.transfers.retain(|transfer| transfer.call != call);
        let own = self.recordings.fetching.take_if(|fetching| fetching.call == call);
        self.budget.charge(links.saturating_sub(usize::from(own.is_some())));
        match (end, own) {
            (TransferEnd::Kept(file), own) => {
                let recordings = &mut self.recordings;
                if let Some(look) = &mut recordings.look {
                    look.kept += 1;
                    look.bytes = look.bytes.saturating_add(file.size);
                    look.wanted = look.wanted.saturating_sub(1);
                }
                recordings.stale = true;
                recordings.queue.retain(|(of, _)| *of != call);
                if own.is_some() {
                    (recordings.failures, recordings.problem) = (0, None);
                }
                out.push(Effect::SaveRecording { call, fate: RecordingFate::Kept(file) });
            }
            (TransferEnd::Failed(problem), Some(own)) => self.recording_failed(own, problem, now, out),
            (TransferEnd::Stopped, Some(own)) => self.recordings.queue.push_front((call, own.tries)),
            (TransferEnd::Cached | TransferEnd::Stopped | TransferEnd::Failed(_), _) => {}
        }
    }

    fn recording_failed(&mut self, own: Fetching, problem: Problem, now: Now, out: &mut Vec<Effect>) {
        let of_one = is_of_one(&problem);
        self.recordings.failures += 1;
        let failures = self.recordings.failures;
        if !of_one || failures.is_multiple_of(IN_A_ROW) {
            let rounds = if of_one { failures / IN_A_ROW } else { failures };
            let pause = self.polling.jittered(PAUSES.after(rounds - 1).failed(None, 1.0));
            self.recordings.pause(problem.clone(), pause, now);
        }
        if of_one {
            let next_try_at = next_try(own.tries, &problem, now.wall);
            self.recordings.stale = true;
            out.push(Effect::SaveRecording { call: own.call, fate: RecordingFate::Failed { problem, next_try_at } });
        } else {
            self.recordings.queue.push_front((own.call, own.tries));
        }
    }

    pub(super) fn fetch_recordings(&mut self, on: bool, now: Now) {
        let recordings = &mut self.recordings;
        recordings.stopped = !on;
        if on {
            (recordings.due, recordings.failures, recordings.problem) = (now.mono, 0, None);
        }
    }

    /// Stops a transfer. If the archive made it, fetching stops, too, since the archive would begin it again at once.
    pub(super) fn stop_transfer(&mut self, call: CallId, out: &mut Vec<Effect>) {
        if let Some(fetching) = self.recordings.fetching.as_mut().filter(|fetching| fetching.call == call) {
            (fetching.stopping, self.recordings.stopped) = (true, true);
        }
        out.push(Effect::StopTransfer { call, unless_awaited: false });
    }

    pub(super) fn recordings_set(&mut self, before: &RecordingSettings, now: Now) {
        let settings = &self.saved.settings.recordings;
        if settings == before {
            return;
        }
        let recordings = &mut self.recordings;
        (recordings.stale, recordings.seen) = (true, false);
        recordings.looked_at = None;
        recordings.queue.clear();
        (recordings.due, recordings.failures, recordings.problem) = (now.mono, 0, None);
        if (settings.keep(), settings.keep_calls()) != (before.keep(), before.keep_calls()) {
            recordings.plan_removal(settings, BEFORE_REMOVAL, now);
        }
    }

    pub(super) fn removed(&mut self, removal: Removal, now: Now, out: &mut Vec<Effect>) {
        self.recordings.removing = false;
        self.recordings.plan_removal(&self.saved.settings.recordings, BETWEEN_REMOVALS, now);
        if removal.calls > 0 {
            self.log.changed();
        }
        if let Some(keep) = self.recording_settings().keep_calls() {
            self.calls.forget_before(self.present(now).minus(keep), &self.saved.owner(&self.place));
        }
        if removal.calls > 0 || removal.recordings > 0 || removal.problem.is_some() {
            self.recordings.stale = true;
            self.saved.removal = Some(removal);
            self.save(out);
        }
    }

    fn archive_state(&self) -> ArchiveState {
        let recordings = &self.recordings;
        let look = recordings.look.as_ref();
        if self.recording_settings().scope() == ArchiveScope::Off {
            return ArchiveState::Off;
        }
        if recordings.stopped {
            return ArchiveState::Stopped;
        }
        let lacks = look.is_none_or(|look| look.wanted > 0) || recordings.fetching.is_some();
        if recordings.seen && !lacks {
            return ArchiveState::Complete;
        }
        if self.archive_is_full() {
            return ArchiveState::Failing { problem: Problem::new(ProblemCode::ArchiveLimit, "", true), next_try_at: None };
        }
        if let Some((problem, at)) = recordings.problem.as_ref().filter(|_| recordings.fetching.is_none()) {
            return ArchiveState::Failing { problem: problem.clone(), next_try_at: Some(*at) };
        }
        if !self.sign_in.is_in() {
            return ArchiveState::SignedOut;
        }
        if self.calls.any() {
            return ArchiveState::InCall;
        }
        match look {
            Some(look)
                if recordings.seen
                    && recordings.fetching.is_none()
                    && recordings.queue.is_empty()
                    && !recordings.looking
                    && !recordings.stale =>
            {
                ArchiveState::Waiting { next_try_at: look.next_try_at }
            }
            _ => ArchiveState::Fetching,
        }
    }

    pub(super) fn recordings_view(&self) -> RecordingsView {
        let recordings = &self.recordings;
        let look = recordings.look.clone().unwrap_or_default();
        let on = self.recording_settings().scope() != ArchiveScope::Off;
        RecordingsView {
            transfers: recordings.transfers.iter().take(TRANSFERS_SHOWN).copied().collect(),
            state: self.archive_state(),
            kept: look.kept,
            bytes: look.bytes,
            wanted: if on { look.wanted } else { 0 },
            closest_deletion: look.oldest_wanted.filter(|_| on).map(|at| at.plus(KEPT)),
            lost: if on { look.lost } else { 0 },
            troubles: if on { look.troubles.into_iter().take(TROUBLES_SHOWN).collect() } else { Vec::new() },
            verification: recordings.verification.clone(),
            removal_due: recordings.removal_due.map(|(_, at)| at),
            removal: self.saved.removal.clone(),
        }
    }
}
