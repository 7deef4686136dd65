//! A supervisor's desk beside an agent's, with a simulated platform.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use data_encoding::BASE64;
use ringside_domain::*;
use ringside_engine::{Clock, FloorHandle, FloorParts, Uploads, config::Given, start_floor};
use ringside_platform::{Client, ClientOptions};
use ringside_simulator::Simulator;
use ringside_store::FloorStore;
use ringside_tests::Desk;
use ringside_vault::Vault;
use ringside_wire::Zone;
use tokio::sync::{mpsc, watch};

/// Time limit for any condition. The budget gives three requests in two seconds.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// The client gives up a request after this time.
const GIVES_UP: Duration = Duration::from_secs(3);
const PIECE: usize = 256 << 10;

type Views = BTreeMap<Topic, TopicView>;

pub struct Supervisor {
    pub agent: Desk,
    pub floor: FloorHandle,
    views: watch::Receiver<Views>,
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    pub uploads: watch::Sender<Uploads>,
}

impl Supervisor {
    /// Both desks with their databases in this folder.
    pub fn open(folder: &Path, vault: Vault) -> Self {
        Self::open_with(folder, vault, |_, _| {})
    }

    /// Like [`Self::open`], with other clocks for the agent's and the supervisor's desk.
    pub fn open_with(folder: &Path, vault: Vault, clocks: impl FnOnce(&mut Arc<dyn Clock>, &mut Arc<dyn Clock>)) -> Self {
        Self::open_as(folder, vault, Given::default(), clocks)
    }

    /// Like [`Self::open_with`], with this provisioning.
    pub fn open_as(folder: &Path, vault: Vault, provisioned: Given, clocks: impl FnOnce(&mut Arc<dyn Clock>, &mut Arc<dyn Clock>)) -> Self {
        let given = Arc::new(Mutex::new(None));
        let taken = Arc::clone(&given);
        let agent = Desk::open_as(folder, vault, provisioned, move |parts| {
            let clock = Arc::clone(&parts.clock);
            let mut floor = Arc::clone(&parts.clock);
            clocks(&mut parts.clock, &mut floor);
            let options = ClientOptions { total: GIVES_UP, ..ClientOptions::default() };
            parts.client = Client::new(options, Arc::new(move || clock.now().wall));
            *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(floor);
        });
        let clock = given.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap();
        let uploads = watch::Sender::default();
        let (floor, views) = switched_on(folder, &agent, &clock, uploads.clone());
        Self { agent, floor, views, folder: folder.to_owned(), clock, uploads }
    }

    /// The desk is switched off and on again; the agent's goes on.
    pub async fn switch_off_and_on(&mut self) {
        self.floor.stop().await;
        (self.floor, self.views) = switched_on(&self.folder, &self.agent, &self.clock, self.uploads.clone());
    }

    /// Opened and signed in at this platform.
    pub async fn signed_in(folder: &Path, simulator: &Simulator) -> Self {
        let supervisor = Self::open(folder, Vault::memory());
        supervisor.agent.sign_in(simulator, "demo-key", &[]);
        supervisor.until(|views| matches!(views.get(&Topic::Desk), Some(TopicView::Desk(desk)) if desk.signed_in)).await;
        supervisor
    }

    /// The views from now on, as soon as they fulfil this.
    pub async fn until(&self, holds: impl Fn(&Views) -> bool) -> Views {
        let mut views = self.views.clone();
        let found = tokio::time::timeout(PATIENCE, async { views.wait_for(|views| holds(views)).await.unwrap().clone() }).await;
        found.unwrap_or_else(|_| panic!("not within {PATIENCE:?}; last seen: {:#?}", *self.views.borrow()))
    }

    /// The ledger, newest first, as soon as it fulfils this: an entry is stored after the view that shows its result.
    pub async fn until_entered(&self, holds: impl Fn(&[FloorEntry]) -> bool) -> Vec<FloorEntry> {
        let entered = async {
            loop {
                let entries = self.floor.floor_ledger(0, 100).await.unwrap();
                if holds(&entries) {
                    return entries;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, entered).await.unwrap()
    }

    pub fn views(&self) -> Views {
        self.views.borrow().clone()
    }

    pub fn watch(&self, topics: &[Topic]) {
        self.floor.watch_topics([&[Topic::Desk, Topic::Campaigns], topics].concat());
    }

    /// Sends a file as the page does.
    pub async fn receive(&self, name: &str, file: &[u8]) -> u64 {
        let import = self.floor.import_begin(name.into(), file.len() as u64).await.unwrap();
        self.watch(&[Topic::Import { import }]);
        for piece in file.chunks(PIECE) {
            self.floor.import_piece(import, BASE64.encode(piece)).await.unwrap();
        }
        import
    }

    /// Sends a file, and has it checked with the layout that was guessed.
    pub async fn import(&self, name: &str, file: &[u8], rules: CheckRules) -> (u64, SheetCheck) {
        let import = self.receive(name, file).await;
        let preview = self.floor.import_preview(import, None).await.unwrap().unwrap();
        (import, self.check(import, preview.layout, rules).await)
    }

    /// Has an import checked; a check before had another result.
    pub async fn check(&self, import: u64, layout: SheetLayout, rules: CheckRules) -> SheetCheck {
        let before = view_of(&self.views(), import).cloned();
        self.floor.import_check(import, layout, rules).await.unwrap();
        let is_done = |view: &ImportView| matches!(view, ImportView::Checked { .. } | ImportView::Failed { .. });
        let views = self.until(|views| view_of(views, import).is_some_and(|view| is_done(view) && Some(view) != before.as_ref())).await;
        let Some(ImportView::Checked { check }) = view_of(&views, import) else { panic!("{views:?}") };
        check.clone()
    }

    /// Begins a campaign of these numbers for queue-1, and watches it.
    pub async fn start(&self, numbers: &[String]) -> CampaignId {
        let (import, check) = self.import("customers.csv", sheet(numbers).as_bytes(), rules()).await;
        assert_eq!((check.rows, check.good), (numbers.len() as u32, numbers.len() as u32), "{check:?}");
        self.floor.floor_intent(FloorIntent::Start { import, plan: plan() });
        let views = self.until(|views| !campaigns(views).is_empty()).await;
        let campaign = campaigns(&views)[0].campaign.id;
        self.watch(&[Topic::Campaign { campaign }]);
        campaign
    }

    pub async fn until_parts(&self, campaign: CampaignId, holds: impl Fn(&[CampaignPart]) -> bool) -> CampaignDetail {
        let views = self.until(|views| detail(views, campaign).is_some_and(|detail| holds(&detail.parts))).await;
        detail(&views, campaign).unwrap().clone()
    }

    /// The bill of a call of the dialler that reached no agent arrives as a callback.
    pub async fn bill(&self, id: u32, number: &str, customer: &str, company: &str) {
        let started = ringside_wire::moment::format(self.agent.clock_now(), &Zone::default());
        let json = serde_json::json!({"id": id, "callmethod": 5, "extnumber": "000000", "destnumber": number, "type": "callout",
            "billsec": 4, "starttime": started, "endtime": started, "customuuid": customer, "companycode": company});
        let fields: ringside_wire::callback::Fields = serde_json::from_value(json).unwrap();
        let record = ringside_wire::callback::record(&fields, &Zone::default());
        let event = Event { signal: Box::new(Signal::Record(record)), company: Some(company.to_owned()), payload: String::new() };
        let delivery = Delivery::Events { events: vec![event], flaw: None, path: PublicPath::default(), passed: None };
        let (receipt, received) = tokio::sync::oneshot::channel();
        self.agent.handle.callbacks().send((delivery, receipt)).await.unwrap();
        received.await.unwrap();
    }

    pub async fn close(self) {
        self.floor.stop().await;
        self.agent.close().await;
    }
}

fn switched_on(
    folder: &Path,
    agent: &Desk,
    clock: &Arc<dyn Clock>,
    uploads: watch::Sender<Uploads>,
) -> (FloorHandle, watch::Receiver<Views>) {
    let (store, _) = FloorStore::open(folder, agent.clock_now()).unwrap();
    let (floor, shown) = start_floor(FloorParts {
        store,
        imports: folder.join("imports"),
        clock: Arc::clone(clock),
        session: agent.handle.clone(),
        numbers: NumberRules::default(),
        zone: Zone::default(),
        person: "system-user".into(),
        seed: 1,
        uploads,
    })
    .unwrap();
    let views = collect(shown);
    floor.watch_topics(vec![Topic::Desk, Topic::Campaigns]);
    (floor, views)
}

fn collect(mut shown: mpsc::Receiver<TopicEvent>) -> watch::Receiver<Views> {
    let (views, seen) = watch::channel(Views::new());
    tokio::spawn(async move {
        while let Some(TopicEvent { topic, view }) = shown.recv().await {
            views.send_modify(|views| drop(views.insert(topic, view)));
        }
    });
    seen
}

pub fn view_of(views: &Views, import: u64) -> Option<&ImportView> {
    match views.get(&Topic::Import { import }) {
        Some(TopicView::Import(view)) => Some(view),
        _ => None,
    }
}

pub fn campaigns(views: &Views) -> &[CampaignView] {
    match views.get(&Topic::Campaigns) {
        Some(TopicView::Campaigns(rows)) => rows,
        _ => &[],
    }
}

pub fn detail(views: &Views, campaign: CampaignId) -> Option<&CampaignDetail> {
    match views.get(&Topic::Campaign { campaign }) {
        Some(TopicView::Campaign(detail)) => detail.as_deref(),
        _ => None,
    }
}

pub fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("0138{n:08}")).collect()
}

pub fn sheet(numbers: &[String]) -> String {
    let lines: Vec<String> = numbers.iter().enumerate().map(|(n, number)| format!("{number},C-{n}")).collect();
    format!("number,customer\r\n{}\r\n", lines.join("\r\n"))
}

pub fn rules() -> CheckRules {
    CheckRules { limits: CampaignLimits::default(), campaign: None }
}

pub fn plan() -> CampaignPlan {
    CampaignPlan {
        name: "Renewals of May".into(),
        target: Target::Queue(QueueName("queue-1".into())),
        agents: 1,
        calls: 2,
        display_numbers: Vec::new(),
        limits: CampaignLimits::default(),
    }
}

pub fn is_taken(part: &CampaignPart) -> bool {
    matches!(part.state, PartState::Taken { .. })
}

pub fn is_unknown(part: &CampaignPart) -> bool {
    matches!(part.state, PartState::Unknown { .. })
}

/// The platform got each of these numbers once, and no other.
pub fn each_once(simulator: &Simulator, numbers: &[String]) {
    let given = simulator.numbers_given();
    let twice: Vec<_> = given.iter().filter(|(_, times)| **times != 1).take(5).collect();
    assert!(twice.is_empty(), "given more than once: {twice:?}");
    let missing: Vec<_> = numbers.iter().filter(|number| !given.contains_key(*number)).take(5).collect();
    assert!(missing.is_empty() && given.len() == numbers.len(), "{} given, missing {missing:?}", given.len());
}
