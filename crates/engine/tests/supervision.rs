//! FS9: a clock that panics makes the engine's task fail. The snapshot says so at once, and the engine is restarted once from the store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use ringside_domain::{
    Account, Agent, ConnectionState, Extension, Intent, Label, NoticeKind, Now, Occasion, Place, ProblemCode, SettingChange, SignInView,
    Snapshot, Theme,
};
use ringside_engine::{Clock, Exports, Handle, Parts, RecordingFolders, SystemClock, TransferLimits, config::Config, start};
use ringside_platform::{Client, ClientOptions, DownloadOptions, Downloads};
use ringside_store::Store;
use ringside_vault::Vault;

/// A clock that panics at the next `panics` readings.
struct FaultyClock {
    system: SystemClock,
    panics: AtomicU32,
}

impl Clock for FaultyClock {
    fn now(&self) -> Now {
        let left = self.panics.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        assert!(left.is_err(), "the clock is broken");
        self.system.now()
    }

    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.system.sleep_until(deadline)
    }
}

struct RunningEngine {
    handle: Handle,
    clock: Arc<FaultyClock>,
}

impl RunningEngine {
    fn open(folder: &Path) -> Self {
        let clock = Arc::new(FaultyClock { system: SystemClock::new(), panics: AtomicU32::new(0) });
        let (store, _) = Store::open(folder, clock.now().wall).unwrap();
        let system = SystemClock::new();
        let parts = Parts {
            store,
            vault: Vault::memory(),
            client: Client::new(ClientOptions::default(), Arc::new(move || system.now().wall)),
            clock: Arc::<FaultyClock>::clone(&clock),
            config: Config::default(),
            accesskey: None,
            demo: false,
            place: Place::default(),
            exports: Exports { folder: folder.join("exports"), zone: jiff::tz::TimeZone::UTC },
            downloads: Downloads::new(DownloadOptions::default()),
            recordings: RecordingFolders { archive: folder.join("recordings"), cache: folder.join("cache"), free: |_| Ok(u64::MAX) },
            limits: TransferLimits::default(),
            host: String::new(),
            open: |_| Err("no page is opened here".to_owned()),
            seed: 1,
            sign_in_after: None,
        };
        Self { handle: start(parts).unwrap(), clock }
    }

    /// Makes the engine fail at its next input, and sends one.
    fn fail(&self) {
        self.clock.panics.store(1, Ordering::Relaxed);
        self.handle.intent(Intent::Retry);
    }

    async fn until(&self, holds: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut snapshots = self.handle.snapshots();
        let found =
            tokio::time::timeout(Duration::from_secs(30), async { Arc::clone(&*snapshots.wait_for(|now| holds(now)).await.unwrap()) });
        found.await.unwrap_or_else(|_| panic!("no such snapshot within 30 s"))
    }
}

fn was_restarted(snapshot: &Snapshot) -> bool {
    snapshot.notices.iter().any(|notice| notice.what == NoticeKind::CoreRestarted)
}

#[tokio::test]
async fn fs9_the_engine_is_restarted_once_from_the_store_and_after_a_second_failure_reports_that_it_failed() {
    let folder = tempfile::tempdir().unwrap();
    let running = RunningEngine::open(folder.path());
    running.handle.intent(Intent::ChangeSettings { change: SettingChange::Theme(Theme::Dark) });
    // Nothing answers at this address.
    let account = Account { url: "http://127.0.0.1:9/".into(), appid: "acme".into() };
    let agent = Agent { extension: Extension("100001".into()), agent_id: "10".into(), queues: Vec::new() };
    running.handle.intent(Intent::SignIn { account: account.clone(), agent, accesskey: Some("k".into()) });
    let before = running.until(|snapshot| matches!(snapshot.sign_in, SignInView::Failed { .. })).await;

    running.fail();
    let after = running.until(was_restarted).await;
    assert!(after.revision > before.revision, "later than all before it, so that no page drops it");
    assert_eq!((after.settings.theme, &after.account), (Theme::Dark, &account));
    // The new engine works: it answers the sign-in.
    running.until(|snapshot| matches!(snapshot.sign_in, SignInView::Failed { .. })).await;

    running.fail();
    let end =
        running.until(|snapshot| snapshot.connection.problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::CoreFailed)).await;
    assert_eq!((end.label, end.connection.state), (Label::Unconfirmed, ConnectionState::Failed));
    assert!(end.calls.is_empty());
    // Calls to the failed engine return.
    running.handle.take_leave(Occasion::Quit).await;
    assert!(running.handle.recording_link(ringside_domain::CallId(1)).await.is_none());
    running.handle.stop().await;
    assert!(Store::open_to_read(folder.path()).unwrap().is_some());
}

#[tokio::test]
async fn fs9_the_ledger_is_continued_after_a_restart_of_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let running = RunningEngine::open(folder.path());
    running.fail();
    running.until(was_restarted).await;
    running.handle.stop().await;
    let store = Store::open_to_read(folder.path()).unwrap().unwrap();
    let mut started = 0;
    let chain =
        store.ledger(None, |row| started += u32::from(matches!(row.entry, Some(ringside_domain::LedgerEntry::Started { .. })))).unwrap();
    assert_eq!((started, chain.broken), (2, None));
}
