//! The commands that each window's page may call, and the events that it hears: each is declared here and nowhere else.
//!
//! The shell's handlers, the permissions of its windows and the page's TypeScript are made from [`commands!`](crate::commands) and
//! [`events!`](crate::events).

use std::{marker::PhantomData, sync::Arc};

use crate::{CallId, CheckupView, PlayerView, Snapshot};

/// A window, and with it the page that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    Main,
    Ring,
}

impl Window {
    pub const ALL: [Self; 2] = [Self::Main, Self::Ring];

    /// The window's name in Tauri.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Ring => "ring",
        }
    }
}

/// Calls the macro `$then` with all commands. Each has the windows whose pages may call it, its arguments and its answer; each can fail
/// with a `Problem`. A `sync` command runs on the event loop, in the order of the calls; an `async` one runs beside it, since it may
/// take a while.
#[macro_export]
macro_rules! commands {
    ($then:ident) => {
        $then! {
            /// The current snapshot; later ones come as events.
            [Main, Ring] sync fn snapshot() -> Arc<Snapshot>;
            /// Changes the session.
            [Main] sync fn intent(intent: Intent);
            /// Changes the session by an intent that a ring card offers.
            [Ring] sync fn ring_intent(intent: RingIntent);
            /// A ring card is on the screen.
            [Ring] sync fn card_painted(call: CallId);
            /// The page of the ring cards is ready to draw them.
            [Ring] sync fn ring_runs();
            /// The ring cards need this many CSS pixels of height.
            [Ring] sync fn fit_ring(height: f64);
            /// The person took hold of the ring cards. Only in the course of a press.
            [Ring] sync fn drag_ring();
            /// The person wants to type on a ring card. Only in answer to a click.
            [Ring] sync fn type_on_ring();
            /// Shows the main window, at this call where one is given.
            [Ring] sync fn show_main(call: Option<CallId>);
            /// Puts the ring cards back into the corner, on every display.
            [Main] sync fn put_ring_back();
            /// The call that the main window was last asked to show, once.
            [Main] sync fn call_to_show() -> Option<CallId>;
            /// The main window's page runs, and whether it can be seen.
            [Main] sync fn main_seen(seen: bool);
            /// The main window's first view is on the screen.
            [Main] async fn main_drawn();
            /// A note was typed on here: the other window shows it at once, before it is kept.
            [Main, Ring] sync fn note_typed(call: CallId, text: String);
            /// Writes an error of this page to the log.
            [Main, Ring] sync fn log_error(what: String);
            [Main, Ring] sync fn copy_text(text: String);
            [Main, Ring] async fn log_row(call: CallId) -> Option<LogRow>;
            /// Up to `limit` calls of the log in the order walked, the first `skip` left out.
            [Main] async fn log_page(filter: Filter, begin: Begin, skip: u64, limit: usize) -> Vec<LogRow>;
            /// How many calls began between each boundary and the next; the boundaries ascend.
            [Main] async fn log_counts(filter: Filter, boundaries: Vec<Timestamp>) -> Vec<u64>;
            /// What the calls between each boundary and the next come to; the boundaries ascend.
            [Main] async fn log_sums(boundaries: Vec<Timestamp>) -> Vec<Sums>;
            /// Shows the last export's file where it lies.
            [Main] async fn show_export();
            /// The recording at hand; changes come as events.
            [Main] sync fn player() -> Option<PlayerView>;
            [Main] sync fn play(order: PlayerOrder);
            [Main] async fn sound_devices() -> Vec<SoundDevice>;
            /// Rings once.
            [Main] sync fn test_sound();
            [Main] async fn open_recording(call: CallId);
            [Main] async fn copy_recording(call: CallId);
            /// Puts a copy of a call's recording among the downloads; its path.
            [Main] async fn save_recording(call: CallId) -> String;
            /// Shows that copy where it lies.
            [Main] sync fn show_saved_recording(call: CallId);
            [Main] sync fn open_archive_folder();
            [Main] sync fn copy_callback_address();
            /// What a template of a customer's page comes to, for a call as it could be.
            [Main] sync fn preview_crm(template: String) -> CrmPreview;
            [Main] sync fn start_demo();
            [Main] sync fn open_log_folder();
            /// While new keys are being pressed, no shortcut is heard. The answer comes when that is so.
            [Main] async fn hold_shortcuts(held: bool);
            /// The last exchanges with the platform, the newest first.
            [Main] sync fn capture() -> Captured;
            [Main] sync fn switch_capture(on: bool);
            /// Saves all exchanges that are kept; the path of the file.
            [Main] sync fn save_capture() -> String;
            /// Saves the receipt of the shift between these; the path of the file.
            [Main] async fn save_receipt(from: Timestamp, to: Timestamp) -> String;
            /// Begins a check of the setup, unless one goes on.
            [Main] sync fn check_setup();
            /// The check of the setup that goes on, or the last one; later lines come as events.
            [Main] sync fn checkup() -> Option<CheckupView>;
            /// Copies the last check of the setup as a text.
            [Main] sync fn copy_checkup();
            [Main] async fn starts_with_system() -> bool;
            [Main] async fn start_with_system(on: bool);
            [Main] sync fn quit();
        }
    };
}

/// Calls the macro `$then` with all events. Each has the windows whose pages hear it, and its payload.
#[macro_export]
macro_rules! events {
    ($then:ident) => {
        $then! {
            /// The snapshot changed.
            [Main, Ring] snapshot: Arc<Snapshot>;
            /// A note was typed on in the other window.
            [Main, Ring] note_typed: (CallId, String);
            /// A call is to be shown; the page gets it by `callToShow`, since it may not have listened in time.
            [Main] show_call: ();
            /// The recording at hand changed.
            [Main] player: Option<PlayerView>;
            /// The check of the setup has come further.
            [Main] checkup: Option<CheckupView>;
        }
    };
}

/// A command, and the windows whose pages may call it.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    pub name: &'static str,
    pub windows: &'static [Window],
}

macro_rules! named {
    ($($(#[$doc:meta])* [$($window:ident),+] $turn:ident fn $name:ident($($given:ident: $of:ty),*) $(-> $answer:ty)?;)+) => {
        pub const COMMANDS: &[Command] = &[$(Command { name: stringify!($name), windows: &[$(Window::$window),+] }),+];
    };
}
commands!(named);

/// An event of one window; its payload is a `T`.
#[derive(Clone, Copy, Debug)]
pub struct PageEvent<T> {
    pub window: Window,
    name: &'static str,
    payload: PhantomData<fn(T)>,
}

impl<T> PageEvent<T> {
    /// Tauri sends an event to the pages of all windows that listen to its name, so each window has its own names.
    pub fn name(&self) -> String {
        format!("{}-{}", self.window.label(), self.name)
    }
}

/// The events of the main window.
#[derive(Clone, Copy, Debug)]
pub struct Main;

/// The events of the ring cards' window.
#[derive(Clone, Copy, Debug)]
pub struct Ring;

macro_rules! told {
    ($($(#[$doc:meta])* [$($window:ident),+] $name:ident: $payload:ty;)+) => {
        $($(impl $window {
            pub const fn $name() -> PageEvent<$payload> {
                PageEvent { window: Window::$window, name: stringify!($name), payload: PhantomData }
            }
        })+)+
    };
}
events!(told);
