//! The windows' commands, except those in the modules beside this one.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ringside_domain::{
    CallId, Captured, CrmPreview, ExportState, Intent, Problem, ProblemCode, RingIntent, Snapshot, Timestamp, ZoomStep, clean,
    contract::{self, Main},
};
use ringside_engine::Handle;
use secrecy::{ExposeSecret, SecretString};
use tauri::{Manager, Window};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_opener::OpenerExt;

use super::Answer;
use crate::{
    desktop::{
        shortcuts::ShortcutKeys,
        windows::{self, blank::View, main::MainWindow, ring::Ring},
    },
    diagnosis::{self, Source},
    floor::{self, Desk},
    life::{
        demo, opener,
        paths::{Paths, write_private},
        quit::Quit,
        start::START_WITH_SYSTEM,
    },
    listener::CallbackAddress,
    receipt,
    system::autostart::Autostart,
    texts::Texts,
};

/// How many exchanges the window shows; a saved file contains all that are kept.
const IN_VIEW: usize = 50;

pub fn snapshot(window: &Window) -> Answer<Arc<Snapshot>> {
    Ok(Arc::clone(&window.state::<Handle>().snapshots().borrow()))
}

pub fn intent(window: &Window, intent: Intent) -> Answer {
    let handle = window.state::<Handle>();
    let snapshot = Arc::clone(&handle.snapshots().borrow());
    if let Some(key) = snapshot.place.forbids(&intent, &snapshot.account, &snapshot.agent) {
        return Err(Problem::new(ProblemCode::SettingLocked, key, false));
    }
    window.state::<Desk>().may_carry_out(&intent, &snapshot)?;
    handle.intent(intent);
    Ok(())
}

pub fn ring_intent(window: &Window, intent: RingIntent) -> Answer {
    window.state::<Handle>().intent(intent.into());
    Ok(())
}

pub fn card_painted(window: &Window, call: CallId) -> Answer {
    window.state::<Ring>().painted.notify_waiters();
    window.state::<Handle>().intent(Intent::CardPainted { call });
    Ok(())
}

pub async fn open_recording(window: &Window, call: CallId) -> Answer {
    let link = link(window, call).await?;
    opener::open(link.expose_secret()).map_err(refused)
}

pub async fn copy_recording(window: &Window, call: CallId) -> Answer {
    let link = link(window, call).await?;
    copy(window, link.expose_secret())
}

async fn link(window: &Window, call: CallId) -> Result<SecretString, Problem> {
    let handle = window.state::<Handle>();
    handle.recording_link(call).await.ok_or_else(|| Problem::new(ProblemCode::RecordingMissing, "", true))
}

pub fn copy_callback_address(window: &Window) -> Answer {
    let address = window.state::<CallbackAddress>().get().ok_or_else(|| Problem::new(ProblemCode::NoCallbackAddress, "", true))?;
    copy(window, address.expose_secret())
}

pub fn copy_text(window: &Window, text: String) -> Answer {
    copy(window, &text)
}

pub(super) fn copy(window: &Window, text: &str) -> Answer {
    window.clipboard().write_text(text).map_err(refused)
}

pub fn preview_crm(window: &Window, template: String) -> Answer<CrmPreview> {
    Ok(CrmPreview::of(&template, &window.state::<Handle>().snapshots().borrow().crm.schemes))
}

pub fn start_demo(window: &Window) -> Answer {
    demo::spawn(&window.state::<Paths>()).map_err(refused)
}

pub fn show_main(window: &Window, call: Option<CallId>) -> Answer {
    windows::main::show(window.app_handle(), call);
    Ok(())
}

pub fn call_to_show(window: &Window) -> Answer<Option<CallId>> {
    Ok(window.state::<MainWindow>().take_call())
}

pub fn note_typed(window: &Window, call: CallId, text: String) -> Answer {
    let other = if window.label() == windows::main::LABEL { contract::Ring::note_typed() } else { Main::note_typed() };
    windows::tell(window.app_handle(), other, &(call, text));
    Ok(())
}

/// The maximum length of a page's error in the log, in characters.
const ERROR_LENGTH: usize = 2000;

pub fn log_error(window: &Window, what: String) -> Answer {
    let what: String = clean(&what).chars().take(ERROR_LENGTH).collect();
    tracing::error!(window = window.label(), %what, "a page failed");
    Ok(())
}

pub fn fit_ring(window: &Window, height: f64) -> Answer {
    window.state::<Ring>().fit(height).map_err(refused)
}

pub fn ring_runs(window: &Window) -> Answer {
    window.state::<Ring>().runs().map_err(refused)
}

pub fn drag_ring(window: &Window) -> Answer {
    window.state::<Ring>().drag().map_err(refused)
}

pub fn put_ring_back(window: &Window) -> Answer {
    window.state::<Ring>().put_back().map_err(refused)
}

pub fn type_on_ring(window: &Window) -> Answer {
    window.state::<Ring>().take_keyboard().map_err(refused)
}

pub fn main_seen(window: &Window, seen: bool) -> Answer {
    let main = window.state::<MainWindow>();
    main.set_page_runs(true);
    main.view.now_is(if seen { View::Runs } else { View::Hidden });
    Ok(())
}

/// Creates the ring cards' window, so that the next ring need not wait for it.
pub async fn main_drawn(window: &Window) -> Answer {
    window.state::<MainWindow>().view.now_is(View::Drawn);
    // A page that crashed while it held the shortcuts did not release them.
    window.state::<ShortcutKeys>().let_go();
    let target = window.app_handle().clone();
    // In a later turn of the event loop: Windows creates no window within a page's call.
    let prepare = move || {
        if let Err(error) = target.state::<Ring>().prepare(&target) {
            tracing::error!(%error, "the ring cards' window could not be created");
        }
    };
    window.run_on_main_thread(prepare).map_err(refused)
}

pub fn open_log_folder(window: &Window) -> Answer {
    opener::open(window.state::<Paths>().logs()).map_err(refused)
}

pub async fn show_export(window: &Window) -> Answer {
    let export = window.state::<Handle>().snapshots().borrow().log.export.clone();
    let Some(ExportState::Done { path }) = export.map(|export| export.state) else { return Err(refused("nothing was exported")) };
    show_in_folder(window, path.into()).await
}

/// Shows a file in the file manager. Opens its folder if the system has no file manager that can select a file.
pub(super) async fn show_in_folder(window: &Window, path: PathBuf) -> Answer {
    let app = window.app_handle().clone();
    let show = move || {
        app.opener().reveal_item_in_dir(&path).or_else(|error| {
            tracing::debug!(%error, "no file manager can select a file");
            opener::open(path.parent().unwrap_or(Path::new(".")))
        })
    };
    // The system may answer slowly.
    tauri::async_runtime::spawn_blocking(show).await.map_err(refused)?.map_err(refused)
}

pub async fn hold_shortcuts(window: &Window, held: bool) -> Answer {
    let keys = window.state::<ShortcutKeys>();
    if held {
        keys.hold().await;
    } else {
        keys.let_go();
    }
    Ok(())
}

pub fn capture(window: &Window) -> Answer<Captured> {
    Ok(window.state::<Handle>().captured(IN_VIEW))
}

pub fn zoom(window: &Window, step: ZoomStep) -> Answer {
    windows::zoom(window, step).map_err(refused)
}

pub fn switch_capture(window: &Window, on: bool) -> Answer {
    window.state::<Handle>().switch_capture(on)
}

pub fn save_capture(window: &Window) -> Answer<String> {
    let file = window.state::<Paths>().logs().join("exchanges.txt");
    write_private(&file, window.state::<Handle>().captured_text()).map_err(refused)?;
    Ok(file.display().to_string())
}

pub async fn save_diagnostics(window: &Window) -> Answer<String> {
    let (source, paths) = (window.state::<Source>(), window.state::<Paths>());
    let running = diagnosis::running(&window.state::<Handle>().snapshots().borrow(), tauri::webview_version().ok());
    let file = diagnosis::save(&paths.exports(), source.flags.clone(), &source.secrets, &paths, Some(running)).await.map_err(refused)?;
    Ok(file.display().to_string())
}

pub async fn save_receipt(window: &Window, from: Timestamp, to: Timestamp) -> Answer<String> {
    let (handle, folder) = (window.state::<Handle>(), window.state::<Paths>().exports());
    let receipt = handle.shift_receipt(from, to).await?;
    let texts = &Texts::of(handle.snapshots().borrow().settings.language).receipt;
    let file = receipt::save(&folder, texts, &receipt).map_err(refused)?;
    Ok(file.display().to_string())
}

pub async fn starts_with_system(window: &Window) -> Answer<bool> {
    Autostart::of(&window.state::<Paths>()).and_then(|entry| entry.is_on()).map_err(refused)
}

pub async fn start_with_system(window: &Window, on: bool) -> Answer {
    may_change(window, START_WITH_SYSTEM)?;
    Autostart::of(&window.state::<Paths>()).and_then(|entry| entry.set(on)).map_err(refused)
}

fn may_change(window: &Window, key: &str) -> Answer {
    if window.state::<Handle>().snapshots().borrow().place.is_locked(key) {
        return Err(Problem::new(ProblemCode::SettingLocked, key, false));
    }
    Ok(())
}

pub async fn quit(window: &Window) -> Answer {
    floor::quit(&window.state::<Desk>(), &window.state::<Quit>())
}

/// A problem with the system's own text.
pub(super) fn refused(error: impl std::fmt::Display) -> Problem {
    tracing::warn!(%error, "the system refused");
    Problem::new(ProblemCode::Refused, error.to_string(), true)
}
