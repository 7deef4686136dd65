//! Signs in to an account with the secrets from the vault, or with a given accesskey.

use std::sync::Arc;

use ringside_domain::{Account, Problem, ProblemCode};
use ringside_platform::{Client, Code, PlatformError, SignedIn, Token};
use ringside_vault::{Vault, VaultError};
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::secrets;

#[derive(Clone)]
pub(crate) struct SignIn {
    client: Client,
    pub(crate) vault: Vault,
    /// Held while a token is written to the vault, and while secrets are deleted from it.
    keeping: Arc<Mutex<()>>,
}

impl SignIn {
    pub fn new(client: Client, vault: Vault) -> Self {
        Self { client, vault, keeping: Arc::default() }
    }

    /// Without `accesskey`: signs in with the token from the vault, else by a login with the accesskey from the vault. With `accesskey`:
    /// by a login; the accesskey goes to the vault unless the platform refuses it, and `vault_is` gets the problem of that write, if any.
    pub async fn sign_in(
        &self,
        account: &Account,
        accesskey: Option<SecretString>,
        vault_is: impl FnOnce(Option<Problem>),
    ) -> Result<SignedIn, Problem> {
        let Some(accesskey) = accesskey else {
            let accesskey = self.accesskey(account).await?;
            if let Some(company) = self.resume(account, &accesskey).await? {
                return Ok(company);
            }
            return self.log_in(account, accesskey).await;
        };
        let company = self.log_in(account, accesskey.clone()).await;
        if company.as_ref().map_or_else(|problem| problem.retryable, |_| true) {
            vault_is(self.keep_accesskey(account, accesskey).await);
        }
        company
    }

    /// Writes the accesskey to the vault; returns the problem if that fails.
    pub async fn keep_accesskey(&self, account: &Account, accesskey: SecretString) -> Option<Problem> {
        let kept = self.vault.set(&secrets::accesskey(account), accesskey).await;
        kept.err().map(|error| vault_failed(&error))
    }

    async fn log_in(&self, account: &Account, accesskey: SecretString) -> Result<SignedIn, Problem> {
        let company = self.client.sign_in(account, accesskey).await.map_err(|error| failed(&error))?;
        self.keep_token(&self.client).await;
        Ok(company)
    }

    /// Signs in with the token from the vault, if there is one, since a login could end the tokens of other desks (N8).
    async fn resume(&self, account: &Account, accesskey: &SecretString) -> Result<Option<SignedIn>, Problem> {
        let Some((token, company)) = self.kept_token(account).await else { return Ok(None) };
        self.client.resume(account, accesskey.clone(), Some((token, company.clone()))).await;
        // The client renews an expired token by itself, so an error here concerns the connection or the account.
        match self.client.queue_list().await {
            // The answer that the list of queues is not licensed proves that the token is valid.
            Ok(_) | Err(PlatformError::Refused { code: Code::ModuleNotLicensed, .. }) => Ok(Some(company)),
            Err(error) => Err(failed(&error)),
        }
    }

    /// The account's accesskey from the vault.
    pub async fn accesskey(&self, account: &Account) -> Result<SecretString, Problem> {
        let kept = self.vault.get(&secrets::accesskey(account)).await.map_err(|error| vault_failed(&error))?;
        kept.ok_or_else(|| Problem::new(ProblemCode::AccesskeyMissing, "", false))
    }

    /// Whether the vault has both a token and an accesskey of this account.
    pub async fn has_token(&self, account: &Account) -> bool {
        let accesskey = self.vault.get(&secrets::accesskey(account)).await.unwrap_or_default();
        accesskey.is_some() && self.kept_token(account).await.is_some()
    }

    pub async fn kept_token(&self, account: &Account) -> Option<(Token, SignedIn)> {
        let kept = self.vault.get(&secrets::token(account)).await.unwrap_or_default();
        kept.as_ref().and_then(secrets::open_token)
    }

    /// Writes a token that the client obtained since the last call to the vault, at once: otherwise the next start, or a `ringside doctor`
    /// beside this run, would log in again and could end this token (N8). Without a keyring no more is lost than that; the write of the
    /// accesskey reports the keyring's problem.
    pub async fn keep_token(&self, client: &Client) {
        let _keeping = self.keeping.lock().await;
        let Some((account, token, company)) = client.take_new_token().await else { return };
        if let Err(error) = self.vault.set(&secrets::token(&account), secrets::seal_token(&token, &company)).await {
            tracing::debug!(%error, "the token was not kept");
        }
    }

    /// Deletes token and accesskey from the vault.
    pub async fn forget(&self, account: &Account) -> Result<(), Problem> {
        let _keeping = self.keeping.lock().await;
        for key in [secrets::token(account), secrets::accesskey(account)] {
            self.vault.delete(&key).await.map_err(|error| vault_failed(&error))?;
        }
        Ok(())
    }
}

fn vault_failed(error: &VaultError) -> Problem {
    tracing::warn!(%error, "a keyring operation failed");
    secrets::problem(error)
}

/// Logs the error, once, and turns it into a problem for the session.
pub(crate) fn failed(error: &PlatformError) -> Problem {
    tracing::warn!(%error, "a request to the platform failed");
    Problem::from(error)
}
