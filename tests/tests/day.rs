//! The agent's day without a window: real HTTP, a real database, the simulated platform, a clock that the tests turn.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use ringside_domain::{
    Availability, BreakStage, ConnectionState, Farewell, Intent, Label, Leaving, Occasion, SetBy, Settings, SignInPolicy,
};
use ringside_engine::WishEnd;
use ringside_simulator::{Fault, SeatState};
use ringside_tests::{Desk, OWN, platform};

fn coffee() -> Availability {
    Availability::Busy { reason: Some("Coffee".into()) }
}

#[tokio::test]
async fn a_break_is_timed_kept_over_a_restart_and_warns_at_its_limit() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    assert_eq!(desk.handle.wish(coffee(), SetBy::Tray).await, WishEnd::Confirmed);
    let begun = desk.until(|snapshot| snapshot.label == Label::Break).await;
    let view = begun.on_break.unwrap();
    assert_eq!((view.stage, view.limit_at.unwrap().since(view.began_at).as_secs()), (BreakStage::Running, 900));
    let vault = desk.vault.clone();
    desk.close().await;

    let desk = Desk::open(folder.path(), vault);
    let again = desk.until(|snapshot| snapshot.label == Label::Break).await;
    assert_eq!((again.reason.as_deref(), again.label_since), (Some("Coffee"), view.began_at), "it goes on where it was");
    assert_eq!(again.availability.set.unwrap().by, SetBy::Tray);
    desk.clock.pass(Duration::from_secs(14 * 60));
    desk.until(|snapshot| snapshot.on_break.is_some_and(|on_break| on_break.stage == BreakStage::EndsSoon)).await;
    desk.clock.pass(Duration::from_secs(60));
    desk.until(|snapshot| snapshot.on_break.is_some_and(|on_break| on_break.stage == BreakStage::Over)).await;
    assert_eq!(desk.handle.wish(Availability::Available, SetBy::Window).await, WishEnd::Confirmed);
    assert_eq!(desk.now().on_break, None);
}

#[tokio::test]
async fn what_is_changed_at_the_platform_is_said_so() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    assert_eq!(desk.now().availability.set.unwrap().by, SetBy::SignIn);
    assert_eq!(desk.handle.wish(coffee(), SetBy::CommandLine).await, WishEnd::Confirmed);
    simulator.set_seat("queue-1", OWN, SeatState::Waiting);
    desk.clock.pass(Duration::from_secs(11));
    let changed = desk.until(|snapshot| snapshot.label == Label::Available).await;
    assert_eq!((changed.availability.set.unwrap().by, changed.on_break), (SetBy::Platform, None));
}

#[tokio::test]
async fn a_break_is_restored_after_a_short_loss_in_which_the_platform_forgot_it() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    assert_eq!(desk.handle.wish(coffee(), SetBy::Window).await, WishEnd::Confirmed);
    simulator.fault("*", Fault::Reset, None);
    desk.clock.pass(Duration::from_secs(11));
    desk.until(|snapshot| snapshot.label == Label::Unconfirmed && snapshot.connection.state == ConnectionState::Disconnected).await;
    simulator.set_seat("queue-1", OWN, SeatState::Waiting);
    desk.clock.pass(Duration::from_secs(60));
    simulator.clear_faults();
    desk.until(|snapshot| snapshot.label == Label::Break && snapshot.connection.state == ConnectionState::Connected).await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused));
}

fn leaving(farewell: Farewell) -> Intent {
    let leaving = Some(Leaving { quit: farewell, log_off: farewell, sleep: farewell });
    Intent::ChangeSettings { settings: Settings { leaving, after_sign_in: SignInPolicy::Available, ..Settings::default() } }
}

#[tokio::test]
async fn who_leaves_is_busy_or_out_of_the_queues_before_the_end() {
    for (farewell, seat) in
        [(Farewell::Stay, Some(SeatState::Waiting)), (Farewell::Busy, Some(SeatState::Paused)), (Farewell::SignOut, None)]
    {
        let simulator = platform().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::available(folder.path(), &simulator, &["queue-1", "queue-2"]).await;
        desk.handle.intent(leaving(farewell));
        desk.handle.take_leave(Occasion::Quit).await;
        for queue in ["queue-1", "queue-2"] {
            assert_eq!(simulator.seat(queue, OWN), seat, "{farewell:?}");
        }
        let vault = desk.vault.clone();
        desk.close().await;
        let again = Desk::open(folder.path(), vault);
        let label = if farewell == Farewell::Busy { Label::Busy } else { Label::Available };
        let snapshot = again.until(|snapshot| snapshot.label == label).await;
        assert_eq!(snapshot.queues.len(), 2, "the queues stay wished for");
    }
}

#[tokio::test]
async fn a_platform_that_does_not_answer_keeps_nobody() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    desk.handle.intent(leaving(Farewell::Busy));
    simulator.fault("*", Fault::Timeout, None);
    let leave = tokio::spawn({
        let handle = desk.handle.clone();
        async move { handle.take_leave(Occasion::Sleep).await }
    });
    desk.until(|snapshot| snapshot.label == Label::Unconfirmed).await;
    desk.clock.pass(Duration::from_secs(11));
    leave.await.unwrap();
    desk.close().await;
}
