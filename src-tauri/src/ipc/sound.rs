//! What the main window asks of sound.

use ringside_domain::{PlayerOrder, PlayerView, SoundDevice};
use tauri::State;

use crate::{app::farewell::Shell, sound};

#[tauri::command]
pub fn play(shell: State<'_, Shell>, order: PlayerOrder) {
    shell.sound.play(order);
}

/// The recording at hand; later ones are pushed.
#[tauri::command]
pub fn player(shell: State<'_, Shell>) -> Option<PlayerView> {
    shell.sound.view().borrow().clone()
}

/// Asked off the main thread: a system may take its time to list them.
#[tauri::command(async)]
pub fn sound_devices() -> Vec<SoundDevice> {
    sound::devices()
}

#[tauri::command]
pub fn test_sound(shell: State<'_, Shell>) {
    shell.sound.test();
}
