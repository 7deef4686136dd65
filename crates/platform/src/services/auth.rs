//! «Obtain authorization token interface», «Clear the Token interface».

use ringside_domain::Account;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{Client, Code, PlatformError, Service, SignedIn, Token, token::Login, wire::Text};

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
    /// Login («Obtain authorization token interface»), always anew; on success later calls are this account's.
    ///
    /// # Errors
    /// [`PlatformError::LoginRefused`] for an accesskey that does not fit, [`PlatformError::Refused`] 601 to 604 for what the
    /// provider must set right, and whatever the way has to say.
    pub async fn sign_in(&self, account: &Account, accesskey: SecretString) -> Result<SignedIn, PlatformError> {
        let mut login = self.shared.login.lock().await;
        let (token, signed_in) = self.log_in(account, &accesskey).await?;
        *login = Login::default();
        login.account = Some((account.clone(), accesskey));
        login.renewed(token);
        Ok(signed_in)
    }

    /// Goes on with a token from an earlier run, without a login of its own: a login could end the tokens of other desks.
    pub async fn resume(&self, account: &Account, accesskey: SecretString, token: Token) {
        let mut login = self.shared.login.lock().await;
        *login = Login::default();
        login.account = Some((account.clone(), accesskey));
        login.renewed(token);
    }

    /// Logout («Clear the Token interface»): ends the token and forgets the account, whatever the platform answers.
    ///
    /// # Errors
    /// The token may live on. That it was dead already is none.
    pub async fn sign_out(&self) -> Result<(), PlatformError> {
        let login = std::mem::take(&mut *self.shared.login.lock().await);
        let (Some((account, _)), Some(token)) = (login.account, login.token) else { return Ok(()) };
        match self.post(&account.url, Service::Logout, &[("token", token.secret.expose_secret())]).await {
            Ok(_) | Err(PlatformError::Refused { code: Code::TokenInvalid, .. }) => Ok(()),
            Err(error) => Err(error),
        }
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
