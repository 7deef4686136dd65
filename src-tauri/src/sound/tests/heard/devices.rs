//! Sound devices that are missing, get lost, or come back.

use super::*;

#[test]
fn playback_continues_after_a_device_was_lost() {
    with("devices::playback_continues_after_a_device_was_lost", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0, 1320.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 880.0);
        playing.orders.send(player::PlayerCommand::Lost(1)).unwrap();
        hears(speakers, 0, 1320.0);
        // If the device is lost again at once, it is not opened once more.
        playing.wish(PlayerOrder::Pause);
        playing.wish(PlayerOrder::Seek { ms: 500 });
        playing.wish(PlayerOrder::Play { call: CALL });
        playing.orders.send(player::PlayerCommand::Lost(3)).unwrap();
        let view = playing.until("it has failed", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!((500..1000).contains(&view.position_ms), "{}", view.position_ms);
    });
}

#[test]
fn without_a_device_player_and_ringer_report_it() {
    with("devices::without_a_device_player_and_ringer_report_it", &[], |_, folder| {
        let playing = Playing::start(&kept(folder, &[440.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it has failed", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!(matches!(view.state, PlayerState::Failed { problem } if problem.code == ProblemCode::SoundMissing));
        assert!(output::devices().is_empty());
        let ringing = Ringing::start(SoundSettings::default());
        let problem = until("it is said", || ringing.reports().first().cloned());
        assert_eq!(problem.unwrap().code, ProblemCode::SoundMissing, "reported before the first ring");
    });
}

#[test]
fn a_missing_device_is_replaced_by_the_default_device() {
    with("devices::a_missing_device_is_replaced_by_the_default_device", &["one"], |speakers, _| {
        let gone = SoundDevice { id: "alsa:headset".into(), name: "Headset".into() };
        let ringing = Ringing::start(SoundSettings { devices: vec![gone], ..SoundSettings::default() });
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 0, 880.0);
        // The device is lost during the ring, and opened again.
        ringing.order(ringer::RingerCommand::Lost(1));
        falls_silent(speakers, 0);
        speakers.forget();
        hears(speakers, 0, 880.0);
        assert!(ringing.reports().iter().all(Option::is_none), "{:?}", ringing.reports());
    });
}

#[test]
fn a_headset_of_the_sound_server_rings_is_unplugged_and_rings_again() {
    apart("devices::a_headset_of_the_sound_server_rings_is_unplugged_and_rings_again", |folder| {
        let mut speakers = Speakers::on_server(folder, &["loudspeaker", "headset"]);
        let devices = vec![device("headset")];
        let ringing = Ringing::start(SoundSettings { devices: devices.clone(), ..SoundSettings::default() });
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(&speakers, 1, 880.0);
        speakers.unplug("headset");
        hears(&speakers, 0, 880.0);
        ringing.order(ringer::RingerCommand::Ring(false));
        speakers.plug("headset");
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(&speakers, 2, 880.0);

        ringing.order(ringer::RingerCommand::Stop);
        ringing.thread.join().unwrap();

        // A recording is heard on its chosen device or not at all.
        let settings = SoundSettings { recordings_device: devices.first().cloned(), ..SoundSettings::default() };
        let playing = Playing::start(&kept(folder, &[440.0; 9]), settings);
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(&speakers, 2, 440.0);
        playing.wish(PlayerOrder::Pause);
        playing.until("it is paused", |view| view.state == PlayerState::Paused);
        speakers.unplug("headset");
        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it has failed", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!(matches!(view.state, PlayerState::Failed { problem } if problem.code == ProblemCode::SoundMissing));
        assert!(pitch(&speakers.heard(0), 440.0) < 0.001);
    });
}

#[test]
fn a_sound_server_that_ends_during_a_ring_is_reported_and_used_again() {
    apart("devices::a_sound_server_that_ends_during_a_ring_is_reported_and_used_again", |folder| {
        let speakers = Speakers::on_server(folder, &["loudspeaker"]);
        let ringing = Ringing::start(SoundSettings::default());
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(&speakers, 0, 880.0);
        drop(speakers);
        until("it is said", || ringing.reports().last()?.clone());
        let speakers = Speakers::on_server(folder, &["loudspeaker"]);
        hears(&speakers, 0, 880.0);
        until("it is well again", || ringing.reports().last()?.is_none().then_some(()));
    });
}
