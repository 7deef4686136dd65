//! What the main window asks of sound.

use ringside_domain::{PlayerOrder, PlayerView, SoundDevice};
use tauri::State;

use crate::sound::{self, Sound};

#[tauri::command]
pub fn play(sound: State<'_, Sound>, order: PlayerOrder) {
    sound.play(order);
}

/// The recording at hand; later ones are pushed.
#[tauri::command]
pub fn player(sound: State<'_, Sound>) -> Option<PlayerView> {
    sound.view().borrow().clone()
}

/// Asked off the main thread: a system may take its time to list them.
#[tauri::command(async)]
pub fn sound_devices() -> Vec<SoundDevice> {
    sound::devices()
}

#[tauri::command]
pub fn test_sound(sound: State<'_, Sound>) {
    sound.test();
}
