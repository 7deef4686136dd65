//! The request to end the app. The first request counts.

use std::future::pending;

use ringside_domain::Occasion;
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The platform gets what the settings say for this occasion.
    For(Occasion),
    /// Ringside starts again, since the main window stays blank or cannot be updated. Nothing changes at the platform.
    Blank,
    /// Ringside starts again as the version that was installed meanwhile. Nothing changes at the platform.
    Replaced,
}

/// Managed by Tauri; exists once.
#[derive(Debug, Default)]
pub struct Quit(watch::Sender<Option<Ending>>);

impl Quit {
    pub fn ask(&self, ending: Ending) {
        self.0.send_if_modified(|asked| {
            let is_first = asked.is_none();
            asked.get_or_insert(ending);
            is_first
        });
    }

    pub fn is_asked(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Resolves when the end was requested.
    pub fn asked(&self) -> impl Future<Output = Ending> + Send + use<> {
        let mut asked = self.0.subscribe();
        async move {
            match asked.wait_for(Option::is_some).await.ok().and_then(|ending| *ending) {
                Some(ending) => ending,
                // The sender exists as long as the app.
                None => pending().await,
            }
        }
    }
}
