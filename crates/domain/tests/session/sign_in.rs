use ringside_domain::*;

use crate::desk::*;

fn fail(desk: &mut Desk, code: ProblemCode, retryable: bool) {
    desk.answer(|request| matches!(request, Request::SignIn { .. }), Err(problem(code, retryable)));
}

fn begin(desk: &mut Desk) {
    let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
    desk.intent(Intent::SignIn { account, agent: agent(&["queue-1"]), accesskey: None });
}

#[test]
fn signing_in_joins_the_queues_wished_for() {
    let mut desk = Desk::new(start());
    assert_eq!(desk.snapshot().sign_in, SignInView::SignedOut);
    desk.sign_in(&["queue-1", "queue-2"]);
    assert_eq!(desk.snapshot().sign_in, SignInView::SignedIn { company: "Acme".into() });
    assert!(desk.is_asked(|request| is_join(request, "queue-1")));
    assert!(desk.is_asked(|request| is_join(request, "queue-2")));
    assert!(desk.is_asked(|request| matches!(request, Request::ListQueues)));
}

#[test]
fn a_wrong_accesskey_is_shown_and_not_tried_again() {
    let mut desk = Desk::new(start());
    begin(&mut desk);
    fail(&mut desk, ProblemCode::WrongAccesskey, false);
    let SignInView::Failed { problem, next_try_at: None } = desk.snapshot().sign_in.clone() else { panic!() };
    assert_eq!(problem.code, ProblemCode::WrongAccesskey);
    assert_eq!(desk.snapshot().connection.state, ConnectionState::Failed);
    desk.pass_seconds(3600);
    assert!(desk.asked.is_empty(), "A3: no login in a loop");
}

#[test]
fn an_unreachable_platform_is_tried_again_with_growing_pauses() {
    let mut desk = Desk::new(start());
    begin(&mut desk);
    let mut pauses = Vec::new();
    for _ in 0..8 {
        fail(&mut desk, ProblemCode::Unreachable, true);
        assert_eq!(desk.snapshot().label, Label::Unconfirmed, "the platform may still have the agent in the queue");
        let next = desk.session.next_deadline().unwrap();
        pauses.push((next - desk.now.mono).as_secs_f64());
        desk.pass(next - desk.now.mono);
    }
    // Each pause is in the upper half of its bound, and the bounds double up to a minute.
    for (pause, bound) in pauses.iter().zip([2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]) {
        assert!((bound * 0.5..=bound).contains(pause), "{pauses:?}");
    }
}

#[test]
fn retry_signs_in_at_once() {
    let mut desk = Desk::new(start());
    begin(&mut desk);
    fail(&mut desk, ProblemCode::Unreachable, true);
    desk.intent(Intent::Retry);
    assert!(desk.is_asked(|request| matches!(request, Request::SignIn { .. })));
}

#[test]
fn a_restart_signs_in_by_itself_unless_the_agent_signed_out() {
    let saved = SavedState {
        account: Some(Account { url: "https://call.example.com/".into(), appid: "acme".into() }),
        agent: Some(agent(&["queue-1"])),
        ..SavedState::default()
    };
    let desk = Desk::new(Start { saved: saved.clone(), ..start() });
    assert!(desk.is_asked(|request| matches!(request, Request::SignIn { accesskey: None, .. })));
    let desk = Desk::new(Start { saved: SavedState { signed_out: true, ..saved }, ..start() });
    assert!(desk.asked.is_empty(), "a signed-out agent stays signed out");
    assert_eq!(desk.snapshot().agent.extension.0, OWN, "the extension need not be typed again");
}

#[test]
fn signing_out_leaves_the_queues_and_ignores_late_answers() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(30);
    let late = desk.asked.remove(0).0;
    desk.intent(Intent::SignOut);
    let left = |request: &Request| matches!(request, Request::LeaveQueue { queue, .. } if queue.0 == "queue-1");
    assert!(desk.is_asked(left));
    desk.apply(Input::Answered { id: late, outcome: Ok(seats(&QueueName("queue-1".into()), SeatState::Waiting)) });
    assert_eq!(desk.snapshot().label, Label::SignedOut);
    assert!(desk.snapshot().queues.is_empty());
    assert!(desk.saved.signed_out);
}

#[test]
fn a_queue_that_cannot_be_joined_shows_the_reason() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Err(problem(ProblemCode::ExtensionUnknown, false)));
    let snapshot = desk.snapshot();
    assert!(matches!(&snapshot.queues[0].membership, Membership::Failed { problem } if problem.code == ProblemCode::ExtensionUnknown));
    assert_eq!(snapshot.phone, Phone::NotFound);
}

#[test]
fn after_a_new_join_the_sign_in_policy_applies() {
    for (policy, busy) in [(SignInPolicy::Busy, true), (SignInPolicy::Available, false)] {
        let mut desk = Desk::new(start());
        desk.change(SettingChange::AfterSignIn(policy));
        desk.sign_in(&["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
        assert!(desk.is_asked(|request| matches!(request, Request::SetSeat { busy: asked, .. } if *asked == busy)));
    }
}

#[test]
fn a_revoked_account_stops_the_polling() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(15);
    desk.answer_where(|_| true, |_| Err(problem(ProblemCode::AppidExpired, false)));
    assert!(matches!(desk.snapshot().sign_in, SignInView::Failed { .. }));
    desk.pass_seconds(600);
    assert!(desk.asked.is_empty());
}

#[test]
fn no_secret_is_in_the_snapshot() {
    let mut desk = Desk::new(start());
    let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
    let accesskey = Some(secrecy::SecretString::from("sesame-open"));
    desk.intent(Intent::SignIn { account, agent: agent(&[]), accesskey });
    desk.apply(Input::Report(ShellReport::Listening {
        url: "http://127.0.0.1:7780/callbacks/sesame-open".into(),
        shown: "http://127.0.0.1:7780/callbacks/••••".into(),
        public: false,
    }));
    let text = serde_json::to_string(&*desk.snapshot()).unwrap();
    assert!(!text.contains("sesame"), "{text}");
    assert!(!format!("{:?}", desk.session).contains("sesame"), "a secret is in the Debug output");
}

#[test]
fn the_time_of_the_last_answer_is_updated_every_ten_seconds() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let told = |desk: &Desk| desk.snapshot().connection.answer_at.unwrap();
    let mut last = told(&desk);
    let mut moved = 0;
    for _ in 0..40 {
        desk.answer_phone(phone(PhoneState::Idle));
        let at = told(&desk);
        let ago = desk.now.wall.since(last).as_secs_f64();
        assert!(if at == last { ago < 10.1 } else { ago > 9.9 }, "{ago} s after the last change");
        moved += usize::from(at != last);
        last = at;
    }
    assert!(moved > 1);
}

#[test]
fn the_queues_of_the_account_are_shown_with_their_remarks() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    let offered = vec![OfferedQueue { name: QueueName("queue-1".into()), remark: "Sales".into() }];
    let snapshot = desk.answer(|request| matches!(request, Request::ListQueues), Ok(Outcome::Queues(offered.clone())));
    assert_eq!((&snapshot.offered, snapshot.queues[0].remark.as_str()), (&offered, "Sales"));
}

/// The queues are left in the name of the agent who signed out; the answers do not concern the next agent.
#[test]
fn answers_after_a_sign_out_do_not_change_the_connections_state() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    let before = desk.snapshot().connection.clone();
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Err(problem(ProblemCode::Unreachable, true)));
    assert_eq!(desk.snapshot().connection, before);
}

#[test]
fn a_sign_out_removes_the_agents_notices_and_keeps_those_of_the_computer() {
    let set_aside = problem(ProblemCode::SetAside, false);
    let mut desk = Desk::new(Start { set_aside: Some(set_aside), ..start() });
    desk.sign_in(&["queue-1"]);
    desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!(desk.leg(leg(LegStatus::Hangup, "a")).notices.len(), 2);
    let snapshot = desk.intent(Intent::SignOut);
    assert!(matches!(&snapshot.notices[..], [Notice { what: NoticeKind::SetAside { .. }, .. }]), "{:?}", snapshot.notices);
}

#[test]
fn a_new_wish_removes_only_the_notice_of_the_earlier_one() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.intent(wish(Wish::Busy { reason: None }));
    desk.answer(|request| matches!(request, Request::SetSeat { .. }), Err(problem(ProblemCode::Refused, false)));
    assert_eq!(desk.snapshot().notices.len(), 2);
    let snapshot = desk.intent(wish(Wish::Busy { reason: None }));
    assert!(matches!(&snapshot.notices[..], [Notice { what: NoticeKind::Missed { .. }, .. }]), "{:?}", snapshot.notices);
}

#[test]
fn only_the_last_six_notices_are_kept() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for place in 0..9 {
        let number = format!("01390000000{place}");
        for status in [LegStatus::Ring, LegStatus::Hangup] {
            desk.leg(LegEvent { callee: number.clone(), ..leg(status, &number) });
        }
    }
    let ids: Vec<u64> = desk.snapshot().notices.iter().map(|notice| notice.id).collect();
    assert_eq!(ids, [4, 5, 6, 7, 8, 9]);
}
