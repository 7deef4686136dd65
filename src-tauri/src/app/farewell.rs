//! What the windows, the tray and the commands share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::{CallId, Occasion};
use ringside_engine::Handle;
use secrecy::SecretString;
use tauri::{AppHandle, Manager, async_runtime::JoinHandle};
use tokio::{sync::watch, time::timeout};

use crate::{
    desktop::{
        power,
        tray::Tray,
        windows::{blank::MainView, main, places::Places, ring::Ring},
    },
    life::{demo::Demo, paths::Paths},
    sound::Sound,
};

/// For what is under way to be finished when the app ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// The event loop's status for an end that is a new beginning; no exit status of a process.
pub const BLANK: i32 = 256;

/// Managed by Tauri; there is one.
pub struct Shell {
    pub handle: Handle,
    pub paths: Paths,
    pub places: Arc<Places>,
    pub ring: Ring,
    pub main_view: MainView,
    /// Kept until the main window's page takes it: it may not be there yet, or die.
    pub call_to_show: Mutex<Option<CallId>>,
    pub sound: Sound,
    /// No shortcut is heard while a new one is being pressed.
    pub shortcuts_held: watch::Sender<bool>,
    /// Whether any is, by now.
    pub shortcuts_heard: watch::Sender<bool>,
    tray: Mutex<Option<Tray>>,
    has_tray: AtomicBool,
    on_top: AtomicBool,
    address: Address,
    stop: watch::Sender<bool>,
    listener: Mutex<Option<JoinHandle<()>>>,
    quitting: AtomicBool,
    /// The embedded platform lives as long as the app.
    pub demo: Option<Arc<Demo>>,
}

/// The callback address with its secret, while something listens there.
pub type Address = Arc<Mutex<Option<SecretString>>>;

impl Shell {
    pub fn new(
        handle: Handle,
        paths: Paths,
        ring: Ring,
        sound: Sound,
        address: Address,
        stop: watch::Sender<bool>,
        demo: Option<Arc<Demo>>,
    ) -> Self {
        Self {
            handle,
            paths,
            places: Arc::clone(&ring.places),
            ring,
            main_view: MainView::default(),
            call_to_show: Mutex::default(),
            sound,
            shortcuts_held: watch::Sender::new(false),
            shortcuts_heard: watch::Sender::new(false),
            tray: Mutex::default(),
            has_tray: AtomicBool::new(false),
            on_top: AtomicBool::new(false),
            address,
            stop,
            listener: Mutex::default(),
            quitting: AtomicBool::new(false),
            demo,
        }
    }

    /// Locked on the main thread only.
    pub fn tray(&self) -> MutexGuard<'_, Option<Tray>> {
        locked(&self.tray)
    }

    pub fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::Relaxed)
    }

    pub fn set_has_tray(&self, has: bool) {
        self.has_tray.store(has, Ordering::Relaxed);
    }

    /// True: that is a change.
    pub fn set_on_top(&self, wanted: bool) -> bool {
        self.on_top.swap(wanted, Ordering::Relaxed) != wanted
    }

    pub fn callback_address(&self) -> Option<SecretString> {
        locked(&self.address).clone()
    }

    /// Waited for at the end.
    pub fn set_listener(&self, task: JoinHandle<()>) {
        *locked(&self.listener) = Some(task);
    }

    /// Ends the app once the platform knows and what was acknowledged is stored (L43).
    pub fn quit(&self, app: &AppHandle, occasion: Occasion) {
        self.end(app, Some(occasion), 0);
    }

    /// Ends the app to begin anew; for the platform nothing changes.
    pub fn end_blank(&self, app: &AppHandle) {
        self.end(app, None, BLANK);
    }

    pub fn is_quitting(&self) -> bool {
        self.quitting.load(Ordering::Relaxed)
    }

    /// None: no leave is taken.
    fn end(&self, app: &AppHandle, occasion: Option<Occasion>, status: i32) {
        if self.quitting.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::info!("quitting");
        self.sound.stop();
        self.places.save();
        self.stop.send_replace(true);
        let target = app.clone();
        let leaving = tauri::async_runtime::spawn(async move {
            let app = target;
            let shell = app.state::<Shell>();
            vanish(&app);
            if let Some(occasion) = occasion {
                power::take_leave(&shell.handle, occasion).await;
            }
            shell.stop.send_replace(true);
            let listener = locked(&shell.listener).take();
            let farewell = async {
                if let Some(listener) = listener
                    && let Err(error) = listener.await
                {
                    tracing::warn!(%error, "the callback listener did not end well");
                }
                shell.handle.stop().await;
            };
            if timeout(FAREWELL, farewell).await.is_err() {
                tracing::warn!("not everything was finished in time");
            }
        });
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            if let Err(error) = leaving.await {
                tracing::error!(%error, "the farewell failed");
            }
            app.exit(status);
        });
    }
}

/// Nobody who quits waits for the platform: what is seen goes at once, and the farewell goes on without it.
fn vanish(app: &AppHandle) {
    let target = app.clone();
    let queued = app.run_on_main_thread(move || {
        main::keep_place(&target);
        for (label, window) in target.webview_windows() {
            if let Err(error) = window.hide() {
                tracing::warn!(%error, label, "a window could not be hidden");
            }
        }
        drop(target.state::<Shell>().tray().take());
    });
    if let Err(error) = queued {
        tracing::warn!(%error, "the windows could not be hidden");
    }
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
