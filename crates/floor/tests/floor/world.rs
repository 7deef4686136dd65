//! A floor without an engine: a clock that the test turns, a model of the store that can lag or fail, and a model of the platform that can
//! answer, fail, hang, answer late, or carry out a request and fail. The conditions that must always hold are checked after each input.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ringside_domain::*;
use ringside_floor::{Effect, Errand, Floor, FloorStart, Input, MOST_REQUESTS};

pub use crate::{platform::*, store::*};

pub const SECOND: Duration = Duration::from_secs(1);
/// 2024-01-01 00:00 UTC, a Monday.
pub const MONDAY: i64 = 1_704_067_200_000;

#[derive(Clone, Debug)]
pub struct Asked {
    pub id: RequestId,
    pub errand: Errand,
    pub at: Duration,
    /// The numbers that the engine added.
    pub phones: Vec<String>,
    /// The platform's answer, once it has carried it out.
    pub done: Option<Result<FloorAnswer, Problem>>,
}

pub struct World {
    pub floor: Floor,
    pub now: Now,
    pub store: Store,
    pub platform: Platform,
    /// Wanted turns, with their kinds.
    pub wanted: Vec<(RequestId, String)>,
    /// Turns that were wanted to stop calls.
    pub stops: Vec<RequestId>,
    pub turned: BTreeSet<RequestId>,
    pub asked: Vec<Asked>,
    /// Transactions that are not committed.
    pub storing: Vec<(u64, Vec<FloorChange>)>,
    pub shown: BTreeMap<Topic, TopicView>,
    pub counted: Vec<CampaignId>,
    /// The numbers of campaigns that the floor waits for.
    pub finds: Vec<(CampaignId, Sought)>,
    /// The imports that were dropped.
    pub dropped: Vec<u64>,
    /// The accounts whose calls of today the floor waits for.
    pub todays: Vec<Account>,
    pub counts_asked: usize,
    /// Per task: the state that the platform last said to the floor.
    pub said: BTreeMap<String, Running>,
    /// Per agent: when the platform last answered to an order.
    pub ordered: BTreeMap<Extension, Duration>,
    /// When the last reading of the agents that was answered had been asked for.
    pub agents_asked: Duration,
    pub is_signed_in: bool,
    /// How often bills were asked for.
    pub reads: usize,
    pub seat_reads: usize,
    /// How often the platform was asked to remove numbers.
    pub removals_asked: usize,
    pub elsewhere_reads: Vec<Account>,
    /// The platform refuses to set tasks while this is set.
    pub refuse_sets: bool,
    /// The store fails while this is set.
    pub store_fails: bool,
}

pub fn account(name: &str) -> Account {
    Account { url: "https://platform.example".into(), appid: name.into() }
}

pub fn queue(name: &str) -> QueueName {
    QueueName(name.into())
}

pub fn plan() -> CampaignPlan {
    CampaignPlan {
        name: "spring".into(),
        target: Target::Queue(queue("sales")),
        agents: 1,
        calls: 2,
        display_numbers: Vec::new(),
        limits: CampaignLimits::default(),
    }
}

pub fn phones(from: u32, count: u32) -> Vec<String> {
    (from..from + count).map(|number| format!("1380013{:04}0", number)).collect()
}

pub const FIRST: CampaignId = CampaignId(1);

fn start(store: &Store) -> FloorStart {
    FloorStart {
        campaigns: store.stored(),
        breaks: store.breaks.clone(),
        elsewhere: store.elsewhere.clone(),
        removals: store.removals.values().cloned().collect(),
        account: Some(account("acme")),
        dialled_until: store.dialled_until.map(|until| (account("acme"), until)).into_iter().chain(store.others_until.clone()).collect(),
        utc_minutes: 0,
        next_campaign: store.campaigns.keys().map(|id| id.0 + 1).max().unwrap_or(1),
        seed: 7,
    }
}

impl World {
    /// At noon on a Monday; the company's account is signed in, and its queue has two agents.
    pub fn new() -> Self {
        let mut world = Self::signed_out();
        world.sign_in("acme");
        world
    }

    /// The calls of the dialler are known up to an hour ago.
    pub fn knowing_calls() -> Self {
        let mut world = Self::signed_out();
        world.store.dialled_until = Some(world.now.wall.minus(3600 * SECOND));
        world.crash();
        world.sign_in("acme");
        world
    }

    pub fn signed_out() -> Self {
        let now = Now { wall: Timestamp(MONDAY + 12 * 3_600_000), mono: 1000 * SECOND };
        let mut platform = Platform::default();
        let agents = vec![agent("7001", SeatState::Waiting), agent("7002", SeatState::Waiting)];
        platform.queues.insert(queue("sales"), (QueueSettings::default(), agents));
        let store = Store::default();
        let (floor, effects) = Floor::new(start(&store), now);
        let mut world = Self {
            floor,
            now,
            store,
            platform,
            wanted: Vec::new(),
            stops: Vec::new(),
            turned: BTreeSet::new(),
            asked: Vec::new(),
            storing: Vec::new(),
            shown: BTreeMap::new(),
            counted: Vec::new(),
            counts_asked: 0,
            said: BTreeMap::new(),
            ordered: BTreeMap::new(),
            agents_asked: Duration::ZERO,
            is_signed_in: false,
            reads: 0,
            seat_reads: 0,
            removals_asked: 0,
            elsewhere_reads: Vec::new(),
            finds: Vec::new(),
            todays: Vec::new(),
            dropped: Vec::new(),
            refuse_sets: false,
            store_fails: false,
        };
        world.take(effects);
        world.apply(Input::ClockTrusted(true));
        world
    }

    /// Ringside was killed and starts again: only what is stored is left. The answers of requests under way are lost.
    pub fn crash(&mut self) {
        self.crash_with_unread_clock();
        self.apply(Input::ClockTrusted(true));
    }

    pub fn crash_with_unread_clock(&mut self) {
        self.wanted.clear();
        self.turned.clear();
        self.asked.clear();
        self.storing.clear();
        self.finds.clear();
        self.shown.clear();
        self.ordered.clear();
        self.pass_time(SECOND);
        // The next run knows what is stored.
        self.said.clear();
        for campaign in self.store.campaigns.values() {
            if let (Some(id), TaskKnown::Is { state, .. }) = (&campaign.task_id, &campaign.task) {
                self.said.insert(id.clone(), *state);
            }
        }
        let (floor, effects) = Floor::new(start(&self.store), self.now);
        self.floor = floor;
        self.is_signed_in = false;
        self.take(effects);
    }

    /// Both clocks go on by whole milliseconds.
    pub fn pass_time(&mut self, span: Duration) {
        let span = Duration::from_millis(span.as_nanos().div_ceil(1_000_000) as u64);
        self.now = Now { wall: self.now.wall.plus(span), mono: self.now.mono + span };
    }

    pub fn apply(&mut self, input: Input) {
        let effects = self.floor.apply(input, self.now);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::WantTurn { id, kind, priority } => {
                    self.stops.extend((priority == Priority::Stop).then_some(id));
                    assert!(self.is_signed_in, "a turn is wanted while nobody is signed in: {kind}");
                    self.wanted.push((id, kind));
                }
                Effect::Ask { id, errand } => {
                    self.removals_asked += usize::from(matches!(errand, Errand::Plain(FloorRequest::RemoveNumbers { .. })));
                    self.seat_reads += usize::from(matches!(errand, Errand::Plain(FloorRequest::ReadSeats { .. })));
                    self.reads += usize::from(matches!(errand, Errand::Plain(FloorRequest::ReadDialled { .. })));
                    assert!(self.turned.remove(&id), "asked without a turn: {errand:?}");
                    let phones = match &errand {
                        Errand::SendPart { campaign, part, .. } => {
                            let parts = &self.store.parts[campaign];
                            let stored = parts.iter().find(|stored| stored.number == *part).unwrap();
                            assert!(matches!(stored.state, PartState::Sending { .. }), "a part is sent that is not stored as being sent");
                            let phones = self.store.waiting(*campaign, *part);
                            let listed = phones.iter().find(|phone| self.store.do_not_call.contains(phone));
                            assert_eq!(listed, None, "a number on the do-not-call list is sent");
                            phones
                        }
                        Errand::Plain(_) => Vec::new(),
                    };
                    self.asked.push(Asked { id, errand, at: self.now.mono, phones, done: None });
                }
                Effect::DropTurn { id } => {
                    self.turned.remove(&id);
                    self.wanted.retain(|(wanted, _)| *wanted != id);
                }
                Effect::Store { id, changes } => self.storing.push((id, changes)),
                Effect::Count { campaigns } => {
                    self.counts_asked += 1;
                    self.counted.extend(campaigns);
                }
                Effect::FindNumbers { campaign, sought } => {
                    let wishes = self.store.removals.values().filter(|wish| wish.campaign == campaign);
                    let is_stored = |phones: &Vec<String>| wishes.clone().any(|wish| wish.phones == *phones);
                    assert!(
                        matches!(&sought, Sought::Listed) || matches!(&sought, Sought::Typed(phones) if is_stored(phones)),
                        "{sought:?}"
                    );
                    self.finds.push((campaign, sought));
                }
                Effect::DropImport { import } => self.dropped.push(import),
                Effect::ReadToday { account } => self.todays.push(account),
                Effect::ReadElsewhere { account } => self.elsewhere_reads.push(account),
                Effect::ReadEvidence { .. } => {}
                Effect::Show(event) => drop(self.shown.insert(event.topic, event.view)),
            }
        }
        self.check();
    }

    /// The conditions that always hold.
    fn check(&self) {
        let wanted = self.wanted.iter().filter(|(_, kind)| !kind.starts_with("floor set ")).count();
        let held = wanted + self.turned.len() + self.asked.len();
        // A lost request is not held any more, but the model still has it.
        let lost = self.asked.len();
        assert!(held <= MOST_REQUESTS + lost, "{held} requests");
        assert_eq!(self.floor.late_deadlines(), 0, "a deadline that is past");
        assert!(self.floor.next_deadline().is_none_or(|at| at > self.now.mono));
        if let Some(TopicView::Queues(view)) = self.shown.get(&Topic::Queues) {
            for agent in view.queues.iter().flat_map(|queue| &queue.agents) {
                if agent.change.as_ref().is_some_and(|change| change.progress == ChangeProgress::Confirmed) {
                    let ordered = self.ordered.get(&agent.extension).copied().unwrap_or_default();
                    assert!(ordered < self.agents_asked, "a change is shown as confirmed without a later reading: {agent:?}");
                }
            }
        }
        for view in self.views() {
            let said = view.campaign.task_id.as_ref().map(|id| self.said.get(id).copied());
            let state = format!("{:?} of {:?}", view.stage, view.campaign);
            match view.stage {
                CampaignStage::Paused => assert!(said.is_none_or(|said| said == Some(Running::Paused)), "{state}"),
                CampaignStage::Running => assert_eq!(said, Some(Some(Running::Open)), "{state}"),
                CampaignStage::Ended | CampaignStage::Finished => {
                    assert!(said.is_none_or(|said| said == Some(Running::Over)), "{state}")
                }
                _ => {}
            }
        }
    }

    pub fn views(&self) -> Vec<CampaignView> {
        match self.shown.get(&Topic::Campaigns) {
            Some(TopicView::Campaigns(views)) => views.clone(),
            _ => Vec::new(),
        }
    }

    pub fn intent(&mut self, intent: FloorIntent) {
        self.apply(Input::Intent { intent, by: "ann".into() });
    }

    pub fn sign_in(&mut self, name: &str) {
        self.is_signed_in = true;
        self.apply(Input::SignedIn(Some((account(name), name.to_uppercase()))));
    }

    pub fn sign_out(&mut self) {
        self.is_signed_in = false;
        self.apply(Input::SignedIn(None));
        assert!(self.wanted.is_empty(), "no turn is wanted after the sign-out");
    }

    pub fn watch(&mut self, topics: &[Topic]) {
        self.apply(Input::Watch(topics.to_vec()));
    }

    pub fn campaign(&self, id: CampaignId) -> &Campaign {
        &self.store.campaigns[&id]
    }

    pub fn part_states(&self, id: CampaignId) -> Vec<&'static str> {
        let word = |part: &CampaignPart| match part.state {
            PartState::Waiting => "waiting",
            PartState::Sending { .. } => "sending",
            PartState::Taken { .. } => "taken",
            PartState::Failed { .. } => "failed",
            PartState::Unknown { .. } => "unknown",
            PartState::GivenUp { .. } => "given up",
        };
        self.store.parts[&id].iter().map(word).collect()
    }

    pub fn stage(&self, id: CampaignId) -> CampaignStage {
        self.views().into_iter().find(|view| view.campaign.id == id).unwrap().stage
    }

    pub fn desk(&self) -> DeskView {
        let Some(TopicView::Desk(view)) = self.shown.get(&Topic::Desk) else { panic!("the desk is not watched") };
        view.clone()
    }

    /// The time up to which the desk says that it knows the calls.
    pub fn desk_until(&mut self) -> Option<Timestamp> {
        self.watch(&[Topic::Desk]);
        self.desk().dialled_until
    }

    pub fn detail(&self, id: CampaignId) -> CampaignDetail {
        let topic = Topic::Campaign { campaign: id };
        let Some(TopicView::Campaign(Some(view))) = self.shown.get(&topic) else { panic!("it is not watched") };
        (**view).clone()
    }

    pub fn queues(&self) -> QueuesView {
        let Some(TopicView::Queues(view)) = self.shown.get(&Topic::Queues) else { panic!("the queues are not watched") };
        view.clone()
    }
}

pub fn sends(errand: &Errand) -> bool {
    matches!(errand, Errand::SendPart { .. })
}

pub fn sets(errand: &Errand) -> bool {
    matches!(errand, Errand::Plain(FloorRequest::SetTask { .. }))
}

pub fn sets_to(wanted: Running) -> impl Fn(&Errand) -> bool {
    move |errand| matches!(errand, Errand::Plain(FloorRequest::SetTask { state, .. }) if *state == wanted)
}
