//! What needs a desktop: notifications and the tray.

use ringside_engine::doctor::{About, Check, Finding};

/// Whether this runs on a desktop.
pub fn is_here() -> bool {
    !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}

#[cfg(target_os = "linux")]
pub async fn examine() -> [Check; 2] {
    if !is_here() {
        return [About::Notifications, About::Tray].map(|about| Check::new(about, Finding::NoDesktop, ""));
    }
    [notifications().await, tray().await]
}

#[cfg(target_os = "linux")]
async fn notifications() -> Check {
    match crate::desktop::notification::capabilities().await {
        Ok(_) => Check::new(About::Notifications, Finding::NotificationsShown, ""),
        Err(error) => Check::new(About::Notifications, Finding::NoNotifications, error.to_string()),
    }
}

#[cfg(target_os = "linux")]
async fn tray() -> Check {
    if let Some(problem) = crate::desktop::tray::missing() {
        return Check::new(About::Tray, Finding::NoTray, problem.detail);
    }
    match crate::desktop::bus::has_owner(crate::desktop::tray::HOST).await {
        Ok(true) => Check::new(About::Tray, Finding::TrayShown, ""),
        Ok(false) => Check::new(About::Tray, Finding::NoTray, crate::desktop::tray::HOST),
        Err(error) => Check::new(About::Tray, Finding::NoTray, error.to_string()),
    }
}

/// The system's own, always there.
#[cfg(not(target_os = "linux"))]
pub async fn examine() -> [Check; 2] {
    [Check::new(About::Notifications, Finding::NotificationsShown, ""), Check::new(About::Tray, Finding::TrayShown, "")]
}
