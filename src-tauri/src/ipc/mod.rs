//! What the windows' pages ask of the shell, and what they are told.

pub mod bridge;
mod call_log;
pub mod checkup;
mod commands;
pub mod recording_copies;
mod sound;

use tauri::{Wry, ipc::Invoke};

/// Answers each command that `build.rs` declares.
pub fn commands() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        commands::snapshot,
        commands::intent,
        commands::open_recording,
        commands::copy_recording,
        commands::copy_callback_address,
        commands::copy_text,
        commands::preview_crm,
        commands::start_demo,
        commands::show_main,
        commands::call_to_show,
        commands::note_typed,
        commands::log_error,
        commands::ring_runs,
        commands::fit_ring,
        commands::drag_ring,
        commands::put_ring_back,
        commands::type_on_ring,
        commands::main_seen,
        commands::main_drawn,
        commands::open_log_folder,
        call_log::log_page,
        call_log::log_counts,
        call_log::log_sums,
        call_log::log_row,
        commands::show_export,
        sound::play,
        sound::player,
        sound::sound_devices,
        sound::test_sound,
        recording_copies::save_recording,
        recording_copies::show_saved_recording,
        recording_copies::open_archive_folder,
        commands::hold_shortcuts,
        commands::capture,
        commands::switch_capture,
        commands::save_capture,
        commands::save_receipt,
        checkup::check_setup,
        checkup::checkup,
        checkup::copy_checkup,
        commands::starts_with_system,
        commands::start_with_system,
        commands::quit,
    ]
}
