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
fn a_wrong_key_is_said_and_not_tried_again() {
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
        assert_eq!(desk.snapshot().label, Label::Unconfirmed, "the platform may still have us in the queue");
        let next = desk.session.next_deadline().unwrap();
        pauses.push((next - desk.now.mono).as_secs_f64());
        desk.pass(next - desk.now.mono);
    }
    // Each within the upper half of its bound, and the bounds double up to a minute.
    for (pause, bound) in pauses.iter().zip([2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]) {
        assert!((bound * 0.5..=bound).contains(pause), "{pauses:?}");
    }
}

#[test]
fn retry_does_not_wait() {
    let mut desk = Desk::new(start());
    begin(&mut desk);
    fail(&mut desk, ProblemCode::Unreachable, true);
    desk.intent(Intent::Retry);
    assert!(desk.is_asked(|request| matches!(request, Request::SignIn { .. })));
}

#[test]
fn a_restart_signs_in_without_a_question() {
    let saved = SavedState {
        account: Some(Account { url: "https://call.example.com/".into(), appid: "acme".into() }),
        agent: Some(agent(&["queue-1"])),
        ..SavedState::default()
    };
    let desk = Desk::new(Start { saved: saved.clone(), ..start() });
    assert!(desk.is_asked(|request| matches!(request, Request::SignIn { accesskey: None, .. })));
    let desk = Desk::new(Start { saved: SavedState { signed_out: true, ..saved }, ..start() });
    assert!(desk.asked.is_empty(), "who signed out stays signed out");
    assert_eq!(desk.snapshot().agent.extension.0, OWN, "but need not type it again");
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
fn a_queue_that_cannot_be_joined_says_why() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Err(problem(ProblemCode::ExtensionUnknown, false)));
    let snapshot = desk.snapshot();
    assert!(matches!(&snapshot.queues[0].membership, Membership::Failed { problem } if problem.code == ProblemCode::ExtensionUnknown));
    assert_eq!(snapshot.phone, Phone::NotFound);
}

#[test]
fn after_joining_anew_the_policy_holds() {
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
    assert!(!format!("{:?}", desk.session).contains("sesame"), "nor in what a log could print");
}
