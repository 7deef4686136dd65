//! The supervisor's desk: starts and stops the floor's task as the setting says. While the desk is switched off, nothing of it exists.

use std::{
    env,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use ringside_domain::{
    Account, Intent, NumberRules, Occasion, Problem, ProblemCode, SettingChange, ShellReport, SignInView, Snapshot, Timestamp, Topic,
    TopicEvent,
};
use ringside_engine::{Clock, FloorHandle, FloorParts, Handle, config::Config, start_floor};
use ringside_platform::Client;
use ringside_store::{FloorStore, StoreError};
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc;

use crate::life::{
    locked,
    paths::Paths,
    quit::{Ending, Quit},
    start::Started,
};

/// A second request of the same kind within this time is granted.
const AGAIN: Duration = Duration::from_secs(60);

/// The parts of the shell from which the floor's task is made.
struct Means {
    session: Handle,
    client: Client,
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
    /// The request that was refused last because campaigns need Ringside, and when.
    refused: Mutex<Option<(Leaving, Duration)>>,
}

/// What ends the keeping of campaigns' hours and limits.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Leaving {
    Quit,
    SwitchOff,
    /// The account's token ends, or another account takes its place.
    SignOut(Account),
}

impl Leaving {
    fn of(intent: &Intent, snapshot: &Snapshot) -> Option<Self> {
        let leaves = || (snapshot.sign_in != SignInView::SignedOut).then(|| Self::SignOut(snapshot.account.clone()));
        match intent {
            Intent::ChangeSettings { change: SettingChange::Supervisor(false) } => Some(Self::SwitchOff),
            Intent::SignOut => leaves(),
            Intent::SignIn { account, .. } if *account != snapshot.account => leaves(),
            _ => None,
        }
    }

    /// The account whose campaigns are concerned; None: all.
    fn account(&self) -> Option<&Account> {
        if let Self::SignOut(account) = self { Some(account) } else { None }
    }
}

/// The task, or why there is none.
enum Stage {
    Off,
    Runs { floor: Box<FloorHandle>, store: FloorStore },
    Failed(Problem),
}

impl Desk {
    pub fn new(started: &Started, paths: Paths) -> Self {
        let Started { handle, client, clock, config, seed, .. } = started;
        let (session, client, clock) = (handle.clone(), client.clone(), Arc::clone(clock) as Arc<dyn Clock>);
        let means = Means { session, client, clock, config: config.clone(), paths, seed: *seed };
        Self { means, stage: Mutex::new(Stage::Off), topics: Mutex::default(), refused: Mutex::default() }
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
        self.means.config.values.utc_offset.offset_at(self.means.clock.now().wall) / 60
    }

    /// The folder for files that the page asks for.
    pub fn exports(&self) -> PathBuf {
        self.means.paths.exports()
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

    /// Whether this may be done now. While a campaign needs Ringside, the first request is refused, so that a person reads the reason; a second
    /// one of the same kind within [`AGAIN`] is granted.
    fn may(&self, leaving: Leaving) -> Result<(), Problem> {
        let needed = match &*locked(&self.stage) {
            Stage::Runs { floor, .. } => floor.needs_ringside(leaving.account()),
            Stage::Off | Stage::Failed(_) => false,
        };
        let now = self.means.clock.now().mono;
        if !needed || is_granted(&mut locked(&self.refused), leaving, now) {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::CampaignsNeedRingside, "", true))
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
        let Means { session, client, clock, config, paths, seed } = &self.means;
        let (folder, now) = (paths.data.clone(), clock.now().wall);
        let opened = tokio::task::spawn_blocking(move || FloorStore::open(&folder, now)).await;
        let (store, found) = opened.map_err(|error| store_failed(error.to_string()))?.map_err(|error| Problem::from(&error))?;
        if let Some(aside) = found.damaged {
            session.report(ShellReport::SetAside(Problem::new(ProblemCode::StoreDamaged, aside.display().to_string(), false)));
        }
        let parts = FloorParts {
            store: store.clone(),
            imports: paths.imports(),
            client: client.clone(),
            clock: Arc::clone(clock),
            session: session.clone(),
            numbers: NumberRules { prefixes: config.values.number_prefixes.clone() },
            zone: config.values.utc_offset.clone(),
            person: user(),
            seed: *seed,
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
        // The last clone waits for the writes; that may block.
        if let Err(error) = tokio::task::spawn_blocking(move || drop(store)).await {
            tracing::error!(%error, "the floor's database did not close cleanly");
        }
        tracing::info!("the supervisor's desk has stopped");
    }
}

/// Ends the app because a person asked for it; refused once while a campaign needs it.
pub fn quit(app: &AppHandle) -> Result<(), Problem> {
    app.state::<Desk>().may(Leaving::Quit)?;
    app.state::<Quit>().ask(Ending::For(Occasion::Quit));
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
    let read = FloorStore::open(data, now).and_then(|(store, _)| count(&store));
    read.map_err(|error| error.to_string())
}

/// Whether this request is granted, since it was refused a moment ago. If not, it is remembered as refused.
fn is_granted(refused: &mut Option<(Leaving, Duration)>, leaving: Leaving, now: Duration) -> bool {
    let granted = refused.as_ref().is_some_and(|(before, at)| *before == leaving && now.saturating_sub(*at) <= AGAIN);
    *refused = Some((leaving, now));
    granted
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

#[cfg(test)]
mod tests {
    use ringside_domain::{Agent, Now, Session, Start};

    use super::*;

    fn account(appid: &str) -> Account {
        Account { appid: appid.to_owned(), ..Account::default() }
    }

    fn signed_in() -> Snapshot {
        let now = Now { wall: Timestamp(0), mono: Duration::ZERO };
        let mut snapshot = Snapshot::clone(&Session::new(Start::default(), now).0.snapshot());
        snapshot.account = account("one");
        snapshot.sign_in = SignInView::SignedIn { company: String::new() };
        snapshot
    }

    #[test]
    fn what_ends_the_keeping_of_a_campaign_is_recognised() {
        let mut snapshot = signed_in();
        let sign_in = |account| Intent::SignIn { account, agent: Agent::default(), accesskey: None };
        let set = |on| Intent::ChangeSettings { change: SettingChange::Supervisor(on) };
        let out = || Some(Leaving::SignOut(account("one")));
        assert_eq!(Leaving::of(&Intent::SignOut, &snapshot), out());
        assert_eq!(Leaving::of(&sign_in(account("two")), &snapshot), out());
        assert_eq!(Leaving::of(&sign_in(account("one")), &snapshot), None, "the same account goes on");
        assert_eq!(Leaving::of(&set(false), &snapshot), Some(Leaving::SwitchOff));
        assert_eq!(Leaving::of(&set(true), &snapshot), None);
        snapshot.sign_in = SignInView::SignedOut;
        assert_eq!(Leaving::of(&sign_in(account("two")), &snapshot), None, "nothing is kept any more");
    }

    #[test]
    fn only_a_second_request_of_the_same_kind_is_granted_and_only_soon() {
        let at = Duration::from_secs;
        let mut refused = None;
        assert!(!is_granted(&mut refused, Leaving::Quit, at(100)));
        assert!(!is_granted(&mut refused, Leaving::SwitchOff, at(101)), "another request");
        assert!(is_granted(&mut refused, Leaving::SwitchOff, at(161)));
        assert!(!is_granted(&mut refused, Leaving::SignOut(account("one")), at(162)));
        assert!(!is_granted(&mut refused, Leaving::SignOut(account("one")), at(223)), "too late");
    }
}
