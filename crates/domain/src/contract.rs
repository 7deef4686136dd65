//! The commands that each window's page may call, and the events that it gets: each is declared here and nowhere else.
//!
//! The shell's handlers, the windows' permissions and the page's TypeScript are made from [`commands!`](crate::commands) and
//! [`events!`](crate::events).

use std::{marker::PhantomData, sync::Arc};

use crate::{CallId, CheckupView, PlayerView, Snapshot, SupervisorPlace, TopicEvent, UpdateView};

/// A window, together with its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    Main,
    Ring,
    /// The supervisor's desk; made only when it is opened.
    Supervisor,
}

impl Window {
    pub const ALL: [Self; 3] = [Self::Main, Self::Ring, Self::Supervisor];

    /// The window's name in Tauri.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Ring => "ring",
            Self::Supervisor => "supervisor",
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
            /// Changes the session. Refused once if it ends the keeping of a campaign's hours or limits: signing out, and switching the desk off.
            [Main] sync fn intent(intent: Intent);
            /// Changes the session by an intent that a ring card offers.
            [Ring] sync fn ring_intent(intent: RingIntent);
            /// Reports that the card of this call was painted.
            [Ring] sync fn card_painted(call: CallId);
            /// Reports that the ring cards' page can draw.
            [Ring] sync fn ring_runs();
            /// Sets the height that the ring cards need, in CSS pixels.
            [Ring] sync fn fit_ring(height: f64);
            /// Starts to drag the window of the ring cards. Only while the mouse button is pressed.
            [Ring] sync fn drag_ring();
            /// Gives the ring cards' window the keyboard. Only in answer to a click.
            [Ring] sync fn type_on_ring();
            /// Shows the main window, and in it this call, if one is given.
            [Ring] sync fn show_main(call: Option<CallId>);
            /// Moves the ring cards back to the corner, on all displays.
            [Main] sync fn put_ring_back();
            /// The call that the main window is to show. Each is returned once.
            [Main] sync fn call_to_show() -> Option<CallId>;
            /// Reports that the main window's page runs, and whether it can be seen.
            [Main] sync fn main_seen(seen: bool);
            /// Reports that the main window's first view was painted.
            [Main] async fn main_drawn();
            /// Sends the text of a note to the other window, which shows it before it is stored.
            [Main, Ring] sync fn note_typed(call: CallId, text: String);
            /// Writes an error of this page to the log.
            [Main, Ring, Supervisor] sync fn log_error(what: String);
            [Main, Ring, Supervisor] sync fn copy_text(text: String);
            /// Makes this page larger or smaller; it keeps its size in later runs.
            [Main, Supervisor] sync fn zoom(step: ZoomStep);
            [Main, Ring] async fn log_row(call: CallId) -> Option<LogRow>;
            /// Up to `limit` calls of the log, in the direction that `begin` gives, without the first `skip`.
            [Main] async fn log_page(filter: Filter, begin: Begin, skip: u64, limit: usize) -> Vec<LogRow>;
            /// The number of calls that began between each boundary and the next. The boundaries ascend.
            [Main] async fn log_counts(filter: Filter, boundaries: Vec<Timestamp>) -> Vec<u64>;
            /// The totals of the calls that began between each boundary and the next. The boundaries ascend.
            [Main] async fn log_sums(boundaries: Vec<Timestamp>) -> Vec<Sums>;
            /// Shows the last export's file in the system's file manager.
            [Main] async fn show_export();
            /// The recording in the player; changes come as events.
            [Main] sync fn player() -> Option<PlayerView>;
            [Main] sync fn play(order: PlayerOrder);
            [Main] async fn sound_devices() -> Vec<SoundDevice>;
            /// Plays the ring once.
            [Main] sync fn test_sound();
            [Main] async fn open_recording(call: CallId);
            [Main] async fn copy_recording(call: CallId);
            /// Saves a copy of a call's recording in the downloads folder, and returns its path.
            [Main] async fn save_recording(call: CallId) -> String;
            /// Shows the copy saved last of this call in the system's file manager.
            [Main] sync fn show_saved_recording(call: CallId);
            [Main] sync fn open_archive_folder();
            [Main] sync fn copy_callback_address();
            /// The URL of a CRM page that a template gives for a sample call, or its error.
            [Main] sync fn preview_crm(template: String) -> CrmPreview;
            [Main] sync fn start_demo();
            [Main] sync fn open_log_folder();
            /// Suspends or resumes the shortcuts, so that the user can press new keys. Answers when that is done.
            [Main] async fn hold_shortcuts(held: bool);
            /// The last exchanges with the platform, the newest first.
            [Main] sync fn capture() -> Captured;
            [Main] sync fn switch_capture(on: bool);
            /// Saves all exchanges that are kept, and returns the file's path.
            [Main] sync fn save_capture() -> String;
            /// Saves one file for support, without secrets and customers' numbers, and returns its path.
            [Main] async fn save_diagnostics() -> String;
            /// Saves the receipt of the shift between these times, and returns the file's path.
            [Main] async fn save_receipt(from: Timestamp, to: Timestamp) -> String;
            /// Starts a check of the setup, unless one is running.
            [Main] sync fn check_setup();
            /// The running or the last check of the setup; later lines come as events.
            [Main] sync fn checkup() -> Option<CheckupView>;
            /// Copies the last check of the setup to the clipboard, as text.
            [Main] sync fn copy_checkup();
            /// The state of the updates; later ones come as events.
            [Main] sync fn update() -> UpdateView;
            /// Asks the server for a newer version now.
            [Main] sync fn look_for_update();
            /// Installs the version that is offered, and starts Ringside again.
            [Main] sync fn install_update();
            /// Starts Ringside again with the copy of its data. The data of the newer Ringside is kept beside it.
            [Main] sync fn use_backup();
            [Main] async fn starts_with_system() -> bool;
            [Main] async fn start_with_system(on: bool);
            /// Ends the app. Refused once while a campaign is open whose hours or limits only Ringside keeps.
            [Main] async fn quit();
            /// Opens the supervisor's window.
            [Main] async fn open_supervisor();
            /// Enters a customer's number in the do-not-call list.
            [Main] async fn do_not_call(phone: String, reason: String);
            /// Replaces the topics that this page watches; the current view of each comes at once, later ones as events.
            [Supervisor] sync fn watch_topics(topics: Vec<Topic>);
            [Supervisor] sync fn floor_intent(intent: FloorIntent);
            /// The language, the theme and the person, for the page's first drawing; later ones come as events.
            [Supervisor] sync fn supervisor_place() -> SupervisorPlace;
            /// Keeps the page's choice for the wallboard, at most 64 kB; it comes back with the place.
            [Supervisor] async fn keep_board(board: String);
            /// Shows the window on the whole screen, or in its frame again.
            [Supervisor] async fn set_full_screen(on: bool);
            /// Plays the sound of an alarm once, unless the agent's phone rings.
            [Supervisor] sync fn sound_alarm();
            /// Begins an import of a file with this name and size in bytes, and returns its number.
            [Supervisor] async fn import_begin(name: String, bytes: u64) -> u64;
            /// Appends a piece of the file, in Base64.
            [Supervisor] async fn import_piece(id: u64, piece: String);
            /// Begins an import of the customers of these calls of the dialler, given by their keys, and returns its number.
            [Supervisor] async fn import_calls(name: String, calls: Vec<String>) -> u64;
            /// Begins an import of the customers of this campaign whom no agent reached, and returns its number.
            [Supervisor] async fn import_unreached(name: String, campaign: CampaignId) -> u64;
            /// Looks at the first rows, with the given layout, or with a guess.
            [Supervisor] async fn import_preview(id: u64, layout: Option<SheetLayout>) -> Result<SheetPreview, SheetError>;
            /// Reads and checks all rows, and keeps them; nothing is sent. The progress comes with the topic `Import`.
            [Supervisor] async fn import_check(id: u64, layout: SheetLayout, rules: CheckRules);
            /// Stops the reading and forgets the rows.
            [Supervisor] async fn import_drop(id: u64);
            /// Saves the rows that the last check of an import refused as a file, and returns its path. Fails once the import has ended.
            [Supervisor] async fn import_save_refused(id: u64, words: RefusedWords) -> String;
            /// Shows a list that was saved in this run in the system's file manager.
            [Supervisor] async fn show_saved_list(path: String);
            [Supervisor] async fn campaign_numbers(campaign: CampaignId, filter: NumberFilter, skip: u64, limit: usize) -> Vec<NumberRow>;
            [Supervisor] async fn campaign_number_count(campaign: CampaignId, filter: NumberFilter) -> u64;
            [Supervisor] async fn do_not_call_page(text: String, skip: u64, limit: usize) -> Vec<DoNotCall>;
            [Supervisor] async fn do_not_call_count(text: String) -> u64;
            /// Takes the first number of each line of a text into the list.
            [Supervisor] async fn do_not_call_import(text: String, reason: String) -> DoNotCallImported;
            /// Saves the list as a file, and returns its path.
            [Supervisor] async fn do_not_call_export() -> String;
            /// Customers who answered the dialler since this time and reached no agent, newest first, each once, without those reached since.
            [Supervisor] async fn abandoned_customers(since: Timestamp) -> Vec<Dialled>;
            /// The newest entries of the floor's ledger.
            [Supervisor] async fn floor_ledger(skip: u64, limit: usize) -> Vec<FloorEntry>;
            /// The password of an extension, for a person who asked to see it. It is not kept.
            [Supervisor] async fn show_password(extension: Extension) -> String;
            /// Copies the password of an extension to the clipboard.
            [Supervisor] async fn copy_password(extension: Extension);
            /// Calls a service of the platform with these fields.
            [Supervisor] async fn call_service(service: String, fields: Vec<(String, String)>) -> ServiceExchange;
            /// The services that can be called.
            [Supervisor] sync fn services() -> Vec<ServiceForm>;
        }
    };
}

/// Calls the macro `$then` with all events. Each has the windows whose pages get it, and its payload.
#[macro_export]
macro_rules! events {
    ($then:ident) => {
        $then! {
            /// The snapshot changed.
            [Main, Ring] snapshot: Arc<Snapshot>;
            /// The text of a note changed in the other window.
            [Main, Ring] note_typed: (CallId, String);
            /// The main window is to show a call. The page gets it by `callToShow`, since it may not have listened in time.
            [Main] show_call: ();
            /// The player's state changed.
            [Main] player: Option<PlayerView>;
            /// The check of the setup changed.
            [Main] checkup: Option<CheckupView>;
            /// The state of the updates changed.
            [Main] update: UpdateView;
            /// A watched topic changed.
            [Supervisor] topic: TopicEvent;
            /// The language, the theme or the person changed.
            [Supervisor] supervisor_place: SupervisorPlace;
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

/// The events of the supervisor's window.
#[derive(Clone, Copy, Debug)]
pub struct Supervisor;

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
