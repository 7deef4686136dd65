//! The secret in the callback URL: from the configuration, from the vault, or new.

use ringside_domain::ShellReport;
use ringside_engine::{Handle, config::Config, vault_problem};
use ringside_vault::Vault;
use secrecy::SecretString;

/// Its name in the vault.
const NAME: &str = "callback secret";

/// The secret from the configuration, else from the vault, else a new random one, which is then stored.
///
/// If the vault fails, this is reported, and the secret is used for this run only.
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

/// The secret from the configuration, else from the vault.
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
