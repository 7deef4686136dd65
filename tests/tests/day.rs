//! The agent's day without a window: real HTTP, a real database, the simulated platform, a clock that the tests turn.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use ringside_domain::{Availability, BreakStage, ConnectionState, Label, SetBy};
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
