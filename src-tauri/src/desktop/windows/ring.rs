//! The ring card's window: loaded before the first ring, shown without taking the keyboard focus, hidden when no card is left.

use std::sync::{Arc, Mutex, MutexGuard};

use ringside_domain::{CardSize, Intent, Snapshot, contract};
use ringside_engine::Handle;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window, WindowEvent};
use tokio::sync::Notify;

use super::{
    Web,
    display::{Corner, Display},
    main, native, no_engine,
    places::Places,
};
use crate::life::{locked, quit::Quit};

pub const LABEL: &str = contract::Window::Ring.label();
/// Logical pixels.
const WIDTH: f64 = 420.0;
const LOWEST: f64 = 60.0;
const HIGHEST: f64 = 900.0;

/// Managed by Tauri; exists once. Used on the main thread only, except `painted`; so the locks never block.
#[derive(Debug)]
pub struct Ring {
    web: Web,
    places: Arc<Places>,
    /// Notified when a new card was painted.
    pub painted: Notify,
    window: Mutex<Option<WebviewWindow>>,
    card: Mutex<Card>,
}

#[derive(Clone, Copy, Debug)]
struct Card {
    /// Whether any call has a card.
    wanted: bool,
    /// Whether the page runs and can draw the card.
    runs: bool,
    shown: bool,
    /// The height that the page measured last.
    height: f64,
    size: CardSize,
    /// Whether a person has dragged it since it was last placed.
    dragged: bool,
}

impl Card {
    /// Logical pixels per pixel of the page.
    fn zoom(self) -> f64 {
        match self.size {
            CardSize::Normal => 1.0,
            CardSize::Large => 1.25,
        }
    }
}

impl Ring {
    pub fn new(web: Web, places: Arc<Places>) -> Self {
        let card = Card { wanted: false, runs: false, shown: false, height: 100.0, size: CardSize::Normal, dragged: false };
        Self { web, places, painted: Notify::new(), window: Mutex::default(), card: Mutex::new(card) }
    }

    /// Creates the window, hidden. Called when the main window is drawn, since earlier it would delay that drawing; a ring that comes
    /// before creates the window at once.
    pub fn prepare(&self, app: &AppHandle) -> tauri::Result<()> {
        // Without a web engine, notifications report the rings.
        if self.window().is_none() && !no_engine::is_missing() {
            let made = self.make(app)?;
            *locked(&self.window) = Some(made);
        }
        Ok(())
    }

    fn window(&self) -> Option<WebviewWindow> {
        locked(&self.window).clone()
    }

    /// The user closed the window: hides it at once, without waiting for the engine. It stays ready for the next ring.
    fn close(&self) -> tauri::Result<()> {
        self.card().wanted = false;
        self.bring_up_to_date()
    }

    /// The window was destroyed, though not by Ringside; another one will be created.
    fn destroyed(&self) {
        *locked(&self.window) = None;
        let mut card = self.card();
        (card.runs, card.shown) = (false, false);
    }

    /// Creates the window. It shares the web process of the main window if the system allows that.
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
        let window = native::related(main::common(app, builder, &self.web), &main)?.build()?;
        native::slim(&window)?;
        native::draw_at_once(&window)?;
        native::unfocusable(&window)?;
        window.set_zoom(self.card().zoom())?;
        let target = app.clone();
        native::on_page_lost(&window, move || target.state::<Ring>().lost())?;
        let app = app.clone();
        native::on_displays_changed(&window, move || app.state::<Ring>().displays_changed())?;
        Ok(window)
    }

    /// Shows the window while any call has a card.
    pub fn sync(&self, app: &AppHandle, next: &Snapshot) {
        let wanted = next.calls.iter().any(|call| call.card);
        if let Err(error) = self.resize(next.settings.card.size).and_then(|()| self.show(app, wanted)) {
            tracing::warn!(%error, wanted, "the ring card could not be shown or hidden");
        }
    }

    fn show(&self, app: &AppHandle, wanted: bool) -> tauri::Result<()> {
        self.card().wanted = wanted;
        if wanted {
            self.prepare(app)?;
        }
        self.bring_up_to_date()
    }

    /// Shows or hides the window. Before its page runs, the window would be an empty rectangle.
    fn bring_up_to_date(&self) -> tauri::Result<()> {
        let Some(window) = self.window() else { return Ok(()) };
        let Card { wanted, runs, shown: before, .. } = *self.card();
        let shown = wanted && runs;
        if shown == before {
            return Ok(());
        }
        self.card().shown = shown;
        if shown {
            return self.place(&window).and_then(|()| native::show(&window));
        }
        self.places.save();
        native::hide(&window)
    }

    /// The page can draw the card.
    pub fn runs(&self) -> tauri::Result<()> {
        self.card().runs = true;
        self.bring_up_to_date()
    }

    #[cfg(target_os = "linux")]
    pub(super) fn page_runs(&self) -> bool {
        self.card().runs
    }

    fn resize(&self, size: CardSize) -> tauri::Result<()> {
        if std::mem::replace(&mut self.card().size, size) == size {
            return Ok(());
        }
        let Some(window) = self.window() else { return Ok(()) };
        window.set_zoom(self.card().zoom())?;
        self.place(&window)
    }

    /// The page measured its height, in its own pixels.
    pub fn fit(&self, height: f64) -> tauri::Result<()> {
        let height = if height.is_finite() { height.clamp(LOWEST, HIGHEST) } else { return Ok(()) };
        let before = std::mem::replace(&mut self.card().height, height);
        match self.window() {
            Some(window) if self.card().shown && (before - height).abs() >= 0.5 => self.place(&window),
            _ => Ok(()),
        }
    }

    /// A person begins to drag the card.
    pub fn drag(&self) -> tauri::Result<()> {
        let Some(window) = self.window() else { return Ok(()) };
        self.card().dragged = true;
        window.start_dragging()
    }

    /// Puts the card back into the corner, on every display.
    pub fn put_back(&self) -> tauri::Result<()> {
        self.places.change(|kept| kept.cards.clear());
        self.places.save();
        self.window().map_or(Ok(()), |window| self.place(&window))
    }

    /// Gives the card the keyboard when a person wants to type on it; in no other case (T14).
    pub fn take_keyboard(&self) -> tauri::Result<()> {
        self.window().map_or(Ok(()), |window| native::take_keyboard(&window))
    }

    /// Saves the position to which a person dragged the card, but not positions that the system or Ringside set.
    pub fn moved(&self) {
        let Some(window) = self.window().filter(|_| self.card().dragged) else { return };
        match Self::place_of(&window) {
            Ok(Some((display, corner))) => self.places.change(|kept| {
                kept.cards.insert(display, corner);
            }),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "where the ring card was dragged to is not known"),
        }
    }

    fn place_of(window: &WebviewWindow) -> tauri::Result<Option<(String, Corner)>> {
        let Some(frame) = native::frame(window)? else { return Ok(None) };
        let display = Display::at(native::displays(window)?, frame.middle());
        Ok(display.map(|display| (display.name.clone(), display.corner(frame))))
    }

    fn lost(&self) {
        self.card().runs = false;
        if let Err(error) = self.bring_up_to_date() {
            tracing::warn!(%error, "the empty ring card could not be hidden");
        }
    }

    fn displays_changed(&self) {
        if let Some(window) = self.window().filter(|_| self.card().shown)
            && let Err(error) = self.place(&window)
        {
            tracing::warn!(%error, "the ring card could not follow the displays");
        }
    }

    /// Places the card on the display with the pointer, where the user works.
    fn place(&self, window: &WebviewWindow) -> tauri::Result<()> {
        let pointer = native::pointer(window)?.unwrap_or_default();
        let Some(display) = Display::at(native::displays(window)?, pointer) else { return Ok(()) };
        let corner = self.places.get().cards.get(&display.name).copied().unwrap_or_default();
        let card = {
            let mut card = self.card();
            card.dragged = false;
            *card
        };
        native::place(window, display.card(corner, WIDTH * card.zoom(), card.height * card.zoom()))
    }

    fn card(&self) -> MutexGuard<'_, Card> {
        locked(&self.card)
    }
}

pub fn on_event(window: &Window, event: &WindowEvent) {
    let ring = window.state::<Ring>();
    match event {
        WindowEvent::Moved(_) => ring.moved(),
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            if let Err(error) = ring.close() {
                tracing::warn!(%error, "the ring card that was closed could not be hidden");
            }
            // Only the cards that were visible: a call that begins now gets its card.
            let handle = window.state::<Handle>();
            for call in handle.snapshots().borrow().calls.iter().filter(|call| call.card) {
                handle.intent(Intent::HideCard { call: call.id });
            }
        }
        WindowEvent::Destroyed if !window.state::<Quit>().is_asked() => {
            tracing::warn!("the ring card's window was destroyed; another one is made");
            ring.destroyed();
            let app = window.app_handle().clone();
            // After this event: until then the old window still has the label.
            tauri::async_runtime::spawn(async move {
                let target = app.clone();
                let again = move || {
                    let ring = target.state::<Ring>();
                    let snapshot = target.state::<Handle>().snapshots().borrow().clone();
                    if let Err(error) = ring.prepare(&target) {
                        tracing::error!(%error, "the ring card's window could not be made again");
                    }
                    ring.sync(&target, &snapshot);
                };
                if let Err(error) = app.run_on_main_thread(again) {
                    tracing::warn!(%error, "the event loop takes no more work");
                }
            });
        }
        _ => {}
    }
}
