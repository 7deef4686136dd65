//! Checks of the desktop: notifications and the tray.

use ringside_engine::doctor::{About, Check, Finding};

#[cfg(target_os = "linux")]
use crate::desktop::{self, bus, notification, tray};

#[cfg(target_os = "linux")]
pub async fn examine() -> [Check; 2] {
    if !desktop::is_here() {
        return [About::Notifications, About::Tray].map(|about| Check::new(about, Finding::NoDesktop, ""));
    }
    [notifications().await, tray_icons().await]
}

#[cfg(target_os = "linux")]
async fn notifications() -> Check {
    match notification::capabilities().await {
        Ok(_) => Check::new(About::Notifications, Finding::NotificationsShown, ""),
        Err(error) => Check::new(About::Notifications, Finding::NoNotifications, error.to_string()),
    }
}

#[cfg(target_os = "linux")]
async fn tray_icons() -> Check {
    if let Some(problem) = tray::missing() {
        return Check::new(About::Tray, Finding::NoTray, problem.detail);
    }
    match bus::has_owner(tray::HOST).await {
        Ok(true) => Check::new(About::Tray, Finding::TrayShown, ""),
        Ok(false) => Check::new(About::Tray, Finding::NoTray, tray::HOST),
        Err(error) => Check::new(About::Tray, Finding::NoTray, error.to_string()),
    }
}

/// The system's own services always exist.
#[cfg(not(target_os = "linux"))]
pub async fn examine() -> [Check; 2] {
    [Check::new(About::Notifications, Finding::NotificationsShown, ""), Check::new(About::Tray, Finding::TrayShown, "")]
}
