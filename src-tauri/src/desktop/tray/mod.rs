//! The tray: an icon for the state, and a menu that works without clicks on the icon, which Linux does not report.

mod host;
mod icons;
mod menu;
mod view;

use jiff::tz::TimeZone;
use ringside_domain::{Availability, CallId, Intent, Membership, Occasion, QueueName, SetBy, Snapshot};
use tauri::{
    AppHandle, Manager,
    menu::MenuEvent,
    tray::{TrayIcon, TrayIconBuilder},
};

#[cfg(target_os = "linux")]
pub use host::HOST;
pub use host::{missing, watch};
use menu::TrayMenu;
use view::View;

use crate::{app::farewell::Shell, desktop::windows, texts::Texts};

/// Used on the main thread only.
pub struct Tray {
    icon: TrayIcon,
    menu: TrayMenu,
    view: View,
    zone: TimeZone,
}

impl Tray {
    /// `key` tells this instance's icon files from those of another.
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

    /// Changes what differs.
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
}

fn tooltip(view: &View) -> String {
    format!("Ringside · {}", view.state.text)
}

fn on_event(app: &AppHandle, event: MenuEvent) {
    let shell = app.state::<Shell>();
    let (kind, rest) = event.id().0.split_once(':').unwrap_or((event.id().0.as_str(), ""));
    let set = |availability| shell.handle.intent(Intent::SetAvailability { availability, by: SetBy::Tray });
    match kind {
        "available" => set(Availability::Available),
        "busy" => set(Availability::Busy { reason: None }),
        "reason" => set(Availability::Busy { reason: Some(rest.to_owned()) }),
        "queue" => toggle(&shell, QueueName(rest.to_owned())),
        "call" => windows::main::show(app, rest.parse().ok().map(CallId)),
        "show" => windows::main::show(app, None),
        "quit" => shell.quit(app, Occasion::Quit),
        _ => {}
    }
    if let Some(tray) = shell.tray().as_ref()
        && let Err(error) = tray.menu.unmark()
    {
        tracing::warn!(%error, "the tray's marks could not be put back");
    }
}

fn toggle(shell: &Shell, queue: QueueName) {
    let is_in = |name: &QueueName| {
        let snapshots = shell.handle.snapshots();
        let snapshot = snapshots.borrow();
        snapshot.queues.iter().any(|queue| queue.name == *name && queue.membership == Membership::In)
    };
    shell.handle.intent(if is_in(&queue) { Intent::LeaveQueue { queue } } else { Intent::JoinQueue { queue } });
}
