//! Which secrets are kept, and under which names: the accesskey and the token of an account (N9), the callback secret.

use ringside_domain::{Account, Problem, ProblemCode, Timestamp};
use ringside_platform::Token;
use ringside_vault::VaultError;
use secrecy::{ExposeSecret, SecretString};

/// The accesskey of an account.
pub(crate) fn accesskey(account: &Account) -> String {
    format!("accesskey {} {}", account.appid, account.url)
}

/// Its token, with the time of its login.
pub(crate) fn token(account: &Account) -> String {
    format!("token {} {}", account.appid, account.url)
}

/// A token as it is kept: when it was obtained (epoch milliseconds), the company's name, the token.
pub(crate) fn seal_token(token: &Token, company: &str) -> SecretString {
    format!("{}\n{}\n{}", token.obtained_at.0, company.replace('\n', " "), token.secret.expose_secret()).into()
}

/// The token and the company's name; None where it is not what `seal_token` made.
pub(crate) fn open_token(kept: &SecretString) -> Option<(Token, String)> {
    let mut parts = kept.expose_secret().splitn(3, '\n');
    let (at, company, secret) = (parts.next()?, parts.next()?, parts.next()?);
    let obtained_at = Timestamp(at.parse().ok()?);
    Some((Token { secret: secret.to_owned().into(), obtained_at }, company.to_owned()))
}

/// K1 to K6, in the words of the UI.
pub fn problem(error: &VaultError) -> Problem {
    let code = match error {
        VaultError::Missing(_) => ProblemCode::KeyringMissing,
        VaultError::Locked(_) => ProblemCode::KeyringLocked,
        VaultError::Timeout => ProblemCode::KeyringTimeout,
        VaultError::Failed(_) => ProblemCode::KeyringFailed,
    };
    Problem::new(code, error.to_string(), true)
}
