//! The only thread that calls the keyring: its calls block, and may wait for a person to answer a prompt.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
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

type Done = Result<Option<SecretString>, VaultError>;
type Reply = oneshot::Sender<Done>;

pub(crate) struct KeyringThread {
    errands: Sender<(Errand, Reply)>,
    /// A caller gave up waiting for an errand. Until an errand ends, further callers wait a tenth as long.
    stuck: Arc<AtomicBool>,
}

impl KeyringThread {
    /// The thread for the system's keyring; the entries' names contain the namespace.
    pub fn of_system(namespace: String) -> io::Result<Self> {
        Self::start(move |errand| carry_out(&namespace, errand))
    }

    fn start(carry_out: impl Fn(Errand) -> Done + Send + 'static) -> io::Result<Self> {
        let (errands, queue) = channel::<(Errand, Reply)>();
        let stuck = Arc::new(AtomicBool::new(false));
        let unstick = Arc::clone(&stuck);
        thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            for (errand, reply) in queue {
                // A panic in the keyring's library must not end the thread: no later errand would be answered.
                let done = catch_unwind(AssertUnwindSafe(|| carry_out(errand)));
                let done = done.unwrap_or_else(|_| Err(VaultError::Failed("the keyring's library failed".to_owned())));
                unstick.store(false, Ordering::Relaxed);
                // The caller may have stopped waiting.
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
            // Some keyrings report success and keep nothing (K7, K13).
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

/// None of the library's errors that are printed here contains a secret; `BadEncoding` does, and is not printed.
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

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A keyring thread that runs `carry_out` for each errand.
    pub fn keyring(carry_out: impl Fn(Errand) -> Done + Send + 'static) -> KeyringThread {
        KeyringThread::start(carry_out).unwrap()
    }

    fn get(key: &str) -> Errand {
        Errand::Get(key.to_owned())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn k9_errands_are_carried_out_one_after_the_other_on_one_thread() {
        let (tell, told) = mpsc::channel();
        let thread = keyring(move |errand| {
            tell.send((format!("{errand:?}"), thread::current().name().map(str::to_owned))).unwrap();
            Ok(None)
        });
        for key in ["a", "b"] {
            assert!(thread.ask(get(key), LONG).await.unwrap().is_none());
        }
        let name = || Some("keyring".to_owned());
        assert_eq!(told.iter().take(2).collect::<Vec<_>>(), [("Get(\"a\")".to_owned(), name()), ("Get(\"b\")".to_owned(), name())]);
    }

    #[tokio::test]
    async fn k4_after_a_timeout_callers_wait_a_tenth_as_long_until_the_keyring_answers() {
        let (free, wait) = mpsc::channel::<()>();
        let thread = keyring(move |errand| {
            if format!("{errand:?}").contains("stuck") {
                // Blocks until the test sends something.
                let _ = wait.recv();
            }
            Ok(Some("kept".into()))
        });
        assert_eq!(thread.ask(get("stuck"), Duration::from_millis(20)).await.unwrap_err(), VaultError::Timeout);
        assert!(thread.stuck.load(Ordering::Relaxed), "the next caller waits less");
        assert_eq!(thread.ask(get("next"), Duration::from_millis(20)).await.unwrap_err(), VaultError::Timeout);
        free.send(()).unwrap();
        // Queued behind the errands whose callers stopped waiting; a tenth of this wait is long enough.
        assert!(thread.ask(get("last"), LONG * 10).await.unwrap().is_some());
        assert!(!thread.stuck.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn fs9_a_panic_in_the_keyring_fails_only_that_errand() {
        let thread = keyring(|errand| match errand {
            Errand::Get(_) => panic!("broken"),
            Errand::Set(..) | Errand::Delete(_) => Ok(None),
        });
        assert!(matches!(thread.ask(get("a"), LONG).await, Err(VaultError::Failed(_))));
        assert!(thread.ask(Errand::Delete("a".to_owned()), LONG).await.is_ok());
    }
}
