//! The app: puts the parts together, runs the event loop, ends.

mod answers;
mod farewell;
#[cfg(all(test, windows))]
mod natives;
mod renewal;

use std::{sync::Arc, time::Duration};

use ringside_domain::{Occasion, Problem, ShellReport};
use ringside_engine::{Clock, Handle};
use tauri::{AppHandle, Context, Manager, RunEvent};
use tokio::{runtime::Runtime, sync::oneshot, time::timeout};

use crate::{
    cli::Cli,
    desktop::{
        clipboard::SecretClipboard,
        notification::Notifications,
        power,
        shortcuts::{self, ShortcutKeys},
        tray::{self, TraySlot},
        windows::{self, Web, blank::View, main::MainWindow, no_engine, places::Places, ring::Ring, supervisor::Supervisor},
    },
    diagnosis::Source,
    doctor::running::Checkup,
    floor::{Desk, quiet::Quiet},
    ipc::{
        self,
        bridge::{self, Seen},
        checkup, floor, recording_copies,
    },
    life::{
        crashes::LastRuns,
        environment::Secrets,
        instance::{self, Lock},
        logging::Log,
        opener,
        paths::Paths,
        quit::{Ending, Quit},
        start::{self, BeginError, Means, Setup, Started},
        tasks,
    },
    listener::{self, CallbackAddress},
    sound::{Ear, Sound},
    system::{self, autostart::Autostart},
    updates::{self, Updates},
};

use answers::answer;
use farewell::{AGAIN, AGAIN_HIDDEN, Listening};

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("there is no display here; Ringside needs a desktop")]
    NoDisplay,
    #[error(transparent)]
    Begin(#[from] BeginError),
    #[error(transparent)]
    Tauri(#[from] tauri::Error),
    #[error("no thread for sound: {0}")]
    Sound(std::io::Error),
}

/// After so many failures of the task that shows the state, Ringside starts again in safe mode.
const MOST_FAILURES: u32 = 3;

/// How long the other parts wait for the main window's first drawing.
const FIRST_DRAWING: Duration = Duration::from_secs(2);

/// How a run ended, if not by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The exit status.
    With(u8),
    /// The main window stayed blank, or another version was installed, so Ringside must start again; hidden, if its window was.
    Again { hidden: bool },
}

/// Runs the app until it ends.
pub fn run(
    runtime: &Runtime,
    cli: &Cli,
    secrets: Secrets,
    paths: Paths,
    lock: Option<&Lock>,
    log: &Log,
    last_runs: Option<&Arc<LastRuns>>,
) -> Result<Ended, AppError> {
    let safe = last_runs.and_then(|last_runs| last_runs.safe);
    if !system::has_desktop() {
        return Err(AppError::NoDisplay);
    }
    let _context = runtime.enter();
    tauri::async_runtime::set(runtime.handle().clone());
    // Before anything else, so that a second start waits for an answer.
    let socket = lock.and_then(|_| {
        let socket = instance::listen(&paths);
        socket.inspect_err(|error| tracing::warn!(%error, "--set, --show and --silence will not reach this instance")).ok()
    });
    // In parallel with the windows, which wait for processes of their own.
    let hidden = cli.hidden;
    let setup = if cli.demo { Setup::Demo { supervisor: cli.supervisor } } else { Setup::Own(Box::new(cli.flags())) };
    let source = Source { flags: cli.flags(), secrets: Secrets { accesskey: None, ..secrets.clone() } };
    // The first sign-in reads the certificates of the system, which takes a processor 0.1 s: not before the window is drawn.
    let (first_drawing, sign_in_after) = oneshot::channel::<()>();
    let means = Means {
        setup,
        secrets,
        paths: paths.clone(),
        log: log.shown.clone(),
        log_given: log.given,
        safe,
        open: |url| opener::open(url).map_err(|error| error.to_string()),
        sign_in_after: (!hidden).then_some(sign_in_after),
    };
    let started = runtime.spawn(start::begin(means));
    let mut builder = tauri::Builder::default();
    if let Some(plugin) = lock.is_none().then(|| single_instance(&paths)).flatten() {
        builder = builder.plugin(plugin);
    }
    let app = builder.invoke_handler(ipc::commands()).on_window_event(windows::on_event).build(context())?;
    let is_safe = safe.is_some();
    let web = Web { folder: paths.web(is_safe), safe: is_safe };
    let places = Arc::new(if is_safe { Places::forgotten() } else { Places::read(paths.windows()) });
    let has_windows = !no_engine::is_missing();
    if has_windows {
        windows::main::make(&app, &web, &places, hidden)?;
    }
    // After the window, whose web process starts meanwhile.
    app.handle().plugin(tauri_plugin_clipboard_manager::init())?;
    #[cfg(target_os = "linux")]
    app.handle().plugin(crate::desktop::notification::plugin())?;
    app.handle().plugin(tauri_plugin_opener::init())?;
    app.handle().plugin(tauri_plugin_updater::Builder::new().build())?;
    let started = runtime.block_on(started).map_err(|error| AppError::Begin(BeginError::Died(error)))??;
    if !log.given || started.config.is_locked("log.detailed") {
        let (detail, handle) = (log.detail.clone(), started.handle.clone());
        tasks::keep("the log's detail", move || detail.clone().follow(handle.clone()), |_, _| {});
    }
    let clock = started.clock.clone();
    let sound = Sound::start(clock.clone(), &started.handle).map_err(AppError::Sound)?;
    manage(app.handle(), &started, paths.clone(), places, web, sound.clone());
    app.manage(source);
    if let Some(last_runs) = last_runs {
        app.manage(Arc::clone(last_runs));
    }
    farewell::when_asked(app.handle());
    // From here on, because an unhandled signal would end the process without its farewell.
    let target = app.handle().clone();
    tasks::keep("the signals", move || end_on_signal(target.clone()), |_, _| {});
    let target = app.handle().clone();
    let with_supervisor = cli.supervisor;
    let rest = move || {
        drop(first_drawing);
        if target.state::<Quit>().is_asked() {
            return;
        }
        set_up(&target, started, &paths.key(), &sound, socket);
        if with_supervisor {
            windows::supervisor::open(&target);
        }
    };
    if hidden || !has_windows {
        // A hidden window draws nothing, so no drawing can start these parts.
        rest();
        if !has_windows {
            no_engine::tell(app.handle(), !hidden);
        }
        app.state::<Ring>().prepare(app.handle())?;
    } else {
        app.state::<MainWindow>().view.now_is(View::Shown);
        tauri::async_runtime::spawn(after_first_drawing(app.handle().clone(), rest));
    }
    // Only if the next run can read the record of this one, and not in safe mode, so that it happens once.
    if lock.is_some() && !is_safe {
        let app = app.handle().clone();
        tasks::keep("the watch over a blank window", move || begin_anew_when_blank(app.clone(), clock.clone()), |_, _| {});
    }
    let status = app.run_return(on_run_event);
    Ok(match status {
        AGAIN | AGAIN_HIDDEN => Ended::Again { hidden: status == AGAIN_HIDDEN },
        status => Ended::With(u8::try_from(status).unwrap_or(1)),
    })
}

/// The embedded configuration, pages and permissions of the windows.
fn context() -> Context {
    tauri::generate_context!()
}

/// Starts Ringside again if the main window stays blank, but not during a call: meanwhile notifications report a ring (T17).
async fn begin_anew_when_blank(app: AppHandle, clock: Arc<dyn Clock>) {
    let mut quiet = Quiet::new(&app.state::<Handle>(), &app.state::<Desk>());
    while app.state::<MainWindow>().view.stays_blank(&*clock).await {
        if quiet.is_now() {
            tracing::error!("the main window stays blank; Ringside restarts in safe mode");
            return app.state::<Quit>().ask(Ending::Blank);
        }
        // The window may have been drawn by then.
        quiet.begins().await;
    }
}

/// Lets a second start find the first instance if the data folder cannot be locked.
///
/// Except on Linux the plugin has one name for all data folders, so it is used for the default folder only.
fn single_instance(paths: &Paths) -> Option<tauri::plugin::TauriPlugin<tauri::Wry>> {
    let builder = tauri_plugin_single_instance::Builder::new().callback(|app, _, _| windows::main::show(app, None));
    #[cfg(target_os = "linux")]
    let builder = builder.dbus_id(format!("io.github.ringside_desktop.ringside.d{}", paths.key()));
    (cfg!(target_os = "linux") || paths.is_default).then(|| builder.build())
}

/// Registers the state that the pages' commands use; it must exist before the pages run.
fn manage(app: &AppHandle, started: &Started, paths: Paths, places: Arc<Places>, web: Web, sound: Sound) {
    let Started { handle, config, vault, clock, .. } = started;
    app.manage(handle.clone());
    app.manage(Updates::new(started, &paths));
    app.manage(Checkup::new(clock.clone(), config.clone(), vault.clone()));
    app.manage(Desk::new(started, paths.clone()));
    app.manage(Supervisor::new(Web { folder: paths.desk_web(web.safe), ..web.clone() }));
    app.manage(paths);
    app.manage(SecretClipboard::default());
    app.manage(Ring::new(web, Arc::clone(&places)));
    app.manage(places);
    app.manage(MainWindow::default());
    app.manage(ShortcutKeys::default());
    app.manage(sound);
    app.manage(CallbackAddress::default());
    app.manage(Quit::default());
    app.manage(recording_copies::Copies::default());
    app.manage(TraySlot::default());
}

/// Until the main window is drawn, its page has the main thread to itself. If the app ends before, the other parts do not start.
async fn after_first_drawing(app: AppHandle, rest: impl FnOnce() + Send + 'static) {
    let (quit, window) = (app.state::<Quit>(), app.state::<MainWindow>());
    let drawn = tokio::select! {
        _ = quit.asked() => return,
        drawn = timeout(FIRST_DRAWING, window.view.drawn()) => drawn,
    };
    if drawn.is_err() {
        tracing::warn!("the main window is not drawn yet; the other parts start before it");
    }
    if let Err(error) = app.run_on_main_thread(rest) {
        tracing::error!(%error, "the event loop takes no more work");
    }
}

/// Starts the parts besides the main window: tray, notifications, callback listener and local socket.
fn set_up(app: &AppHandle, started: Started, key: &str, sound: &Sound, socket: Option<interprocess::local_socket::tokio::Listener>) {
    let Started { handle, config, vault, demo, start_with_system, .. } = started;
    let address = app.state::<CallbackAddress>().inner().clone();
    tray::start(app, &handle, key);
    let notifications = Notifications::start(app, &handle, windows::main::show);
    keep_parts(app, &handle, Seen::new(notifications, Ear::new(sound.clone()), demo.clone()), sound);
    let teller = handle.clone();
    let listening = {
        let (app, handle) = (app.clone(), handle.clone());
        move || {
            let stop = app.state::<Quit>().asked();
            listener::run(config.clone(), vault.clone(), handle.clone(), address.clone(), demo.clone(), stop)
        }
    };
    let failed = move |problem, _| teller.report(ShellReport::NotListening(problem));
    app.state::<Listening>().set(tasks::keep("the callback listener", listening, failed));
    if let Some(socket) = socket {
        let (app, socket) = (app.clone(), Arc::new(socket));
        let serving = move || {
            let (app, handle) = (app.clone(), handle.clone());
            instance::serve(Arc::clone(&socket), move |request| answer(app.clone(), handle.clone(), request))
        };
        tasks::keep("the local socket", serving, |_, _| {});
    }
    let target = app.clone();
    power::watch(&app.state::<Handle>(), move || farewell::at_log_off(&target));
    let paths = app.state::<Paths>().inner().clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = Autostart::of(&paths).and_then(|entry| entry.keep(start_with_system)) {
            tracing::warn!(%error, "the entry for the start with the system could not be checked");
        }
    });
    windows::give_back_later(app);
}

/// Starts the tasks that show the snapshots, the player, the shortcuts and the checkup.
fn keep_parts(app: &AppHandle, handle: &Handle, seen: Seen, sound: &Sound) {
    let target = app.clone();
    let drawing = move || bridge::run(target.clone(), seen.clone());
    let target = app.clone();
    // While this task fails, the windows show an old state. The next start runs without the likely causes.
    tasks::keep("what shows the state", drawing, move |_, times| {
        if times >= MOST_FAILURES {
            target.state::<Quit>().ask(Ending::Blank);
        }
    });
    let ignored = |_: Problem, _: u32| {};
    let (target, view) = (app.clone(), sound.view());
    tasks::keep("what shows the player", move || bridge::show_player(target.clone(), view.clone()), ignored);
    let (target, wishes) = (app.clone(), handle.clone());
    tasks::keep("the shortcuts", move || shortcuts::run(target.clone(), wishes.clone()), ignored);
    let target = app.clone();
    tasks::keep("what shows the checkup", move || checkup::show(target.clone()), ignored);
    let target = app.clone();
    tasks::keep("the watch over the installation", move || renewal::run(target.clone()), ignored);
    let target = app.clone();
    tasks::keep("the updates", move || updates::run(target.clone()), ignored);
    let target = app.clone();
    tasks::keep("what shows the updates", move || updates::show(target.clone()), ignored);
    let target = app.clone();
    tasks::keep("the supervisor's desk", move || floor::run(target.clone()), ignored);
    let target = app.clone();
    tasks::keep("the watch over the supervisor's window", move || floor::watch_window(target.clone()), ignored);
}

fn on_run_event(app: &AppHandle, event: RunEvent) {
    match event {
        // The last window is gone, but not by our request. The farewell takes a moment.
        RunEvent::ExitRequested { code: None, api, .. } => {
            api.prevent_exit();
            app.state::<Quit>().ask(Ending::For(Occasion::Quit));
        }
        RunEvent::Exit => farewell::at_exit(app),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => windows::main::show(app, None),
        _ => {}
    }
}

#[cfg(unix)]
async fn end_on_signal(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::hangup()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut hangup), Ok(mut interrupt)) => {
            // At the end of a session the system sends one of the first two.
            let occasion = tokio::select! {
                _ = terminate.recv() => Occasion::LogOff,
                _ = hangup.recv() => Occasion::LogOff,
                _ = interrupt.recv() => Occasion::Quit,
            };
            app.state::<Quit>().ask(Ending::For(occasion));
        }
        signals => tracing::warn!(?signals, "signals cannot be received"),
    }
}

#[cfg(not(unix))]
async fn end_on_signal(app: AppHandle) {
    if tokio::signal::ctrl_c().await.is_ok() {
        app.state::<Quit>().ask(Ending::For(Occasion::Quit));
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::contract::{COMMANDS, Window};
    use tauri::ipc::Origin;

    use super::*;

    /// The installers take the id from there.
    #[test]
    fn windows_and_macos_know_ringside_by_the_bundles_identifier() {
        assert_eq!(context().config().identifier, system::APP_ID);
    }

    /// Whether Tauri lets the page of this window call this command.
    fn is_allowed(context: &mut Context, command: &str, window: Window) -> bool {
        let label = window.label();
        context.runtime_authority_mut().resolve_access(command, label, label, &Origin::Local).is_some()
    }

    #[test]
    fn a_windows_page_may_call_its_own_commands_and_no_others() {
        let mut context = context();
        for command in COMMANDS {
            for window in Window::ALL {
                let is_declared = command.windows.contains(&window);
                assert_eq!(is_allowed(&mut context, command.name, window), is_declared, "{} by {window:?}", command.name);
            }
        }
        for own_of_main in ["intent", "log_page", "capture", "copy_recording", "copy_callback_address", "quit"] {
            assert!(!is_allowed(&mut context, own_of_main, Window::Ring), "{own_of_main}");
            assert!(is_allowed(&mut context, own_of_main, Window::Main), "{own_of_main}");
        }
    }

    #[test]
    fn a_page_may_use_no_command_of_tauri_and_its_plugins_except_listening_to_events() {
        let mut context = context();
        for window in Window::ALL {
            assert!(is_allowed(&mut context, "plugin:event|listen", window));
            for other in ["plugin:event|emit", "plugin:opener|open_url", "plugin:clipboard-manager|write_text", "plugin:window|create"] {
                assert!(!is_allowed(&mut context, other, window), "{other}");
            }
        }
    }
}
