//! Lists the commands, so that each window is permitted only those that it needs (`capabilities/`).

const COMMANDS: &[&str] = &[
    "snapshot",
    "intent",
    "open_recording",
    "copy_recording",
    "copy_callback_address",
    "copy_text",
    "preview_crm",
    "start_demo",
    "show_main",
    "call_to_show",
    "note_typed",
    "log_error",
    "ring_runs",
    "fit_ring",
    "drag_ring",
    "put_ring_back",
    "type_on_ring",
    "main_seen",
    "main_drawn",
    "open_log_folder",
    "log_page",
    "log_counts",
    "log_sums",
    "log_row",
    "show_export",
    "play",
    "player",
    "sound_devices",
    "test_sound",
    "save_recording",
    "show_saved_recording",
    "open_archive_folder",
    "hold_shortcuts",
    "capture",
    "switch_capture",
    "save_capture",
    "save_receipt",
    "check_setup",
    "checkup",
    "copy_checkup",
    "starts_with_system",
    "start_with_system",
    "quit",
];

fn main() {
    // A new UI must be embedded again.
    println!("cargo:rerun-if-changed=../ui/dist");
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        panic!("{error:#}");
    }
}
