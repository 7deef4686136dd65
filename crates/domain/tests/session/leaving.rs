use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

/// A desk that is available, with this choice for all occasions.
fn desk(farewell: Farewell) -> Desk {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    desk.leave_by(farewell);
    desk.set(Wish::Available);
    desk
}

fn is_leave(request: &Request) -> bool {
    matches!(request, Request::LeaveQueue { .. })
}

fn report(desk: &mut Desk, report: ShellReport) {
    desk.apply(Input::Report(report));
}

#[test]
fn nothing_is_sent_unless_the_agent_chose_it() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    assert_eq!(desk.snapshot().settings.leaving, Leaving::default());
    for occasion in [Occasion::Quit, Occasion::LogOff, Occasion::Sleep] {
        report(&mut desk, ShellReport::Leaving(occasion));
    }
    assert!(!desk.is_asked(is_setting) && !desk.is_asked(is_leave));
}

#[test]
fn each_occasion_has_its_own_setting() {
    for (occasion, busy, out) in [(Occasion::Quit, false, true), (Occasion::LogOff, true, false), (Occasion::Sleep, false, false)] {
        let mut desk = desk(Farewell::Stay);
        desk.change(SettingChange::OnQuit(Farewell::SignOut));
        desk.change(SettingChange::OnLogOff(Farewell::Busy));
        report(&mut desk, ShellReport::Leaving(occasion));
        assert_eq!((desk.is_asked(is_setting), desk.is_asked(is_leave)), (busy, out), "{occasion:?}");
    }
}

#[test]
fn leaving_makes_the_agent_busy_but_keeps_a_break() {
    let mut desk = desk(Farewell::Busy);
    report(&mut desk, ShellReport::Leaving(Occasion::Quit));
    desk.accept_settings();
    desk.answer_seats(SeatState::Paused);
    let later = desk.restarted(SeatState::Paused).snapshot();
    assert_eq!((later.label, later.wish.set.unwrap().by), (Label::Busy, SetBy::Leaving));

    desk.set(Wish::Busy { reason: Some("Lunch".into()) });
    report(&mut desk, ShellReport::Leaving(Occasion::Quit));
    assert!(!desk.is_asked(is_setting));
    assert_eq!(desk.restarted(SeatState::Paused).snapshot().reason.as_deref(), Some("Lunch"));
}

#[test]
fn a_sleep_leaves_the_queues_and_waking_joins_them_by_the_sign_in_policy() {
    let mut desk = desk(Farewell::SignOut);
    report(&mut desk, ShellReport::Leaving(Occasion::Sleep));
    desk.answer(is_leave, Ok(Outcome::Done));
    assert!(desk.snapshot().queues.is_empty());
    assert_eq!(desk.saved.agent.as_ref().unwrap().queues, [QueueName("queue-1".into())], "the queue is still wished for");
    report(&mut desk, ShellReport::Awake);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    let told = desk.asked.iter().find_map(|(_, request)| match request {
        Request::SetSeat { busy, .. } => Some(*busy),
        _ => None,
    });
    assert_eq!(told, Some(true), "an agent who was available is busy after waking");
}

#[test]
fn from_a_sleep_to_the_next_reading_the_state_is_unconfirmed() {
    let mut desk = desk(Farewell::Stay);
    assert_eq!(desk.snapshot().label, Label::Available);
    report(&mut desk, ShellReport::Leaving(Occasion::Sleep));
    assert_eq!(desk.snapshot().label, Label::Unconfirmed, "so that no old state is shown on waking");
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    desk.now.wall = desk.now.wall.plus(Duration::from_secs(3600));
    report(&mut desk, ShellReport::Awake);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    desk.answer_seats(SeatState::Paused);
    assert_eq!(desk.snapshot().label, Label::Busy);
}

#[test]
fn an_announced_sleep_that_does_not_come_is_over_after_a_while() {
    let mut desk = desk(Farewell::Stay);
    report(&mut desk, ShellReport::Leaving(Occasion::Sleep));
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    for _ in 0..10 {
        desk.answer_seats(SeatState::Waiting);
    }
    assert_eq!(desk.snapshot().label, Label::Available);
}

#[test]
fn a_card_from_before_a_sleep_is_hidden_until_a_reading_shows_the_ring() {
    let mut desk = desk(Farewell::Stay);
    desk.leg(leg(LegStatus::Ring, "a"));
    assert!(desk.snapshot().calls[0].card);
    desk.now.wall = desk.now.wall.plus(Duration::from_secs(3600));
    desk.now.mono += Duration::from_secs(2);
    report(&mut desk, ShellReport::Awake);
    assert!(!desk.snapshot().calls[0].card, "T20");
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    desk.answer_phone(phone(PhoneState::Idle));
    assert!(desk.snapshot().calls.is_empty());
}
