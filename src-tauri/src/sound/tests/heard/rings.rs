//! Rings, test rings and the connected tone as they are heard.

use super::*;

#[test]
fn a_ring_is_heard_on_all_chosen_devices_until_it_is_stopped() {
    with("rings::a_ring_is_heard_on_all_chosen_devices_until_it_is_stopped", &["one", "two", "three"], |speakers, _| {
        let devices = vec![device("two"), device("three")];
        let ringing = Ringing::start(SoundSettings { devices, ..SoundSettings::default() });
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 1, 880.0);
        hears(speakers, 2, 880.0);
        ringing.order(ringer::RingerCommand::Ring(false));
        falls_silent(speakers, 1);
        falls_silent(speakers, 2);
        assert!(speakers.heard(0).is_empty(), "a device that was not chosen stays silent");

        // The device changes during a ring.
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 1, 880.0);
        ringing.order(ringer::RingerCommand::Settings(SoundSettings::default()));
        hears(speakers, 0, 880.0);
        falls_silent(speakers, 1);
        // The app ends during a ring.
        ringing.order(ringer::RingerCommand::Stop);
        ringing.thread.join().unwrap();
        falls_silent(speakers, 0);
        assert!(ringing.reports.lock().unwrap().iter().all(Option::is_none));
    });
}

#[test]
fn a_ring_pauses_and_repeats() {
    with("rings::a_ring_pauses_and_repeats", &["one"], |speakers, _| {
        let ringing = Ringing::start(SoundSettings::default());
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 0, 880.0);
        until("a pause", || {
            let heard = speakers.heard(0);
            (heard.len() - sounds(&heard).len() > 48_000 && loudness(&speakers.last(0)?) == 0.0).then_some(())
        });
        hears(speakers, 0, 880.0);
    });
}

#[test]
fn a_ring_has_a_longest_duration() {
    with("rings::a_ring_has_a_longest_duration", &["one"], |speakers, _| {
        let clock = TurnedClock::new();
        let ringing = Ringing::start_at(Arc::<TurnedClock>::clone(&clock), SoundSettings::default());
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 0, 880.0);
        clock.pass(Duration::from_secs(121));
        // Any command makes the ringer check the time.
        ringing.order(ringer::RingerCommand::Once(ringer::Once::Ring));
        falls_silent(speakers, 0);
    });
}

#[test]
fn a_test_ring_and_the_connected_tone_are_heard_once() {
    with("rings::a_test_ring_and_the_connected_tone_are_heard_once", &["one"], |speakers, _| {
        let ringing = Ringing::start(SoundSettings::default());
        ringing.order(ringer::RingerCommand::Connected);
        hears(speakers, 0, 1175.0);
        falls_silent(speakers, 0);
        ringing.order(ringer::RingerCommand::Once(ringer::Once::Ring));
        hears(speakers, 0, 660.0);
        // The end of a call does not end a test ring.
        ringing.order(ringer::RingerCommand::Ring(false));
        hears(speakers, 0, 660.0);
        falls_silent(speakers, 0);
        assert!(speakers.count(0) < 3 * 48_000, "the device is closed before the ring would repeat");
    });
}
