//! The desk's task: takes inputs from its mailbox and from the session, applies them to the floor, and carries out the effects.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ringside_domain::{
    Account, Campaign, CampaignId, CampaignPlan, FloorIntent, ImportView, Now, NumberRules, RequestId, SignInView, Snapshot, Topic,
    TopicEvent,
};
use ringside_floor::{Floor, FloorStart, Input};
use ringside_store::{FloorStore, StoreError};
use ringside_wire::Zone;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    day::{PlatformZone, day_of, since_30_days, utc_minutes},
    handle::FloorHandle,
    imports::Imports,
    link::News,
    supervise::keep_running,
    trust::Trust,
    turns::{Turn, Turns},
    uploads::{self, Uploads},
    worker::Worker,
};
use crate::{Clock, Handle, StartError};

/// Views that may wait for the shell; newer ones replace those that wait behind them.
const VIEWS: usize = 16;
/// How long an orderly end waits for answers.
const FAREWELL: Duration = Duration::from_secs(5);
/// The shortest time after which the floor is looked at again.
const SHORTEST: Duration = Duration::from_millis(1);

/// The parts that the shell gives to the desk.
pub struct FloorParts {
    pub store: FloorStore,
    /// Files of numbers are here while they are imported. The folder is emptied at the start.
    pub imports: PathBuf,
    pub clock: Arc<dyn Clock>,
    /// The running session, whose budget and whose counterpart the desk shares.
    pub session: Handle,
    pub numbers: NumberRules,
    /// The time zone of the platform's clock, unless the company's gateway says another.
    pub zone: Zone,
    /// The person at this computer if no agent's number is known: the system's user.
    pub person: String,
    /// The seed of the jitter.
    pub seed: u64,
    /// Gets what an end of Ringside would interrupt.
    pub uploads: watch::Sender<Uploads>,
}

/// Reads the store and runs the desk on the current tokio runtime until [`FloorHandle::stop`]. The receiver gets the newest view of each
/// topic that is watched. Blocks while it reads.
///
/// # Errors
/// If the store cannot be read, or the desk cannot be made from its data.
pub fn start_floor(parts: FloorParts) -> Result<(FloorHandle, mpsc::Receiver<TopicEvent>), StartError> {
    let FloorParts { store, imports, clock, session, numbers, zone, person, seed, uploads } = parts;
    let (mail, inbox) = mpsc::unbounded_channel();
    let (views, shown) = mpsc::channel(VIEWS);
    store.use_numbers(&numbers)?;
    let news = session.floor.connect(store.clone(), numbers.clone());
    let zone = PlatformZone { session: session.clone(), configured: zone };
    let worker = Worker::new(store);
    let imports = Imports::new(imports, clock.now().wall, numbers.clone(), zone.clone(), worker.clone(), mail.clone(), uploads.clone());
    let (topics, needing) = <(Arc<_>, Arc<_>)>::default();
    let core = Core { worker, imports, clock, session, numbers, zone, seed, mail, topics, needing, uploads };
    let start = core.read_start(core.worker.store())?;
    let desk = Desk::new(&core, start, 0)?;
    let handle = FloorHandle::new(core.clone(), person);
    tokio::spawn(keep_running(core, desk, Inbox { mail: inbox, news }, views));
    Ok((handle, shown))
}

/// A message in the desk's mailbox.
#[derive(Debug)]
pub(super) enum Mail {
    Intent {
        intent: FloorIntent,
        by: String,
    },
    Watch(Vec<Topic>),
    /// The answer to an effect of the floor with this generation; it means nothing to a later one.
    Input {
        generation: u64,
        input: Input,
    },
    Import {
        import: u64,
        file: String,
        view: ImportView,
    },
    /// The page is gone; these imports had not ended then.
    PageClosed {
        imports: Vec<u64>,
    },
    /// Numbers were entered in the do-not-call list.
    DoNotCallGrew,
    /// A turn for a request that is not the floor's. The reply fails if nobody is signed in.
    Turn {
        kind: &'static str,
        reply: oneshot::Sender<Turn>,
    },
    Stop {
        done: oneshot::Sender<()>,
    },
}

/// What the desk hears.
pub(super) struct Inbox {
    pub mail: mpsc::UnboundedReceiver<Mail>,
    pub news: mpsc::UnboundedReceiver<News>,
}

/// The parts of the desk that outlive a panic.
#[derive(Clone)]
pub(super) struct Core {
    pub worker: Worker,
    pub imports: Imports,
    pub clock: Arc<dyn Clock>,
    pub session: Handle,
    pub numbers: NumberRules,
    pub zone: PlatformZone,
    seed: u64,
    pub mail: mpsc::UnboundedSender<Mail>,
    /// The topics that the page watches.
    topics: Arc<Mutex<Vec<Topic>>>,
    /// The campaigns whose hours or limits are kept only while the desk runs and their account is signed in.
    needing: Arc<Mutex<BTreeMap<CampaignId, Account>>>,
    uploads: watch::Sender<Uploads>,
}

impl Core {
    pub fn tell(&self, mail: Mail) {
        if self.mail.send(mail).is_err() {
            tracing::debug!("the supervisor's desk has stopped; a message was dropped");
        }
    }

    pub fn topics(&self) -> Vec<Topic> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The account that is signed in, or is to be.
    pub fn account(&self) -> Account {
        self.session.snapshots.borrow().account.clone()
    }

    /// Whether a campaign of this account, or of any, needs Ringside.
    pub fn needs_ringside(&self, of: Option<&Account>) -> bool {
        let needing = self.needing.lock().unwrap_or_else(PoisonError::into_inner);
        needing.values().any(|account| of.is_none_or(|of| of == account))
    }

    /// Takes the state of a campaign, so that a person who would end its keeping can be told at once.
    pub fn note(&self, campaign: &Campaign) {
        let mut needing = self.needing.lock().unwrap_or_else(PoisonError::into_inner);
        if campaign.needs_ringside() {
            needing.insert(campaign.id, campaign.account.clone());
        } else {
            needing.remove(&campaign.id);
        }
    }

    /// The present by the platform's clock; by this computer's until the difference is known.
    pub fn now(&self) -> Now {
        let now = self.clock.now();
        let skew = self.session.snapshots.borrow().connection.skew_ms.unwrap_or(0);
        Now { wall: now.wall.moved(skew.saturating_neg()), ..now }
    }

    pub fn read_start(&self, store: &FloorStore) -> Result<FloorStart, StoreError> {
        let at = self.now().wall;
        Ok(FloorStart {
            campaigns: store.campaigns(day_of(&self.zone.now(), at), since_30_days(at))?,
            breaks: store.team_breaks()?,
            elsewhere: store.elsewhere_tasks()?,
            removals: store.removals()?,
            account: Some(self.account()),
            dialled_until: store.dialled_until()?,
            utc_minutes: utc_minutes(&self.zone.now(), at),
            next_campaign: store.next_campaign()?,
            seed: self.seed,
        })
    }
}

/// The floor with what belongs to this run of it.
pub(super) struct Desk {
    pub core: Core,
    floor: Floor,
    /// The offset of the platform's clock that the floor knows.
    utc_minutes: i32,
    pub generation: u64,
    pub turns: Turns,
    /// The plans of all campaigns, for TaskCreat.
    pub plans: BTreeMap<CampaignId, CampaignPlan>,
    /// The account that the floor knows as signed in.
    pub account: Option<Account>,
    signed_in: Option<(Account, String)>,
    trust: Trust,
    /// Parts that were sent and not answered, and transactions that were begun: an orderly end waits for them.
    pub sending: BTreeSet<RequestId>,
    pub storing: usize,
    /// The newest views that were not sent yet.
    pub shown: BTreeMap<Topic, TopicEvent>,
}

impl Desk {
    /// A panic of the floor becomes an error, since no stored data may end the program.
    pub fn new(core: &Core, start: FloorStart, generation: u64) -> Result<Self, StartError> {
        let now = core.now();
        let plans = start.campaigns.iter().map(|stored| (stored.campaign.id, stored.campaign.plan.clone())).collect();
        start.campaigns.iter().for_each(|stored| core.note(&stored.campaign));
        let utc_minutes = start.utc_minutes;
        let begin = std::panic::AssertUnwindSafe(|| Floor::new(start, now));
        let (floor, effects) = std::panic::catch_unwind(begin).map_err(|panic| StartError::Unusable(crate::supervise::said(&*panic)))?;
        let mut desk = Self {
            turns: Turns::new(core.session.clone()),
            trust: Trust::new(core.clock.now()),
            core: core.clone(),
            floor,
            utc_minutes,
            generation,
            plans,
            account: None,
            signed_in: None,
            sending: BTreeSet::new(),
            storing: 0,
            shown: BTreeMap::new(),
        };
        desk.carry_out(effects);
        Ok(desk)
    }

    pub fn now(&self) -> Now {
        self.core.now()
    }

    /// The floor learns first that the clock was set or the zone's offset changed: what the input leads to depends on the time.
    pub(super) fn apply(&mut self, input: Input) {
        let now = self.now();
        self.check_clock(now);
        let utc_minutes = utc_minutes(&self.core.zone.now(), now.wall);
        if self.utc_minutes != utc_minutes {
            self.utc_minutes = utc_minutes;
            let effects = self.floor.apply(Input::Zone { utc_minutes }, now);
            self.carry_out(effects);
        }
        let effects = self.floor.apply(input, now);
        self.carry_out(effects);
    }

    fn check_clock(&mut self, now: Now) {
        if let Some(trusted) = self.trust.check(self.core.clock.now(), self.core.session.requests.counterpart.clock_reading()) {
            let effects = self.floor.apply(Input::ClockTrusted(trusted), now);
            self.carry_out(effects);
        }
    }

    /// Runs until a `Mail::Stop`, whose reply channel it returns, or until nobody can send any more.
    pub async fn run(&mut self, inbox: &mut Inbox, views: &mpsc::Sender<TopicEvent>) -> Option<oneshot::Sender<()>> {
        let mut snapshots = self.core.session.snapshots();
        self.hear_session(&mut snapshots);
        self.apply(Input::Watch(self.core.topics()));
        loop {
            self.tell_uploads();
            let now = self.core.clock.now();
            let deadline = self.floor.next_deadline().map(|at| at.max(now.mono + SHORTEST));
            let due = async {
                match deadline {
                    Some(deadline) => self.core.clock.sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                mail = inbox.mail.recv() => match mail {
                    Some(Mail::Stop { done }) => {
                        self.finish(&mut inbox.mail).await;
                        return Some(done);
                    }
                    Some(mail) => self.take(mail),
                    None => return None,
                },
                Some(news) = inbox.news.recv() => self.hear(news),
                Ok(()) = snapshots.changed() => self.hear_session(&mut snapshots),
                Ok(permit) = views.reserve(), if !self.shown.is_empty() => {
                    if let Some((_, event)) = self.shown.pop_first() {
                        permit.send(event);
                    }
                }
                () = due => self.apply(Input::Tick),
            }
            // A change of the snapshot may bring a reading of the platform's clock, and no input.
            self.check_clock(self.now());
        }
    }

    fn tell_uploads(&self) {
        uploads::set(&self.core.uploads, |uploads| &mut uploads.sending, self.floor.is_sending());
    }

    fn take(&mut self, mail: Mail) {
        match mail {
            Mail::Intent { intent, by } => self.apply(Input::Intent { intent, by }),
            Mail::Watch(topics) => self.watch(topics),
            Mail::PageClosed { imports } => {
                self.watch(Vec::new());
                self.apply(Input::PageClosed(imports));
            }
            Mail::Input { generation, input } if generation == self.generation => self.take_answer(input),
            Mail::Input { .. } | Mail::Stop { .. } => {}
            Mail::DoNotCallGrew => self.apply(Input::DoNotCallGrew),
            Mail::Import { import, file, view } => self.apply(Input::Import { import, file, view }),
            Mail::Turn { kind, reply } if self.account.is_some() => self.turns.want_for(kind, reply),
            Mail::Turn { .. } => {}
        }
    }

    fn watch(&mut self, topics: Vec<Topic>) {
        *self.core.topics.lock().unwrap_or_else(PoisonError::into_inner) = topics.clone();
        self.apply(Input::Watch(topics));
    }

    fn take_answer(&mut self, input: Input) {
        match &input {
            Input::Answered { id, .. } => drop(self.sending.remove(id)),
            Input::Stored { .. } | Input::NumbersFound { .. } => self.storing = self.storing.saturating_sub(1),
            _ => {}
        }
        self.apply(input);
    }

    /// An orderly end: begins nothing more, and waits for the answers to the parts that were sent, so that their fate is known.
    async fn finish(&mut self, mail: &mut mpsc::UnboundedReceiver<Mail>) {
        self.account = None;
        self.apply(Input::SignedIn(None));
        let until = self.core.clock.now().mono + FAREWELL;
        while !self.sending.is_empty() || self.storing > 0 {
            tokio::select! {
                Some(mail) = mail.recv() => if let Mail::Input { .. } = mail { self.take(mail) },
                () = self.core.clock.sleep_until(until) => return,
            }
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Turn(id) => {
                if let Some(request) = self.turns.come(id) {
                    self.apply(Input::Turn(request));
                }
            }
            News::TurnsLost => self.turns.want_again(),
            News::TaskFinished(task_id) => self.apply(Input::TaskFinished { task_id }),
            News::Arrived { calls, reached } => self.apply(Input::Arrived { calls, reached }),
        }
    }

    fn hear_session(&mut self, snapshots: &mut watch::Receiver<Arc<Snapshot>>) {
        let signed_in = {
            let snapshot = snapshots.borrow_and_update();
            match &snapshot.sign_in {
                SignInView::SignedIn { company } => Some((snapshot.account.clone(), company.clone())),
                _ => None,
            }
        };
        if signed_in != self.signed_in {
            let account = signed_in.as_ref().map(|(account, _)| account.clone());
            self.signed_in = signed_in.clone();
            if self.account != account {
                self.turns.refuse_callers();
                self.account = account;
            }
            self.apply(Input::SignedIn(signed_in));
        }
    }
}
