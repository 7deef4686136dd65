use std::slice::from_ref;

use ringside_domain::*;

use super::super::cues::{Cue, Cues};

/// The snapshot of a session without an agent.
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

/// Cues that already know the settings and these calls.
fn after(calls: &[CallView]) -> Cues {
    let mut cues = Cues::default();
    cues.of(&with(calls));
    cues
}

#[test]
fn a_ring_begins_once_and_ends_when_the_call_does_or_is_silenced() {
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
fn the_ring_goes_on_while_another_call_rings() {
    let mut cues = after(&[call(1, CallState::Ringing), call(2, CallState::Ringing)]);
    let silenced = CallView { silenced: true, ..call(1, CallState::Ringing) };
    assert_eq!(cues.of(&with(&[silenced, call(2, CallState::Ringing)])), []);
    assert_eq!(cues.of(&with(&[])), [Cue::Ring(false)]);
}

#[test]
fn only_a_predictive_call_has_a_sound_when_it_is_connected() {
    let mut cues = after(&[]);
    cues.of(&with(&[call(1, CallState::Ringing)]));
    assert_eq!(cues.of(&with(&[call(1, CallState::Talking)])), [Cue::Ring(false), Cue::Connected]);
    assert_eq!(cues.of(&with(&[call(1, CallState::Talking)])), []);
    // The phone answered by itself, before a ring was reported.
    assert_eq!(cues.of(&with(&[call(2, CallState::Talking)])), [Cue::Call, Cue::Connected]);
    assert_eq!(cues.of(&with(&[CallView { method: Method::Ivr, ..call(3, CallState::Talking) }])), [Cue::Call]);
}

#[test]
fn calls_that_began_before_this_run_cause_no_sound() {
    let mut cues = Cues::default();
    let first = cues.of(&with(&[call(1, CallState::Talking)]));
    assert_eq!(first, [Cue::Settings(SoundSettings::default())]);
}

#[test]
fn do_not_disturb_applies_by_direction() {
    let incoming = CallView { direction: Direction::Incoming, ..call(1, CallState::Ringing) };
    let quiet = |calls: &[CallView]| {
        let mut snapshot = with(calls);
        snapshot.settings.do_not_disturb.incoming = true;
        snapshot
    };
    let mut cues = after(&[]);
    assert_eq!(cues.of(&quiet(from_ref(&incoming))), [Cue::Call]);
    // A ringing call is heard when the setting is switched off, and not when it is switched on.
    assert_eq!(cues.of(&with(from_ref(&incoming))), [Cue::Ring(true)]);
    assert_eq!(cues.of(&quiet(from_ref(&incoming))), [Cue::Ring(false)]);
    assert_eq!(cues.of(&quiet(&[incoming, call(2, CallState::Ringing)])), [Cue::Ring(true), Cue::Call]);
}

#[test]
fn neither_a_ring_during_a_conversation_nor_a_test_ring_is_heard() {
    let mut cues = after(&[call(1, CallState::Talking)]);
    assert_eq!(cues.of(&with(&[call(1, CallState::Talking), call(2, CallState::Ringing)])), [Cue::Call]);
    assert_eq!(cues.of(&with(&[call(2, CallState::Ringing)])), [Cue::Ring(true)], "the talk is over");
    let mut cues = after(&[]);
    assert_eq!(cues.of(&with(&[CallView { test: true, ..call(3, CallState::Ringing) }])), []);
}

#[test]
fn settings_are_reported_when_they_change() {
    let mut cues = after(&[]);
    let mut snapshot = nothing();
    snapshot.settings.sound = SoundSettings { volume: 10, connected_tone: false, ..SoundSettings::default() };
    assert_eq!(cues.of(&snapshot), [Cue::Settings(snapshot.settings.sound.clone())]);
    snapshot.settings.theme = Theme::Dark;
    assert_eq!(cues.of(&snapshot), []);
    snapshot.calls = vec![call(1, CallState::Talking)];
    assert_eq!(cues.of(&snapshot), [Cue::Call], "the tone is switched off");
}

#[test]
fn a_recording_ends_when_another_agent_signs_in() {
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
