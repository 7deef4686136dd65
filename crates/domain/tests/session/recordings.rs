use std::time::Duration;

use ringside_domain::*;
use secrecy::ExposeSecret;

use crate::desk::*;

fn link(desk: &Desk, seconds: u64) -> Outcome {
    let expires_at = desk.now.wall.plus(Duration::from_secs(seconds));
    Outcome::Link(LinkAnswer { url: "https://call.example.com/f/abc".into(), expires_at })
}

#[test]
fn a_link_is_requested_on_demand_and_again_after_it_expired() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let at = desk.now.wall.minus(Duration::from_secs(600));
    desk.record(record(None, at));
    let call = desk.snapshot().recent[0].id;
    assert!(!desk.is_asked(|request| matches!(request, Request::FetchLink { .. })), "not requested before a person wants it (N13)");
    desk.intent(Intent::FetchLink { call });
    desk.intent(Intent::FetchLink { call });
    assert_eq!(desk.snapshot().link.as_ref().unwrap().state, LinkState::Asking);
    desk.answer(|request| matches!(request, Request::FetchLink { file } if file == "a.wav"), Ok(link(&desk, 300)));
    assert!(matches!(desk.snapshot().link.as_ref().unwrap().state, LinkState::Ready { .. }));
    assert_eq!(desk.session.recording_link(call).unwrap().expose_secret(), "https://call.example.com/f/abc");
    desk.pass_seconds(301);
    assert_eq!(desk.snapshot().link.as_ref().unwrap().state, LinkState::Expired);
    assert!(desk.session.recording_link(call).is_none());
    desk.intent(Intent::FetchLink { call });
    assert!(desk.is_asked(|request| matches!(request, Request::FetchLink { .. })));
}

#[test]
fn a_call_without_a_recording_shows_that() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    let call = desk.snapshot().recent[0].id;
    desk.intent(Intent::FetchLink { call });
    let snapshot = desk.snapshot();
    let Some(LinkView { state: LinkState::Failed { problem }, .. }) = &snapshot.link else { panic!() };
    assert_eq!(problem.code, ProblemCode::RecordingMissing);
}

#[test]
fn an_old_recording_is_looked_up_in_the_store() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let at = desk.now.wall.minus(Duration::from_secs(600));
    desk.record(record(None, at));
    let old = desk.saved_calls.clone();
    let mut later = Desk::new(Start { next_call_id: 500, ..start() });
    later.saved_calls = old;
    later.sign_in(&[]);
    let call = later.saved_calls[0].id;
    later.intent(Intent::FetchLink { call });
    assert!(later.is_asked(|request| matches!(request, Request::FetchLink { file } if file == "a.wav")));
    later.intent(Intent::FetchLink { call: CallId(499) });
    assert!(
        matches!(&later.snapshot().link.as_ref().unwrap().state, LinkState::Failed { problem } if problem.code == ProblemCode::RecordingMissing)
    );
}

#[test]
fn a_refused_link_shows_the_reason() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let at = desk.now.wall.minus(Duration::from_secs(600));
    desk.record(record(None, at));
    let call = desk.snapshot().recent[0].id;
    desk.intent(Intent::FetchLink { call });
    let refused = Err(problem(ProblemCode::LinkUnsafe, false));
    let snapshot = desk.answer(|request| matches!(request, Request::FetchLink { .. }), refused);
    let Some(LinkView { state: LinkState::Failed { problem }, .. }) = &snapshot.link else { panic!() };
    assert_eq!(problem.code, ProblemCode::LinkUnsafe);
}

#[test]
fn fc16_the_link_to_a_recording_without_a_name_is_the_address_in_its_bill() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let address = "https://r.example/x.mp3?key=1";
    let at = desk.now.wall.minus(Duration::from_secs(600));
    desk.record(CallRecord { recording: None, recording_url: Some(address.to_owned()), ..record(None, at) });
    let call = desk.snapshot().recent[0].id;
    desk.intent(Intent::FetchLink { call });
    assert!(matches!(desk.snapshot().link.as_ref().unwrap().state, LinkState::Ready { .. }));
    assert_eq!(desk.session.recording_link(call).unwrap().expose_secret(), address);
    assert!(!serde_json::to_string(&*desk.snapshot()).unwrap().contains("r.example"), "the address gives access to the recording");
    assert!(!desk.is_asked(|request| matches!(request, Request::FetchLink { .. })), "the recording has no name at the platform");
    desk.pass_seconds(301);
    assert!(desk.session.recording_link(call).is_none());
    desk.intent(Intent::FetchLink { call });
    assert!(desk.session.recording_link(call).is_some());
    desk.addresses.clear();
    desk.pass_seconds(301);
    desk.intent(Intent::FetchLink { call });
    let Some(LinkView { state: LinkState::Failed { problem }, .. }) = &desk.snapshot().link else { panic!() };
    assert_eq!(problem.code, ProblemCode::RecordingMissing);
}

#[test]
fn each_link_belongs_to_its_own_call() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    for uuid in ["a", "b"] {
        desk.record(CallRecord { record_id: Some(uuid.into()), recording: Some(uuid.into()), ..record(Some(uuid), desk.now.wall) });
        desk.pass_seconds(60);
    }
    let of = |desk: &Desk, uuid: &str| desk.log().into_values().find(|call| call.uuid.as_deref() == Some(uuid)).unwrap().id;
    let (first, second) = (of(&desk, "a"), of(&desk, "b"));
    desk.intent(Intent::FetchLink { call: first });
    desk.intent(Intent::FetchLink { call: second });
    let asks = |name: &'static str| move |request: &Request| matches!(request, Request::FetchLink { file } if file == name);
    let answer = link(&desk, 300);
    desk.answer(asks("a"), Ok(answer));
    assert!(matches!(desk.snapshot().link.as_ref().unwrap().state, LinkState::Asking), "the first call's link is not wanted any more");
    let answer = link(&desk, 300);
    desk.answer(asks("b"), Ok(answer));
    assert!(desk.session.recording_link(second).is_some() && desk.session.recording_link(first).is_none());
    // A late result of a look-up does not change a link that is ready.
    desk.apply(Input::Recording { call: second, found: Ok(None) });
    assert!(desk.session.recording_link(second).is_some());
    desk.apply(Input::Recording { call: first, found: Ok(None) });
    assert!(desk.session.recording_link(second).is_some());
}
