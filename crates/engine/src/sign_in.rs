//! Signing in to an account: with what the vault keeps of it, or with an accesskey that is given.

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
    /// Held while a token or an accesskey of the vault is written or taken out.
    keeping: Arc<Mutex<()>>,
}

impl SignIn {
    pub fn new(client: Client, vault: Vault) -> Self {
        Self { client, vault, keeping: Arc::default() }
    }

    /// With a kept token where there is one, else by a login. A given accesskey is kept unless the platform refuses it; `vault_is` is
    /// told whether that worked.
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

    /// Why it could not be kept.
    pub async fn keep_accesskey(&self, account: &Account, accesskey: SecretString) -> Option<Problem> {
        let kept = self.vault.set(&secrets::accesskey(account), accesskey).await;
        kept.err().map(|error| vault_failed(&error))
    }

    async fn log_in(&self, account: &Account, accesskey: SecretString) -> Result<SignedIn, Problem> {
        let company = self.client.sign_in(account, accesskey).await.map_err(|error| failed(&error))?;
        self.keep_token(&self.client).await;
        Ok(company)
    }

    /// A token from an earlier run, if it still opens the door: a login here could end the tokens of other desks (N8).
    async fn resume(&self, account: &Account, accesskey: &SecretString) -> Result<Option<SignedIn>, Problem> {
        let Some((token, company)) = self.kept_token(account).await else { return Ok(None) };
        self.client.resume(account, accesskey.clone(), Some((token, company.clone()))).await;
        // The client heals a dead token by itself, so what fails here is the way or the account.
        match self.client.queue_list().await {
            // That the list of queues is not licensed is said of a token that opens the door.
            Ok(_) | Err(PlatformError::Refused { code: Code::ModuleNotLicensed, .. }) => Ok(Some(company)),
            Err(error) => Err(failed(&error)),
        }
    }

    /// The accesskey that the vault keeps.
    pub async fn accesskey(&self, account: &Account) -> Result<SecretString, Problem> {
        let kept = self.vault.get(&secrets::accesskey(account)).await.map_err(|error| vault_failed(&error))?;
        kept.ok_or_else(|| Problem::new(ProblemCode::AccesskeyMissing, "", false))
    }

    /// A token of this account, and the accesskey that belongs to it, are in the vault.
    pub async fn has_token(&self, account: &Account) -> bool {
        let accesskey = self.vault.get(&secrets::accesskey(account)).await.unwrap_or_default();
        accesskey.is_some() && self.kept_token(account).await.is_some()
    }

    pub async fn kept_token(&self, account: &Account) -> Option<(Token, SignedIn)> {
        let kept = self.vault.get(&secrets::token(account)).await.unwrap_or_default();
        kept.as_ref().and_then(secrets::open_token)
    }

    /// Keeps a token that this client obtained since it was last asked. At once: the next start, and whoever asks beside this one, would
    /// otherwise log in again and end it (N8). Without a keyring that is all that is lost; its health is said with the accesskey.
    pub async fn keep_token(&self, client: &Client) {
        let _keeping = self.keeping.lock().await;
        let Some((account, token, company)) = client.take_new_token().await else { return };
        if let Err(error) = self.vault.set(&secrets::token(&account), secrets::seal_token(&token, &company)).await {
            tracing::debug!(%error, "the token was not kept");
        }
    }

    /// Takes token and accesskey out of the vault.
    pub async fn forget(&self, account: &Account) -> Result<(), Problem> {
        let _keeping = self.keeping.lock().await;
        for key in [secrets::token(account), secrets::accesskey(account)] {
            self.vault.delete(&key).await.map_err(|error| vault_failed(&error))?;
        }
        Ok(())
    }
}

fn vault_failed(error: &VaultError) -> Problem {
    tracing::warn!(%error, "the keyring did not do as asked");
    secrets::problem(error)
}

/// Logged here, once; what is shown goes on as a problem.
pub(crate) fn failed(error: &PlatformError) -> Problem {
    tracing::warn!(%error, "the platform did not do as asked");
    Problem::from(error)
}
