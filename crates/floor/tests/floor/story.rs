//! Random steps of people, of the platform, of the store and of time.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringside_domain::*;
use ringside_floor::Input;

use crate::world::*;

#[derive(Clone, Debug)]
pub enum Step {
    Start {
        count: u8,
        hours: bool,
    },
    Add {
        count: u8,
    },
    Pause,
    Resume,
    End,
    StopSending,
    ResumeSending,
    Decide(PartDecision, bool),
    Remove(u8),
    /// A number of the newest campaign is entered in the do-not-call list.
    List(u8),
    Find {
        fails: bool,
    },
    Limits {
        hours: bool,
    },
    Turn(u8),
    Commit(u8),
    FailStore(u8),
    /// The platform carries out a request without an answer yet.
    CarryOut(u8),
    Answer(u8),
    /// Certainly not carried out.
    Refuse(u8),
    /// Carried out or not, the floor does not know.
    Lose {
        request: u8,
        carried: bool,
    },
    /// It never answers.
    Hang {
        request: u8,
        carried: bool,
    },
    Finish {
        told: bool,
    },
    Crash {
        committed: bool,
        carried: bool,
    },
    SignOut,
    SignIn {
        other: bool,
    },
    Pass(u32),
    Abandoned(bool),
    Clock(bool),
    Break(bool),
    Order(u8),
}

fn decision() -> impl Strategy<Value = PartDecision> {
    prop_oneof![Just(PartDecision::Taken), Just(PartDecision::SendAgain), Just(PartDecision::GiveUp)]
}

pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (1..9u8, prop::bool::weighted(0.2)).prop_map(|(count, hours)| Step::Start { count, hours }),
        1 => (1..5u8).prop_map(|count| Step::Add { count }),
        2 => Just(Step::Pause),
        2 => Just(Step::Resume),
        1 => prop::bool::weighted(0.3).prop_map(|ends| if ends { Step::End } else { Step::Resume }),
        1 => Just(Step::StopSending),
        2 => Just(Step::ResumeSending),
        3 => (decision(), any::<bool>()).prop_map(|(decision, id)| Step::Decide(decision, id)),
        1 => any::<u8>().prop_map(Step::Remove),
        2 => any::<u8>().prop_map(Step::List),
        2 => prop::bool::weighted(0.2).prop_map(|fails| Step::Find { fails }),
        1 => any::<bool>().prop_map(|hours| Step::Limits { hours }),
        12 => any::<u8>().prop_map(Step::Turn),
        14 => any::<u8>().prop_map(Step::Commit),
        2 => any::<u8>().prop_map(Step::FailStore),
        2 => any::<u8>().prop_map(Step::CarryOut),
        12 => any::<u8>().prop_map(Step::Answer),
        2 => any::<u8>().prop_map(Step::Refuse),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(request, carried)| Step::Lose { request, carried }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(request, carried)| Step::Hang { request, carried }),
        1 => any::<bool>().prop_map(|told| Step::Finish { told }),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(committed, carried)| Step::Crash { committed, carried }),
        1 => Just(Step::SignOut),
        2 => prop::bool::weighted(0.2).prop_map(|other| Step::SignIn { other }),
        4 => (0..400_000u32).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Abandoned),
        1 => prop::bool::weighted(0.7).prop_map(Step::Clock),
        1 => any::<bool>().prop_map(Step::Break),
        1 => any::<u8>().prop_map(Step::Order),
    ]
}

/// The world, and what people decided in it.
pub struct Story {
    pub world: World,
    next_import: u64,
    next_phone: u32,
    /// Parts that a person sent again: their numbers may be accepted twice.
    pub again: BTreeSet<(CampaignId, u32)>,
    /// Parts on which a person decided: what is stored of them is the person's word.
    pub decided: BTreeSet<(CampaignId, u32)>,
    /// Campaigns for which a person did not say the id of a task that exists.
    pub lost_tasks: BTreeSet<CampaignId>,
    /// Campaigns that a crash left paused at the platform before the wish was stored: it looks as if somebody paused them there.
    pub lost_stops: BTreeSet<CampaignId>,
}

fn pick(index: u8, len: usize) -> Option<usize> {
    (len > 0).then(|| usize::from(index) % len)
}

impl Story {
    pub fn new() -> Self {
        let mut world = World::new();
        world.watch(&everything());
        Self {
            world,
            next_import: 1,
            next_phone: 0,
            again: BTreeSet::new(),
            decided: BTreeSet::new(),
            lost_tasks: BTreeSet::new(),
            lost_stops: BTreeSet::new(),
        }
    }

    fn import(&mut self, count: u8) -> u64 {
        let import = self.next_import;
        self.next_import += 1;
        self.world.store.imports.insert(import, phones(self.next_phone, u32::from(count)));
        self.next_phone += u32::from(count);
        import
    }

    /// The newest campaign.
    fn newest(&self) -> CampaignId {
        self.world.store.campaigns.keys().next_back().copied().unwrap_or_default()
    }

    pub fn take(&mut self, step: &Step) {
        let campaign = self.newest();
        let world = &mut self.world;
        match step {
            Step::Start { count, hours } => {
                let import = self.import(*count);
                let mut plan = plan();
                if *hours {
                    plan.limits.hours = Some(CallingHours { days: vec![1, 2], from: 600, to: 725 });
                }
                self.world.intent(FloorIntent::Start { import, plan });
            }
            Step::Add { count } => {
                let import = self.import(*count);
                self.world.intent(FloorIntent::AddNumbers { import, campaign });
            }
            Step::Pause => world.intent(FloorIntent::Pause { campaign }),
            Step::Resume => world.intent(FloorIntent::Resume { campaign }),
            Step::End => world.intent(FloorIntent::End { campaign }),
            Step::StopSending => world.intent(FloorIntent::StopSending { campaign }),
            Step::ResumeSending => world.intent(FloorIntent::ResumeSending { campaign }),
            Step::Decide(decision, says_id) => self.decide(*decision, *says_id),
            Step::Remove(index) => {
                let phones: Vec<String> = world.store.rows.get(&campaign).into_iter().flatten().map(|row| row.phone.clone()).collect();
                if let Some(index) = pick(*index, phones.len()) {
                    world.intent(FloorIntent::RemoveNumbers { campaign, phones: vec![phones[index].clone()] });
                }
            }
            Step::List(index) => {
                let phones: Vec<String> = world.store.rows.get(&campaign).into_iter().flatten().map(|row| row.phone.clone()).collect();
                if let Some(index) = pick(*index, phones.len()) {
                    world.intent(FloorIntent::AddDoNotCall { phones: vec![phones[index].clone()], reason: String::new() });
                }
            }
            Step::Find { fails } => {
                world.store_fails = *fails;
                world.take_found();
                world.store_fails = false;
            }
            Step::Limits { hours } => {
                let hours = hours.then(|| CallingHours { days: vec![1], from: 0, to: 730 });
                world.intent(FloorIntent::SetLimits { campaign, limits: CampaignLimits { hours, ..CampaignLimits::default() } });
            }
            Step::Turn(index) => {
                if let Some(index) = pick(*index, world.wanted.len()) {
                    world.turn(index);
                }
            }
            Step::Commit(index) | Step::FailStore(index) => {
                if let Some(index) = pick(*index, world.storing.len()) {
                    world.store_fails = matches!(step, Step::FailStore(_));
                    world.commit(index);
                    world.store_fails = false;
                }
            }
            Step::CarryOut(index) => {
                if let Some(index) = pick(*index, world.asked.len()) {
                    world.carry_out(index);
                }
            }
            Step::Answer(index) => {
                if let Some(index) = pick(*index, world.asked.len()) {
                    world.answer(index);
                }
            }
            Step::Refuse(index) => {
                if let Some(index) = pick(*index, world.asked.len()).filter(|index| world.asked[*index].done.is_none()) {
                    world.reply(index, Err(unreachable()));
                }
            }
            Step::Lose { request, carried } | Step::Hang { request, carried } => {
                if let Some(index) = pick(*request, world.asked.len()) {
                    if *carried {
                        world.carry_out(index);
                    }
                    if matches!(step, Step::Lose { .. }) {
                        world.reply(index, Err(unknown()));
                    } else {
                        world.asked.remove(index);
                    }
                }
            }
            Step::Finish { told } => {
                let Some(task_id) = world.platform.tasks.keys().next_back().cloned() else { return };
                if *told {
                    world.finish_task(&task_id);
                } else {
                    world.platform.tasks.get_mut(&task_id).unwrap().state = Running::Over;
                }
            }
            Step::Crash { committed, carried } => {
                while *committed && !world.storing.is_empty() {
                    let (_, changes) = world.storing.remove(0);
                    world.store.apply(&changes);
                }
                for index in 0..world.asked.len() {
                    if *carried {
                        world.carry_out(index);
                    }
                }
                for campaign in world.store.campaigns.values() {
                    let task = campaign.task_id.as_ref().and_then(|id| world.platform.tasks.get(id));
                    let is_open = matches!(campaign.task, TaskKnown::Is { state: Running::Open, .. }) && campaign.wanted() == Running::Open;
                    if is_open && task.is_some_and(|task| task.state == Running::Paused) {
                        self.lost_stops.insert(campaign.id);
                    }
                }
                world.crash();
                world.watch(&everything());
            }
            Step::SignOut => world.sign_out(),
            Step::SignIn { other } => world.sign_in(if *other { "other" } else { "acme" }),
            Step::Pass(ms) => {
                world.pass_time(std::time::Duration::from_millis(u64::from(*ms)));
                world.apply(Input::Tick);
            }
            Step::Abandoned(many) => {
                let counts = CampaignCounts { answered_today: 10, abandoned_today: if *many { 9 } else { 0 }, ..CampaignCounts::default() };
                world.apply(Input::Counted(vec![(campaign, counts)]));
            }
            Step::Clock(trusted) => world.apply(Input::ClockTrusted(*trusted)),
            Step::Break(begins) => world.intent(match begins {
                true => FloorIntent::StartTeamBreak { queue: queue("sales"), minutes: 1 },
                false => FloorIntent::EndTeamBreak { queue: queue("sales") },
            }),
            Step::Order(kind) => {
                let order = [SeatOrder::Busy, SeatOrder::Available, SeatOrder::SignIn, SeatOrder::SignOut][usize::from(*kind % 4)];
                let seat = SeatId { queue: queue("sales"), extension: Extension("7001".into()), agent_id: "57001".into() };
                world.intent(FloorIntent::SetSeats { seats: vec![seat], order });
            }
        }
    }

    /// A person decides on the first part of unknown outcome, by what the floor shows.
    fn decide(&mut self, decision: PartDecision, says_id: bool) {
        let world = &mut self.world;
        let unknown = world.store.parts.iter().find_map(|(campaign, parts)| {
            let part = parts.iter().find(|part| matches!(part.state, PartState::Unknown { .. }))?;
            Some((*campaign, part.number))
        });
        let Some((campaign, part)) = unknown else { return };
        let known: Vec<&String> = world.store.campaigns.values().filter_map(|campaign| campaign.task_id.as_ref()).collect();
        // The person sees the tasks at the platform, and takes the one that is nobody's.
        let task_id = world.platform.tasks.keys().rfind(|id| !known.contains(id)).cloned().filter(|_| says_id);
        if world.campaign(campaign).task_id.is_none() && (decision != PartDecision::Taken || task_id.is_none()) {
            self.lost_tasks.insert(campaign);
        }
        self.decided.insert((campaign, part));
        if decision == PartDecision::SendAgain {
            self.again.insert((campaign, part));
        }
        world.intent(FloorIntent::Decide { campaign, part, decision, task_id });
    }

    /// Nothing fails any more, and everything that is under way ends.
    pub fn calm(&mut self) {
        let world = &mut self.world;
        world.apply(Input::ClockTrusted(true));
        world.watch(&[Topic::Desk, Topic::Campaigns]);
        world.sign_in("acme");
        world.intent(FloorIntent::EndTeamBreak { queue: queue("sales") });
        world.settle();
        world.pass(1200 * SECOND);
    }

    pub fn twice(&self) -> Vec<&String> {
        let may = |phone: &String| {
            let rows = self.world.store.rows.iter().flat_map(|(id, rows)| rows.iter().map(move |row| (*id, row)));
            rows.filter(|(_, row)| row.phone == *phone).any(|(id, row)| self.again.contains(&(id, row.part)))
        };
        self.world.platform.accepted.iter().filter(|(phone, times)| **times > 1 && !may(phone)).map(|(phone, _)| phone).collect()
    }
}

pub fn everything() -> Vec<Topic> {
    let campaign = Topic::Campaign { campaign: FIRST };
    vec![Topic::Desk, Topic::Campaigns, campaign, Topic::Queues, Topic::Groups, Topic::Wallboard { queues: Vec::new() }]
}
