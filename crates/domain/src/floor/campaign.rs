//! A campaign: a predictive task of the platform with what the platform does not have, such as its source, its parts and its limits.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Account, Extension, Problem, QueueName, RowRefusal, Timestamp};

/// Our number of a campaign. The platform's id, `taskid`, is known only after TaskCreat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct CampaignId(pub i64);

/// The agents who take a campaign's calls (`assigntype` and `assignagent` of TaskCreat).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "name", rename_all = "camelCase")]
pub enum Target {
    /// 1: one extension.
    Extension(Extension),
    /// 2: the agents of a queue.
    Queue(QueueName),
    /// 3: the extensions of a group.
    Group(String),
}

/// When a campaign may call, in the platform's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallingHours {
    /// 1 Monday to 7 Sunday.
    pub days: Vec<u8>,
    /// Minutes after midnight: the first minute in which calls are made.
    pub from: u16,
    /// Minutes after midnight: the first minute in which no calls are made any more; later than `from`, at most 1440.
    pub to: u16,
}

/// The limits that Ringside keeps for a campaign. The platform's pacing cannot be changed: Ringside can only pause and resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CampaignLimits {
    /// None: at all times.
    pub hours: Option<CallingHours>,
    /// Attempts per number and day, over all campaigns; checked at the import and before a part is sent. None: no limit.
    pub attempts_per_day: Option<u32>,
    /// Attempts per number in all; checked at the import and before a part is sent. None: no limit.
    pub attempts_in_all: Option<u32>,
    /// The highest permitted share of abandoned calls among answered calls, in thousandths. The default is 30: three per cent.
    pub abandoned_per_mille: u16,
    /// Pause the campaign when today's share reaches the limit. The first 100 answered calls of a day permit as many abandoned calls as 100
    /// do, so that one early abandoned call does not pause it: see [`CampaignLimits::is_reached`].
    pub pause_at_limit: bool,
}

/// A share of abandoned calls is never judged by fewer answered calls than these.
const FEWEST_ANSWERED: u32 = 100;

impl CampaignLimits {
    /// Whether so many abandoned calls among so many answered ones are at the limit: from the limit's share of the answered calls on, or of
    /// 100 answered calls if there are fewer.
    pub fn is_reached(&self, answered: u32, abandoned: u32) -> bool {
        let judged_by = u64::from(answered.max(FEWEST_ANSWERED));
        abandoned > 0 && u64::from(abandoned) * 1000 >= u64::from(self.abandoned_per_mille) * judged_by
    }

    /// Why a number that was called so often, in all and today, must not be called now.
    pub fn refusal(&self, in_all: u32, today: u32) -> Option<RowRefusal> {
        if self.attempts_in_all.is_some_and(|limit| in_all >= limit) {
            return Some(RowRefusal::AttemptsInAll);
        }
        self.attempts_per_day.is_some_and(|limit| today >= limit).then_some(RowRefusal::AttemptsToday)
    }
}

impl Default for CampaignLimits {
    fn default() -> Self {
        Self { hours: None, attempts_per_day: None, attempts_in_all: None, abandoned_per_mille: 30, pause_at_limit: false }
    }
}

/// What a supervisor decides when a campaign is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CampaignPlan {
    /// Its name for people; sent as `taskname` if it is not empty.
    pub name: String,
    pub target: Target,
    /// `taskscale`: for so many idle agents …
    pub agents: u32,
    /// … the platform makes so many calls.
    pub calls: u32,
    /// The numbers shown to customers; none: any of the company's.
    pub display_numbers: Vec<String>,
    pub limits: CampaignLimits,
}

/// Why a campaign is to make no calls. Several may hold at once; it is resumed when none does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum HoldReason {
    /// A person paused it.
    Person,
    /// It is outside its calling hours, or the time is not known.
    Hours,
    /// Today's share of abandoned calls is at its limit.
    Abandoned,
    /// Its queue has a team break.
    TeamBreak,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    pub reason: HoldReason,
    pub since: Timestamp,
    /// The person; None: Ringside itself.
    pub by: Option<String>,
}

/// A state of a task that TaskSet can set (N16). The platform has no service that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Running {
    /// 1: the platform calls the numbers.
    Open,
    /// 2: it makes no calls for now.
    Paused,
    /// 3: it makes no more calls.
    Over,
}

/// What is known of the task's state at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TaskKnown {
    /// TaskCreat was not sent, or was refused.
    None,
    /// TaskCreat was sent, and it is unknown whether it was carried out: the task may be running, and its id is unknown.
    MayExist { since: Timestamp },
    /// The platform accepted this state.
    Is { state: Running, since: Timestamp },
    /// This state was requested, and it is unknown whether the platform accepted it.
    MayBe { state: Running, since: Timestamp },
}

/// A campaign made at this desk, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Campaign {
    pub id: CampaignId,
    pub account: Account,
    pub plan: CampaignPlan,
    /// The name of the file that its first numbers came from; empty for pasted numbers.
    pub source: String,
    pub made_at: Timestamp,
    /// The person who made it.
    pub made_by: String,
    /// The platform's id, once it is known.
    pub task_id: Option<String>,
    pub task: TaskKnown,
    pub holds: Vec<Hold>,
    /// A person ended it: no more calls are to be made. This cannot be undone.
    pub ended: Option<Hold>,
    /// The task callback reported its end: all numbers were called.
    pub finished_at: Option<Timestamp>,
    /// The sending of parts was stopped by a person.
    pub sending_stopped: bool,
    /// The last failure, until a later request succeeds.
    pub problem: Option<Problem>,
    /// When it was hidden from the list.
    #[serde(default)]
    pub removed_at: Option<Timestamp>,
}

impl Campaign {
    /// Its name in notices and in the ledger.
    pub fn subject(&self) -> String {
        format!("#{} {}", self.id.0, self.plan.name).trim_end().to_owned()
    }

    /// The state that its task is to have.
    pub fn wanted(&self) -> Running {
        if self.ended.is_some() || self.finished_at.is_some() {
            Running::Over
        } else if self.holds.is_empty() {
            Running::Open
        } else {
            Running::Paused
        }
    }

    /// Whether there is, or may be, a task of it that is not over.
    pub fn is_open(&self) -> bool {
        self.task != TaskKnown::None && self.wanted() != Running::Over
    }

    /// Whether its calling hours, or its limit of abandoned calls, are kept only while Ringside runs.
    pub fn needs_ringside(&self) -> bool {
        self.is_open() && (self.plan.limits.hours.is_some() || self.plan.limits.pause_at_limit)
    }
}

/// A part of a campaign's numbers, sent in one request: at most 10,000 (N16). Parts count from 0; part 0 is sent with TaskCreat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CampaignPart {
    pub number: u32,
    /// How many numbers it has.
    pub count: u32,
    pub state: PartState,
}

/// Stored before the request is sent (`Sending`), and after its answer, so that a crash at any moment leaves a known state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PartState {
    /// Not sent.
    Waiting,
    /// Being sent. After a restart this is [`PartState::Unknown`].
    Sending { since: Timestamp },
    /// The platform accepted `accepted` numbers and refused the others.
    Taken { at: Timestamp, accepted: u32 },
    /// The platform certainly did not carry out the request. It is sent again.
    Failed { at: Timestamp, problem: Problem },
    /// It is unknown whether the platform carried out the request. It is never sent again unless a person decides so.
    Unknown { since: Timestamp },
    /// A person decided not to send it, or not to send it again.
    GivenUp { at: Timestamp },
}

/// A person's decision about a part whose outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PartDecision {
    /// Count it as accepted. For part 0 the platform's id must be given by the person, or the campaign cannot be paused or ended here.
    Taken,
    /// Send it again: its customers may be called twice.
    SendAgain,
    /// Do not send it again.
    GiveUp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign(task: TaskKnown, limits: CampaignLimits) -> Campaign {
        let target = Target::Queue(QueueName("queue-1".into()));
        let plan = CampaignPlan { name: String::new(), target, agents: 1, calls: 1, display_numbers: Vec::new(), limits };
        Campaign {
            id: CampaignId(1),
            account: Account::default(),
            plan,
            source: String::new(),
            made_at: Timestamp(0),
            made_by: String::new(),
            task_id: None,
            task,
            holds: Vec::new(),
            ended: None,
            finished_at: None,
            sending_stopped: false,
            problem: None,
            removed_at: None,
        }
    }

    #[test]
    fn the_first_hundred_answered_calls_permit_as_many_abandoned_calls_as_a_hundred() {
        let limits = CampaignLimits { abandoned_per_mille: 30, ..CampaignLimits::default() };
        let reached = [
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 3),
            (99, 2),
            (99, 3),
            (100, 2),
            (100, 3),
            (101, 3),
            (133, 3),
            (133, 4),
            (134, 4),
            (1000, 29),
            (1000, 30),
        ]
        .map(|(answered, abandoned)| limits.is_reached(answered, abandoned));
        assert_eq!(reached, [false, false, false, true, false, true, false, true, false, false, true, false, false, true]);
        let strict = CampaignLimits { abandoned_per_mille: 5, ..limits.clone() };
        assert!(strict.is_reached(100, 1) && strict.is_reached(200, 1) && !strict.is_reached(201, 1));
        let none = CampaignLimits { abandoned_per_mille: 0, ..limits };
        assert!(none.is_reached(5000, 1) && !none.is_reached(5000, 0));
        assert!(!CampaignLimits::default().is_reached(u32::MAX, 3) && CampaignLimits::default().is_reached(u32::MAX, u32::MAX));
    }

    #[test]
    fn a_number_is_refused_from_a_limit_of_attempts_on_and_the_limit_in_all_is_the_reason_before_todays() {
        let limits = |in_all, per_day| CampaignLimits { attempts_in_all: in_all, attempts_per_day: per_day, ..CampaignLimits::default() };
        let (in_all, today) = (Some(RowRefusal::AttemptsInAll), Some(RowRefusal::AttemptsToday));
        assert_eq!(limits(None, None).refusal(u32::MAX, u32::MAX), None);
        let both = limits(Some(3), Some(2));
        let refusals = [(0, 0), (2, 1), (2, 2), (3, 0), (3, 2)].map(|(all, of_today)| both.refusal(all, of_today));
        assert_eq!(refusals, [None, None, today, in_all, in_all]);
        assert_eq!((limits(None, Some(0)).refusal(0, 0), limits(Some(0), None).refusal(0, 0)), (today, in_all), "no attempt is permitted");
    }

    #[test]
    fn a_campaign_needs_ringside_while_it_may_call_and_has_hours_or_a_limit_that_pauses_it() {
        let hours = || CampaignLimits { hours: Some(CallingHours { days: vec![1], from: 540, to: 1080 }), ..CampaignLimits::default() };
        let pausing = CampaignLimits { pause_at_limit: true, ..CampaignLimits::default() };
        let may_exist = || TaskKnown::MayExist { since: Timestamp(0) };
        for limits in [hours(), pausing] {
            let open = campaign(may_exist(), limits);
            assert!(open.is_open() && open.needs_ringside());
        }
        let unlimited = campaign(may_exist(), CampaignLimits::default());
        assert!(unlimited.is_open() && !unlimited.needs_ringside());
        let held = Hold { reason: HoldReason::Hours, since: Timestamp(0), by: None };
        let paused = Campaign { holds: vec![held.clone()], ..campaign(may_exist(), hours()) };
        assert!(paused.needs_ringside(), "only Ringside resumes it");
        let ended = Campaign { ended: Some(held), ..campaign(may_exist(), hours()) };
        let finished = Campaign { finished_at: Some(Timestamp(1)), ..campaign(may_exist(), hours()) };
        for over in [ended, finished, campaign(TaskKnown::None, hours())] {
            assert!(!over.is_open() && !over.needs_ringside());
        }
    }
}
