//! The desk itself: the account that is signed in, the last answers, the services without a licence, the notices, and the clock.

use std::{collections::BTreeSet, time::Duration};

use ringside_domain::{
    Account, ChangeProgress, DeskView, FloorAct, FloorChange, FloorEntry, FloorNotice, Now, Problem, ProblemCode, TeamBreakView, Timestamp,
};

use crate::{Effect, Floor, turns::Purpose, writes::Lane, writes::Then};

/// So many notices are kept; the ledger has all.
const KEPT: usize = 20;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// The clock counts as untrusted if it was not compared within this time after the first sign-in of the run.
const CLOCK_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Desk {
    account: Option<Account>,
    company: String,
    problem: Option<Problem>,
    unlicensed: BTreeSet<&'static str>,
    answered_at: Option<Timestamp>,
    /// Newest first.
    notices: Vec<FloorNotice>,
    next_notice: u64,
    /// None: it was not compared in this run. Holds stay as they were stored, and nothing that has calling hours begins to call.
    clock_trusted: Option<bool>,
    clock_judged_by: Option<Duration>,
    utc_minutes: i32,
    rng: fastrand::Rng,
}

impl Desk {
    pub fn new(utc_minutes: i32, seed: u64) -> Self {
        Self {
            account: None,
            company: String::new(),
            problem: None,
            unlicensed: BTreeSet::new(),
            answered_at: None,
            notices: Vec::new(),
            next_notice: 1,
            clock_trusted: None,
            clock_judged_by: None,
            utc_minutes,
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    pub fn is_of(&self, account: &Account) -> bool {
        self.account.as_ref() == Some(account)
    }

    pub fn is_clock_trusted(&self) -> bool {
        self.clock_trusted == Some(true)
    }

    pub fn is_clock_judged(&self) -> bool {
        self.clock_trusted.is_some()
    }

    pub fn trust_clock(&mut self, trusted: bool) {
        if trusted || self.is_clock_judged() {
            self.clock_trusted = Some(trusted);
        }
    }

    pub fn settle_clock(&mut self, now: Now) {
        if self.clock_deadline().is_some_and(|at| at <= now.mono) {
            self.clock_trusted = Some(false);
        }
    }

    pub fn clock_deadline(&self) -> Option<Duration> {
        self.clock_judged_by.filter(|_| !self.is_clock_judged())
    }

    pub fn move_zone(&mut self, utc_minutes: i32) {
        self.utc_minutes = utc_minutes;
    }

    /// A random number from 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.rng.f64()
    }

    /// The day in the platform's zone, counted from 1970-01-01, and the milliseconds since its midnight.
    pub fn day(&self, at: Timestamp) -> (i64, i64) {
        let local = at.0.saturating_add(i64::from(self.utc_minutes) * MINUTE);
        (local.div_euclid(DAY), local.rem_euclid(DAY))
    }

    /// The time of a minute of a day in the platform's zone.
    pub fn time_of(&self, day: i64, minute: u16) -> Timestamp {
        Timestamp(day.saturating_mul(DAY) + (i64::from(minute) - i64::from(self.utc_minutes)) * MINUTE)
    }

    pub fn notify(&mut self, act: FloorAct, subject: &str, progress: ChangeProgress, at: Timestamp) -> u64 {
        let id = self.next_notice;
        self.next_notice += 1;
        self.notices.insert(0, FloorNotice { id, at, act, subject: subject.to_owned(), progress, found: 0, missing: 0 });
        self.notices.truncate(KEPT);
        id
    }

    pub fn notice_goes_on(&mut self, id: u64, progress: ChangeProgress) {
        if let Some(notice) = self.notices.iter_mut().find(|notice| notice.id == id) {
            notice.progress = progress;
        }
    }

    /// So many numbers of a removal are in the campaign, and so many are not.
    pub fn notice_finds(&mut self, id: u64, found: u32, missing: u32) {
        if let Some(notice) = self.notices.iter_mut().find(|notice| notice.id == id) {
            (notice.found, notice.missing) = (found, missing);
        }
    }

    /// Takes the result of a request.
    pub fn answered(&mut self, purpose: &Purpose, failure: Option<&Problem>, at: Timestamp) {
        let subject = subject(purpose);
        match failure {
            None => {
                self.problem = None;
                self.answered_at = Some(at);
                self.unlicensed.remove(subject);
            }
            Some(problem) => {
                // A refused change is told at the change; the platform answered.
                if purpose.is_reading() || problem.number.is_none() {
                    self.problem = Some(problem.clone());
                }
                if problem.code == ProblemCode::ModuleNotLicensed {
                    self.unlicensed.insert(subject);
                }
            }
        }
    }

    pub fn view(&self, store: Option<&Problem>, dialled_until: Option<Timestamp>, breaks: Vec<TeamBreakView>) -> DeskView {
        DeskView {
            signed_in: self.account.is_some(),
            company: self.company.clone(),
            problem: store.or(self.problem.as_ref()).cloned(),
            unlicensed: self.unlicensed.iter().map(|subject| (*subject).to_owned()).collect(),
            answered_at: self.answered_at,
            dialled_until,
            notices: self.notices.clone(),
            breaks,
        }
    }
}

/// The view's subject that a request belongs to.
fn subject(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::SendPart(..) | Purpose::SetTask(_) | Purpose::RemoveNumbers(_) | Purpose::Task(_) => "campaigns",
        Purpose::Order(_) | Purpose::Seat(..) | Purpose::Queues | Purpose::Seats(_) => "queues",
        Purpose::Groups | Purpose::Members(_) | Purpose::Member(..) => "groups",
        Purpose::Extensions => "extensions",
        Purpose::Dialled => "bills",
    }
}

/// The problem of a change that needs somebody signed in.
pub(crate) fn nobody_signed_in() -> Problem {
    Problem::new(ProblemCode::AccesskeyMissing, "", true).known_not_done(true)
}

/// The problem of a request that has no answer.
pub(crate) fn no_answer() -> Problem {
    Problem::new(ProblemCode::FateUnknown, "", true)
}

/// An entry of the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub by: &'a str,
    pub what: &'a str,
    pub subject: &'a str,
    pub result: &'a str,
    pub detail: &'a str,
}

impl Entry<'_> {
    pub fn at(self, at: Timestamp) -> FloorChange {
        FloorChange::Enter(FloorEntry {
            at,
            by: self.by.to_owned(),
            what: self.what.to_owned(),
            subject: self.subject.to_owned(),
            result: self.result.to_owned(),
            detail: self.detail.to_owned(),
        })
    }
}

/// The result and the detail of an entry about a request.
pub(crate) fn result_of(failure: Option<&Problem>) -> (&'static str, String) {
    match failure {
        None => ("done", String::new()),
        Some(problem) => (if problem.not_done { "failed" } else { "unknown" }, problem.to_string()),
    }
}

impl Floor {
    /// Enters what has no change of its own in the store.
    pub(crate) fn enter(&mut self, entry: Entry<'_>, at: Timestamp) {
        self.writes.push(Lane::Desk, vec![entry.at(at)], Then::Nothing);
    }

    pub(crate) fn signed_in(&mut self, account: Option<(Account, String)>, out: &mut Vec<Effect>) {
        let (account, company) = account.unzip();
        self.desk.company = company.unwrap_or_default();
        if self.desk.account == account {
            return;
        }
        self.turns.leave(out);
        if account.is_some() {
            self.desk.clock_judged_by.get_or_insert(self.last_now.mono + CLOCK_WITHIN);
        }
        let changes_account = account.is_some() && self.last_account != account;
        if account.is_some() {
            self.last_account.clone_from(&account);
        }
        self.desk.account = account;
        self.desk.problem = None;
        if changes_account {
            self.desk.unlicensed.clear();
            self.desk.answered_at = None;
        }
        self.account_changed(changes_account, out);
    }
}
