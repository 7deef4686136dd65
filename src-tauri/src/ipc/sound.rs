//! The main window's commands about sound.

use ringside_domain::{PlayerOrder, PlayerView, SoundDevice};
use tauri::{Manager, Window};

use super::Answer;
use crate::sound::{self, Sound};

pub fn play(window: &Window, order: PlayerOrder) -> Answer {
    window.state::<Sound>().play(order);
    Ok(())
}

pub fn player(window: &Window) -> Answer<Option<PlayerView>> {
    Ok(window.state::<Sound>().view().borrow().clone())
}

pub async fn sound_devices(_: &Window) -> Answer<Vec<SoundDevice>> {
    Ok(sound::devices())
}

pub fn test_sound(window: &Window) -> Answer {
    window.state::<Sound>().test();
    Ok(())
}
