//! Services that a person calls by `ringside api`.

use ringside_domain::{Account, Problem};
use ringside_platform::{Called, Client, Secrets, Service};
use ringside_vault::Vault;
use secrecy::SecretString;

use crate::{Handle, sign_in::SignIn};

/// Signs in as the doctor does, and calls the service. For a process beside which no engine runs.
///
/// # Errors
/// If the sign-in fails; then the service was not called.
pub async fn call_by_hand(
    (client, vault): (&Client, &Vault),
    account: &Account,
    accesskey: Option<SecretString>,
    service: Service,
    fields: &[(String, String)],
    secrets: Secrets,
) -> Result<Called, Problem> {
    let sign_in = SignIn::new(client.clone(), vault.clone());
    // A login could end the tokens of other desks (N8).
    let accesskey = if sign_in.has_token(account).await { None } else { accesskey };
    sign_in.sign_in(account, accesskey, |_| {}).await?;
    let called = client.call_by_hand(service, fields, secrets).await;
    sign_in.keep_token(client).await;
    Ok(called)
}

impl Handle {
    /// Calls the service with the token in use.
    pub async fn call_by_hand(&self, service: Service, fields: &[(String, String)], secrets: Secrets) -> Called {
        self.client.call_by_hand(service, fields, secrets).await
    }
}
