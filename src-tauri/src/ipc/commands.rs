//! What the windows can ask for; each is a line or two.

use std::{path::Path, sync::Arc};

use ringside_domain::{CallId, Captured, CrmPreview, ExportState, Intent, Occasion, Problem, ProblemCode, Snapshot, Timestamp, clean};
use ringside_engine::Handle;
use secrecy::{ExposeSecret, SecretString};
use tauri::{AppHandle, Emitter, Manager, State, Window};
use tauri_plugin_autostart::ManagerExt;
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_opener::OpenerExt;

use crate::{
    desktop::{
        shortcuts::ShortcutKeys,
        windows::{self, blank::View, main::MainWindow, ring::Ring},
    },
    life::{
        demo,
        paths::{Paths, write_private},
        quit::{Ending, Quit},
    },
    listener::CallbackAddress,
    receipt,
    texts::Texts,
};

/// Exchanges that are shown; all that are kept can be saved.
const IN_VIEW: usize = 50;

pub type Answer = Result<(), Problem>;

#[tauri::command]
pub fn snapshot(handle: State<'_, Handle>) -> Arc<Snapshot> {
    Arc::clone(&handle.snapshots().borrow())
}

#[tauri::command]
pub fn intent(handle: State<'_, Handle>, ring: State<'_, Ring>, intent: Intent) -> Answer {
    if let Some(key) = handle.snapshots().borrow().place.forbids(&intent) {
        return Err(Problem::new(ProblemCode::SettingLocked, key, false));
    }
    if matches!(intent, Intent::CardPainted { .. }) {
        ring.painted.notify_waiters();
    }
    handle.intent(intent);
    Ok(())
}

#[tauri::command]
pub async fn open_recording(app: AppHandle, call: CallId) -> Answer {
    let link = link(&app, call).await?;
    app.opener().open_url(link.expose_secret(), None::<&str>).map_err(refused)
}

#[tauri::command]
pub async fn copy_recording(app: AppHandle, call: CallId) -> Answer {
    let link = link(&app, call).await?;
    copy(&app, link.expose_secret())
}

async fn link(app: &AppHandle, call: CallId) -> Result<SecretString, Problem> {
    let handle = app.state::<Handle>();
    handle.recording_link(call).await.ok_or_else(|| Problem::new(ProblemCode::RecordingMissing, "", true))
}

#[tauri::command]
pub fn copy_callback_address(app: AppHandle, address: State<'_, CallbackAddress>) -> Answer {
    let address = address.get().ok_or_else(|| Problem::new(ProblemCode::NoCallbackAddress, "", true))?;
    copy(&app, address.expose_secret())
}

#[tauri::command]
pub fn copy_text(app: AppHandle, text: String) -> Answer {
    copy(&app, &text)
}

pub fn copy(app: &AppHandle, text: &str) -> Answer {
    app.clipboard().write_text(text).map_err(refused)
}

/// What this template comes to, for a call as it could be.
#[tauri::command]
pub fn preview_crm(handle: State<'_, Handle>, template: &str) -> CrmPreview {
    CrmPreview::of(template, &handle.snapshots().borrow().crm.schemes)
}

#[tauri::command]
pub fn start_demo(paths: State<'_, Paths>) -> Answer {
    demo::spawn(&paths).map_err(refused)
}

#[tauri::command]
pub fn show_main(app: AppHandle, call: Option<CallId>) {
    windows::main::show(&app, call);
}

/// The call that the main window was last asked to show, once.
#[tauri::command]
pub fn call_to_show(main: State<'_, MainWindow>) -> Option<CallId> {
    main.take_call()
}

/// A note was typed on in one window: the other shows the same text.
#[tauri::command]
pub fn note_typed(window: Window, call: CallId, text: &str) -> Answer {
    let other = if window.label() == windows::main::LABEL { windows::ring::LABEL } else { windows::main::LABEL };
    window.emit_to(other, &format!("{other}-note-typed"), (call, text)).map_err(refused)
}

/// Characters of a page's error that are logged.
const ERROR_LENGTH: usize = 2000;

/// Something in a window's page threw.
#[tauri::command]
pub fn log_error(window: Window, what: &str) {
    let what: String = clean(what).chars().take(ERROR_LENGTH).collect();
    tracing::error!(window = window.label(), %what, "a part of a window broke");
}

/// `height` in logical pixels.
#[tauri::command]
pub fn fit_ring(ring: State<'_, Ring>, height: f64) -> Answer {
    ring.fit(height).map_err(refused)
}

#[tauri::command]
pub fn ring_runs(ring: State<'_, Ring>) -> Answer {
    ring.runs().map_err(refused)
}

/// In the course of a press on the card.
#[tauri::command]
pub fn drag_ring(ring: State<'_, Ring>) -> Answer {
    ring.drag().map_err(refused)
}

#[tauri::command]
pub fn put_ring_back(ring: State<'_, Ring>) -> Answer {
    ring.put_back().map_err(refused)
}

/// In answer to a click, and to nothing else.
#[tauri::command]
pub fn type_on_ring(ring: State<'_, Ring>) -> Answer {
    ring.take_keyboard().map_err(refused)
}

/// The main window's page runs, and whether it can be seen.
#[tauri::command]
pub fn main_seen(main: State<'_, MainWindow>, seen: bool) {
    main.view.now_is(if seen { View::Runs } else { View::Hidden });
}

/// The main window's first view is on the screen: time for what the next ring needs.
#[tauri::command]
pub async fn main_drawn(app: AppHandle) -> Answer {
    app.state::<MainWindow>().view.now_is(View::Drawn);
    // A page that died while it held them does not let them go.
    app.state::<ShortcutKeys>().let_go();
    let target = app.clone();
    // In a turn of its own: within a page's call Windows makes no window.
    let prepare = move || {
        if let Err(error) = target.state::<Ring>().prepare(&target) {
            tracing::error!(%error, "the ring card's window could not be made");
        }
    };
    app.run_on_main_thread(prepare).map_err(refused)
}

#[tauri::command]
pub fn open_log_folder(app: AppHandle, paths: State<'_, Paths>) -> Answer {
    app.opener().open_path(paths.logs().to_string_lossy(), None::<&str>).map_err(refused)
}

/// Shows the last export's file where it lies; its folder, where the system has nothing that can point at a file.
#[tauri::command]
pub async fn show_export(app: AppHandle) -> Answer {
    let export = app.state::<Handle>().snapshots().borrow().log.export.clone();
    let Some(ExportState::Done { path }) = export.map(|export| export.state) else { return Err(refused("nothing was exported")) };
    let show = move || {
        app.opener().reveal_item_in_dir(&path).or_else(|error| {
            tracing::debug!(%error, "no file manager points at files here");
            let folder = Path::new(&path).parent().unwrap_or(Path::new("."));
            app.opener().open_path(folder.to_string_lossy(), None::<&str>)
        })
    };
    // The system may take its time.
    tauri::async_runtime::spawn_blocking(show).await.map_err(refused)?.map_err(refused)
}

/// Done when that is so.
#[tauri::command]
pub async fn hold_shortcuts(app: AppHandle, held: bool) {
    let keys = app.state::<ShortcutKeys>();
    if held {
        keys.hold().await;
    } else {
        keys.let_go();
    }
}

#[tauri::command]
pub fn capture(handle: State<'_, Handle>) -> Captured {
    handle.captured(IN_VIEW)
}

#[tauri::command]
pub fn switch_capture(handle: State<'_, Handle>, on: bool) {
    handle.switch_capture(on);
}

/// The path of the file.
#[tauri::command]
pub fn save_capture(handle: State<'_, Handle>, paths: State<'_, Paths>) -> Result<String, Problem> {
    let file = paths.logs().join("exchanges.txt");
    write_private(&file, &handle.captured_text()).map_err(refused)?;
    Ok(file.display().to_string())
}

/// The receipt of the shift of a day, from its beginning to the next one's; the path of the file.
#[tauri::command]
pub async fn save_receipt(app: AppHandle, from: Timestamp, to: Timestamp) -> Result<String, Problem> {
    let (handle, folder) = (app.state::<Handle>(), app.state::<Paths>().exports());
    let receipt = handle.shift_receipt(from, to).await?;
    let texts = &Texts::of(handle.snapshots().borrow().settings.language).receipt;
    let file = receipt::save(&folder, texts, &receipt).map_err(refused)?;
    Ok(file.display().to_string())
}

#[tauri::command]
pub async fn starts_with_system(app: AppHandle) -> Result<bool, Problem> {
    app.autolaunch().is_enabled().map_err(refused)
}

#[tauri::command]
pub async fn start_with_system(app: AppHandle, on: bool) -> Answer {
    let system = app.autolaunch();
    if on { system.enable() } else { system.disable() }.map_err(refused)
}

#[tauri::command]
pub fn quit(quit: State<'_, Quit>) {
    quit.ask(Ending::For(Occasion::Quit));
}

/// The system did not do as asked, in its own words.
pub fn refused(error: impl std::fmt::Display) -> Problem {
    tracing::warn!(%error, "the system refused");
    Problem::new(ProblemCode::Refused, error.to_string(), true)
}
