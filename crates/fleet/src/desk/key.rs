//! A desk's private key.

use std::fmt;

use nkeys::{KeyPair, KeyPairType};
use secrecy::{ExposeSecret, SecretString};

use crate::jwt::Token;

/// A desk's private key. The caller keeps [`DeskKey::seed`] in the keyring before it enrols, so that a lost answer loses no code.
#[derive(Clone)]
pub struct DeskKey(KeyPair);

impl DeskKey {
    pub fn generate() -> Self {
        Self(KeyPair::new_user())
    }

    /// None: it is not the seed of a desk's key.
    pub fn from_seed(seed: &SecretString) -> Option<Self> {
        let key = KeyPair::from_seed(seed.expose_secret().trim()).ok()?;
        (key.key_pair_type() == KeyPairType::User).then_some(Self(key))
    }

    pub fn seed(&self) -> SecretString {
        #[allow(clippy::expect_used)]
        self.0.seed().expect("it was made from a private key").into()
    }

    /// No secret: an administrator may see it.
    pub fn public(&self) -> String {
        self.0.public_key()
    }

    /// Whether the token was given to this key.
    pub fn is_of(&self, token: &str) -> bool {
        Token::read(token).is_ok_and(|token| token.subject == self.public())
    }

    /// The proof that it is the desk: over what the server sent for it to sign.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        #[allow(clippy::expect_used)]
        self.0.sign(bytes).expect("it is a private key")
    }
}

impl fmt::Debug for DeskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeskKey({})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_after_it_was_kept_and_its_secret_is_not_shown() {
        let key = DeskKey::generate();
        let kept = DeskKey::from_seed(&key.seed()).unwrap();
        assert_eq!(kept.public(), key.public());
        assert!(!format!("{key:?}").contains(key.seed().expose_secret()));
        for other in ["", "SU", "UABC", &KeyPair::new_account().seed().unwrap()] {
            assert!(DeskKey::from_seed(&other.to_owned().into()).is_none());
        }
    }
}
