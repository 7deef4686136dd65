//! The commands and events of the supervisor's window, and what the main window has of the supervisor's desk.

use std::sync::Arc;

use ringside_domain::{
    CampaignId, CheckRules, Dialled, DoNotCall, DoNotCallImported, Extension, FloorEntry, FloorIntent, NumberFilter, NumberRow, Problem,
    ProblemCode, RefusedWords, ServiceExchange, ServiceForm, SheetError, SheetLayout, SheetPreview, SupervisorPlace, Timestamp, Topic,
    TopicEvent, contract::Supervisor as Events,
};
use ringside_engine::{FloorHandle, Handle};
use ringside_platform::service_forms;
use secrecy::ExposeSecret;
use tauri::{AppHandle, Manager, Window};
use tokio::select;

use super::{
    Answer,
    bridge::on_main_thread,
    commands::{refused, show_in_folder},
};
use crate::{
    desktop::{
        clipboard::SecretClipboard,
        windows::{self, places::Places, supervisor::Supervisor},
    },
    floor::{self, Desk},
    sound::Sound,
};

/// Starts and stops the supervisor's desk as the setting says, and sends its views to the window.
pub async fn run(app: AppHandle) {
    let target = app.clone();
    let tell = move |event: TopicEvent| {
        let app = target.clone();
        // Written here, since a large view takes longer than the event loop may wait. One after the other, so that a ring never waits behind
        // more than one view.
        let json = serde_json::to_string(&event);
        async move {
            match json {
                Ok(json) => on_main_thread(&app, move |app| windows::tell_json(app, Events::topic(), json)).await,
                Err(error) => tracing::error!(%error, "a view of the supervisor's desk could not be written as JSON"),
            }
        }
    };
    app.state::<Desk>().follow(tell).await;
}

/// Keeps the window's language, theme and person current, ends the topics of a window that was closed, and closes the window when the desk is
/// switched off.
pub async fn watch_window(app: AppHandle) {
    let (mut is_open, mut snapshots) = (app.state::<Supervisor>().is_open(), app.state::<Handle>().snapshots());
    let mut shown = None;
    loop {
        select! {
            changed = is_open.changed() => {
                if changed.is_err() {
                    return;
                }
                if !*is_open.borrow_and_update() {
                    app.state::<Desk>().page_closed();
                }
            }
            changed = snapshots.changed() => {
                if changed.is_err() {
                    return;
                }
                snapshots.mark_unchanged();
            }
        }
        if !*is_open.borrow() {
            continue;
        }
        if !floor::is_on(&snapshots.borrow()) {
            on_main_thread(&app, windows::supervisor::close).await;
            continue;
        }
        let place = place(&app, shown.as_ref());
        if shown.as_ref() != Some(&place) {
            windows::tell(&app, Events::supervisor_place(), &place);
            shown = Some(place);
        }
    }
}

/// The skew of the clocks changes a little with each reading; the page keeps the one that it has for a change of up to this, in milliseconds.
const SKEW: i64 = 1000;

/// `shown`: what the page has.
fn place(app: &AppHandle, shown: Option<&SupervisorPlace>) -> SupervisorPlace {
    let snapshots = app.state::<Handle>().snapshots();
    let snapshot = snapshots.borrow();
    let ahead = snapshot.connection.skew_ms.unwrap_or(0);
    let known = shown.map(|shown| shown.clock_ahead_ms).filter(|known| ahead.saturating_sub(*known).saturating_abs() <= SKEW);
    SupervisorPlace {
        language: snapshot.settings.language,
        theme: snapshot.settings.theme,
        person: floor::person(&snapshot),
        platform_utc_minutes: app.state::<Desk>().platform_utc_minutes(),
        clock_ahead_ms: known.unwrap_or(ahead),
        board: app.state::<Arc<Places>>().get().board,
    }
}

fn floor(window: &Window) -> Result<FloorHandle, Problem> {
    window.state::<Desk>().floor()
}

pub async fn open_supervisor(window: &Window) -> Answer {
    if !floor::is_on(&window.state::<Handle>().snapshots().borrow()) {
        return Err(floor::off());
    }
    windows::supervisor::open(window.app_handle());
    Ok(())
}

pub async fn do_not_call(window: &Window, phone: String, reason: String) -> Answer {
    floor(window)?.do_not_call(phone, reason).await
}

pub fn watch_topics(window: &Window, topics: Vec<Topic>) -> Answer {
    window.state::<Desk>().watch_topics(topics);
    Ok(())
}

pub fn floor_intent(window: &Window, intent: FloorIntent) -> Answer {
    floor(window)?.floor_intent(intent);
    Ok(())
}

pub fn supervisor_place(window: &Window) -> Answer<SupervisorPlace> {
    Ok(place(window.app_handle(), None))
}

/// The most bytes that the page keeps of its wallboard.
const BOARD: usize = 64 << 10;

pub async fn keep_board(window: &Window, board: String) -> Answer {
    if board.len() > BOARD {
        return Err(Problem::new(ProblemCode::BadRequest, format!("more than {BOARD} bytes"), false));
    }
    let places = Arc::clone(&*window.state::<Arc<Places>>());
    let keep = move || {
        places.change(|kept| kept.board = board);
        places.save();
    };
    tauri::async_runtime::spawn_blocking(keep).await.map_err(refused)
}

pub async fn set_full_screen(window: &Window, on: bool) -> Answer {
    window.set_fullscreen(on).map_err(refused)
}

pub fn sound_alarm(window: &Window) -> Answer {
    window.state::<Sound>().alarm();
    Ok(())
}

pub async fn import_unreached(window: &Window, name: String, campaign: CampaignId) -> Answer<u64> {
    floor(window)?.import_unreached(name, campaign).await
}

pub async fn import_begin(window: &Window, name: String, bytes: u64) -> Answer<u64> {
    floor(window)?.import_begin(name, bytes).await
}

pub async fn import_piece(window: &Window, id: u64, piece: String) -> Answer {
    floor(window)?.import_piece(id, piece).await
}

pub async fn import_calls(window: &Window, name: String, calls: Vec<String>) -> Answer<u64> {
    floor(window)?.import_calls(name, calls).await
}

pub async fn import_preview(window: &Window, id: u64, layout: Option<SheetLayout>) -> Answer<Result<SheetPreview, SheetError>> {
    floor(window)?.import_preview(id, layout).await
}

pub async fn import_check(window: &Window, id: u64, layout: SheetLayout, rules: CheckRules) -> Answer {
    floor(window)?.import_check(id, layout, rules).await
}

pub async fn import_drop(window: &Window, id: u64) -> Answer {
    floor(window)?.import_drop(id).await
}

pub async fn import_save_refused(window: &Window, id: u64, words: RefusedWords) -> Answer<String> {
    let desk = window.state::<Desk>();
    Ok(desk.note_saved(floor(window)?.import_save_refused(id, words, desk.exports()).await?))
}

pub async fn show_saved_list(window: &Window, path: String) -> Answer {
    let saved = window.state::<Desk>().saved(&path).ok_or_else(|| refused("no such list was saved"))?;
    show_in_folder(window, saved).await
}

pub async fn campaign_numbers(
    window: &Window,
    campaign: CampaignId,
    filter: NumberFilter,
    skip: u64,
    limit: usize,
) -> Answer<Vec<NumberRow>> {
    floor(window)?.campaign_numbers(campaign, filter, skip, limit).await
}

pub async fn campaign_number_count(window: &Window, campaign: CampaignId, filter: NumberFilter) -> Answer<u64> {
    floor(window)?.campaign_number_count(campaign, filter).await
}

pub async fn do_not_call_page(window: &Window, text: String, skip: u64, limit: usize) -> Answer<Vec<DoNotCall>> {
    floor(window)?.do_not_call_page(text, skip, limit).await
}

pub async fn do_not_call_count(window: &Window, text: String) -> Answer<u64> {
    floor(window)?.do_not_call_count(text).await
}

pub async fn do_not_call_import(window: &Window, text: String, reason: String) -> Answer<DoNotCallImported> {
    floor(window)?.do_not_call_import(text, reason).await
}

pub async fn do_not_call_export(window: &Window) -> Answer<String> {
    let desk = window.state::<Desk>();
    Ok(desk.note_saved(floor(window)?.do_not_call_export(desk.exports()).await?))
}

pub async fn abandoned_customers(window: &Window, since: Timestamp) -> Answer<Vec<Dialled>> {
    floor(window)?.abandoned_customers(since).await
}

pub async fn floor_ledger(window: &Window, skip: u64, limit: usize) -> Answer<Vec<FloorEntry>> {
    floor(window)?.floor_ledger(skip, limit).await
}

pub async fn show_password(window: &Window, extension: Extension) -> Answer<String> {
    Ok(floor(window)?.password(extension).await?.expose_secret().to_owned())
}

pub async fn copy_password(window: &Window, extension: Extension) -> Answer {
    let password = floor(window)?.password(extension).await?;
    SecretClipboard::copy(window.app_handle(), password).await.map_err(refused)
}

pub async fn call_service(window: &Window, service: String, fields: Vec<(String, String)>) -> Answer<ServiceExchange> {
    floor(window)?.call_service(service, fields).await
}

pub fn services(_: &Window) -> Answer<Vec<ServiceForm>> {
    Ok(service_forms().to_vec())
}
