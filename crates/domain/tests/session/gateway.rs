//! A desk behind the company's gateway.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const DAY: Duration = Duration::from_secs(86_400);

pub fn account() -> Account {
    Account { url: "https://call.example.com/".into(), appid: "acme".into() }
}

/// What the gateway says of a desk of one agent.
pub fn personal() -> Enrolment {
    Enrolment { account: account(), extension: Extension(OWN.into()), agent_id: "10".into(), ..Enrolment::default() }
}

pub fn hot() -> Enrolment {
    Enrolment { agent_id: String::new(), hot: true, ..personal() }
}

pub fn gateway(enrolment: Option<Enrolment>) -> GatewayStart {
    GatewayStart { shown: "gateway.example.com".into(), state: GatewayState::Connecting, enrolment, code: None }
}

pub fn start_with(gateway: GatewayStart) -> Start {
    Start { gateway: Some(gateway), ..start() }
}

pub fn is_sign_in(request: &Request) -> bool {
    matches!(request, Request::SignIn { .. })
}

pub fn signed_in() -> Result<Outcome, Problem> {
    Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() })
}

pub fn say(desk: &mut Desk, state: GatewayState) {
    desk.apply(Input::Report(ShellReport::Gateway { state, problem: None }));
}

/// A desk that is enrolled, signed in, and in queue-1 with its seat in this state.
pub fn in_queue(state: SeatState) -> Desk {
    let saved = SavedState { account: Some(account()), agent: Some(agent(&["queue-1"])), ..SavedState::default() };
    let mut desk = Desk::new(Start { saved, ..start_with(gateway(Some(personal()))) });
    say(&mut desk, GatewayState::Reached);
    desk.answer(is_sign_in, signed_in());
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    desk.answer_seats(state);
    desk
}

/// The gateway passes on what it received this long ago.
fn pass_on(desk: &mut Desk, signal: Signal, age: Duration, backlog: bool) {
    let payload = format!("{signal:?}");
    let Delivery::Events { events, flaw, path, .. } = event(signal, payload) else { unreachable!() };
    let passed = Some(Passed { received_at: desk.now.wall.minus(age), backlog });
    desk.apply(Input::Delivery(Delivery::Events { events, flaw, path, passed }));
}

pub fn unreachable() -> Problem {
    Problem::new(ProblemCode::GatewayUnreachable, "", true).known_not_done(true)
}

#[test]
fn g5_a_backlog_of_days_rings_nobody_and_makes_no_way_alive() {
    let mut desk = in_queue(SeatState::Waiting);
    let before = desk.snapshot();
    for (place, status) in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup].into_iter().enumerate() {
        let age = 3 * DAY - Duration::from_secs(place as u64);
        pass_on(&mut desk, Signal::Leg(leg(status, "old")), age, true);
        let now = desk.snapshot();
        assert!(now.calls.is_empty() && now.recent.is_empty() && now.notices.is_empty() && now.wrap_up.is_none(), "{status:?}");
        assert_eq!((now.label, now.connection.callbacks_alive, now.ways.callbacks_since), (before.label, false, None));
    }
    assert_eq!(desk.appended.len(), 3, "all are stored");
    // Also without the word that it is a backlog: the gateway's outbox was emptied late.
    pass_on(&mut desk, Signal::Leg(leg(LegStatus::Ring, "late")), Duration::from_secs(31), false);
    assert!(desk.snapshot().calls.is_empty() && !desk.snapshot().connection.callbacks_alive);

    let began = desk.now.wall.minus(3 * DAY);
    pass_on(&mut desk, Signal::Record(record(Some("old"), began)), 3 * DAY, true);
    assert_eq!(desk.log().into_values().map(|call| call.uuid.unwrap()).collect::<Vec<_>>(), ["old"], "the bill enters the call in the log");
    assert!(!desk.snapshot().connection.callbacks_alive && desk.snapshot().notices.is_empty());
}

#[test]
fn g5_ten_thousand_old_callbacks_leave_the_desk_as_it_was() {
    let mut desk = in_queue(SeatState::Waiting);
    let before = desk.snapshot();
    for place in 0..10_000 {
        let status = [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup][place % 3];
        pass_on(&mut desk, Signal::Leg(leg(status, &format!("old-{}", place / 3))), DAY, true);
    }
    assert_eq!(desk.snapshot().revision, before.revision);
    assert_eq!((desk.appended.len(), desk.saved_calls.len()), (10_000, 0));
}

#[test]
fn a_ring_that_was_fetched_after_a_short_gap_gets_a_card_unless_its_end_follows() {
    let mut desk = in_queue(SeatState::Waiting);
    pass_on(&mut desk, Signal::Leg(leg(LegStatus::Ring, "over")), Duration::from_secs(4), true);
    assert!(!desk.snapshot().calls[0].card, "its end may follow");
    pass_on(&mut desk, Signal::Leg(leg(LegStatus::Hangup, "over")), Duration::from_secs(2), true);
    assert!(desk.snapshot().calls.is_empty());
    assert!(matches!(desk.snapshot().notices[0].what, NoticeKind::Missed { .. }));

    pass_on(&mut desk, Signal::Leg(leg(LegStatus::Ring, "on")), Duration::from_secs(4), true);
    desk.pass(Duration::from_millis(3100));
    assert!(desk.snapshot().calls[0].card, "nothing has denied it");
    desk.leg(leg(LegStatus::Hangup, "on"));

    pass_on(&mut desk, Signal::Leg(leg(LegStatus::Ring, "seen")), Duration::from_secs(4), true);
    desk.answer_phone(phone_with(PhoneState::Ringing, "013387525701"));
    assert!(desk.snapshot().calls[0].card, "the phone rings");
    assert_eq!(desk.snapshot().connection.callback_at, Some(desk.now.wall.second()));
}

#[test]
fn an_old_end_ends_the_call_of_the_last_run_at_its_time_and_begins_no_after_call_work() {
    let mut desk = in_queue(SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    let rules = WrapUpRules { seconds: 30, ..WrapUpRules::default() };
    let (saved, calls) = (desk.saved.clone(), desk.log().into_values().collect());
    let start = Start { saved, calls, wrap_up: rules, next_call_id: 9, ..start_with(gateway(Some(personal()))) };
    let mut later = Desk::new(start);
    later.now = desk.now;
    later.answer(is_sign_in, signed_in());
    later.pass_seconds(3600);
    assert_eq!(later.snapshot().label, Label::OnCall);
    let ended_at = later.now.wall.minus(Duration::from_secs(3000));
    pass_on(&mut later, Signal::Leg(leg(LegStatus::Hangup, "a")), Duration::from_secs(3000), true);
    assert!(later.snapshot().calls.is_empty() && later.snapshot().wrap_up.is_none());
    assert_eq!(later.log().into_values().next().unwrap().ended_at, Some(ended_at));
}

#[test]
fn rings_come_by_the_gateway_while_callbacks_of_the_company_come() {
    let mut desk = in_queue(SeatState::Waiting);
    assert_eq!(desk.snapshot().ways.callbacks_since, None);
    for age in [3600, 301] {
        desk.apply(Input::Report(ShellReport::CompanyCallback(desk.now.wall.minus(Duration::from_secs(age)))));
        assert_eq!(desk.snapshot().ways.callbacks_since, None, "{age} s ago");
    }
    desk.apply(Input::Report(ShellReport::CompanyCallback(desk.now.wall.minus(Duration::from_secs(200)))));
    assert_eq!(desk.snapshot().ways.callbacks_since, Some(desk.now.wall));
    desk.pass_seconds(101);
    assert_eq!(desk.snapshot().ways.callbacks_since, None, "five minutes after the company's last callback");
    // By a wrong clock it lies in the future.
    desk.apply(Input::Report(ShellReport::CompanyCallback(desk.now.wall.plus(DAY))));
    assert_eq!(desk.snapshot().connection.callback_at, Some(desk.now.wall.second()));

    pass_on(&mut desk, Signal::Leg(leg(LegStatus::Ring, "a")), Duration::from_millis(2), false);
    assert!(desk.snapshot().calls[0].card, "at once");
    assert_eq!(desk.snapshot().ways.rings[0].by, Way::Gateway);
}

#[test]
fn while_the_gateway_is_away_nothing_stays_confirmed_and_a_wish_is_refused_at_once() {
    let mut desk = in_queue(SeatState::Paused);
    desk.apply(Input::Report(ShellReport::CompanyCallback(desk.now.wall)));
    assert_eq!((desk.snapshot().label, desk.snapshot().connection.state), (Label::Busy, ConnectionState::Connected));
    say(&mut desk, GatewayState::Away);
    let lost = desk.now.wall;
    let now = desk.snapshot();
    assert_eq!(
        (now.connection.state, now.connection.callbacks_alive, now.ways.callbacks_since),
        (ConnectionState::Disconnected, false, None)
    );
    assert_eq!(now.connection.problem.as_ref().unwrap().code, ProblemCode::GatewayUnreachable);
    assert_eq!((now.gateway.as_ref().unwrap().state, now.gateway.as_ref().unwrap().since), (GatewayState::Away, lost));
    desk.answer_where(|_| true, |_| Err(unreachable()));
    desk.pass_seconds(30);
    assert_eq!(desk.snapshot().label, Label::Unconfirmed);

    let now = desk.intent(wish(Wish::Available));
    let WishProgress::RolledBack { problem, .. } = &now.wish.progress else { panic!("{:?}", now.wish) };
    assert_eq!((problem.code, now.wish.wish.as_ref()), (ProblemCode::GatewayUnreachable, None), "at once");
    assert!(now.notices.iter().any(|notice| matches!(notice.what, NoticeKind::RolledBack { .. })), "and it says so");
    desk.answer_where(|_| true, |_| Err(unreachable()));
    desk.pass_seconds(60);
    assert!(!desk.is_asked(is_setting), "it is not carried out later");

    desk.answer_where(|_| true, |_| Err(unreachable()));
    say(&mut desk, GatewayState::Reached);
    desk.answer_seats(SeatState::Paused);
    assert_eq!((desk.snapshot().label, desk.snapshot().connection.state), (Label::Busy, ConnectionState::Connected));
    desk.set(Wish::Available);
    assert_eq!(desk.snapshot().label, Label::Available);
}

#[test]
fn a_wish_whose_request_finds_no_leader_is_refused_at_once() {
    let mut desk = in_queue(SeatState::Paused);
    desk.intent(wish(Wish::Available));
    let now = desk.answer(is_setting, Err(unreachable()));
    assert!(matches!(now.wish.progress, WishProgress::RolledBack { .. }), "{:?}", now.wish);
    desk.pass_seconds(20);
    assert!(!desk.is_asked(is_setting));

    say(&mut desk, GatewayState::NoLeader);
    desk.apply(Input::Report(ShellReport::CompanyCallback(desk.now.wall)));
    assert!(desk.snapshot().connection.callbacks_alive, "rings still come");
    let now = desk.intent(wish(Wish::Available));
    assert!(matches!(now.wish.progress, WishProgress::RolledBack { .. }));
}

#[test]
fn a_gateway_that_has_no_time_is_reached_all_the_same() {
    let mut desk = in_queue(SeatState::Paused);
    desk.intent(wish(Wish::Available));
    let busy = Problem::new(ProblemCode::GatewayBusy, "", true).known_not_done(true);
    let now = desk.answer(is_setting, Err(busy));
    assert_eq!((now.connection.state, now.connection.problem.as_ref(), now.label), (ConnectionState::Connected, None, Label::Busy));
}

#[test]
fn a_desk_behind_a_gateway_never_says_that_it_asks_the_platform() {
    let desk = in_queue(SeatState::Waiting);
    let now = desk.snapshot();
    assert_eq!((now.connection.state, now.connection.callbacks_alive), (ConnectionState::Connected, false));
    assert_eq!(now.ways.asking, None);
}

#[test]
fn records_come_from_the_gateway_and_are_fetched_only_at_the_sign_in_and_after_a_gap() {
    let mut desk = in_queue(SeatState::Waiting);
    let is_records = |request: &Request| matches!(request, Request::ReadRecords { .. });
    desk.answer(is_records, Ok(Outcome::Records(vec![])));
    for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
        pass_on(&mut desk, Signal::Leg(leg(status, "a")), Duration::ZERO, false);
    }
    desk.pass_seconds(1200);
    assert!(!desk.is_asked(is_records), "the bill comes by itself");
    desk.apply(Input::Report(ShellReport::CallbacksGone));
    desk.wait_for(is_records);
    assert!(desk.is_asked(is_records));
}

#[test]
fn the_past_is_fetched_slowly_so_that_the_gateway_grants_what_a_person_wants() {
    let saved = SavedState { account: Some(account()), agent: Some(agent(&[])), ..SavedState::default() };
    let mut desk = Desk::new(Start { saved, ..start_with(gateway(Some(personal()))) });
    desk.fetched.clear();
    desk.answer(is_sign_in, signed_in());
    let mut asked = 0;
    for _ in 0..600 {
        desk.pass(Duration::from_millis(100));
        desk.answer_where(|request| matches!(request, Request::ReadRecords { .. }), |_| Ok(Outcome::Records(vec![])));
        asked = desk.snapshot().log.fetch.as_ref().map_or(0, |fetch| fetch.done);
    }
    assert!((5..=7).contains(&asked), "{asked} days within a minute");
}

#[test]
fn a_desk_behind_a_gateway_does_not_fetch_the_recordings_of_the_whole_company() {
    let mut saved = SavedState { account: Some(account()), agent: Some(agent(&[])), ..SavedState::default() };
    saved.settings.recordings.archive = Some(ArchiveScope::All);
    let desk = Desk::new(Start { saved, ..start_with(gateway(Some(personal()))) });
    assert_eq!(desk.snapshot().settings.recordings.archive, Some(ArchiveScope::Mine));
    let mut desk = desk;
    let now = desk.change(SettingChange::Archive(ArchiveScope::All));
    assert_eq!(now.settings.recordings.archive, Some(ArchiveScope::Mine));
}

#[test]
fn the_counts_of_the_other_agents_come_from_the_gateway() {
    let mut desk = in_queue(SeatState::Waiting);
    let others = Others { busy: 7, ..Others::default() };
    desk.pass_seconds(15);
    let reading = SeatsReading { queue: QueueName("queue-1".into()), seats: vec![seat(OWN, SeatState::Paused)], others: Some(others) };
    desk.answer(|request| matches!(request, Request::ReadSeats { .. }), Ok(Outcome::Seats(reading)));
    assert_eq!((desk.snapshot().queues[0].others, desk.snapshot().queues[0].seat), (others, Some(SeatState::Paused)));
}
