use std::slice::from_ref;

use ringside_domain::*;

use super::super::cues::{Cue, Cues};

/// What a session that nobody is signed in to shows.
fn nothing() -> Snapshot {
    let now = Now { wall: Timestamp(1_700_000_000_000), mono: std::time::Duration::from_secs(100) };
    Snapshot::clone(&Session::new(Start::default(), now).0.snapshot())
}

fn call(id: u64, state: CallState) -> CallView {
    CallView {
        id: CallId(id),
        state,
        party: Party::Agent,
        card: state == CallState::Ringing,
        silenced: false,
        test: false,
        direction: Direction::Outgoing,
        method: Method::Predictive,
        queue: None,
        customer_number: "013387525701".into(),
        display_number: String::new(),
        member_id: None,
        customer_id: None,
        maturity: None,
        started_at: Timestamp(1_700_000_000_000),
        rang_at: None,
        answered_at: None,
        looked_up: true,
        last_contact: None,
    }
}

fn with(calls: &[CallView]) -> Snapshot {
    Snapshot { calls: calls.to_vec(), ..nothing() }
}

/// Cues that have heard of the settings, and of these calls.
fn after(calls: &[CallView]) -> Cues {
    let mut cues = Cues::default();
    cues.of(&with(calls));
    cues
}

#[test]
fn a_ring_begins_once_and_ends_with_each_terminal_event() {
    let ringing = call(1, CallState::Ringing);
    let manual = CallView { method: Method::Manual, ..call(1, CallState::Talking) };
    let ends: [&[CallView]; 4] =
        [&[], &[manual], &[CallView { card: false, ..ringing.clone() }], &[CallView { silenced: true, ..ringing.clone() }]];
    for end in ends {
        let mut cues = after(&[]);
        assert_eq!(cues.of(&with(from_ref(&ringing))), [Cue::Ring(true), Cue::Call]);
        assert_eq!(cues.of(&with(from_ref(&ringing))), []);
        assert_eq!(cues.of(&with(end)), [Cue::Ring(false)], "{end:?}");
    }
}

#[test]
fn another_call_that_still_rings_keeps_it_ringing() {
    let mut cues = after(&[call(1, CallState::Ringing), call(2, CallState::Ringing)]);
    let silenced = CallView { silenced: true, ..call(1, CallState::Ringing) };
    assert_eq!(cues.of(&with(&[silenced, call(2, CallState::Ringing)])), []);
    assert_eq!(cues.of(&with(&[])), [Cue::Ring(false)]);
}

#[test]
fn a_predictive_call_is_told_when_it_is_connected_and_only_then() {
    let mut cues = after(&[]);
    cues.of(&with(&[call(1, CallState::Ringing)]));
    assert_eq!(cues.of(&with(&[call(1, CallState::Talking)])), [Cue::Ring(false), Cue::Connected]);
    assert_eq!(cues.of(&with(&[call(1, CallState::Talking)])), []);
    // The phone answered by itself, before anybody heard of a ring.
    assert_eq!(cues.of(&with(&[call(2, CallState::Talking)])), [Cue::Call, Cue::Connected]);
    assert_eq!(cues.of(&with(&[CallView { method: Method::Ivr, ..call(3, CallState::Talking) }])), [Cue::Call]);
}

#[test]
fn what_went_on_before_this_run_is_no_news() {
    let mut cues = Cues::default();
    let first = cues.of(&with(&[call(1, CallState::Talking)]));
    assert_eq!(first, [Cue::Settings(SoundSettings::default())]);
}

#[test]
fn do_not_disturb_is_by_direction() {
    let incoming = CallView { direction: Direction::Incoming, ..call(1, CallState::Ringing) };
    let quiet = |calls: &[CallView]| {
        let mut snapshot = with(calls);
        snapshot.settings.do_not_disturb.incoming = true;
        snapshot
    };
    let mut cues = after(&[]);
    assert_eq!(cues.of(&quiet(from_ref(&incoming))), [Cue::Call]);
    // Switched off while it rings, it is heard; and the other way round.
    assert_eq!(cues.of(&with(from_ref(&incoming))), [Cue::Ring(true)]);
    assert_eq!(cues.of(&quiet(from_ref(&incoming))), [Cue::Ring(false)]);
    assert_eq!(cues.of(&quiet(&[incoming, call(2, CallState::Ringing)])), [Cue::Ring(true), Cue::Call]);
}

#[test]
fn nothing_rings_into_a_talk_and_no_test_rings() {
    let mut cues = after(&[call(1, CallState::Talking)]);
    assert_eq!(cues.of(&with(&[call(1, CallState::Talking), call(2, CallState::Ringing)])), [Cue::Call]);
    assert_eq!(cues.of(&with(&[call(2, CallState::Ringing)])), [Cue::Ring(true)], "the talk is over");
    let mut cues = after(&[]);
    assert_eq!(cues.of(&with(&[CallView { test: true, ..call(3, CallState::Ringing) }])), []);
}

#[test]
fn settings_are_told_when_they_change() {
    let mut cues = after(&[]);
    let mut snapshot = nothing();
    snapshot.settings.sound = SoundSettings { volume: 10, connected_tone: false, ..SoundSettings::default() };
    assert_eq!(cues.of(&snapshot), [Cue::Settings(snapshot.settings.sound.clone())]);
    snapshot.settings.theme = Theme::Dark;
    assert_eq!(cues.of(&snapshot), []);
    snapshot.calls = vec![call(1, CallState::Talking)];
    assert_eq!(cues.of(&snapshot), [Cue::Call], "no tone is wanted");
}

#[test]
fn what_is_heard_ends_when_somebody_else_comes() {
    let signed_in = |agent_id: &str| {
        let mut snapshot = Snapshot { sign_in: SignInView::SignedIn { company: String::new() }, ..nothing() };
        snapshot.place.locked = vec!["agent.extension".into()];
        snapshot.agent.agent_id = agent_id.into();
        snapshot
    };
    let mut cues = Cues::default();
    assert!(!cues.of(&signed_in("10")).contains(&Cue::SomebodyElse), "the first one");
    assert_eq!(cues.of(&signed_in("10")), []);
    assert_eq!(cues.of(&nothing()), [Cue::SomebodyElse]);
    assert_eq!(cues.of(&signed_in("11")), [Cue::SomebodyElse]);
}
