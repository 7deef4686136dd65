//! Secrets: the OS keyring, or memory for tests and the demo.
//!
//! One thread owns all access to the keyring (K9); callers wait for it at most ten seconds (K4). A secret that the keyring
//! does not take is kept in memory for this run, and the caller is told; it is never written anywhere else.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod keyring_thread;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyring_thread::{Errand, KeyringThread};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

/// How long a keyring may think, or a person over its prompt.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the keyring did not do as asked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    /// K1, K2, K5: no session bus, no Secret Service, no collection to keep it in.
    #[error("no keyring: {0}")]
    Missing(String),
    /// K3: locked, and the prompt was dismissed.
    #[error("the keyring is locked: {0}")]
    Locked(String),
    /// K4: no answer, perhaps because a prompt waits for one.
    #[error("the keyring did not answer within 10 seconds")]
    Timeout,
    /// K6, K7, K13, and whatever else.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

/// Cheap to clone; all clones are the same vault.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    /// What the keyring did not take, and all of a vault in memory. None: deleted, though the keyring may not know it.
    memory: Mutex<HashMap<String, Option<SecretString>>>,
    keyring: Option<KeyringThread>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("keyring", &self.0.keyring.is_some()).finish_non_exhaustive()
    }
}

impl Vault {
    /// The system's keyring; the entries are named by this namespace, so that two installations do not share them.
    pub fn keyring(namespace: &str) -> std::io::Result<Self> {
        Ok(Self::with(Some(KeyringThread::of_system(namespace.to_owned())?)))
    }

    /// Gone when the last clone is.
    pub fn memory() -> Self {
        Self::with(None)
    }

    fn with(keyring: Option<KeyringThread>) -> Self {
        Self(Arc::new(Inner { memory: Mutex::default(), keyring }))
    }

    /// The secret under this key; None where there is none.
    pub async fn get(&self, key: &str) -> Result<Option<SecretString>, VaultError> {
        // Bound before the wait, so that the lock is not held over it.
        let remembered = self.lock().get(key).cloned();
        match (remembered, &self.0.keyring) {
            (Some(secret), _) => Ok(secret),
            (None, None) => Ok(None),
            (None, Some(keyring)) => keyring.ask(Errand::Get(key.to_owned()), PATIENCE).await,
        }
    }

    /// Keeps the secret. On an error it is kept for this run only.
    pub async fn set(&self, key: &str, secret: SecretString) -> Result<(), VaultError> {
        self.lock().insert(key.to_owned(), Some(secret.clone()));
        let Some(keyring) = &self.0.keyring else { return Ok(()) };
        keyring.ask(Errand::Set(key.to_owned(), secret.clone()), PATIENCE).await?;
        // The keyring has it: no second copy, unless another was set meanwhile.
        let mut memory = self.lock();
        let same = |kept: &Option<SecretString>| kept.as_ref().is_some_and(|kept| kept.expose_secret() == secret.expose_secret());
        if memory.get(key).is_some_and(same) {
            memory.remove(key);
        }
        Ok(())
    }

    /// Forgets the secret; one that is not there is forgotten already.
    pub async fn delete(&self, key: &str) -> Result<(), VaultError> {
        let Some(keyring) = &self.0.keyring else {
            self.lock().remove(key);
            return Ok(());
        };
        self.lock().insert(key.to_owned(), None);
        keyring.ask(Errand::Delete(key.to_owned()), PATIENCE).await?;
        self.lock().remove(key);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Option<SecretString>>> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn memory_keeps_and_forgets() {
        let vault = Vault::memory();
        assert!(vault.get("a").await.unwrap().is_none());
        vault.set("a", "sesame".into()).await.unwrap();
        assert_eq!(vault.clone().get("a").await.unwrap().unwrap().expose_secret(), "sesame");
        assert!(!format!("{vault:?}").contains("sesame"));
        vault.delete("a").await.unwrap();
        vault.delete("a").await.unwrap();
        assert!(vault.get("a").await.unwrap().is_none());
    }

    /// A keyring with what it holds, which refuses while it is told to.
    fn refusing() -> (Vault, Arc<AtomicBool>) {
        let refuses = Arc::new(AtomicBool::new(false));
        let (told, held) = (Arc::clone(&refuses), Mutex::new(HashMap::<String, SecretString>::new()));
        let thread = keyring_thread::tests::keyring(move |errand| {
            if told.load(Ordering::Relaxed) {
                return Err(VaultError::Locked("dismissed".to_owned()));
            }
            let mut held = held.lock().unwrap();
            Ok(match errand {
                Errand::Get(key) => held.get(&key).cloned(),
                Errand::Set(key, secret) => held.insert(key, secret).and(None),
                Errand::Delete(key) => held.remove(&key).and(None),
            })
        });
        (Vault::with(Some(thread)), refuses)
    }

    async fn kept(vault: &Vault, key: &str) -> Option<String> {
        vault.get(key).await.unwrap().map(|secret| secret.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn k3_what_the_keyring_refuses_holds_for_this_run_and_is_said() {
        let (vault, refuses) = refusing();
        refuses.store(true, Ordering::Relaxed);
        assert!(vault.set("a", "sesame".into()).await.is_err());
        assert_eq!(kept(&vault, "a").await.as_deref(), Some("sesame"), "kept for this run");
        refuses.store(false, Ordering::Relaxed);
        vault.set("a", "open".into()).await.unwrap();
        assert_eq!(kept(&vault, "a").await.as_deref(), Some("open"), "the newer one, from the keyring");
        assert!(vault.lock().is_empty(), "no second copy");
    }

    #[tokio::test]
    async fn fs4_what_the_keyring_does_not_delete_is_not_given_out_and_can_be_deleted_again() {
        let (vault, refuses) = refusing();
        vault.set("a", "sesame".into()).await.unwrap();
        refuses.store(true, Ordering::Relaxed);
        assert!(vault.delete("a").await.is_err());
        assert_eq!(kept(&vault, "a").await, None);
        refuses.store(false, Ordering::Relaxed);
        assert_eq!(kept(&vault, "a").await, None, "still to be deleted");
        vault.delete("a").await.unwrap();
        assert_eq!((kept(&vault, "a").await, vault.lock().len()), (None, 0));
    }
}
