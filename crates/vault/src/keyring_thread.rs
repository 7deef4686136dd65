//! The one thread that speaks to the keyring, whose calls block and may wait for a person.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
    time::Duration,
};

use keyring::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use crate::VaultError;

/// Windows keeps at most this many bytes of UTF-16 in one credential (K6).
const LARGEST_ON_WINDOWS: usize = 2560;

#[derive(Debug)]
pub(crate) enum Errand {
    Get(String),
    Set(String, SecretString),
    Delete(String),
}

type Reply = oneshot::Sender<Result<Option<SecretString>, VaultError>>;

pub(crate) struct KeyringThread {
    errands: Sender<(Errand, Reply)>,
    /// An errand is taking longer than anybody waits: the next ones need not wait as long to know it.
    stuck: Arc<AtomicBool>,
}

impl KeyringThread {
    pub fn start(namespace: String) -> io::Result<Self> {
        let (errands, queue) = channel::<(Errand, Reply)>();
        let stuck = Arc::new(AtomicBool::new(false));
        let unstick = Arc::clone(&stuck);
        thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            for (errand, reply) in queue {
                let done = carry_out(&namespace, errand);
                unstick.store(false, Ordering::Relaxed);
                // Whoever asked may have given up waiting.
                let _ = reply.send(done);
            }
        })?;
        Ok(Self { errands, stuck })
    }

    pub async fn ask(&self, errand: Errand, patience: Duration) -> Result<Option<SecretString>, VaultError> {
        let (reply, answer) = oneshot::channel();
        let gone = || VaultError::Failed("the keyring's thread has ended".to_owned());
        self.errands.send((errand, reply)).map_err(|_| gone())?;
        let patience = if self.stuck.load(Ordering::Relaxed) { patience / 10 } else { patience };
        match tokio::time::timeout(patience, answer).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(gone())),
            Err(_) => {
                self.stuck.store(true, Ordering::Relaxed);
                Err(VaultError::Timeout)
            }
        }
    }
}

fn carry_out(namespace: &str, errand: Errand) -> Result<Option<SecretString>, VaultError> {
    let entry = |key: &str| Entry::new(namespace, key).map_err(explain);
    match errand {
        Errand::Get(key) => read(&entry(&key)?),
        Errand::Set(key, secret) => {
            let text = secret.expose_secret();
            if cfg!(windows) && text.encode_utf16().count() * 2 > LARGEST_ON_WINDOWS {
                return Err(VaultError::Failed("the secret is too long for this keyring".to_owned()));
            }
            let entry = entry(&key)?;
            entry.set_password(text).map_err(explain)?;
            // Some keyrings say yes and keep nothing (K7, K13).
            match read(&Entry::new(namespace, &key).map_err(explain)?)? {
                Some(kept) if kept.expose_secret() == text => Ok(None),
                _ => Err(VaultError::Failed("what was kept is not what was given".to_owned())),
            }
        }
        Errand::Delete(key) => match entry(&key)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(error)),
        },
    }
}

fn read(entry: &Entry) -> Result<Option<SecretString>, VaultError> {
    match entry.get_password() {
        Ok(text) => Ok(Some(text.into())),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(error)),
    }
}

/// No variant of the library's errors that is printed here holds a secret: `BadEncoding` does, and is not.
fn explain(error: Error) -> VaultError {
    match error {
        Error::NoStorageAccess(reason) => VaultError::Locked(reason.to_string()),
        Error::NoDefaultStore => {
            let reason = Entry::store_status().as_ref().err().map(ToString::to_string).unwrap_or_default();
            VaultError::Missing(reason)
        }
        Error::PlatformFailure(reason) => {
            let reason = reason.to_string();
            let gone = ["ServiceUnknown", "no secret service", "not provided by any", "No such file", "collection"];
            if gone.iter().any(|word| reason.contains(word)) { VaultError::Missing(reason) } else { VaultError::Failed(reason) }
        }
        Error::BadEncoding(_) => VaultError::Failed("what is kept is not text".to_owned()),
        other => VaultError::Failed(other.to_string()),
    }
}
