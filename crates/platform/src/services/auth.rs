//! «Obtain authorization token interface», «Clear the Token interface».

use ringside_domain::Account;
use ringside_wire::{Code, Text};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{Client, PlatformError, Service, SignedIn, Token, token::Login};

#[derive(Deserialize)]
struct LoginWire {
    #[serde(default)]
    token: Text,
    #[serde(default)]
    companyname: Text,
    #[serde(default)]
    companycode: Text,
}

impl Client {
    /// Login («Obtain authorization token interface»). Always sends a request; after a success, later calls use this account.
    ///
    /// # Errors
    /// [`PlatformError::LoginRefused`] for a wrong accesskey, [`PlatformError::Refused`] 601 to 604 for conditions that the provider must
    /// remedy, and any error of the connection.
    pub async fn sign_in(&self, account: &Account, accesskey: SecretString) -> Result<SignedIn, PlatformError> {
        let mut login = self.shared.login.lock().await;
        let (token, signed_in) = self.log_in(account, &accesskey).await?;
        *login = Login::default();
        login.account = Some((account.clone(), accesskey));
        login.renewed(token, signed_in.clone());
        Ok(signed_in)
    }

    /// Continues with a token and company of an earlier run, without a login: a login could end the tokens of other desks. Without a token,
    /// the first call logs in.
    pub async fn resume(&self, account: &Account, accesskey: SecretString, kept: Option<(Token, SignedIn)>) {
        let mut login = self.shared.login.lock().await;
        *login = Login::default();
        login.account = Some((account.clone(), accesskey));
        if let Some((token, company)) = kept {
            login.renewed(token, company);
            login.is_new = false;
        }
    }

    /// Logout («Clear the Token interface»): ends the token, if there is one, and forgets the account.
    ///
    /// # Errors
    /// The token may still be valid. It is kept, so that the logout can be tried again. A token that is already invalid is not an error.
    pub async fn sign_out(&self) -> Result<(), PlatformError> {
        // Locked during the logout, so that no call uses the token that is about to end.
        let mut login = self.shared.login.lock().await;
        if let (Some((account, _)), Some(token)) = (&login.account, &login.token) {
            match self.post(&account.url, Service::Logout, &[("token", token.secret.expose_secret())]).await {
                Ok(_) | Err(PlatformError::Refused { code: Code::TokenInvalid, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        *login = Login::default();
        Ok(())
    }

    /// Forgets the account without a logout; the token stays valid.
    pub async fn forget(&self) {
        *self.shared.login.lock().await = Login::default();
    }

    /// The account that calls are made for.
    pub async fn account(&self) -> Option<Account> {
        self.shared.login.lock().await.account.as_ref().map(|(account, _)| account.clone())
    }

    /// The token that a login obtained since the last call of this method, with its account and company, to be stored in the vault at once.
    pub async fn take_new_token(&self) -> Option<(Account, Token, SignedIn)> {
        let mut login = self.shared.login.lock().await;
        if !std::mem::take(&mut login.is_new) {
            return None;
        }
        let (account, _) = login.account.clone()?;
        Some((account, login.token.clone()?, login.company.clone()))
    }

    /// The token in use, for the vault.
    pub async fn token(&self) -> Option<Token> {
        self.shared.login.lock().await.token.clone()
    }

    pub(crate) async fn log_in(&self, account: &Account, accesskey: &SecretString) -> Result<(Token, SignedIn), PlatformError> {
        let fields = [("appid", account.appid.as_str()), ("accesskey", accesskey.expose_secret())];
        let answer = match self.post(&account.url, Service::Login, &fields).await {
            Err(PlatformError::Failed { code: Code::Abnormal | Code::Failed, message }) => {
                return Err(PlatformError::LoginRefused(message));
            }
            answer => answer?,
        };
        let wire: LoginWire = answer.read("a token")?;
        let secret = wire.token.some().ok_or(PlatformError::Incomplete("a token"))?.into();
        let signed_in = SignedIn { company_name: wire.companyname.owned(), company_code: wire.companycode.owned() };
        Ok((Token { secret, obtained_at: self.now() }, signed_in))
    }
}
