//! The ring card's window: loaded before the first ring, shown without taking the keyboard focus, hidden when no card is left.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ringside_domain::Snapshot;
use tauri::{AppHandle, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use super::{main::common, native};

pub const LABEL: &str = "ring";
/// Logical pixels.
const WIDTH: f64 = 420.0;
const LOWEST: f64 = 60.0;
const HIGHEST: f64 = 900.0;

/// Used on the main thread only; the lock never waits.
#[derive(Debug)]
pub struct Ring {
    window: WebviewWindow,
    card: Mutex<Card>,
}

#[derive(Clone, Copy, Debug)]
struct Card {
    shown: bool,
    /// As the page last measured itself.
    height: f64,
}

impl Ring {
    /// Shares the web process of `main`, where the system lets windows share one.
    pub fn make(app: &AppHandle, main: &WebviewWindow, web: Option<&Path>) -> tauri::Result<Self> {
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
        let window = native::related(common(builder, web), main)?.build()?;
        native::slim(&window)?;
        native::unfocusable(&window)?;
        Ok(Self { window, card: Mutex::new(Card { shown: false, height: 100.0 }) })
    }

    /// Shown while any call has a card.
    pub fn sync(&self, next: &Snapshot) {
        let wanted = next.calls.iter().any(|call| call.card);
        let mut card = self.card();
        if card.shown == wanted {
            return;
        }
        card.shown = wanted;
        let done = if wanted { self.place(*card).and_then(|()| native::show(&self.window)) } else { native::hide(&self.window) };
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
        if card.shown { self.place(*card) } else { Ok(()) }
    }

    fn place(&self, card: Card) -> tauri::Result<()> {
        match native::area(&self.window)? {
            Some(area) => native::place(&self.window, area.corner(WIDTH, card.height)),
            None => Ok(()),
        }
    }

    fn card(&self) -> MutexGuard<'_, Card> {
        self.card.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
