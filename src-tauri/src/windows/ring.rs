//! The ring card's window: loaded before the first ring, shown without taking the keyboard focus, hidden when no card is left.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use ringside_domain::Snapshot;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use super::{main, native};

pub const LABEL: &str = "ring";
/// Logical pixels.
const WIDTH: f64 = 420.0;
const LOWEST: f64 = 60.0;
const HIGHEST: f64 = 900.0;

/// Used on the main thread only; the lock never waits.
#[derive(Debug)]
pub struct Ring {
    /// Where the web engine may keep things.
    web: Option<PathBuf>,
    window: OnceLock<WebviewWindow>,
    card: Mutex<Card>,
}

#[derive(Clone, Copy, Debug)]
struct Card {
    shown: bool,
    /// As the page last measured itself.
    height: f64,
}

impl Ring {
    pub fn new(web: Option<PathBuf>) -> Self {
        Self { web, window: OnceLock::new(), card: Mutex::new(Card { shown: false, height: 100.0 }) }
    }

    /// Makes the window, hidden, once the main one is drawn: before, it would only delay that. A ring that comes earlier
    /// does not wait for it.
    pub fn prepare(&self, app: &AppHandle) -> tauri::Result<&WebviewWindow> {
        if let Some(window) = self.window.get() {
            return Ok(window);
        }
        let made = self.make(app)?;
        Ok(self.window.get_or_init(|| made))
    }

    /// Shares the web process of the main window, where the system lets windows share one.
    fn make(&self, app: &AppHandle) -> tauri::Result<WebviewWindow> {
        let main = app.get_webview_window(main::LABEL).ok_or(tauri::Error::WindowNotFound)?;
        let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("ring.html".into()))
            .title("Ringside ring card")
            .inner_size(WIDTH, 100.0)
            .decorations(false)
            .skip_taskbar(true)
            .always_on_top(true)
            .visible_on_all_workspaces(true)
            .focused(false)
            .focusable(false)
            .visible(false);
        let window = native::related(main::common(builder, self.web.as_deref()), &main)?.build()?;
        native::slim(&window)?;
        native::unfocusable(&window)?;
        Ok(window)
    }

    /// Shown while any call has a card.
    pub fn sync(&self, app: &AppHandle, next: &Snapshot) {
        let wanted = next.calls.iter().any(|call| call.card);
        let mut card = self.card();
        if card.shown == wanted {
            return;
        }
        card.shown = wanted;
        let show = |window| Self::place(window, *card).and_then(|()| native::show(window));
        let done = self.prepare(app).and_then(|window| if wanted { show(window) } else { native::hide(window) });
        if let Err(error) = done {
            tracing::warn!(%error, wanted, "the ring card could not be shown or hidden");
        }
    }

    /// The page measured itself: `height` in logical pixels.
    pub fn fit(&self, height: f64) -> tauri::Result<()> {
        let mut card = self.card();
        let height = if height.is_finite() { height.clamp(LOWEST, HIGHEST) } else { return Ok(()) };
        if (card.height - height).abs() < 0.5 {
            return Ok(());
        }
        card.height = height;
        match self.window.get() {
            Some(window) if card.shown => Self::place(window, *card),
            _ => Ok(()),
        }
    }

    fn place(window: &WebviewWindow, card: Card) -> tauri::Result<()> {
        match native::area(window)? {
            Some(area) => native::place(window, area.corner(WIDTH, card.height)),
            None => Ok(()),
        }
    }

    fn card(&self) -> MutexGuard<'_, Card> {
        self.card.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
