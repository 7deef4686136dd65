//! The rules of the supervisor's desk as a pure state machine: [`Floor::apply`] takes an input and the time and returns effects. Another
//! task than the agent's session owns it; the engine carries out the effects.
//!
//! The floor sends nothing by itself: each request waits for a turn in the session's budget, which all of the process shares.
//!
//! The modules in the order of reading: `effect`, `input`; `turns` (requests and their turns), `writes` (transactions), `changes` (what a
//! reading confirms), `readings` (when to read again), `desk` (the account, notices, the ledger); then the topics: `imports`, `campaigns`,
//! `holds`, `dialled` (bills), `elsewhere` (campaigns made elsewhere), `queues`, `seats`, `groups`, `orders` (making and deleting queues and
//! groups), `extensions`, `wallboard`, `team_break`, `why`; at last `views`. `leaving` stands alone: the rule for requests that end the
//! desk's work. A topic changes another one's state only through its methods; `holds` asks `team_break` which campaigns a break pauses, and
//! `queues` and `groups` ask the topics after them what waits for a reading. In this file: which input goes where, and the order of the
//! settling.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod campaigns;
mod changes;
mod desk;
mod dialled;
mod effect;
mod elsewhere;
mod extensions;
mod groups;
mod holds;
mod imports;
mod input;
mod leaving;
mod orders;
mod queues;
mod readings;
mod seats;
mod team_break;
mod turns;
mod views;
mod wallboard;
mod why;
mod writes;

use std::time::Duration;

use ringside_domain::{
    Account, CampaignPart, DialledToday, DoNotCall, FloorAnswer, FloorChange, FloorIntent, Now, Problem, RequestId, Topic,
};

use desk::{Entry, no_answer};
use orders::Order;
use turns::{Ended, Purpose, Turns, Want};
use writes::{Lane, Then, Writes};

pub use effect::{Effect, Errand};
pub use input::{FloorStart, Input};
pub use leaving::{LastRefused, Leaving};

/// The most requests of the floor that wait for a turn or for an answer, besides those that stop a campaign.
pub const MOST_REQUESTS: usize = turns::MOST_CHANGES + turns::MOST_READINGS;

/// The shortest time after which the engine comes back.
const SHORTEST: Duration = Duration::from_millis(1);

/// How many of these fulfil the condition.
fn count<T>(all: &[T], fulfils: impl Fn(&T) -> bool) -> u32 {
    u32::try_from(all.iter().filter(|one| fulfils(one)).count()).unwrap_or(u32::MAX)
}

/// The state of the supervisor's desk.
#[derive(Debug)]
pub struct Floor {
    desk: desk::Desk,
    turns: Turns,
    writes: Writes,
    imports: imports::Imports,
    campaigns: campaigns::Campaigns,
    dialled: dialled::DialledCalls,
    elsewhere: elsewhere::Elsewhere,
    queues: queues::Queues,
    seats: seats::Seats,
    groups: groups::Groups,
    orders: orders::Orders,
    extensions: extensions::Extensions,
    today: DialledToday,
    breaks: team_break::Breaks,
    watched: Vec<Topic>,
    shown: views::Shown,
    /// The account that was signed in last, or is to be signed in. Only its campaigns and calls are shown.
    last_account: Option<Account>,
    /// The day that the counts are of.
    counted_day: Option<i64>,
    last_now: Now,
    /// When the next request is due that waits for its time only.
    next_due: Option<Duration>,
    /// How many wanted requests were looked at, over all inputs.
    wants_made: u64,
    /// How often a deadline was not in the future; each time is a fault of the rules.
    late_deadlines: u64,
}

impl Floor {
    pub fn new(start: FloorStart, now: Now) -> (Self, Vec<Effect>) {
        let mut floor = Self {
            desk: desk::Desk::new(start.utc_minutes, start.seed),
            turns: Turns::new(now.wall),
            writes: Writes::new(),
            imports: imports::Imports::default(),
            campaigns: campaigns::Campaigns::new(start.campaigns, start.next_campaign),
            dialled: dialled::DialledCalls::new(start.dialled_until, start.account.as_ref()),
            elsewhere: elsewhere::Elsewhere::new(start.elsewhere),
            queues: queues::Queues::default(),
            seats: seats::Seats::default(),
            groups: groups::Groups::default(),
            orders: orders::Orders::default(),
            extensions: extensions::Extensions::default(),
            today: DialledToday::default(),
            breaks: team_break::Breaks::restored(start.breaks, now),
            watched: Vec::new(),
            shown: views::Shown::new(),
            last_account: start.account,
            counted_day: None,
            last_now: now,
            next_due: None,
            wants_made: 0,
            late_deadlines: 0,
        };
        let mut out = Vec::new();
        floor.restore_campaigns(now);
        floor.restore_removals(start.removals, now);
        // Removals that an earlier run did not finish.
        floor.seek_listed();
        floor.settle(now, &mut out);
        (floor, out)
    }

    /// Takes one input and does everything that is due at `now`.
    pub fn apply(&mut self, input: Input, now: Now) -> Vec<Effect> {
        let mut out = Vec::new();
        self.last_now = now;
        if matches!(input, Input::Turn(_) | Input::Stored { .. }) {
            // Time may have passed since the last input, as after a sleep: what may be sent now is decided with the holds of now.
            self.settle_holds(now);
        }
        match input {
            Input::Intent { intent, by } => self.intent(intent, &by, now, &mut out),
            Input::Watch(topics) => self.watch(topics, &mut out),
            Input::SignedIn(account) => self.signed_in(account, &mut out),
            Input::Turn(id) => self.turn(id, now, &mut out),
            Input::ReadEarlier { id, by } => self.turns.read_earlier(id, by),
            Input::Answered { id, outcome } => match self.turns.answered(id) {
                Some(ended) => self.answered(id, ended, *outcome, now),
                None => self.answered_late(id, *outcome, now),
            },
            Input::Stored { id, outcome } => self.stored(id, outcome, now, &mut out),
            Input::Counted(counts) => counts.into_iter().for_each(|(id, counts)| self.campaigns.counted(id, counts)),
            Input::Evidence { campaign, parts, preset, endings } => self.campaigns.evidence_read(campaign, parts, preset, endings),
            Input::NumbersFound { campaign, outcome } => self.numbers_found(campaign, outcome, now),
            Input::DoNotCallGrew => self.list_grew(now, &mut out),
            Input::Today(account, today) => self.took_today(&account, *today),
            Input::PageClosed(imports) => self.imports.page_closed(imports),
            Input::Import { import, file, view } => self.imports.goes_on(import, file, view),
            Input::TaskFinished { task_id } => self.task_finished(&task_id, now, &mut out),
            Input::Arrived { calls, reached } => self.bills_arrived(calls, reached, now),
            Input::Elsewhere(account, calls) => self.took_elsewhere(&account, calls),
            Input::ClockTrusted(trusted) => self.desk.trust_clock(trusted),
            Input::Zone { utc_minutes } => self.desk.move_zone(utc_minutes),
            Input::Tick => {}
        }
        self.settle(now, &mut out);
        out
    }

    /// When the engine must send `Input::Tick`, on the monotonic clock; always later than the last input.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.earliest_deadline().map(|at| at.max(self.last_now.mono + SHORTEST))
    }

    /// How often a deadline was not in the future. Each time is a fault of the rules that would keep the engine busy.
    pub fn late_deadlines(&self) -> u64 {
        self.late_deadlines
    }

    /// How many wanted requests were looked at, over all inputs: a measure of the work.
    pub fn wants_made(&self) -> u64 {
        self.wants_made
    }

    fn earliest_deadline(&self) -> Option<Duration> {
        [
            self.turns.deadline(),
            self.writes.deadline(),
            self.holds_deadline(),
            self.desk.clock_deadline(),
            self.breaks_deadline(),
            self.campaigns.removals_deadline(self.last_now.mono),
            self.seats.deadline(),
            self.groups.deadline(),
            self.orders.deadline(),
            self.day_deadline(),
            self.arrived_deadline(),
            self.elsewhere.deadline(),
            self.next_due,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn settle(&mut self, now: Now, out: &mut Vec<Effect>) {
        while let Some((id, ended)) = self.turns.lost(now.mono) {
            self.answered(id, ended, Err(no_answer()), now);
        }
        self.settle_day(now, out);
        self.settle_seats(now);
        self.settle_groups(now);
        self.settle_orders(now);
        self.settle_breaks(now);
        self.settle_holds(now);
        // A break can be over as soon as its holds are.
        self.settle_breaks(now);
        self.settle_campaigns(now, out);
        self.settle_arrived(now);
        self.settle_elsewhere(now, out);
        self.writes.settle(now.mono, out);
        self.imports.settle(out);
        let wants = self.wants();
        self.wants_made += wants.len() as u64;
        self.next_due = Turns::next_due(&wants, now.mono);
        self.turns.want(wants, now.mono, out);
        self.show(out);
        let late = self.earliest_deadline().is_some_and(|at| at <= now.mono);
        debug_assert!(!late, "a deadline that is past");
        self.late_deadlines += u64::from(late);
    }

    /// The requests that are wanted now or later.
    fn wants(&self) -> Vec<Want> {
        let mut wants = Vec::new();
        if self.desk.account().is_none() {
            return wants;
        }
        self.campaign_wants(&mut wants);
        self.seat_wants(&mut wants);
        self.order_wants(&mut wants);
        self.queue_wants(&mut wants);
        self.group_wants(&mut wants);
        self.extension_wants(&mut wants);
        self.dialled_wants(&mut wants);
        wants
    }

    fn watch(&mut self, mut topics: Vec<Topic>, out: &mut Vec<Effect>) {
        topics.sort_unstable();
        topics.dedup();
        let before = std::mem::replace(&mut self.watched, topics);
        self.read_for(|topic| !before.contains(topic), out);
    }

    /// The turn of a request has come: what it sends is decided now.
    fn turn(&mut self, id: RequestId, now: Now, out: &mut Vec<Effect>) {
        let Some(purpose) = self.turns.turned(id) else {
            // It was given back at the same moment.
            return out.push(Effect::DropTurn { id });
        };
        let errand = match &purpose {
            Purpose::SendPart(campaign, part) => return self.part_turned(id, *campaign, *part, now, out),
            Purpose::SetTask(campaign) => self.set_turned(id, *campaign),
            Purpose::RemoveNumbers(campaign) => self.removal_turned(*campaign),
            Purpose::Order(notice) | Purpose::Task(notice) => self.order_turned(*notice),
            Purpose::Seat(queue, extension) => self.seat_turned(queue, extension),
            Purpose::Member(group, extension) => self.member_turned(group, extension),
            Purpose::Dialled => self.dialled_turned(now),
            _ => purpose.reading(),
        };
        match errand {
            Some(errand) => {
                self.turns.asked(id, now.mono);
                out.push(Effect::Ask { id, errand });
            }
            None => self.turns.give_back(id, out),
        }
    }

    fn answered(&mut self, id: RequestId, ended: Ended, outcome: Result<FloorAnswer, Problem>, now: Now) {
        if ended.overtaken && ended.purpose.is_reading() {
            // A reading of another account.
            return;
        }
        self.desk.answered(&ended.purpose, outcome.as_ref().err(), now.wall);
        match ended.purpose.clone() {
            Purpose::SendPart(campaign, part) => self.part_answered(id, (campaign, part), outcome, now),
            Purpose::SetTask(campaign) => self.set_answered(id, campaign, &ended, outcome, now),
            Purpose::RemoveNumbers(campaign) => self.removal_answered(campaign, outcome, now),
            Purpose::Order(notice) | Purpose::Task(notice) => self.order_answered(notice, outcome, now),
            Purpose::Seat(queue, extension) => self.seat_answered(queue, extension, outcome, now),
            Purpose::Member(group, extension) => self.member_answered(group, extension, outcome, now),
            Purpose::Queues => self.queues_answered(&ended, outcome, now),
            Purpose::Seats(queue) => self.seats_answered(&queue, &ended, outcome, now),
            Purpose::Groups => self.groups_answered(&ended, outcome, now),
            Purpose::Members(group) => self.members_answered(&group, &ended, outcome, now),
            Purpose::Extensions => self.extensions_answered(&ended, outcome, now),
            Purpose::Dialled => self.dialled_answered(&ended, outcome, now),
        }
    }

    /// An answer to a request that was counted as lost.
    fn answered_late(&mut self, id: RequestId, outcome: Result<FloorAnswer, Problem>, now: Now) {
        match self.turns.answered_late(id) {
            Some(Purpose::SendPart(campaign, part)) => self.part_answered(id, (campaign, part), outcome, now),
            Some(Purpose::SetTask(campaign)) => self.set_again(campaign, now),
            _ => {}
        }
    }

    fn stored(&mut self, id: u64, outcome: Result<Vec<CampaignPart>, Problem>, now: Now, out: &mut Vec<Effect>) {
        let unit = self.desk.unit();
        let Some(then) = self.writes.stored(id, outcome.as_ref().err(), unit, now.mono) else { return };
        match then {
            Then::Nothing => {}
            Then::Send { campaign, part, turn } => self.part_stored((campaign, part, turn), outcome.err(), now, out),
            Then::Start { campaign, import } => self.campaign_stored((campaign, import), outcome, now, out),
            Then::Add { campaign, import } => self.numbers_stored((campaign, import), outcome, now, out),
            Then::Count(campaign) => self.count(vec![campaign], out),
            Then::Listed => self.list_grew(now, out),
            Then::Page(window) => self.page_stored(window, outcome.err(), now, out),
            Then::Arrived => self.count_all(false, now, out),
            Then::Remembered(account, queue) => self.break_remembered(&account, &queue),
        }
    }

    /// Another account is signed in, or none.
    fn account_changed(&mut self, is_another: bool, out: &mut Vec<Effect>) {
        let now = self.last_now;
        self.leave_seats(now);
        self.leave_groups(now);
        self.leave_orders(now);
        self.breaks_go_on(now);
        self.dialled.leave();
        if is_another {
            self.queues = queues::Queues::default();
            self.groups = groups::Groups::default();
            self.extensions = extensions::Extensions::default();
            self.seats.clear();
            self.orders.clear();
            self.dialled.enter(self.last_account.as_ref());
            self.today = DialledToday::default();
            self.elsewhere.leave();
            self.read_for(|_| true, out);
        }
    }

    fn intent(&mut self, intent: FloorIntent, by: &str, now: Now, out: &mut Vec<Effect>) {
        match intent {
            FloorIntent::Start { import, plan } => self.start_campaign(import, plan, by, now),
            FloorIntent::AddNumbers { import, campaign } => self.add_numbers(import, campaign, by, now),
            FloorIntent::StopSending { campaign } => self.stop_sending(campaign, by, now),
            FloorIntent::ResumeSending { campaign } => self.resume_sending(campaign, by, now),
            FloorIntent::Decide { campaign, part, decision, task_id } => self.decide(campaign, part, decision, task_id, by, now),
            FloorIntent::Pause { campaign } => self.pause(campaign, by, now),
            FloorIntent::Resume { campaign } => self.resume(campaign, by, now),
            FloorIntent::End { campaign } => self.end(campaign, by, now),
            FloorIntent::SetTask { task_id, state } => self.set_task(&task_id, state, by, now),
            FloorIntent::RemoveNumbers { campaign, phones } => self.remove_numbers(campaign, &phones, by, now),
            FloorIntent::SetLimits { campaign, limits } => self.set_limits(campaign, limits, by, now),
            FloorIntent::HideCampaign { campaign } => self.hide_campaign(campaign, by, now),
            FloorIntent::AddDoNotCall { phones, reason } => {
                let entry = |phone| DoNotCall { phone, since: now.wall, by: by.to_owned(), reason: reason.clone() };
                let count = phones.len();
                let change = FloorChange::AddDoNotCall(phones.into_iter().map(entry).collect());
                self.do_not_call(change, "addDoNotCall", count, by, Then::Listed, now);
            }
            FloorIntent::RemoveDoNotCall { phones } => {
                let count = phones.len();
                self.do_not_call(FloorChange::RemoveDoNotCall(phones), "removeDoNotCall", count, by, Then::Nothing, now);
            }
            FloorIntent::AddQueue { name, dials, settings } => self.order(Order::AddQueue { name, dials, settings }, by, now),
            FloorIntent::EditQueue { name, settings } => self.order(Order::EditQueue { name, settings }, by, now),
            FloorIntent::DeleteQueue { name } => self.order(Order::DeleteQueue { name }, by, now),
            FloorIntent::SetSeats { seats, order } => self.set_seats(seats, order, by, now),
            FloorIntent::AddGroup { name } => self.order(Order::AddGroup { name }, by, now),
            FloorIntent::SetMembers { group, extensions, order } => self.set_members(&group, extensions, order, by, now),
            FloorIntent::StartTeamBreak { queue, minutes } => self.start_break(queue, minutes, by, now),
            FloorIntent::EndTeamBreak { queue } => self.end_break(&queue, by, now),
            FloorIntent::ReadNow => {
                self.queues.read_now(now);
                self.groups.read_now(now);
                self.extensions.read_now(now);
                self.dialled.read_now(now);
                self.count_all(true, now, out);
            }
        }
    }

    /// The numbers that waited are taken out already; those at the platform are looked for.
    fn list_grew(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.seek_listed();
        self.count_all(false, now, out);
    }

    fn do_not_call(&mut self, change: FloorChange, what: &str, count: usize, by: &str, then: Then, now: Now) {
        let entry = Entry { by, what, subject: "", result: "done", detail: &format!("{count} numbers") }.at(now.wall);
        self.writes.push(Lane::Desk, vec![change, entry], then);
    }
}
