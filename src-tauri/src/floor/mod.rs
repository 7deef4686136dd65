//! The supervisor's desk: starts and stops the floor's task as the setting says. While the desk is switched off, nothing of it exists.

pub mod quiet;

use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use ringside_domain::{Intent, NumberRules, Occasion, Problem, ProblemCode, ShellReport, Snapshot, Timestamp, Topic, TopicEvent};
use ringside_engine::{Clock, FloorHandle, FloorParts, Handle, Uploads, config::Config, start_floor};
use ringside_floor::{LastRefused, Leaving};
use ringside_store::{FloorStore, StoreError};
use tokio::sync::{mpsc, watch};

use crate::life::{
    locked,
    paths::Paths,
    quit::{Ending, Quit},
    start::Started,
    versions,
};

/// The parts of the shell from which the floor's task is made.
struct Means {
    session: Handle,
    clock: Arc<dyn Clock>,
    config: Config,
    paths: Paths,
    seed: u64,
}

/// Managed by Tauri; exists once.
pub struct Desk {
    means: Means,
    stage: Mutex<Stage>,
    /// The topics that the page watches; kept, since the page may ask before the task runs.
    topics: Mutex<Vec<Topic>>,
    refused: Mutex<LastRefused>,
    /// The lists that were saved in this run: the page can show them, and no other file.
    saved: Mutex<HashMap<String, PathBuf>>,
    uploads: watch::Sender<Uploads>,
}

/// The task, or why there is none.
enum Stage {
    Off,
    Runs { floor: Box<FloorHandle>, store: FloorStore },
    Failed(Problem),
}

impl Desk {
    pub fn new(started: &Started, paths: Paths) -> Self {
        let Started { handle, clock, config, seed, .. } = started;
        let (session, clock) = (handle.clone(), Arc::clone(clock) as Arc<dyn Clock>);
        let means = Means { session, clock, config: config.clone(), paths, seed: *seed };
        Self {
            means,
            stage: Mutex::new(Stage::Off),
            topics: Mutex::default(),
            refused: Mutex::default(),
            saved: Mutex::default(),
            uploads: watch::Sender::default(),
        }
    }

    /// The floor's task.
    pub fn floor(&self) -> Result<FloorHandle, Problem> {
        match &*locked(&self.stage) {
            Stage::Runs { floor, .. } => Ok(FloorHandle::clone(floor)),
            Stage::Failed(problem) => Err(problem.clone()),
            Stage::Off if is_on(&self.means.session.snapshots().borrow()) => {
                Err(Problem::new(ProblemCode::PartFailed, "the supervisor's desk is starting", true))
            }
            Stage::Off => Err(off()),
        }
    }

    pub fn watch_topics(&self, topics: Vec<Topic>) {
        *locked(&self.topics) = topics.clone();
        if let Stage::Runs { floor, .. } = &*locked(&self.stage) {
            floor.watch_topics(topics);
        }
    }

    pub fn page_closed(&self) {
        locked(&self.topics).clear();
        if let Stage::Runs { floor, .. } = &*locked(&self.stage) {
            floor.page_closed();
        }
    }

    /// Minutes that the platform's clock is ahead of UTC at this moment.
    pub fn platform_utc_minutes(&self) -> i32 {
        let zone = self.means.session.platform_zone().unwrap_or_else(|| self.means.config.values.utc_offset.clone());
        zone.offset_at(self.means.clock.now().wall) / 60
    }

    /// The folder for files that the page asks for.
    pub fn exports(&self) -> PathBuf {
        self.means.paths.exports()
    }

    /// Notes that this list was saved, and returns its path for the page.
    pub fn note_saved(&self, file: PathBuf) -> String {
        let path = file.display().to_string();
        locked(&self.saved).insert(path.clone(), file);
        path
    }

    pub fn saved(&self, path: &str) -> Option<PathBuf> {
        locked(&self.saved).get(path).cloned()
    }

    /// How many campaigns are open here.
    pub async fn open_campaigns(&self) -> Result<usize, Problem> {
        self.floor()?;
        let store = match &*locked(&self.stage) {
            Stage::Runs { store, .. } => store.clone(),
            Stage::Off | Stage::Failed(_) => return Ok(0),
        };
        let counted = tokio::task::spawn_blocking(move || count(&store)).await;
        counted.map_err(|error| store_failed(error.to_string()))?.map_err(|error| Problem::from(&error))
    }

    /// What an end of Ringside would interrupt at the desk.
    pub fn uploads(&self) -> watch::Receiver<Uploads> {
        self.uploads.subscribe()
    }

    /// Whether this may be done now, by the rule of [`LastRefused`].
    fn may(&self, leaving: Leaving) -> Result<(), Problem> {
        let needed = match &*locked(&self.stage) {
            Stage::Runs { floor, .. } => floor.needs_ringside(leaving.account()),
            Stage::Off | Stage::Failed(_) => false,
        };
        locked(&self.refused).may(leaving, needed, self.means.clock.now().mono)
    }

    /// Whether a person's request may be carried out now.
    pub fn may_carry_out(&self, intent: &Intent, snapshot: &Snapshot) -> Result<(), Problem> {
        Leaving::of(intent, snapshot).map_or(Ok(()), |leaving| self.may(leaving))
    }

    /// Starts and stops the task as the setting says, until the engine stops. `tell` gets the task's events, in order.
    pub async fn follow<F>(&self, tell: impl Fn(TopicEvent) -> F + Clone + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let mut snapshots = self.means.session.snapshots();
        // A task that failed may have left it running.
        self.stop().await;
        let mut runs = false;
        loop {
            let wanted = is_on(&snapshots.borrow_and_update());
            if wanted != runs {
                runs = wanted;
                if wanted {
                    self.start(tell.clone()).await;
                } else {
                    self.stop().await;
                }
            }
            if snapshots.changed().await.is_err() {
                return;
            }
        }
    }

    async fn start<F>(&self, tell: impl Fn(TopicEvent) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let stage = match self.begin().await {
            Ok((stage, mut events)) => {
                tokio::spawn(async move {
                    while let Some(event) = events.recv().await {
                        tell(event).await;
                    }
                });
                tracing::info!("the supervisor's desk runs");
                stage
            }
            Err(problem) => {
                tracing::error!(%problem, "the supervisor's desk could not start");
                Stage::Failed(problem)
            }
        };
        let mut now = locked(&self.stage);
        if let Stage::Runs { floor, .. } = &stage {
            floor.watch_topics(locked(&self.topics).clone());
        }
        *now = stage;
    }

    async fn begin(&self) -> Result<(Stage, mpsc::Receiver<TopicEvent>), Problem> {
        let Means { session, clock, config, paths, seed } = &self.means;
        let (of_it, now) = (paths.clone(), clock.now().wall);
        let opened = tokio::task::spawn_blocking(move || {
            versions::may_open(&of_it)?;
            FloorStore::open(&of_it.data, now).map_err(|error| Problem::from(&error))
        });
        let (store, found) = opened.await.map_err(|error| store_failed(error.to_string()))??;
        if let Some(aside) = found.damaged {
            session.report(ShellReport::SetAside(Problem::new(ProblemCode::StoreDamaged, aside.display().to_string(), false)));
        }
        let parts = FloorParts {
            store: store.clone(),
            imports: paths.imports(),
            clock: Arc::clone(clock),
            session: session.clone(),
            numbers: NumberRules { prefixes: config.values.number_prefixes.clone() },
            zone: config.values.utc_offset.clone(),
            person: user(),
            seed: *seed,
            uploads: self.uploads.clone(),
        };
        // The task begins with a reading of its store, which blocks.
        let started = tokio::task::spawn_blocking(move || start_floor(parts)).await;
        let (floor, events) = started.map_err(|error| store_failed(error.to_string()))?.map_err(|error| store_failed(error.to_string()))?;
        Ok((Stage::Runs { floor: Box::new(floor), store }, events))
    }

    /// Stops the task. Its database is closed when this returns.
    pub async fn stop(&self) {
        let stage = std::mem::replace(&mut *locked(&self.stage), Stage::Off);
        let Stage::Runs { floor, store } = stage else { return };
        floor.stop().await;
        self.uploads.send_replace(Uploads::default());
        // The last clone waits for the writes; that may block.
        if let Err(error) = tokio::task::spawn_blocking(move || drop(store)).await {
            tracing::error!(%error, "the floor's database did not close cleanly");
        }
        tracing::info!("the supervisor's desk has stopped");
    }
}

/// Ends the app because a person asked for it; refused once while a campaign needs it.
pub fn quit(desk: &Desk, quit: &Quit) -> Result<(), Problem> {
    desk.may(Leaving::Quit)?;
    quit.ask(Ending::For(Occasion::Quit));
    Ok(())
}

pub fn is_on(snapshot: &Snapshot) -> bool {
    snapshot.settings.has_supervisor()
}

/// The refusal while the desk is switched off.
pub fn off() -> Problem {
    Problem::new(ProblemCode::SupervisorOff, "", false)
}

/// The database in the data folder, if there is one.
pub fn existing(data: &Path, now: Timestamp) -> Result<Option<FloorStore>, StoreError> {
    if !data.join("floor.db").exists() {
        return Ok(None);
    }
    FloorStore::open(data, now).map(|(store, _)| Some(store))
}

/// How many campaigns are open in the database in the data folder, which no other process must use meanwhile.
pub fn open_campaigns(data: &Path, now: Timestamp) -> Result<usize, String> {
    let read = existing(data, now).and_then(|store| store.map_or(Ok(0), |store| count(&store)));
    read.map_err(|error| error.to_string())
}

fn count(store: &FloorStore) -> Result<usize, StoreError> {
    Ok(store.open_campaigns()?.iter().filter(|campaign| campaign.is_open()).count())
}

fn store_failed(detail: String) -> Problem {
    Problem::new(ProblemCode::StoreFailed, detail, false)
}

/// The name of the system's user.
pub fn user() -> String {
    ["USER", "USERNAME"].iter().find_map(|name| env::var(name).ok()).unwrap_or_default()
}

/// The agent's number, or else the system's user.
pub fn person(snapshot: &Snapshot) -> String {
    if snapshot.agent.agent_id.is_empty() { user() } else { snapshot.agent.agent_id.clone() }
}
