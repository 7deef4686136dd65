//! The app's life: from the parts to the event loop to the end.

pub mod farewell;

use std::sync::Arc;

use ringside_domain::{Availability, Occasion, Problem, ProblemCode, SetBy, ShellReport, Snapshot};
use ringside_engine::{Clock, Handle, WishEnd};
use tauri::{AppHandle, Manager, RunEvent};
use tokio::{runtime::Runtime, sync::watch};

use crate::{
    app::farewell::{Address, BLANK, Shell, locked},
    cli::Cli,
    desktop::{
        autostart,
        notification::{self, Notifications},
        power, shortcuts,
        tray::{self, Tray},
        windows::{self, Web, blank::View, places::Places, ring::Ring},
    },
    doctor::{self, running::Checkup},
    ipc::{
        self,
        bridge::{self, Seen},
        call_log, commands, recording_copies,
    },
    life::{
        environment::Secrets,
        instance::{self, Lock, Reply, Request},
        logging::Log,
        paths::Paths,
        start::{self, BeginError, Started},
        tasks,
    },
    listener::{self, callback_secret},
    sound::{Ear, Sound},
    texts::Texts,
};

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

/// Of what shows the state, before the app begins anew in safe mode.
const MOST_FAILURES: u32 = 3;

/// How a run ended that was no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit status.
    With(u8),
    /// The main window stayed blank, and it has to begin anew.
    Blank,
}

/// Runs until the end.
pub fn run(
    runtime: &Runtime,
    cli: &Cli,
    secrets: Secrets,
    paths: Paths,
    lock: Option<&Lock>,
    log: &Log,
    safe: Option<ProblemCode>,
) -> Result<Ended, AppError> {
    if !doctor::desktop::is_here() {
        return Err(AppError::NoDisplay);
    }
    let _context = runtime.enter();
    tauri::async_runtime::set(runtime.handle().clone());
    // Before the rest starts, so that who asks meanwhile waits for the answer.
    let socket = lock.and_then(|_| {
        let socket = instance::listen(&paths);
        socket.inspect_err(|error| tracing::warn!(%error, "--set, --show and --silence will not reach this instance")).ok()
    });
    // Beside the windows, which wait for processes of their own.
    let hidden = cli.hidden;
    let flags = (!cli.demo).then(|| cli.flags());
    let started = runtime.spawn(start::begin(flags, secrets, paths.clone(), log.shown.clone(), log.detail.is_none(), safe));
    let mut builder = tauri::Builder::default();
    if let Some(plugin) = lock.is_none().then(|| single_instance(&paths)).flatten() {
        builder = builder.plugin(plugin);
    }
    let app = builder
        .invoke_handler(tauri::generate_handler![
            commands::snapshot,
            commands::intent,
            commands::open_recording,
            commands::copy_recording,
            commands::copy_callback_address,
            commands::copy_text,
            commands::preview_crm,
            commands::start_demo,
            commands::show_main,
            commands::call_to_show,
            commands::note_typed,
            commands::log_error,
            commands::ring_runs,
            commands::fit_ring,
            commands::drag_ring,
            commands::put_ring_back,
            commands::type_on_ring,
            commands::main_seen,
            commands::main_drawn,
            commands::open_log_folder,
            call_log::log_page,
            call_log::log_counts,
            call_log::log_sums,
            call_log::log_row,
            commands::show_export,
            ipc::sound::play,
            ipc::sound::player,
            ipc::sound::sound_devices,
            ipc::sound::test_sound,
            recording_copies::save_recording,
            recording_copies::show_saved_recording,
            recording_copies::open_archive_folder,
            commands::hold_shortcuts,
            commands::capture,
            commands::switch_capture,
            commands::save_capture,
            commands::save_receipt,
            doctor::running::check_setup,
            doctor::running::checkup,
            doctor::running::copy_checkup,
            autostart::starts_with_system,
            autostart::start_with_system,
            commands::quit,
        ])
        .on_window_event(windows::on_event)
        .build(tauri::generate_context!())?;
    let is_safe = safe.is_some();
    let web = Web { folder: paths.web(is_safe), safe: is_safe };
    let places = Arc::new(if is_safe { Places::forgotten() } else { Places::read(paths.windows()) });
    windows::main::make(&app, &web, &places, hidden)?;
    // Each asks the bus or the screen for something, which the window need not wait for.
    app.handle().plugin(tauri_plugin_clipboard_manager::init())?;
    app.handle().plugin(tauri_plugin_notification::init())?;
    app.handle().plugin(tauri_plugin_opener::init())?;
    app.handle().plugin(autostart::plugin(&paths))?;
    let started = runtime.block_on(started).map_err(|error| AppError::Begin(BeginError::Died(error)))??;
    if let Some(detail) = &log.detail {
        let (detail, handle) = (detail.clone(), started.handle.clone());
        tasks::keep("the log's detail", move || detail.clone().follow(handle.clone()), |_, _| {});
    }
    let clock = started.clock.clone();
    set_up(app.handle(), started, paths, places, web, socket)?;
    if hidden {
        // A window that is not shown draws nothing that could say when it is time for this.
        app.state::<Shell>().ring.prepare(app.handle())?;
    } else {
        app.state::<Shell>().main_view.now_is(View::Shown);
    }
    // Once, and where the next start knows of it.
    if lock.is_some() && !is_safe {
        let app = app.handle().clone();
        tasks::keep("the watch over a blank window", move || begin_anew_when_blank(app.clone(), clock.clone()), |_, _| {});
    }
    let status = app.run_return(on_run_event);
    Ok(if status == BLANK { Ended::Blank } else { Ended::With(u8::try_from(status).unwrap_or(1)) })
}

/// Not during a call: notifications tell of a ring while nothing is drawn (T17).
async fn begin_anew_when_blank(app: AppHandle, clock: Arc<dyn Clock>) {
    let shell = app.state::<Shell>();
    let mut snapshots = shell.handle.snapshots();
    while shell.main_view.stays_blank(&*clock).await {
        let is_free = |snapshot: &Arc<Snapshot>| snapshot.calls.is_empty() && snapshot.wrap_up.is_none();
        if is_free(&snapshots.borrow_and_update()) {
            tracing::error!("the main window stays blank; Ringside begins anew in safe mode");
            return shell.end_blank(&app);
        }
        // By then it may have been drawn. The engine outlives this.
        let _ = snapshots.wait_for(is_free).await;
    }
}

/// The way to find the first instance where the data folder cannot be locked.
///
/// Elsewhere than on Linux it knows one name for all data folders, so it is for the usual one only.
fn single_instance(paths: &Paths) -> Option<tauri::plugin::TauriPlugin<tauri::Wry>> {
    let builder = tauri_plugin_single_instance::Builder::new().callback(|app, _, _| windows::main::show(app, None));
    #[cfg(target_os = "linux")]
    let builder = builder.dbus_id(format!("io.github.ringside_desktop.ringside.d{}", paths.key()));
    (cfg!(target_os = "linux") || paths.is_default).then(|| builder.build())
}

fn set_up(
    app: &AppHandle,
    started: Started,
    paths: Paths,
    places: Arc<Places>,
    web: Web,
    socket: Option<interprocess::local_socket::tokio::Listener>,
) -> Result<(), AppError> {
    let Started { handle, config, vault, clock, demo } = started;
    let (stop, stopped) = watch::channel(false);
    let address = Address::default();
    let key = paths.key();
    app.manage(Checkup::new(clock.clone(), config.clone(), vault.clone()));
    let sound = Sound::start(clock, &handle).map_err(AppError::Sound)?;
    app.manage(Shell::new(handle.clone(), paths, Ring::new(web, places), sound.clone(), Arc::clone(&address), stop, demo.clone()));
    app.manage(recording_copies::Copies::default());
    set_up_tray(app, &handle, &key);
    let notifications = Notifications::start(app, notification::watch(handle.clone()));
    app.manage(notifications.teller());
    keep_parts(app, &handle, Seen::new(notifications, Ear::new(sound.clone())), &sound);
    let teller = handle.clone();
    let listening = {
        let handle = handle.clone();
        move || listen(config.clone(), vault.clone(), handle.clone(), Arc::clone(&address), demo.clone(), stopped.clone())
    };
    let failed = move |problem, _| teller.report(ShellReport::NotListening(problem));
    app.state::<Shell>().set_listener(tasks::keep("the callback listener", listening, failed));
    if let Some(socket) = socket {
        let (app, socket) = (app.clone(), Arc::new(socket));
        let serving = move || {
            let (app, handle) = (app.clone(), handle.clone());
            instance::serve(Arc::clone(&socket), move |request| answer(app.clone(), handle.clone(), request))
        };
        tasks::keep("the local socket", serving, |_, _| {});
    }
    power::watch(&app.state::<Shell>().handle);
    let app = app.clone();
    tasks::keep("the ear for signals", move || end_on_signal(app.clone()), |_, _| {});
    Ok(())
}

/// What shows the snapshots, and what else lives beside the windows.
fn keep_parts(app: &AppHandle, handle: &Handle, seen: Seen, sound: &Sound) {
    let target = app.clone();
    let drawing = move || bridge::run(target.clone(), seen.clone());
    let target = app.clone();
    // While it fails, what is seen is not what is known; the next start does without what may be the cause.
    tasks::keep("what shows the state", drawing, move |_, times| {
        if times >= MOST_FAILURES {
            target.state::<Shell>().end_blank(&target);
        }
    });
    let ignored = |_: Problem, _: u32| {};
    let (target, view) = (app.clone(), sound.view());
    tasks::keep("what shows the player", move || bridge::show_player(target.clone(), view.clone()), ignored);
    let (target, wishes) = (app.clone(), handle.clone());
    tasks::keep("the shortcuts", move || shortcuts::run(target.clone(), wishes.clone()), ignored);
    let target = app.clone();
    tasks::keep("what shows the checkup", move || doctor::running::show(target.clone()), ignored);
}

fn set_up_tray(app: &AppHandle, handle: &Handle, key: &str) {
    let shell = app.state::<Shell>();
    let snapshot = Arc::clone(&handle.snapshots().borrow());
    let made = match tray::missing() {
        Some(problem) => Err(problem),
        None => Tray::new(app, &snapshot, Texts::of(snapshot.settings.language), key)
            .map_err(|error| Problem::new(ProblemCode::TrayMissing, error.to_string(), false)),
    };
    match made {
        Ok(tray) => {
            *shell.tray() = Some(tray);
            let app = app.clone();
            let handle = handle.clone();
            let watch = move || {
                let app = app.clone();
                tray::watch(handle.clone(), move |has| tray_is(&app, has))
            };
            tasks::keep("the watch over the tray", watch, |_, _| {});
        }
        Err(problem) => {
            tracing::warn!(%problem, "no tray");
            handle.report(ShellReport::Tray(Some(problem)));
            windows::main::surface(app);
        }
    }
}

async fn listen(
    config: ringside_engine::config::Config,
    vault: ringside_vault::Vault,
    handle: Handle,
    address: Address,
    demo: Option<Arc<crate::life::demo::Demo>>,
    mut stopped: watch::Receiver<bool>,
) {
    let shutdown = {
        use futures_util::FutureExt;
        async move {
            // The sender lives as long as the app.
            let _ = stopped.wait_for(|stop| *stop).await;
        }
        .shared()
    };
    let secret = match callback_secret::callback(&config, &vault, &handle).await {
        Ok(secret) => secret,
        Err(error) => {
            tracing::error!(%error, "no callback secret could be made");
            handle.report(ShellReport::NotListening(Problem::new(ProblemCode::BindFailed, error.to_string(), false)));
            return;
        }
    };
    let announce = |url: Option<secrecy::SecretString>| {
        if let Some(demo) = &demo {
            demo.call_back(url.as_ref());
        }
        *locked(&address) = url;
    };
    listener::run(config, secret, handle, announce, shutdown).await;
}

fn tray_is(app: &AppHandle, has: bool) {
    app.state::<Shell>().set_has_tray(has);
    let target = app.clone();
    if !has && let Err(error) = app.run_on_main_thread(move || windows::main::surface(&target)) {
        tracing::warn!(%error, "a hidden window could not be shown");
    }
}

/// What `--set`, `--show`, `--silence` and a second start ask for.
async fn answer(app: AppHandle, handle: Handle, request: Request) -> Reply {
    match request {
        Request::Show | Request::Set { .. } if app.state::<Shell>().is_quitting() => Reply::Ending,
        Request::Show => {
            let target = app.clone();
            if let Err(error) = app.run_on_main_thread(move || windows::main::show(&target, None)) {
                tracing::warn!(%error, "the window could not be shown");
            }
            Reply::Shown
        }
        Request::Examine => {
            let mut checks = Vec::new();
            handle.examine_platform(app.state::<Checkup>().vault(), |check| checks.push(check)).await;
            Reply::Examined { checks }
        }
        Request::Silence => {
            shortcuts::silence(&handle);
            Reply::Silenced
        }
        Request::Set { availability } => {
            let breaks = handle.snapshots().borrow().breaks.clone();
            match Texts::resolved(availability, &breaks) {
                Some(availability) => wish(&handle, availability).await,
                None => Reply::UnknownBreak { known: breaks.into_iter().map(|reason| reason.name).collect() },
            }
        }
    }
}

async fn wish(handle: &Handle, availability: Availability) -> Reply {
    match handle.wish(availability, SetBy::CommandLine).await {
        WishEnd::Confirmed => Reply::Confirmed,
        WishEnd::RolledBack(problem) => Reply::Refused { problem },
        WishEnd::InPart(queues) => Reply::InPart { queues },
        WishEnd::AfterCall => Reply::AfterCall,
        WishEnd::Unconfirmed => Reply::Unconfirmed,
        WishEnd::NotSignedIn => Reply::NotSignedIn,
    }
}

fn on_run_event(app: &AppHandle, event: RunEvent) {
    match event {
        // The last window is gone without our asking; the farewell takes a moment.
        RunEvent::ExitRequested { code: None, api, .. } => {
            api.prevent_exit();
            app.state::<Shell>().quit(app, Occasion::Quit);
        }
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
            // The end of a session is told by the first two, as a rule.
            let occasion = tokio::select! {
                _ = terminate.recv() => Occasion::LogOff,
                _ = hangup.recv() => Occasion::LogOff,
                _ = interrupt.recv() => Occasion::Quit,
            };
            app.state::<Shell>().quit(&app, occasion);
        }
        signals => tracing::warn!(?signals, "signals are not heard"),
    }
}

#[cfg(not(unix))]
async fn end_on_signal(app: AppHandle) {
    if tokio::signal::ctrl_c().await.is_ok() {
        app.state::<Shell>().quit(&app, Occasion::Quit);
    }
}
