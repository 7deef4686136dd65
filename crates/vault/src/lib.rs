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
        let thread = KeyringThread::start(namespace.to_owned())?;
        Ok(Self(Arc::new(Inner { memory: Mutex::default(), keyring: Some(thread) })))
    }

    /// Gone when the last clone is.
    pub fn memory() -> Self {
        Self(Arc::new(Inner { memory: Mutex::default(), keyring: None }))
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
}
