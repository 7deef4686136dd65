//! What the windows, the tray and the commands share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::Occasion;
use ringside_engine::Handle;
use secrecy::SecretString;
use tauri::{AppHandle, Manager, PhysicalPosition, async_runtime::JoinHandle};
use tokio::{sync::watch, time::timeout};

use crate::{demo::Demo, paths::Paths, power, sound::Sound, tray::Tray, windows::ring::Ring};

/// For what is under way to be finished when the app ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// Managed by Tauri; there is one.
pub struct Shell {
    pub handle: Handle,
    pub paths: Paths,
    pub ring: Ring,
    pub sound: Sound,
    /// No shortcut is heard while a new one is being pressed.
    pub shortcuts_held: watch::Sender<bool>,
    tray: Mutex<Option<Tray>>,
    has_tray: AtomicBool,
    main_place: Mutex<Option<PhysicalPosition<i32>>>,
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
            ring,
            sound,
            shortcuts_held: watch::Sender::new(false),
            tray: Mutex::default(),
            has_tray: AtomicBool::new(false),
            main_place: Mutex::default(),
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

    /// Where the main window was when it was hidden.
    pub fn main_place(&self) -> Option<PhysicalPosition<i32>> {
        *locked(&self.main_place)
    }

    pub fn set_main_place(&self, place: Option<PhysicalPosition<i32>>) {
        *locked(&self.main_place) = place;
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
        if self.quitting.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::info!("quitting");
        self.sound.stop();
        self.stop.send_replace(true);
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            let shell = app.state::<Shell>();
            power::take_leave(&shell.handle, occasion).await;
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
            app.exit(0);
        });
    }
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
