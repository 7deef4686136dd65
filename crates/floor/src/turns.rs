//! Requests of the floor: each waits for its turn in the session's budget, is then sent, and is forgotten with its answer.
//!
//! The topics say in each settling which requests they want. A request that is due waits for a turn; one that is not wanted any more gives
//! its turn back. What is sent is decided when the turn comes, so that it is never older than the newest wish.

use std::{collections::BTreeMap, time::Duration};

use ringside_domain::{CampaignId, Extension, FloorRequest, Priority, QueueName, RequestId, Timestamp};

use crate::{Effect, Errand};

/// The most changes, and the most readings, that wait for a turn or for an answer. Stops are not counted: there is one for each campaign at
/// most.
pub(crate) const MOST_CHANGES: usize = 8;
pub(crate) const MOST_READINGS: usize = 4;
/// A request without an answer counts as lost after this time; a part of numbers after the longer one.
const LOST_AFTER: Duration = Duration::from_secs(60);
const PART_LOST_AFTER: Duration = Duration::from_secs(300);
/// So many lost requests are remembered for a late answer.
const LATE: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    SendPart(CampaignId, u32),
    SetTask(CampaignId),
    RemoveNumbers(CampaignId),
    /// A change of a queue or a group, by its notice.
    Order(u64),
    /// The setting of a task that was made elsewhere, by its notice.
    Task(u64),
    Seat(QueueName, Extension),
    Member(String, Extension),
    Queues,
    Seats(QueueName),
    Groups,
    Members(String),
    Extensions,
    Dialled,
}

impl Purpose {
    /// The request of a reading that needs no more than its purpose.
    pub fn reading(&self) -> Option<Errand> {
        Some(Errand::Plain(match self {
            Self::Queues => FloorRequest::ReadQueues,
            Self::Seats(queue) => FloorRequest::ReadSeats { queue: queue.clone() },
            Self::Groups => FloorRequest::ReadGroups,
            Self::Members(group) => FloorRequest::ReadMembers { group: group.clone() },
            Self::Extensions => FloorRequest::ReadExtensions,
            _ => return None,
        }))
    }

    pub fn is_reading(&self) -> bool {
        matches!(self, Self::Queues | Self::Seats(_) | Self::Groups | Self::Members(_) | Self::Extensions | Self::Dialled)
    }

    /// Requests of one kind fail for the same reason.
    fn kind(&self) -> String {
        match self {
            Self::SendPart(campaign, _) => format!("floor send {}", campaign.0),
            Self::SetTask(campaign) => format!("floor set {}", campaign.0),
            Self::RemoveNumbers(campaign) => format!("floor remove {}", campaign.0),
            Self::Order(_) => "floor order".to_owned(),
            Self::Task(_) => "floor task".to_owned(),
            Self::Seat(queue, _) => format!("floor seat {queue}"),
            Self::Member(group, _) => format!("floor member {group}"),
            Self::Queues => "floor queues".to_owned(),
            Self::Seats(queue) => format!("floor seats {queue}"),
            Self::Groups => "floor groups".to_owned(),
            Self::Members(group) => format!("floor members {group}"),
            Self::Extensions => "floor extensions".to_owned(),
            Self::Dialled => "floor bills".to_owned(),
        }
    }

    fn lost_after(&self) -> Duration {
        if matches!(self, Self::SendPart(..)) { PART_LOST_AFTER } else { LOST_AFTER }
    }
}

/// A request that a topic wants.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    pub purpose: Purpose,
    pub priority: Priority,
    pub due: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    /// Its turn came, and it is not sent yet.
    Turned,
    Asked(Duration),
}

#[derive(Debug)]
struct Held {
    purpose: Purpose,
    priority: Priority,
    stage: Stage,
    /// A newer request of the same purpose may be sent before the answer.
    overtaken: bool,
}

/// A request with an answer: its purpose, when it was sent, and whether the answer still counts.
#[derive(Debug)]
pub(crate) struct Ended {
    pub purpose: Purpose,
    pub asked_at: Duration,
    pub overtaken: bool,
}

#[derive(Debug)]
pub(crate) struct Turns {
    held: BTreeMap<RequestId, Held>,
    late: BTreeMap<RequestId, Purpose>,
    next: u64,
}

impl Turns {
    /// The ids of two runs differ, so that an answer to the last run means nothing to this one.
    pub fn new(wall: Timestamp) -> Self {
        let first = u64::try_from(wall.0).unwrap_or(0) << 12;
        Self { held: BTreeMap::new(), late: BTreeMap::new(), next: first.max(1) }
    }

    /// Whether such a request waits or is sent.
    pub fn holds(&self, purpose: &Purpose) -> bool {
        self.held.values().any(|held| held.purpose == *purpose && !held.overtaken)
    }

    /// Whether such a request was sent and has no answer.
    pub fn is_asked(&self, purpose: &Purpose) -> bool {
        self.held.values().any(|held| held.purpose == *purpose && !held.overtaken && matches!(held.stage, Stage::Asked(_)))
    }

    /// Lets a newer request of this purpose be sent before the answer to the one under way.
    pub fn overtake(&mut self, purpose: &Purpose) {
        for held in self.held.values_mut().filter(|held| held.purpose == *purpose && matches!(held.stage, Stage::Asked(_))) {
            held.overtaken = true;
        }
    }

    fn room(&self, is_reading: bool) -> bool {
        let counts = |held: &&Held| held.purpose.is_reading() == is_reading && held.priority != Priority::Stop;
        let held = self.held.values().filter(counts).count();
        held < if is_reading { MOST_READINGS } else { MOST_CHANGES }
    }

    /// Wants a turn for what is due, and gives back the turns that nobody wants any more.
    pub fn want(&mut self, mut wants: Vec<Want>, now: Duration, out: &mut Vec<Effect>) {
        // A request that waits and became a stop, or is none any more, waits anew.
        let is_as_held = |want: &Want, held: &Held| {
            want.purpose == held.purpose && (want.priority == Priority::Stop) == (held.priority == Priority::Stop)
        };
        let unwanted = |held: &Held| held.stage == Stage::Waiting && !wants.iter().any(|want| is_as_held(want, held));
        self.drop_where(unwanted, out);
        wants.sort_by_key(|want| (want.priority, want.due));
        for want in wants {
            let has_room = want.priority == Priority::Stop || self.room(want.purpose.is_reading());
            if want.due > now || self.holds(&want.purpose) || !has_room {
                continue;
            }
            let id = RequestId(self.next);
            self.next += 1;
            out.push(Effect::WantTurn { id, kind: want.purpose.kind(), priority: want.priority });
            self.held.insert(id, Held { purpose: want.purpose, priority: want.priority, stage: Stage::Waiting, overtaken: false });
        }
    }

    fn drop_where(&mut self, unwanted: impl Fn(&Held) -> bool, out: &mut Vec<Effect>) {
        self.held.retain(|id, held| {
            let drops = unwanted(held);
            if drops {
                out.push(Effect::DropTurn { id: *id });
            }
            !drops
        });
    }

    /// Another account is signed in, or none: no turn comes, and the answers to readings under way do not count.
    pub fn leave(&mut self, out: &mut Vec<Effect>) {
        self.drop_where(|held| held.stage == Stage::Waiting, out);
        self.held.values_mut().filter(|held| held.purpose.is_reading()).for_each(|held| held.overtaken = true);
    }

    /// The turn of this request has come.
    pub fn turned(&mut self, id: RequestId) -> Option<Purpose> {
        let held = self.held.get_mut(&id).filter(|held| held.stage == Stage::Waiting)?;
        held.stage = Stage::Turned;
        Some(held.purpose.clone())
    }

    /// The turn is not used.
    pub fn give_back(&mut self, id: RequestId, out: &mut Vec<Effect>) {
        self.held.remove(&id);
        out.push(Effect::DropTurn { id });
    }

    pub fn asked(&mut self, id: RequestId, now: Duration) {
        if let Some(held) = self.held.get_mut(&id) {
            held.stage = Stage::Asked(now);
        }
    }

    /// The answer to this request is of a reading that began this much earlier.
    pub fn read_earlier(&mut self, id: RequestId, by: Duration) {
        if let Some(Held { stage: Stage::Asked(at), .. }) = self.held.get_mut(&id) {
            *at = at.saturating_sub(by);
        }
    }

    pub fn answered(&mut self, id: RequestId) -> Option<Ended> {
        let Stage::Asked(asked_at) = self.held.get(&id)?.stage else { return None };
        let held = self.held.remove(&id)?;
        Some(Ended { purpose: held.purpose, asked_at, overtaken: held.overtaken })
    }

    /// A request that was counted as lost has an answer after all.
    pub fn answered_late(&mut self, id: RequestId) -> Option<Purpose> {
        self.late.remove(&id)
    }

    fn lost_at(held: &Held) -> Option<Duration> {
        if let Stage::Asked(at) = held.stage { Some(at + held.purpose.lost_after()) } else { None }
    }

    /// Takes a request that is lost by now.
    pub fn lost(&mut self, now: Duration) -> Option<(RequestId, Ended)> {
        let id = self.held.iter().find(|(_, held)| Self::lost_at(held).is_some_and(|at| at <= now)).map(|(id, _)| *id)?;
        let ended = self.answered(id)?;
        self.late.insert(id, ended.purpose.clone());
        while self.late.len() > LATE {
            self.late.pop_first();
        }
        Some((id, ended))
    }

    pub fn deadline(&self) -> Option<Duration> {
        self.held.values().filter_map(Self::lost_at).min()
    }

    /// When the first of these is due that waits for its time only.
    pub fn next_due(wants: &[Want], now: Duration) -> Option<Duration> {
        wants.iter().map(|want| want.due).filter(|due| *due > now).min()
    }
}
