//! What the main window asks of the doctor, and what it is told of the checks.

use ringside_domain::CheckupView;
use ringside_engine::Handle;
use tauri::{AppHandle, Emitter, Manager, State};
use tokio::select;

use super::commands::{self, Answer};
use crate::{
    desktop::windows,
    doctor::running::Checkup,
    life::paths::Paths,
    listener::CallbackAddress,
    texts::{DoctorTexts, Texts},
};

/// Tells the main window of each line, and of all anew in another language.
pub async fn show(app: AppHandle) {
    let checkup = app.state::<Checkup>();
    let (mut report, mut snapshots) = (checkup.report(), app.state::<Handle>().snapshots());
    let mut language = snapshots.borrow().settings.language;
    loop {
        let wanted = select! {
            changed = report.changed() => {
                if changed.is_err() {
                    return;
                }
                true
            }
            changed = snapshots.changed() => {
                if changed.is_err() {
                    return;
                }
                let before = std::mem::replace(&mut language, snapshots.borrow_and_update().settings.language);
                before != language
            }
        };
        if !wanted {
            continue;
        }
        // Only now: a line that came with another snapshot is still to be told.
        report.mark_unchanged();
        if let Err(error) = app.emit_to(windows::main::LABEL, "checkup", checkup.view(&Texts::of(language).doctor)) {
            tracing::warn!(%error, "the window was not told of the checkup");
        }
    }
}

/// Begins one, unless one goes on.
#[tauri::command]
pub fn check_setup(app: AppHandle) {
    if app.state::<Checkup>().begin() {
        tauri::async_runtime::spawn(async move {
            let (handle, address) = (app.state::<Handle>(), app.state::<CallbackAddress>());
            app.state::<Checkup>().examine(&handle, &address, &app.state::<Paths>().data).await;
        });
    }
}

/// The last one; later lines are pushed.
#[tauri::command]
pub fn checkup(handle: State<'_, Handle>, checkup: State<'_, Checkup>) -> Option<CheckupView> {
    checkup.view(texts(&handle))
}

#[tauri::command]
pub fn copy_checkup(app: AppHandle, handle: State<'_, Handle>, checkup: State<'_, Checkup>) -> Answer {
    checkup.in_words(texts(&handle)).map_or(Ok(()), |text| commands::copy(&app, &text))
}

fn texts(handle: &Handle) -> &'static DoctorTexts {
    &Texts::of(handle.snapshots().borrow().settings.language).doctor
}
