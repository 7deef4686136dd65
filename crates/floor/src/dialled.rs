//! The calls of the dialler, by their bills (GetBill), and the customers whom other calls reached. The windows overlap, since a bill appears
//! only after its call: a short overlap each time, a long one now and then. After a long absence the past is read in steps.

use std::time::Duration;

use ringside_domain::{
    Account, CampaignId, Dialled, FloorAnswer, FloorChange, FloorRequest, Now, Priority, Problem, ReachedOtherwise, Timestamp, Topic,
};

use crate::{
    Effect, Errand, Floor,
    campaigns::Kept,
    readings::Reading,
    turns::{Ended, Purpose, Want},
    writes::{Lane, Then},
};

/// While a campaign may call, or a page shows calls.
const OFTEN: Duration = Duration::from_secs(30);
const RARELY: Duration = Duration::from_secs(900);
/// A callback said that there is a new bill: others may follow it.
const SOON: Duration = Duration::from_secs(5);
const OVERLAP: Duration = Duration::from_secs(15 * 60);
const LONG_OVERLAP: Duration = Duration::from_secs(3 * 3600);
/// The long overlap is read this often.
const LONG_EVERY: Duration = Duration::from_secs(15 * 60);
/// One window is at most this long.
const STEP: Duration = Duration::from_secs(6 * 3600);
/// Nothing older is read: the shares of abandoned calls cover so many days.
const OLDEST: Duration = Duration::from_secs(30 * 86_400);
/// Where nothing was read before.
const FIRST: Duration = Duration::from_secs(86_400);
/// New bills can be of calls of a campaign that is over for less than this time.
const COUNTED: Duration = Duration::from_secs(86_400);
/// Bills that arrive as callbacks are stored at most this often, so that a flood of them makes few transactions.
const TOGETHER: Duration = Duration::from_secs(1);
/// So many bills wait to be stored; what is beyond comes with the next reading.
const MOST_ARRIVED: usize = 10_000;
/// Bills of one page.
const PAGE: u32 = 1000;

/// The window that is being read.
#[derive(Clone, Copy, Debug)]
struct Window {
    number: u64,
    from: Timestamp,
    to: Timestamp,
    page: u32,
    /// It reaches to the present.
    is_last: bool,
    is_long: bool,
    /// Its page is being stored.
    storing: bool,
    ends: bool,
}

#[derive(Debug)]
pub(crate) struct DialledCalls {
    /// Of each account: the calls are stored up to this time.
    known: Vec<(Account, Timestamp)>,
    /// Of the account that is signed in.
    until: Option<Timestamp>,
    reading: Reading,
    window: Option<Window>,
    /// A person wants the newest calls while an older window is being read.
    again: bool,
    long_read: Option<Duration>,
    next_window: u64,
    /// What arrived by callbacks and is not stored yet, and when it is to be.
    arrived: Vec<FloorChange>,
    arrived_due: Duration,
}

impl DialledCalls {
    pub fn new(known: Vec<(Account, Timestamp)>, account: Option<&Account>) -> Self {
        let until = known.iter().find(|(known, _)| Some(known) == account).map(|(_, until)| *until);
        Self {
            known,
            until,
            reading: Reading::default(),
            window: None,
            again: false,
            long_read: None,
            next_window: 1,
            arrived: Vec::new(),
            arrived_due: Duration::ZERO,
        }
    }

    /// Another account is signed in: its bills were read up to another time. What arrived before is stored for its own account.
    pub fn enter(&mut self, account: Option<&Account>) {
        *self = Self {
            next_window: self.next_window,
            arrived: std::mem::take(&mut self.arrived),
            arrived_due: self.arrived_due,
            ..Self::new(std::mem::take(&mut self.known), account)
        };
    }

    fn knows_until(&mut self, account: Option<&Account>, until: Timestamp) {
        self.until = Some(until);
        let Some(account) = account else { return };
        self.known.retain(|(known, _)| known != account);
        self.known.push((account.clone(), until));
    }

    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// The bills are also read soon: others may follow these.
    fn arrive(&mut self, account: &Account, calls: Vec<Dialled>, reached: Vec<ReachedOtherwise>, now: Now) {
        if !calls.is_empty() {
            self.reading.by(now.mono + SOON);
        }
        if self.arrived.len() < MOST_ARRIVED {
            self.arrived.extend((!calls.is_empty()).then(|| FloorChange::Dialled { account: account.clone(), calls }));
            self.arrived.extend((!reached.is_empty()).then(|| FloorChange::Reached { account: account.clone(), customers: reached }));
        }
    }

    pub fn read_now(&mut self, now: Now) {
        self.reading.now(now);
        self.again = self.window.is_some();
    }

    /// Another account is signed in, or none: a window that was begun is begun anew.
    pub fn leave(&mut self) {
        self.window = None;
    }

    /// Until when the bills are known once a window that ends at `to` is read. A clock that was set back leaves no time in the future.
    fn until_after(&self, to: Timestamp, now: Now) -> Timestamp {
        self.until.map_or(to, |until| until.min(now.wall).max(to))
    }

    fn next_window(&mut self, now: Now) -> Window {
        let is_behind = self.until.is_some_and(|until| now.wall.since(until) > STEP);
        let is_long = !is_behind && self.long_read.is_none_or(|at| now.mono.saturating_sub(at) >= LONG_EVERY);
        let overlap = if is_long { LONG_OVERLAP } else { OVERLAP };
        // A clock that was set back must not make a window without an end.
        let known = self.until.map_or(now.wall.minus(FIRST), |until| until.min(now.wall).minus(overlap));
        let from = known.max(now.wall.minus(OLDEST));
        let to = from.plus(STEP).min(now.wall);
        let number = self.next_window;
        self.next_window += 1;
        Window { number, from, to, page: 1, is_last: to == now.wall, is_long, storing: false, ends: false }
    }
}

impl Floor {
    /// Reads what a page that watches these topics needs from the stored bills.
    pub(crate) fn read_for(&mut self, is_its: impl Fn(&Topic) -> bool, out: &mut Vec<Effect>) {
        for topic in self.watched.iter().filter(|topic| is_its(topic)) {
            match topic {
                Topic::Wallboard { .. } => out.extend(self.last_account.clone().map(|account| Effect::ReadToday { account })),
                Topic::Campaign { campaign } => out.push(Effect::ReadEvidence { campaign: *campaign }),
                Topic::Elsewhere => self.elsewhere.read_soon(),
                _ => {}
            }
        }
    }

    /// Callbacks are of the account that is signed in, or was last.
    pub(crate) fn bills_arrived(&mut self, calls: Vec<Dialled>, reached: Vec<ReachedOtherwise>, now: Now) {
        if let Some(account) = &self.last_account {
            self.dialled.arrive(account, calls, reached, now);
        }
    }

    fn bills_interval(&self) -> Duration {
        let shows = |topic: &Topic| matches!(topic, Topic::Campaigns | Topic::Campaign { .. } | Topic::Elsewhere | Topic::Wallboard { .. });
        let often = self.campaigns.any_may_call(self.desk.account()) || self.watched.iter().any(shows);
        if often { OFTEN } else { RARELY }
    }

    pub(crate) fn dialled_wants(&self, wants: &mut Vec<Want>) {
        if self.dialled.window.is_some_and(|window| window.storing) {
            return;
        }
        let interval = self.bills_interval();
        let regular = self.dialled.reading.due(interval);
        let due = if self.dialled.window.is_some() { self.dialled.reading.due(Duration::ZERO) } else { regular };
        let priority = if interval == OFTEN { Priority::Seats } else { Priority::Past };
        wants.push(Want { purpose: Purpose::Dialled, priority, due });
    }

    pub(crate) fn dialled_turned(&mut self, now: Now) -> Option<Errand> {
        let window = self.dialled.window.unwrap_or_else(|| self.dialled.next_window(now));
        self.dialled.window = Some(window);
        Some(Errand::Plain(FloorRequest::ReadDialled { from: window.from, to: window.to, page: window.page }))
    }

    pub(crate) fn dialled_answered(&mut self, ended: &Ended, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        let (Some(window), Some(account)) = (&mut self.dialled.window, self.desk.account().cloned()) else { return };
        match outcome {
            Ok(FloorAnswer::Dialled { total, rows, calls, reached }) => {
                self.dialled.reading.succeeded(ended.asked_at, unit, now);
                window.ends = rows == 0 || u64::from(window.page) * u64::from(PAGE) >= u64::from(total);
                window.storing = true;
                let (number, ends, to) = (window.number, window.ends, window.to);
                let mut changes = vec![
                    FloorChange::Dialled { account: account.clone(), calls },
                    FloorChange::Reached { account: account.clone(), customers: reached },
                ];
                if ends {
                    changes.push(FloorChange::DialledUntil { account, until: self.dialled.until_after(to, now) });
                }
                self.writes.push(Lane::Dialled, changes, Then::Page(number));
            }
            Ok(_) => {}
            Err(problem) => self.dialled.reading.failed(problem, unit, now),
        }
    }

    /// A page is stored, or could not be: then the window is read again later.
    pub(crate) fn page_stored(&mut self, number: u64, failure: Option<Problem>, now: Now, out: &mut Vec<Effect>) {
        let unit = self.desk.unit();
        if self.dialled.window.is_none_or(|window| window.number != number) {
            // Its account left meanwhile; a window that was begun is begun anew.
            return;
        }
        if let Some(problem) = failure {
            self.dialled.window = None;
            self.dialled.reading.by(now.mono);
            return self.dialled.reading.failed(problem, unit, now);
        }
        self.count_all(false, now, out);
        let Some(window) = &mut self.dialled.window else { return };
        if !window.ends {
            (window.page, window.storing) = (window.page.saturating_add(1), false);
            return;
        }
        let window = *window;
        self.dialled.window = None;
        let until = self.dialled.until_after(window.to, now);
        self.dialled.knows_until(self.desk.account(), until);
        if std::mem::take(&mut self.dialled.again) {
            self.dialled.reading.by(now.mono);
        }
        if !window.is_last {
            return self.dialled.reading.by(now.mono);
        }
        if window.is_long {
            self.dialled.long_read = Some(now.mono);
        }
    }

    /// Stores what arrived by callbacks.
    pub(crate) fn settle_arrived(&mut self, now: Now) {
        if self.dialled.arrived.is_empty() || self.dialled.arrived_due > now.mono || !self.writes.is_settled(Lane::Dialled) {
            return;
        }
        self.dialled.arrived_due = now.mono + TOGETHER;
        let changes = std::mem::take(&mut self.dialled.arrived);
        self.writes.push(Lane::Dialled, changes, Then::Arrived);
    }

    /// A transaction under way is waited for without a deadline.
    pub(crate) fn arrived_deadline(&self) -> Option<Duration> {
        let waits = !self.dialled.arrived.is_empty() && self.writes.is_settled(Lane::Dialled);
        waits.then_some(self.dialled.arrived_due)
    }

    /// Reads the counts of these campaigns anew.
    pub(crate) fn count(&mut self, campaigns: Vec<CampaignId>, out: &mut Vec<Effect>) {
        if !campaigns.is_empty() {
            out.push(Effect::Count { campaigns });
        }
    }

    /// Reads everything anew that follows from the bills; `of_all`: for campaigns that are over for long, too.
    pub(crate) fn count_all(&mut self, of_all: bool, now: Now, out: &mut Vec<Effect>) {
        let since = now.wall.minus(COUNTED);
        let is_counted = |kept: &&Kept| {
            kept.campaign().removed_at.is_none() && !kept.is_new() && (of_all || kept.over_since().is_none_or(|over| over > since))
        };
        let ids = self.campaigns.all().filter(is_counted).map(|kept| kept.campaign().id).collect();
        self.count(ids, out);
        self.read_for(|_| true, out);
    }

    /// At the platform's midnight today's counts begin anew.
    pub(crate) fn settle_day(&mut self, now: Now, out: &mut Vec<Effect>) {
        let (day, _) = self.desk.day(now.wall);
        if self.counted_day.replace(day).is_some_and(|counted| counted != day) {
            self.count_all(true, now, out);
        }
    }

    pub(crate) fn day_deadline(&self) -> Option<Duration> {
        let now = self.last_now;
        let (day, _) = self.desk.day(now.wall);
        let midnight = self.desk.time_of(day + 1, 0);
        Some(now.mono + midnight.since(now.wall).max(Duration::from_millis(1)))
    }
}
