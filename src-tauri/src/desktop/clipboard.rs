//! The clipboard for secrets: programs that keep a history of it are asked to leave them out, and it forgets them soon.

use std::{sync::Mutex, time::Duration};

use arboard::Clipboard;
#[cfg(target_os = "macos")]
use arboard::SetExtApple;
#[cfg(target_os = "linux")]
use arboard::SetExtLinux;
#[cfg(windows)]
use arboard::SetExtWindows;
use secrecy::{ExposeSecret, SecretString};
use tauri::{AppHandle, Manager};
use tokio::task::{JoinError, spawn_blocking};

use crate::life::locked;

/// How long a secret stays in the clipboard.
const KEPT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Clipboard(#[from] arboard::Error),
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// Managed by Tauri; exists once. The last secret that was copied, until it is forgotten.
#[derive(Default)]
pub struct SecretClipboard(Mutex<Option<SecretString>>);

impl SecretClipboard {
    /// Copies the secret. After [`KEPT`] the clipboard is emptied, unless something else was copied meanwhile.
    pub async fn copy(app: &AppHandle, secret: SecretString) -> Result<(), CopyError> {
        let text = secret.expose_secret().to_owned();
        // The clipboard may be slow, and on Linux must not be read on the main thread.
        spawn_blocking(move || write(text)).await??;
        *locked(&app.state::<Self>().0) = Some(secret.clone());
        let app = app.clone();
        tokio::spawn(async move {
            tokio::time::sleep(KEPT).await;
            app.state::<Self>().forget_if(|last| last.expose_secret() == secret.expose_secret()).await;
        });
        Ok(())
    }

    /// Empties the clipboard if it still has the secret that was copied last.
    pub async fn forget(&self) {
        self.forget_if(|_| true).await;
    }

    async fn forget_if(&self, is_it: impl FnOnce(&SecretString) -> bool) {
        let Some(secret) = locked(&self.0).take_if(|last| is_it(last)) else { return };
        match spawn_blocking(move || empty(&secret)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a password may still be in the clipboard"),
            Err(error) => tracing::warn!(%error, "a password may still be in the clipboard"),
        }
    }
}

fn write(text: String) -> Result<(), arboard::Error> {
    let mut clipboard = Clipboard::new()?;
    let set = clipboard.set().exclude_from_history();
    #[cfg(windows)]
    let set = set.exclude_from_cloud();
    set.text(text)
}

fn empty(secret: &SecretString) -> Result<(), arboard::Error> {
    let mut clipboard = Clipboard::new()?;
    match clipboard.get_text() {
        Ok(text) if text == secret.expose_secret() => clipboard.clear(),
        // Something else is in it.
        Ok(_) | Err(arboard::Error::ContentNotAvailable) => Ok(()),
        Err(error) => Err(error),
    }
}
