//! The commands that the windows' pages call, and the events that they hear; `ringside_domain::contract` declares both.

pub mod bridge;
mod call_log;
pub mod checkup;
mod commands;
pub mod floor;
pub mod recording_copies;
mod sound;
mod updates;

use ringside_domain::{Problem, ProblemCode};
use tauri::{Manager, Wry, ipc::Invoke};

use crate::desktop::tray::TraySlot;

/// The answer to a command, or its failure.
type Answer<T = ()> = Result<T, Problem>;

/// The functions that carry out the commands, with the commands' names. The first argument of each is the calling window.
mod implementations {
    pub use crate::ipc::{call_log::*, checkup::*, commands::*, floor::*, recording_copies::*, sound::*, updates::*};
}

/// Tauri's handler of one command.
macro_rules! handler {
    (sync $name:ident($($given:ident: $of:ty),*) $answer:ty) => {
        #[tauri::command]
        pub fn $name(window: Window, $($given: $of),*) -> Answer<$answer> {
            implementations::$name(&window, $($given),*)
        }
    };
    (async $name:ident($($given:ident: $of:ty),*) $answer:ty) => {
        #[tauri::command]
        pub async fn $name(window: Window, $($given: $of),*) -> Answer<$answer> {
            implementations::$name(&window, $($given),*).await
        }
    };
}

macro_rules! handlers {
    ($($(#[$doc:meta])* [$($window:ident),+] $turn:ident fn $name:ident($($given:ident: $of:ty),*) $(-> $answer:ty)?;)+) => {
        #[allow(unused_parens, reason = "a command that answers nothing answers `()`")]
        mod handlers {
            use std::sync::Arc;

            use ringside_domain::*;
            use tauri::Window;

            use crate::ipc::{Answer, implementations};

            $(handler!($turn $name($($given: $of),*) ($($answer)?));)+
        }

        /// Tauri's handler of all commands.
        pub fn commands() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
            once_started(tauri::generate_handler![$(handlers::$name),+])
        }
    };
}
ringside_domain::commands!(handlers);

/// Rejects commands until the state that they use is there. If the start fails, the dialogue that says so lets the page run without it.
fn once_started(handle: impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static) -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    move |invoke| {
        // The state that is registered last.
        if invoke.message.webview_ref().try_state::<TraySlot>().is_some() {
            return handle(invoke);
        }
        tracing::warn!(command = invoke.message.command(), "a page asked before the start");
        invoke.resolver.reject(Problem::new(ProblemCode::PartFailed, "Ringside has not started", true));
        true
    }
}
