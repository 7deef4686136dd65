//! The two windows: the main one, and the ring card, made hidden at the start so that it can show at once.

mod display;
pub mod main;
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "other.rs")]
mod native;
pub mod places;
pub mod ring;

use tauri::{Manager, Window, WindowEvent};

use crate::shell::Shell;

pub fn on_event(window: &Window, event: &WindowEvent) {
    match window.label() {
        main::LABEL => main::on_event(window, event),
        ring::LABEL => {
            if let WindowEvent::Moved(_) = event {
                window.state::<Shell>().ring.moved();
            }
        }
        _ => {}
    }
}
