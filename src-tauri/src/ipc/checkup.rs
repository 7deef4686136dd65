//! The main window's commands for the doctor, and the events about its checks.

use ringside_domain::{CheckupView, contract::Main};
use ringside_engine::Handle;
use tauri::{AppHandle, Manager, Window};
use tokio::select;

use super::{Answer, commands};
use crate::{
    desktop::windows,
    doctor::running::Checkup,
    floor::{self, Desk},
    life::paths::Paths,
    listener::CallbackAddress,
    texts::{DoctorTexts, Texts},
};

/// Sends the checks to the main window after each new line and after a change of the language.
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
        // Not earlier: a line that arrives together with a snapshot of the same language must still wake the loop.
        report.mark_unchanged();
        windows::tell(&app, Main::checkup(), &checkup.view(&Texts::of(language).doctor));
    }
}

pub fn check_setup(window: &Window) -> Answer {
    let has_desk = floor::is_on(&window.state::<Handle>().snapshots().borrow());
    if window.state::<Checkup>().begin(has_desk) {
        let app = window.app_handle().clone();
        tauri::async_runtime::spawn(async move {
            let (handle, address) = (app.state::<Handle>(), app.state::<CallbackAddress>());
            app.state::<Checkup>().examine(&handle, &address, &app.state::<Desk>(), &app.state::<Paths>().data).await;
        });
    }
    Ok(())
}

pub fn checkup(window: &Window) -> Answer<Option<CheckupView>> {
    Ok(window.state::<Checkup>().view(texts(window)))
}

pub fn copy_checkup(window: &Window) -> Answer {
    window.state::<Checkup>().in_words(texts(window)).map_or(Ok(()), |text| commands::copy(window, &text))
}

fn texts(window: &Window) -> &'static DoctorTexts {
    &Texts::of(window.state::<Handle>().snapshots().borrow().settings.language).doctor
}
