//! The debts after a sign-out, over real connections and with a real database: FS4, FS5, and failures inside (FS9, FS23).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::{
    Farewell, Intent, Label, LedgerEntry, NoticeKind, Now, Occasion, ProblemCode, SetBy, SettingChange, SignInPolicy, SignInView, Snapshot,
    Timestamp, Wish,
};
use ringside_engine::{
    Clock, ShiftReceipt, SystemClock, WishEnd,
    config::Given,
    doctor::{About, Finding},
};
use ringside_simulator::{Fault, SeatState, Simulator};
use ringside_store::Store;
use ringside_tests::{Desk, OWN, platform};
use ringside_vault::Vault;

fn is_paid(snapshot: &Snapshot) -> bool {
    snapshot.owed.since.is_none()
}

fn has_failed(snapshot: &Snapshot) -> bool {
    snapshot.owed.problem.is_some()
}

fn count(simulator: &Simulator, service: &str) -> usize {
    simulator.ledger().requests(service).len()
}

/// The ledger's entries of this folder since the sign-out.
fn entered(folder: &std::path::Path) -> Vec<LedgerEntry> {
    let store = Store::open_to_read(folder).unwrap().unwrap();
    let rows = ShiftReceipt::read(&store, None, Timestamp(0), Timestamp(i64::MAX)).unwrap().rows;
    rows.into_iter().filter_map(|row| row.entry).skip_while(|entry| !matches!(entry, LedgerEntry::SigningOut { .. })).collect()
}

#[tokio::test]
async fn fs4_a_sign_out_that_fails_at_the_platform_is_shown_and_repeated() {
    for fault in [Fault::HttpStatus(502), Fault::Reset, Fault::Lost, Fault::Html, Fault::Failed(1002), Fault::RetryAfter(429, 1)] {
        let simulator = platform().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
        simulator.fault("SipSignOut", fault.clone(), None);
        desk.handle.intent(Intent::SignOut);
        if matches!(fault, Fault::Lost) {
            // Carried out, but the answer is lost.
            while simulator.seat("queue-1", OWN).is_some() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        } else {
            let said = desk.until(has_failed).await;
            assert_eq!((said.owed.queues.len(), said.label), (1, Label::Unconfirmed), "{fault:?}");
            assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Waiting), "{fault:?}");
        }
        simulator.clear_faults();
        desk.clock.pass(Duration::from_secs(60));
        desk.until(is_paid).await;
        assert_eq!((simulator.seat("queue-1", OWN), count(&simulator, "Logout")), (None, 1), "{fault:?}");
        desk.close().await;
        assert_eq!(entered(folder.path()).last(), Some(&LedgerEntry::SignedOut), "{fault:?}");
    }
}

#[tokio::test]
async fn fs5_the_next_start_completes_a_sign_out_that_a_quit_interrupted() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1", "queue-2"]).await;
    simulator.fault("SipSignOut", Fault::Timeout, None);
    desk.handle.intent(Intent::SignOut);
    let vault = desk.vault.clone();
    // The shell does not wait longer than this for an answer.
    let leave = tokio::time::timeout(Duration::from_millis(100), desk.handle.take_leave(Occasion::Quit)).await;
    assert!(leave.is_err(), "it waits while an answer may come");
    desk.close().await;
    assert!(!entered(folder.path()).contains(&LedgerEntry::SignedOut));
    assert!(vault.get(&format!("accesskey demo {}", simulator.url())).await.unwrap().is_some());
    simulator.clear_faults();

    let logins = count(&simulator, "Login");
    let desk = Desk::open(folder.path(), vault.clone());
    assert_eq!(desk.now().sign_in, SignInView::SignedOut);
    desk.until(is_paid).await;
    for queue in ["queue-1", "queue-2"] {
        assert_eq!(simulator.seat(queue, OWN), None);
    }
    assert_eq!((count(&simulator, "Login"), count(&simulator, "Logout")), (logins, 1), "with the stored token");
    for name in ["accesskey", "token"] {
        assert!(vault.get(&format!("{name} demo {}", simulator.url())).await.unwrap().is_none(), "{name}");
    }
    desk.close().await;
    assert_eq!(entered(folder.path()).last(), Some(&LedgerEntry::SignedOut));
}

#[tokio::test]
async fn fs5_a_quit_waits_for_the_sign_out_if_the_platform_answers() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1", "queue-2"]).await;
    desk.handle.intent(Intent::SignOut);
    desk.handle.take_leave(Occasion::Quit).await;
    assert!(is_paid(&desk.now()));
    assert_eq!((simulator.seat("queue-1", OWN), simulator.seat("queue-2", OWN), count(&simulator, "Logout")), (None, None, 1));
}

#[tokio::test]
async fn fs5_a_sign_out_takes_back_a_join_whose_answer_was_lost() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path(), Vault::memory());
    simulator.fault("SipSignIn", Fault::DoneButRet(500), None);
    desk.sign_in(&simulator, "demo-key", &["queue-1"]);
    simulator.ledger().wait_for(|entry| entry.request("SipSignIn").is_some(), ringside_tests::PATIENCE).await.unwrap();
    desk.handle.intent(Intent::SignOut);
    desk.until(|snapshot| snapshot.sign_in == SignInView::SignedOut && is_paid(snapshot)).await;
    assert_eq!(simulator.seat("queue-1", OWN), None);
}

#[tokio::test]
async fn fs21_the_doctor_does_not_log_in_after_a_sign_out() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.fault("Logout", Fault::HttpStatus(500), None);
    desk.handle.intent(Intent::SignOut);
    desk.until(has_failed).await;
    let vault = desk.vault.clone();
    desk.close().await;
    // In the next run accesskey and token are still stored, since the platform has not answered everything yet.
    let (logins, mut checks) = (count(&simulator, "Login"), Vec::new());
    let desk = Desk::open(folder.path(), vault.clone());
    desk.until(has_failed).await;
    desk.handle.examine_platform(|check| checks.push(check)).await;
    let login = checks.iter().find(|check| check.about == About::Login).unwrap();
    assert_eq!((login.finding, count(&simulator, "Login")), (Finding::SignedOut, logins));
    simulator.clear_faults();
    desk.clock.pass(Duration::from_secs(600));
    desk.until(is_paid).await;
    assert_eq!(count(&simulator, "Login"), logins);
    assert!(vault.get(&format!("accesskey demo {}", simulator.url())).await.unwrap().is_none());
    desk.close().await;
    assert_eq!(entered(folder.path()).last(), Some(&LedgerEntry::SignedOut));
}

#[tokio::test]
async fn fs5_a_quit_during_a_slow_join_leaves_the_queue() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path(), Vault::memory());
    desk.handle.intent(Intent::ChangeSettings { change: SettingChange::OnQuit(Farewell::SignOut) });
    simulator.fault("SipSignIn", Fault::Slow(Duration::from_secs(2)), None);
    desk.sign_in(&simulator, "demo-key", &["queue-1"]);
    desk.until(|snapshot| matches!(snapshot.sign_in, SignInView::SignedIn { .. })).await;
    simulator.ledger().wait_for(|entry| entry.request("SipSignIn").is_some(), ringside_tests::PATIENCE).await.unwrap();
    desk.handle.take_leave(Occasion::Quit).await;
    assert_eq!((simulator.seat("queue-1", OWN), count(&simulator, "SipSignOut")), (None, 1));
    desk.close().await;
}

#[tokio::test]
async fn fs23_a_renewed_token_is_used_by_the_next_start() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    simulator.expire_tokens();
    assert_eq!(desk.handle.wish(Wish::Busy { reason: None }, SetBy::Window).await, WishEnd::Confirmed);
    assert_eq!(count(&simulator, "Login"), 2);
    // The first desk ends without a farewell.
    let other = tempfile::tempdir().unwrap();
    let desk = Desk::open(other.path(), desk.vault.clone());
    desk.handle.intent(Intent::SignIn {
        account: ringside_domain::Account { url: simulator.url().to_string(), appid: "demo".into() },
        agent: ringside_domain::Agent { extension: ringside_domain::Extension(OWN.into()), agent_id: "10".into(), queues: vec![] },
        accesskey: None,
    });
    desk.until(|snapshot| matches!(snapshot.sign_in, SignInView::SignedIn { .. })).await;
    assert_eq!(count(&simulator, "Login"), 2);
}

/// A clock that panics once on request.
struct FaultyClock {
    system: SystemClock,
    panics: AtomicBool,
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

#[tokio::test]
async fn fs9_a_panic_restores_the_agents_state_and_a_second_one_is_shown_as_a_failed_core() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FaultyClock { system: SystemClock::new(), panics: AtomicBool::new(false) });
    let given = Given { after_sign_in: Some(SignInPolicy::Available), ..Given::default() };
    let desk = Desk::open_as(folder.path(), Vault::memory(), given, |parts| parts.clock = Arc::<FaultyClock>::clone(&clock));
    desk.sign_in(&simulator, "demo-key", &["queue-1"]);
    desk.until(|snapshot| snapshot.label == Label::Available).await;
    clock.panics.store(true, Ordering::Relaxed);
    let restarted = |snapshot: &Snapshot| snapshot.notices.iter().any(|notice| notice.what == NoticeKind::CoreRestarted);
    desk.until(|snapshot| restarted(snapshot) && snapshot.label == Label::Available).await;
    assert_eq!(count(&simulator, "Login"), 1, "with the stored token");
    clock.panics.store(true, Ordering::Relaxed);
    let end =
        desk.until(|snapshot| snapshot.connection.problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::CoreFailed)).await;
    assert_eq!(end.label, Label::Unconfirmed, "not available");
    desk.close().await;
}
