//! Which secrets are kept, and under which names: the accesskey and the token of an account (N9), the callback secret.

use ringside_domain::{Account, Problem, ProblemCode};
use ringside_vault::VaultError;

/// The accesskey of an account.
pub(crate) fn accesskey(account: &Account) -> String {
    format!("accesskey {} {}", account.appid, account.url)
}

/// Its token, with the time of its login.
pub(crate) fn token(account: &Account) -> String {
    format!("token {} {}", account.appid, account.url)
}

/// K1 to K6, in the words of the UI.
pub(crate) fn problem(error: &VaultError) -> Problem {
    let code = match error {
        VaultError::Missing(_) => ProblemCode::KeyringMissing,
        VaultError::Locked(_) => ProblemCode::KeyringLocked,
        VaultError::Timeout => ProblemCode::KeyringTimeout,
        VaultError::Failed(_) => ProblemCode::KeyringFailed,
    };
    Problem::new(code, error.to_string(), true)
}
