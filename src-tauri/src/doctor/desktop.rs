//! Checks of the desktop: notifications and the tray.

use ringside_engine::doctor::{About, Check, Finding};

use crate::system;

pub async fn examine() -> [Check; 2] {
    if !system::has_desktop() {
        return [About::Notifications, About::Tray].map(|about| Check::new(about, Finding::NoDesktop, ""));
    }
    let notifications = match system::notifications::problem().await {
        #[cfg(windows)]
        Some(_) if !system::notifications::is_registered() => Check::new(About::Notifications, Finding::NotificationsUnregistered, ""),
        None => Check::new(About::Notifications, Finding::NotificationsShown, ""),
        Some(detail) => Check::new(About::Notifications, Finding::NoNotifications, detail),
    };
    [notifications, tray().await]
}

#[cfg(target_os = "linux")]
async fn tray() -> Check {
    use crate::system::{bus, tray};

    if let Some(problem) = tray::missing() {
        return Check::new(About::Tray, Finding::NoTray, problem.detail);
    }
    match bus::has_owner(tray::HOST).await {
        Ok(true) => Check::new(About::Tray, Finding::TrayShown, ""),
        Ok(false) => Check::new(About::Tray, Finding::NoTray, tray::HOST),
        Err(error) => Check::new(About::Tray, Finding::NoTray, error.to_string()),
    }
}

/// The system's own service always exists.
#[cfg(not(target_os = "linux"))]
async fn tray() -> Check {
    Check::new(About::Tray, Finding::TrayShown, "")
}
