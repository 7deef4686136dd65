//! Global shortcuts, which work while another program has the keyboard.
//!
//! The plugin is loaded with the first shortcut, since on X11 it polls the keys twenty times a second from then on.

use ringside_domain::{Intent, SetBy, ShellReport, ShortcutAction, Shortcuts, ShortcutsView, Wish};
use ringside_engine::Handle;
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_global_shortcut::{Builder, GlobalShortcut, GlobalShortcutExt, Shortcut, ShortcutEvent, ShortcutState};
use tokio::sync::watch;

use crate::desktop::windows;

/// Whether shortcuts are active; managed by Tauri.
#[derive(Debug, Default)]
pub struct ShortcutKeys {
    /// True while the user presses keys for a new shortcut.
    held: watch::Sender<bool>,
    /// Whether any shortcut is registered at present.
    heard: watch::Sender<bool>,
}

impl ShortcutKeys {
    /// Switches all shortcuts off while the user presses keys for a new one, since the keys would trigger the old one. Resolves when they
    /// are off.
    pub async fn hold(&self) {
        let mut heard = self.heard.subscribe();
        self.held.send_replace(true);
        // Fails only at the end of the app, which owns the sender.
        let _ = heard.wait_for(|heard| !heard).await;
    }

    pub fn let_go(&self) {
        self.held.send_replace(false);
    }
}

/// Registers the shortcuts of the settings, until the engine stops.
pub async fn run(app: AppHandle, handle: Handle) {
    let possible = possible();
    if !possible {
        handle.report(ShellReport::Shortcuts(ShortcutsView { possible, refused: Vec::new() }));
        return;
    }
    let mut snapshots = handle.snapshots();
    let mut held = app.state::<ShortcutKeys>().held.subscribe();
    let mut registered = Registered::default();
    let mut current = Shortcuts::default();
    loop {
        let is_held = *held.borrow_and_update();
        let set = if is_held { Shortcuts::default() } else { snapshots.borrow_and_update().settings.shortcuts.clone() };
        if set != current {
            current = set.clone();
            let target = app.clone();
            // Blocking, since the plugin waits for the event loop.
            registered = match tauri::async_runtime::spawn_blocking(move || registered.replace(&target, &set)).await {
                Ok(registered) => registered,
                Err(error) => {
                    tracing::error!(%error, "shortcuts end here");
                    app.state::<ShortcutKeys>().heard.send_replace(false);
                    return;
                }
            };
            app.state::<ShortcutKeys>().heard.send_replace(!registered.heard.is_empty());
            if !is_held {
                handle.report(ShellReport::Shortcuts(ShortcutsView { possible, refused: registered.refused.clone() }));
            }
        }
        let goes_on = tokio::select! {
            changed = snapshots.changed() => changed.is_ok(),
            changed = held.changed() => changed.is_ok(),
        };
        if !goes_on {
            return;
        }
    }
}

/// Wayland sends keys only to the focused window, even if an X server runs as well.
fn possible() -> bool {
    let is_wayland =
        || std::env::var_os("WAYLAND_DISPLAY").is_some() || std::env::var_os("XDG_SESSION_TYPE").is_some_and(|kind| kind == "wayland");
    !cfg!(target_os = "linux") || !is_wayland()
}

#[derive(Default)]
struct Registered {
    heard: Vec<String>,
    refused: Vec<ShortcutAction>,
}

impl Registered {
    /// Replaces the registered shortcuts by these.
    fn replace(self, app: &AppHandle, set: &Shortcuts) -> Self {
        if app.try_state::<GlobalShortcut<Wry>>().is_none()
            && let Err(error) = load(app)
        {
            tracing::warn!(%error, "no shortcuts here");
            return Self { heard: Vec::new(), refused: set.set().map(|(action, _)| action).collect() };
        }
        let shortcuts = app.global_shortcut();
        // One by one: the plugin's own function for all waits under a lock that a key being pressed also waits for.
        for keys in &self.heard {
            if let Err(error) = shortcuts.unregister(keys.as_str()) {
                tracing::warn!(keys, %error, "a shortcut stays registered");
            }
        }
        let mut next = Self::default();
        for (action, keys) in set.set() {
            let press = move |app: &AppHandle, _: &Shortcut, event: ShortcutEvent| {
                if event.state == ShortcutState::Pressed {
                    act(app, action);
                }
            };
            match shortcuts.on_shortcut(keys, press) {
                Ok(()) => next.heard.push(keys.to_owned()),
                Err(error) => {
                    tracing::info!(?action, keys, %error, "a shortcut was refused");
                    next.refused.push(action);
                }
            }
        }
        next
    }
}

/// Loads the plugin on the main thread, where Windows and macOS deliver the keys.
fn load(app: &AppHandle) -> tauri::Result<()> {
    let (done, loaded) = std::sync::mpsc::channel();
    let target = app.clone();
    app.run_on_main_thread(move || {
        // The receiver waits below.
        let _ = done.send(target.plugin(Builder::new().build()));
    })?;
    loaded.recv().map_err(|_| tauri::Error::FailedToReceiveMessage)?
}

fn act(app: &AppHandle, action: ShortcutAction) {
    let handle = &app.state::<Handle>();
    let set = |wish| handle.intent(Intent::Wish { wish, by: SetBy::Shortcut });
    match action {
        ShortcutAction::Available => set(Wish::Available),
        ShortcutAction::Busy => set(Wish::Busy { reason: None }),
        ShortcutAction::Silence => silence(handle),
        ShortcutAction::Show => {
            let target = app.clone();
            if let Err(error) = app.run_on_main_thread(move || windows::main::show(&target, None)) {
                tracing::warn!(%error, "the window could not be shown");
            }
        }
    }
}

/// Stops the ringing sound of all calls.
pub fn silence(handle: &Handle) {
    let snapshot = handle.snapshots().borrow().clone();
    for call in snapshot.calls.iter().filter(|call| call.rings() && !call.silenced) {
        handle.intent(Intent::Silence { call: call.id });
    }
}
