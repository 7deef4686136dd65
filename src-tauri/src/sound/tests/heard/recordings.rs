//! Recordings as they are heard.

use super::*;

#[test]
fn a_recording_is_heard_from_its_beginning_to_its_end() {
    with("recordings::a_recording_is_heard_from_its_beginning_to_its_end", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it plays", |view| view.state == PlayerState::Playing && view.length_ms.is_some());
        assert_eq!((view.call, view.length_ms, view.speed_percent, view.waveform.len()), (CALL, Some(2000), 100, 200));
        hears(speakers, 0, 440.0);
        hears(speakers, 0, 880.0);
        let view = playing.until("its end", |view| view.state == PlayerState::Ended);
        assert_eq!(view.position_ms, 2000);
        let heard = speakers.heard(0);
        let heard = sounds(&heard);
        assert!((94_000..98_000).contains(&heard.len()), "{}", heard.len());
        let at = |second: f32| &heard[(second * 48_000.0) as usize..][..9600];
        assert!(pitch(at(0.7), 440.0) > 0.05 && pitch(at(0.7), 880.0) < 0.002);
        assert!(pitch(at(1.1), 880.0) > 0.05 && pitch(at(1.1), 440.0) < 0.002);

        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
    });
}

#[test]
fn a_recording_pauses_seeks_and_continues_at_its_position() {
    with("recordings::a_recording_pauses_seeks_and_continues_at_its_position", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0, 1320.0, 1760.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        playing.wish(PlayerOrder::Seek { ms: 2000 });
        hears(speakers, 0, 1320.0);
        playing.wish(PlayerOrder::Pause);
        let paused = playing.until("it is paused", |view| view.state == PlayerState::Paused);
        assert!((2000..2600).contains(&paused.position_ms), "{}", paused.position_ms);
        falls_silent(speakers, 0);
        assert!(pitch(&speakers.heard(0), 880.0) < 0.005, "the skipped part is not heard");

        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 1320.0);
        hears(speakers, 0, 1760.0);
        playing.until("its end", |view| view.state == PlayerState::Ended);
        playing.wish(PlayerOrder::Seek { ms: 900_000 });
        let view = playing.until("it is at its end", |view| view.state == PlayerState::Paused);
        assert_eq!(view.position_ms, 4000, "there is nothing beyond its end");
    });
}

#[test]
fn a_recording_at_double_speed_keeps_its_pitch() {
    with("recordings::a_recording_at_double_speed_keeps_its_pitch", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 440.0, 440.0, 440.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Speed { percent: 200 });
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        playing.until("its end", |view| view.state == PlayerState::Ended && view.speed_percent == 200);
        let heard = speakers.heard(0);
        let heard = sounds(&heard);
        assert!((90_000..103_000).contains(&heard.len()), "{}", heard.len());
        let middle = &heard[9_600..][..76_800];
        assert!(pitch(middle, 440.0) > 0.06 && pitch(middle, 880.0) < 0.005);
    });
}

#[test]
fn a_change_of_the_volume_is_heard_at_once() {
    with("recordings::a_change_of_the_volume_is_heard_at_once", &["one"], |speakers, folder| {
        let loud = SoundSettings { recordings_volume: 100, ..SoundSettings::default() };
        let playing = Playing::start(&kept(folder, &[440.0; 8]), loud);
        playing.wish(PlayerOrder::Play { call: CALL });
        let settles = |wanted: f32| {
            until(&format!("{wanted}"), || speakers.last(0).filter(|part| (loudness(part) - wanted).abs() < 0.01).map(drop));
        };
        // A sine with amplitude 0.5.
        settles(0.3535);
        playing.orders.send(player::PlayerCommand::Settings(SoundSettings { recordings_volume: 50, ..SoundSettings::default() })).unwrap();
        settles(0.3535 / 4.0);
        playing.orders.send(player::PlayerCommand::Settings(SoundSettings { recordings_volume: 0, ..SoundSettings::default() })).unwrap();
        settles(0.0);
        assert_eq!(playing.view.borrow().as_ref().unwrap().state, PlayerState::Playing);
    });
}

#[test]
fn a_call_interrupts_a_recording() {
    with("recordings::a_call_interrupts_a_recording", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0; 4]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        playing.orders.send(player::PlayerCommand::Call).unwrap();
        let view = playing.until("it is interrupted", |view| view.state == PlayerState::Interrupted);
        falls_silent(speakers, 0);
        let heard = sounds(&speakers.heard(0)).len() / 48;
        assert!(heard.abs_diff(view.position_ms as usize) < 300, "{heard} ms were heard, the position is {}", view.position_ms);
        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
    });
}

#[test]
fn a_recording_that_is_fetched_during_a_call_does_not_play_by_itself() {
    with("recordings::a_recording_that_is_fetched_during_a_call_does_not_play_by_itself", &["one"], |speakers, folder| {
        let (orders, inbox) = mpsc::channel();
        let (show, view) = watch::channel(None);
        let player = Player::new(Arc::new(SystemClock::new()), orders.clone(), SoundSettings::default(), show, |_| {});
        thread::spawn(move || player.run(&inbox));
        let playing = Playing { orders, view };
        playing.wish(PlayerOrder::Play { call: CALL });
        playing.until("it is looked for", |view| view.state == PlayerState::Fetching);
        playing.orders.send(player::PlayerCommand::Call).unwrap();
        playing.orders.send(player::PlayerCommand::File(CALL, Ok(kept(folder, &[440.0])))).unwrap();
        let view = playing.until("it is read", |view| view.length_ms.is_some());
        assert_eq!((view.state, view.position_ms), (PlayerState::Interrupted, 0));
        assert_eq!(speakers.count(0), 0);
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
    });
}

#[test]
fn only_one_recording_is_heard() {
    with("recordings::only_one_recording_is_heard", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0, 1320.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 880.0);
        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CallId(8) });
        let view = playing.until("the other plays", |view| view.call == CallId(8) && view.state == PlayerState::Playing);
        assert!(view.position_ms < 300);
        hears(speakers, 0, 440.0);
        until("the first is silent", || speakers.last(0).filter(|part| pitch(part, 440.0) > 100.0 * pitch(part, 880.0)).map(drop));
    });
}

#[test]
fn r12_a_recording_that_is_deleted_while_it_plays_plays_to_its_end() {
    with("recordings::r12_a_recording_that_is_deleted_while_it_plays_plays_to_its_end", &["one"], |speakers, folder| {
        let file = kept(folder, &[440.0, 880.0]);
        let playing = Playing::start(&file, SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        fs::remove_file(&file).unwrap();
        hears(speakers, 0, 880.0);
        playing.until("its end", |view| view.state == PlayerState::Ended);
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it is gone", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!(matches!(view.state, PlayerState::Failed { problem } if problem.code == ProblemCode::RecordingGone));
        // It plays again when the file exists again.
        kept(folder, &[1320.0]);
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 1320.0);
    });
}
