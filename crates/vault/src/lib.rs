//! Secrets: the OS keyring, or memory for tests and the demo.
//!
//! Only one thread uses the keyring (K9); callers wait for it at most ten seconds (K4). A secret that the keyring does not take is
//! kept in memory for this run, and the caller gets an error; it is never written anywhere else.

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

/// How long a caller waits for the keyring, or for a person to answer the keyring's prompt (K4).
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the keyring did not carry out a request.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    /// K1, K2, K5: no session bus, no Secret Service, no collection for the secret.
    #[error("no keyring: {0}")]
    Missing(String),
    /// K3: locked, and the prompt was dismissed.
    #[error("the keyring is locked: {0}")]
    Locked(String),
    /// K4: no answer, perhaps because a prompt waits for one.
    #[error("the keyring did not answer within 10 seconds")]
    Timeout,
    /// K6, K7, K13, and every other failure.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

/// Cheap to clone; all clones are the same vault.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    /// Secrets that the keyring did not take, and all secrets of a vault in memory. `None`: deleted, but perhaps not yet in the keyring.
    memory: Mutex<HashMap<String, Option<SecretString>>>,
    keyring: Option<KeyringThread>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("keyring", &self.0.keyring.is_some()).finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault in the system's keyring. The entries' names contain the namespace, so that two installations do not share them.
    pub fn keyring(namespace: &str) -> std::io::Result<Self> {
        Ok(Self::with(Some(KeyringThread::of_system(namespace.to_owned())?)))
    }

    /// A vault in memory; its secrets are gone when the last clone is dropped.
    pub fn memory() -> Self {
        Self::with(None)
    }

    fn with(keyring: Option<KeyringThread>) -> Self {
        Self(Arc::new(Inner { memory: Mutex::default(), keyring }))
    }

    /// The secret under this key; `None` if there is none.
    pub async fn get(&self, key: &str) -> Result<Option<SecretString>, VaultError> {
        // Bound to a name before the wait: otherwise the lock would be held during it.
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
        // The keyring has the secret, so the copy in memory is removed, unless another secret was set meanwhile.
        let mut memory = self.lock();
        let same = |kept: &Option<SecretString>| kept.as_ref().is_some_and(|kept| kept.expose_secret() == secret.expose_secret());
        if memory.get(key).is_some_and(same) {
            memory.remove(key);
        }
        Ok(())
    }

    /// Deletes the secret; a missing secret is no error. On an error the secret is not given out any more, but may still be in the keyring.
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
    async fn a_vault_in_memory_keeps_and_deletes_secrets() {
        let vault = Vault::memory();
        assert!(vault.get("a").await.unwrap().is_none());
        vault.set("a", "sesame".into()).await.unwrap();
        assert_eq!(vault.clone().get("a").await.unwrap().unwrap().expose_secret(), "sesame");
        assert!(!format!("{vault:?}").contains("sesame"));
        vault.delete("a").await.unwrap();
        vault.delete("a").await.unwrap();
        assert!(vault.get("a").await.unwrap().is_none());
    }

    /// A vault whose keyring refuses every request while the flag is set.
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
    async fn k3_a_secret_that_the_keyring_refuses_is_kept_for_this_run_and_gives_an_error() {
        let (vault, refuses) = refusing();
        refuses.store(true, Ordering::Relaxed);
        assert!(vault.set("a", "sesame".into()).await.is_err());
        assert_eq!(kept(&vault, "a").await.as_deref(), Some("sesame"), "kept for this run");
        refuses.store(false, Ordering::Relaxed);
        vault.set("a", "open".into()).await.unwrap();
        assert_eq!(kept(&vault, "a").await.as_deref(), Some("open"), "the newer secret, from the keyring");
        assert!(vault.lock().is_empty(), "no second copy in memory");
    }

    #[tokio::test]
    async fn fs4_a_secret_that_the_keyring_does_not_delete_is_not_given_out_and_can_be_deleted_again() {
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

    /// The credential store needs no desktop, unlike the keyrings of other systems; there the tests of the real app use one.
    #[cfg(windows)]
    #[tokio::test]
    async fn k6_the_systems_keyring_keeps_a_secret_for_the_next_run_and_one_that_is_too_long_is_kept_for_this_run_only() {
        let namespace = format!("ringside test {} 密钥", std::process::id());
        let (vault, long) = (Vault::keyring(&namespace).unwrap(), "k".repeat(1300));
        for secret in ["sesame 芝麻", "another"] {
            vault.set("accesskey", secret.into()).await.unwrap();
            let next = Vault::keyring(&namespace).unwrap();
            assert_eq!(next.get("accesskey").await.unwrap().unwrap().expose_secret(), secret);
        }
        assert!(matches!(vault.set("accesskey", long.clone().into()).await, Err(VaultError::Failed(_))));
        assert_eq!(vault.get("accesskey").await.unwrap().unwrap().expose_secret(), long);
        let next = Vault::keyring(&namespace).unwrap();
        assert_eq!(next.get("accesskey").await.unwrap().unwrap().expose_secret(), "another");
        next.delete("accesskey").await.unwrap();
        assert!(Vault::keyring(&namespace).unwrap().get("accesskey").await.unwrap().is_none());
        next.delete("accesskey").await.unwrap();
    }
}
