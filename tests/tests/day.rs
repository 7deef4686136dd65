//! The agent's day without a window: real HTTP, a real database, the simulator, and a clock that the tests advance.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use ringside_domain::{
    BreakStage, CallId, ConnectionState, Farewell, Filter, Intent, Label, Note, NoteEdit, NoticeKind, Occasion, QueueName, SetBy,
    SettingChange, SignInPolicy, Timestamp, Wish, WishProgress,
};
use ringside_engine::{WishEnd, config::Given};
use ringside_simulator::{Fault, Party, RingSpec, SeatState, Simulator};
use ringside_tests::{Desk, OWN, PATIENCE, platform};
use ringside_vault::Vault;

const CUSTOMER: &str = "013387525701";

fn coffee() -> Wish {
    Wish::Busy { reason: Some("Coffee".into()) }
}

#[tokio::test]
async fn a_break_is_timed_survives_a_restart_and_warns_at_its_limit() {
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
    assert_eq!((again.reason.as_deref(), again.label_since), (Some("Coffee"), view.began_at), "the break continues");
    assert_eq!(again.wish.set.unwrap().by, SetBy::Tray);
    desk.clock.pass(Duration::from_secs(14 * 60));
    desk.until(|snapshot| snapshot.on_break.is_some_and(|on_break| on_break.stage == BreakStage::EndsSoon)).await;
    desk.clock.pass(Duration::from_secs(60));
    desk.until(|snapshot| snapshot.on_break.is_some_and(|on_break| on_break.stage == BreakStage::Over)).await;
    assert_eq!(desk.handle.wish(Wish::Available, SetBy::Window).await, WishEnd::Confirmed);
    assert_eq!(desk.now().on_break, None);
}

#[tokio::test]
async fn a_change_made_at_the_platform_is_shown_as_such() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    assert_eq!(desk.now().wish.set.unwrap().by, SetBy::SignIn);
    assert_eq!(desk.handle.wish(coffee(), SetBy::CommandLine).await, WishEnd::Confirmed);
    simulator.set_seat("queue-1", OWN, SeatState::Waiting);
    desk.clock.pass(Duration::from_secs(11));
    let changed = desk.until(|snapshot| snapshot.label == Label::Available).await;
    assert_eq!((changed.wish.set.unwrap().by, changed.on_break), (SetBy::Platform, None));
}

#[tokio::test]
async fn a_break_that_the_platform_forgot_during_a_short_outage_is_restored() {
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

fn leave_by(desk: &Desk, farewell: Farewell) {
    for change in [SettingChange::OnQuit, SettingChange::OnLogOff, SettingChange::OnSleep] {
        desk.handle.intent(Intent::ChangeSettings { change: change(farewell) });
    }
}

#[tokio::test]
async fn a_quit_first_makes_the_agent_busy_or_leaves_the_queues_if_set() {
    for (farewell, seat) in
        [(Farewell::Stay, Some(SeatState::Waiting)), (Farewell::Busy, Some(SeatState::Paused)), (Farewell::SignOut, None)]
    {
        let simulator = platform().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::available(folder.path(), &simulator, &["queue-1", "queue-2"]).await;
        leave_by(&desk, farewell);
        desk.handle.take_leave(Occasion::Quit).await;
        for queue in ["queue-1", "queue-2"] {
            assert_eq!(simulator.seat(queue, OWN), seat, "{farewell:?}");
        }
        let vault = desk.vault.clone();
        desk.close().await;
        let again = Desk::open(folder.path(), vault);
        let label = if farewell == Farewell::Busy { Label::Busy } else { Label::Available };
        let snapshot = again.until(|snapshot| snapshot.label == label).await;
        assert_eq!(snapshot.queues.len(), 2, "the queues are joined again");
    }
}

#[tokio::test]
async fn leaving_is_given_up_if_the_platform_does_not_answer() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    leave_by(&desk, Farewell::Busy);
    simulator.fault("*", Fault::Timeout, None);
    let leave = tokio::spawn({
        let handle = desk.handle.clone();
        async move { handle.take_leave(Occasion::Sleep).await }
    });
    desk.until(|snapshot| snapshot.label == Label::Unconfirmed).await;
    desk.clock.pass(Duration::from_secs(11));
    tokio::time::timeout(PATIENCE, leave).await.expect("leaving was given up").unwrap();
    desk.close().await;
}

/// A call from its ring to its end. Returns its id.
async fn call(simulator: &Simulator, desk: &Desk, customer: &str) -> CallId {
    let call = talk(simulator, desk, customer).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    let over = desk.until(|snapshot| snapshot.calls.is_empty() && snapshot.wrap_up.is_some()).await;
    over.wrap_up.as_ref().unwrap().call
}

async fn talk(simulator: &Simulator, desk: &Desk, customer: &str) -> ringside_simulator::CallId {
    let call = simulator.ring(RingSpec::predictive(OWN, customer, "queue-1"));
    desk.until(|snapshot| snapshot.label == Label::Ringing).await;
    simulator.answer(call).unwrap();
    desk.until(|snapshot| snapshot.label == Label::OnCall).await;
    call
}

/// The note of a call on disk, when it satisfies `holds`.
async fn noted(desk: &Desk, call: CallId, holds: impl Fn(&Note) -> bool) -> Note {
    loop {
        let revision = desk.now().log.revision;
        let row = desk.handle.log_row(call).await.unwrap().unwrap();
        if holds(&row.note) {
            return row.note;
        }
        desk.until(|snapshot| snapshot.log.revision > revision).await;
    }
}

async fn to_do(desk: &Desk) -> u64 {
    let filter = Filter { to_do: true, ..Filter::default() };
    desk.handle.log_counts(filter, vec![Timestamp(0), Timestamp(i64::MAX)]).await.unwrap()[0]
}

#[tokio::test]
async fn a_required_disposition_holds_the_next_call_until_it_is_set() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let given = Given { disposition_required: Some(vec![QueueName("queue-1".into())]), ..Given::default() };
    let mut desk = Desk::open_with(folder.path(), Vault::memory(), given);
    desk.listen(&simulator).await;
    desk.handle.intent(Intent::ChangeSettings { change: SettingChange::AfterSignIn(SignInPolicy::Available) });
    desk.sign_in(&simulator, "demo-key", &["queue-1"]);
    desk.until(|snapshot| snapshot.label == Label::Available).await;
    let id = call(&simulator, &desk, CUSTOMER).await;
    assert_eq!(desk.now().wrap_up.as_ref().unwrap().until, desk.now().held_until, "the queue's own ten seconds");
    desk.handle.intent(Intent::FinishWrapUp);
    desk.clock.pass(Duration::from_secs(8));
    desk.until(|snapshot| snapshot.label == Label::WrapUp && snapshot.wish.set.unwrap().by == SetBy::WrapUp).await;
    desk.until(|snapshot| snapshot.wish.progress == WishProgress::Settled).await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Paused));
    desk.clock.pass(Duration::from_secs(60));
    desk.until(|snapshot| snapshot.label == Label::WrapUp && snapshot.wrap_up.as_ref().is_some_and(|wrap_up| wrap_up.until.is_none()))
        .await;

    desk.handle.intent(Intent::EditNote { call: id, edit: NoteEdit::Disposition { disposition: Some("Sold".into()) } });
    desk.handle.intent(Intent::FinishWrapUp);
    desk.until(|snapshot| snapshot.label == Label::Available && snapshot.wrap_up.is_none()).await;
    assert_eq!(simulator.seat("queue-1", OWN), Some(SeatState::Waiting));
    let note = noted(&desk, id, |note| note.wrapped_up_at.is_some()).await;
    assert_eq!((note.disposition.as_deref(), note.owed_at), (Some("Sold"), None));
    assert_eq!(to_do(&desk).await, 0);
}

#[tokio::test]
async fn a_wrap_up_that_the_next_call_or_a_quit_breaks_off_is_to_do_with_its_note() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    let first = call(&simulator, &desk, CUSTOMER).await;
    desk.handle.intent(Intent::EditNote { call: first, edit: NoteEdit::Text { text: "wants to be ca".into() } });
    let second = call(&simulator, &desk, "013387525702").await;
    desk.handle.intent(Intent::EditNote { call: second, edit: NoteEdit::Text { text: "asks for".into() } });
    desk.until(|snapshot| snapshot.log.to_do == 1).await;
    let vault = desk.vault.clone();
    desk.close().await;

    let desk = Desk::open(folder.path(), vault);
    desk.until(|snapshot| snapshot.log.to_do == 2).await;
    assert_eq!(to_do(&desk).await, 2);
    for (id, text) in [(first, "wants to be ca"), (second, "asks for")] {
        let note = desk.handle.log_row(id).await.unwrap().unwrap().note;
        assert_eq!(note.text, text);
        assert!(note.owed_at.is_some());
        desk.handle.intent(Intent::EditNote { call: id, edit: NoteEdit::Done { done: true } });
    }
    desk.until(|snapshot| snapshot.log.to_do == 0).await;
}

#[tokio::test]
async fn misses_are_counted_down_until_the_platform_sets_busy_and_are_to_do() {
    let simulator = platform().await;
    simulator.set_max_no_answer("queue-1", 2);
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    desk.clock.pass(Duration::from_secs(11));
    desk.until(|snapshot| snapshot.queues[0].misses_left == Some(2)).await;
    let miss = async |customer: &str| {
        let call = simulator.ring(RingSpec::predictive(OWN, customer, "queue-1"));
        desk.until(|snapshot| snapshot.label == Label::Ringing).await;
        simulator.miss(call).unwrap();
        desk.until(|snapshot| snapshot.calls.is_empty()).await;
        desk.clock.pass(Duration::from_secs(11));
    };
    miss(CUSTOMER).await;
    let last = desk.until(|snapshot| snapshot.queues[0].misses_left == Some(1)).await;
    assert_eq!((last.queues[0].missed, last.label), (1, Label::Available));
    desk.until(|snapshot| snapshot.log.to_do == 1).await;
    miss("013387525702").await;
    let benched = desk.until(|snapshot| snapshot.label == Label::Busy).await;
    assert!(benched.notices.iter().any(|notice| matches!(notice.what, NoticeKind::Benched { .. })), "{:?}", benched.notices);
    assert_eq!(benched.notices.iter().filter(|notice| matches!(notice.what, NoticeKind::Missed { .. })).count(), 2);
    assert_eq!(benched.wish.set.unwrap().by, SetBy::Platform);
    desk.until(|snapshot| snapshot.log.to_do == 2).await;
    assert_eq!(desk.handle.wish(Wish::Available, SetBy::Window).await, WishEnd::Confirmed);
}
