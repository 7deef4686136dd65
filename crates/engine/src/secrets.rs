//! The secrets of an account in the vault and their names: its accesskey and its token (N9).

use ringside_domain::{Account, Problem, ProblemCode, Timestamp};
use ringside_platform::{SignedIn, Token};
use ringside_vault::VaultError;
use secrecy::{ExposeSecret, SecretString};

/// The name of an account's accesskey.
pub(crate) fn accesskey(account: &Account) -> String {
    format!("accesskey {} {}", account.appid, account.url)
}

/// The name of an account's token.
pub(crate) fn token(account: &Account) -> String {
    format!("token {} {}", account.appid, account.url)
}

/// A token as stored in the vault, in three lines: when it was obtained (Unix milliseconds) and the company's code; the company's
/// name; the token.
pub(crate) fn seal_token(token: &Token, company: &SignedIn) -> SecretString {
    let (name, code) = (company.company_name.replace('\n', " "), company.company_code.replace('\n', " "));
    format!("{} {code}\n{name}\n{}", token.obtained_at.0, token.secret.expose_secret()).into()
}

/// The token and its company; `None` if `seal_token` did not write the text. Earlier versions wrote no company code.
pub(crate) fn open_token(kept: &SecretString) -> Option<(Token, SignedIn)> {
    let mut parts = kept.expose_secret().splitn(3, '\n');
    let (first, name, secret) = (parts.next()?, parts.next()?, parts.next()?);
    let (at, code) = first.split_once(' ').unwrap_or((first, ""));
    let obtained_at = Timestamp(at.parse().ok()?);
    let company = SignedIn { company_name: name.to_owned(), company_code: code.to_owned() };
    Some((Token { secret: secret.to_owned().into(), obtained_at }, company))
}

/// The problem that the UI shows for an error of the vault (K1 to K6).
pub fn problem(error: &VaultError) -> Problem {
    let code = match error {
        VaultError::Missing(_) => ProblemCode::KeyringMissing,
        VaultError::Locked(_) => ProblemCode::KeyringLocked,
        VaultError::Timeout => ProblemCode::KeyringTimeout,
        VaultError::Failed(_) => ProblemCode::KeyringFailed,
    };
    Problem::new(code, error.to_string(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fc14_the_companys_code_is_kept_beside_the_token() {
        let token = Token { secret: "a\nb".into(), obtained_at: Timestamp(5) };
        for (name, code) in [("Acme\nLtd", "9024"), ("", ""), ("A", "90 24")] {
            let company = SignedIn { company_name: name.to_owned(), company_code: code.to_owned() };
            let (opened, whose) = open_token(&seal_token(&token, &company)).unwrap();
            assert_eq!((opened.secret.expose_secret(), opened.obtained_at), ("a\nb", Timestamp(5)));
            assert_eq!(whose, SignedIn { company_name: name.replace('\n', " "), ..company });
        }
        let (_, before) = open_token(&"5\nAcme\nt".into()).unwrap();
        assert_eq!(before, SignedIn { company_name: "Acme".into(), company_code: String::new() });
        assert!(open_token(&"x\nAcme\nt".into()).is_none());
    }
}
