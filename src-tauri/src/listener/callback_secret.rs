//! The secret in the callback address: given, kept, or made.

use ringside_domain::ShellReport;
use ringside_engine::{Handle, config::Config, vault_problem};
use ringside_vault::Vault;
use secrecy::SecretString;

/// Its name in the vault.
const NAME: &str = "callback secret";

/// From the configuration, else from the vault, else made from the system's randomness and kept.
///
/// A vault that fails is reported; the secret then holds for this run.
pub async fn obtain(config: &Config, vault: &Vault, handle: &Handle) -> Result<SecretString, getrandom::Error> {
    let given = config.values.secret.clone();
    if given.is_none() {
        match vault.get(NAME).await {
            Ok(Some(kept)) => return Ok(kept),
            Ok(None) => {}
            Err(error) => handle.report(ShellReport::Vault(Some(vault_problem(&error)))),
        }
    }
    let secret = match given {
        Some(given) => given,
        None => made()?,
    };
    if let Err(error) = vault.set(NAME, secret.clone()).await {
        tracing::warn!(%error, "the callback secret is not kept");
        handle.report(ShellReport::Vault(Some(vault_problem(&error))));
    }
    Ok(secret)
}

/// From the configuration, else from the vault.
pub async fn known(config: &Config, vault: &Vault) -> Option<SecretString> {
    match &config.values.secret {
        Some(given) => Some(given.clone()),
        None => vault.get(NAME).await.ok().flatten(),
    }
}

pub fn made() -> Result<SecretString, getrandom::Error> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)?;
    Ok(ringside_listener::secret(random))
}
