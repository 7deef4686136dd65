//! The parts of the snapshot that decide whether the shell sounds.

use ringside_domain::*;

use crate::desk::*;

fn silence(desk: &mut Desk, call: CallId) -> std::sync::Arc<Snapshot> {
    desk.apply(Input::Intent(Intent::Silence { call }))
}

#[test]
fn a_silenced_call_keeps_its_card_and_no_other_is_silenced() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    let snapshot = desk.leg(LegEvent { caller: "02566823420".into(), callee: "02566823420".into(), ..leg(LegStatus::Ring, "b") });
    let [first, second] = [snapshot.calls[0].id, snapshot.calls[1].id];
    let snapshot = silence(&mut desk, first);
    let of = |id: CallId| snapshot.calls.iter().find(|call| call.id == id).map(|call| (call.card, call.silenced));
    assert_eq!((of(first), of(second)), (Some((true, true)), Some((true, false))));
    // A repeated ring stays silent.
    let snapshot = desk.leg(leg(LegStatus::Ring, "a"));
    assert!(snapshot.calls[0].silenced);
    let revision = snapshot.revision;
    assert_eq!(silence(&mut desk, CallId(999)).revision, revision, "silencing an ended call changes nothing");
}

#[test]
fn the_next_call_of_the_same_customer_sounds() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let call = desk.leg(leg(LegStatus::Ring, "a")).calls[0].id;
    silence(&mut desk, call);
    desk.leg(leg(LegStatus::Hangup, "a"));
    assert!(!desk.leg(leg(LegStatus::Ring, "b")).calls[0].silenced);
}

#[test]
fn only_the_agents_own_ring_with_a_card_sounds() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let snapshot = desk.leg(leg(LegStatus::Ring, "a"));
    assert!(snapshot.calls[0].rings());
    let snapshot = desk.apply(Input::Intent(Intent::HideCard { call: snapshot.calls[0].id }));
    assert!(!snapshot.calls[0].rings(), "a hidden card is silent, too");
    let snapshot = desk.leg(LegEvent { is_b_leg: true, method: Method::Api, ..leg(LegStatus::Ring, "b") });
    assert!(!snapshot.calls.last().unwrap().rings(), "the customer's ring makes no sound");
    let snapshot = desk.leg(leg(LegStatus::Answer, "c"));
    assert!(!snapshot.calls.last().unwrap().rings());
}

#[test]
fn sound_settings_are_saved_and_a_missing_device_is_shown() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let do_not_disturb = DoNotDisturb { incoming: true, outgoing: false };
    let settings = Settings { do_not_disturb, ..Settings::default() };
    let snapshot = desk.change(SettingChange::QuietIncoming(true));
    assert!(snapshot.settings.is_quiet(Direction::Incoming) && !snapshot.settings.is_quiet(Direction::Outgoing));
    assert_eq!(desk.saved.settings, settings);
    let missing = problem(ProblemCode::SoundMissing, true);
    let snapshot = desk.apply(Input::Report(ShellReport::Sound(Some(missing.clone()))));
    assert_eq!(snapshot.sound, Some(missing));
    assert_eq!(desk.apply(Input::Report(ShellReport::Sound(None))).sound, None);
}

#[test]
fn settings_of_an_earlier_version_get_the_default_sound() {
    let old: Settings = serde_json::from_str(r#"{"language":"chinese","theme":"dark","afterSignIn":"busy"}"#).unwrap();
    assert_eq!(old.sound, SoundSettings::default());
    assert!(old.sound.volume > 0 && !old.is_quiet(Direction::Incoming));
}
