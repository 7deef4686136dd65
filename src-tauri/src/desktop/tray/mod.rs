//! The tray: an icon for the state, and a menu. Everything works by the menu, since Linux does not report clicks on the icon.

mod icons;
mod menu;
#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "native/other.rs")]
mod native;
mod view;

use std::sync::{Arc, Mutex, MutexGuard};

use jiff::tz::TimeZone;
use ringside_domain::{CallId, Intent, Membership, Problem, ProblemCode, QueueName, SetBy, ShellReport, Snapshot, Wish};
use ringside_engine::Handle;
use tauri::{
    AppHandle, Manager,
    menu::MenuEvent,
    tray::{TrayIcon, TrayIconBuilder},
};

use menu::TrayMenu;
use native::{missing, watch};
use view::View;

use crate::{
    desktop::{
        notification::Teller,
        windows::{self, main::MainWindow},
    },
    floor::{self, Desk},
    life::{locked, quit::Quit, tasks},
    texts::Texts,
};

/// The tray, if there is one; managed by Tauri.
#[derive(Default)]
pub struct TraySlot(Mutex<Option<Tray>>);

impl TraySlot {
    /// Locked on the main thread only.
    pub fn tray(&self) -> MutexGuard<'_, Option<Tray>> {
        locked(&self.0)
    }
}

/// Creates the tray and watches whether the desktop shows icons (T1, T2). If no tray can be created, shows the main window.
pub fn start(app: &AppHandle, handle: &Handle, key: &str) {
    let snapshot = Arc::clone(&handle.snapshots().borrow());
    let made = match missing() {
        Some(problem) => Err(problem),
        None => Tray::new(app, &snapshot, Texts::of(snapshot.settings.language), key)
            .map_err(|error| Problem::new(ProblemCode::TrayMissing, error.to_string(), false)),
    };
    match made {
        Ok(tray) => {
            *app.state::<TraySlot>().tray() = Some(tray);
            let (app, handle) = (app.clone(), handle.clone());
            let watching = move || {
                let app = app.clone();
                watch(handle.clone(), move |has| tray_is(&app, has))
            };
            tasks::keep("the watch over the tray", watching, |_, _| {});
        }
        Err(problem) => {
            tracing::warn!(%problem, "no tray");
            handle.report(ShellReport::Tray(Some(problem)));
            windows::main::surface(app);
        }
    }
}

fn tray_is(app: &AppHandle, has: bool) {
    app.state::<MainWindow>().set_has_tray(has);
    let target = app.clone();
    if !has && let Err(error) = app.run_on_main_thread(move || windows::main::surface(&target)) {
        tracing::warn!(%error, "a hidden window could not be shown");
    }
}

/// Used on the main thread only.
pub struct Tray {
    icon: TrayIcon,
    menu: TrayMenu,
    view: View,
    zone: TimeZone,
}

impl Tray {
    /// `key` distinguishes this instance's icon files from another's.
    pub fn new(app: &AppHandle, snapshot: &Snapshot, texts: &Texts, key: &str) -> tauri::Result<Self> {
        let zone = TimeZone::system();
        let view = View::of(snapshot, texts, &zone);
        let menu = TrayMenu::new(app, &view)?;
        let icon = TrayIconBuilder::with_id(format!("ringside-{key}"))
            .icon(icons::of(view.label, view.pending)?)
            .tooltip(tooltip(&view))
            .menu(&menu.menu)
            .show_menu_on_left_click(true)
            .on_menu_event(on_event)
            .build(app)?;
        Ok(Self { icon, menu, view, zone })
    }

    /// Updates only the parts that changed.
    pub fn sync(&mut self, app: &AppHandle, next: &Snapshot, texts: &Texts) -> tauri::Result<()> {
        let view = View::of(next, texts, &self.zone);
        if view == self.view {
            return Ok(());
        }
        if (view.label, view.pending) != (self.view.label, self.view.pending) {
            self.icon.set_icon(Some(icons::of(view.label, view.pending)?))?;
        }
        if view.state != self.view.state {
            self.icon.set_tooltip(Some(tooltip(&view)))?;
        }
        self.menu.sync(app, &view)?;
        self.view = view;
        Ok(())
    }

    #[cfg(all(test, windows))]
    pub fn menu(&self) -> &tauri::menu::Menu<tauri::Wry> {
        &self.menu.menu
    }
}

fn tooltip(view: &View) -> String {
    format!("Ringside · {}", view.state.text)
}

fn on_event(app: &AppHandle, event: MenuEvent) {
    let handle = app.state::<Handle>();
    let (kind, rest) = event.id().0.split_once(':').unwrap_or((event.id().0.as_str(), ""));
    let set = |wish| handle.intent(Intent::Wish { wish, by: SetBy::Tray });
    match kind {
        "available" => set(Wish::Available),
        "busy" => set(Wish::Busy { reason: None }),
        "reason" => set(Wish::Busy { reason: Some(rest.to_owned()) }),
        "queue" => toggle(&handle, QueueName(rest.to_owned())),
        "call" => windows::main::show(app, rest.parse().ok().map(CallId)),
        "show" => windows::main::show(app, None),
        "supervisor" => windows::supervisor::open(app),
        "quit" => quit(app),
        _ => {}
    }
    if let Some(tray) = app.state::<TraySlot>().tray().as_ref()
        && let Err(error) = tray.menu.unmark()
    {
        tracing::warn!(%error, "the tray's marks could not be put back");
    }
}

fn quit(app: &AppHandle) {
    if floor::quit(&app.state::<Desk>(), &app.state::<Quit>()).is_err() {
        let texts = Texts::of(app.state::<Handle>().snapshots().borrow().settings.language);
        if let Some(teller) = app.try_state::<Teller>() {
            teller.say(texts.not_ended, texts.campaigns_need_it);
        }
    }
}

fn toggle(handle: &Handle, queue: QueueName) {
    let is_in = |name: &QueueName| {
        let snapshots = handle.snapshots();
        let snapshot = snapshots.borrow();
        snapshot.queues.iter().any(|queue| queue.name == *name && queue.membership == Membership::In)
    };
    handle.intent(if is_in(&queue) { Intent::LeaveQueue { queue } } else { Intent::JoinQueue { queue } });
}
