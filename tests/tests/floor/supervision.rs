//! FS9: panics of the supervisor's desk, and of the session beside it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::*;
use ringside_engine::{Clock, SystemClock};
use ringside_simulator::Fault;
use ringside_tests::platform;
use ringside_vault::Vault;

use crate::desk::*;

/// A clock that panics once on request.
struct FaultyClock {
    system: SystemClock,
    panics: AtomicBool,
}

impl FaultyClock {
    fn new() -> Arc<Self> {
        Arc::new(Self { system: SystemClock::new(), panics: AtomicBool::new(false) })
    }
}

impl Clock for FaultyClock {
    fn now(&self) -> Now {
        assert!(!self.panics.swap(false, Ordering::Relaxed), "the clock is broken");
        self.system.now()
    }

    fn sleep_until(&self, deadline: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.system.sleep_until(deadline)
    }
}

fn failed(views: &std::collections::BTreeMap<Topic, TopicView>) -> bool {
    let of_core = |problem: &Problem| problem.code == ProblemCode::CoreFailed;
    matches!(views.get(&Topic::Desk), Some(TopicView::Desk(desk)) if desk.problem.as_ref().is_some_and(of_core))
}

#[tokio::test]
async fn fs9_the_desk_is_made_anew_from_its_store_and_after_a_second_panic_says_that_it_failed() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = FaultyClock::new();
    let faulty = Arc::clone(&clock);
    let supervisor = Supervisor::open_with(folder.path(), Vault::memory(), |_, floor| *floor = faulty);
    supervisor.agent.sign_in(&simulator, "demo-key", &[]);
    simulator.fault("TaskAdd", Fault::Slow(Duration::from_secs(60)), 1);
    let numbers = numbers(25_000);
    let campaign = supervisor.start(&numbers).await;
    supervisor.until_parts(campaign, |parts| parts.len() == 3 && matches!(parts[1].state, PartState::Sending { .. })).await;
    simulator.ledger().wait_for(|entry| entry.request("TaskAdd").is_some(), Duration::from_secs(20)).await.unwrap();

    clock.panics.store(true, Ordering::Relaxed);
    supervisor.floor.floor_intent(FloorIntent::ReadNow);
    let detail = supervisor.until_parts(campaign, |parts| is_unknown(&parts[1])).await;
    assert!(is_taken(&detail.parts[0]) && detail.parts[2].state == PartState::Waiting, "{:?}", detail.parts);
    supervisor.floor.floor_intent(FloorIntent::Decide { campaign, part: 1, decision: PartDecision::Taken, task_id: None });
    supervisor.until_parts(campaign, |parts| parts.iter().all(is_taken)).await;
    each_once(&simulator, &numbers);

    clock.panics.store(true, Ordering::Relaxed);
    supervisor.floor.floor_intent(FloorIntent::ReadNow);
    supervisor.until(failed).await;
    assert!(supervisor.floor.call_service("App.Sip_Queue.GetQueueList".into(), vec![]).await.is_err(), "a caller does not wait");
    assert!(supervisor.floor.floor_ledger(0, 9).await.is_ok(), "what is stored can still be read");
    supervisor.close().await;
}

#[tokio::test]
async fn fs9_a_session_that_is_made_anew_loses_no_turn_of_the_desk() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = FaultyClock::new();
    let faulty = Arc::clone(&clock);
    let supervisor = Supervisor::open_with(folder.path(), Vault::memory(), |session, _| *session = faulty);
    supervisor.agent.sign_in(&simulator, "demo-key", &[]);
    let numbers = numbers(25_000);
    let campaign = supervisor.start(&numbers).await;
    supervisor.until_parts(campaign, |parts| parts.len() == 3 && is_taken(&parts[0])).await;
    clock.panics.store(true, Ordering::Relaxed);
    supervisor.agent.handle.intent(Intent::Retry);
    let restarted = |snapshot: &Snapshot| snapshot.notices.iter().any(|notice| notice.what == NoticeKind::CoreRestarted);
    supervisor.agent.until(restarted).await;
    supervisor.until_parts(campaign, |parts| parts.iter().all(is_taken)).await;
    each_once(&simulator, &numbers);
    supervisor.close().await;
}
