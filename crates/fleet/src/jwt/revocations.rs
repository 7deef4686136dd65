//! Keys that the server refuses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::token::claims;

/// A key that was revoked. Seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Revoked {
    /// Tokens that were issued to the key until then are refused.
    at: i64,
    /// When the last of them expires.
    until: i64,
}

/// The revoked keys of one account. The server reads the list at each change of the account, and it makes the account's token longer, so a
/// key leaves the list when its tokens have expired anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revocations(BTreeMap<String, Revoked>);

impl Revocations {
    /// Times in milliseconds since 1970. `token_until`: when the last token of this key expires. A key that is revoked already stays so for the
    /// longer time.
    pub fn revoke(&mut self, key: &str, now: i64, token_until: i64) {
        // All tokens of the key, not those up to now: the gateway that signed the last one may have a clock that is ahead of this one's.
        let until = token_until.max(now).div_euclid(1000) + 1;
        self.extend(key.to_owned(), Revoked { at: until, until });
    }

    fn extend(&mut self, key: String, revoked: Revoked) {
        let known = self.0.entry(key).or_insert(revoked);
        *known = Revoked { at: known.at.max(revoked.at), until: known.until.max(revoked.until) };
    }

    /// Adds the keys of another list whose tokens have not expired.
    pub fn add(&mut self, mut other: Self, now: i64) {
        other.prune(now);
        for (key, revoked) in other.0 {
            self.extend(key, revoked);
        }
    }

    /// Drops the keys whose tokens have expired.
    pub fn prune(&mut self, now: i64) {
        self.0.retain(|_, revoked| revoked.until * 1000 > now);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Those in the account's token that this operator signed; none in another token.
    pub fn in_account(token: &str, operator: &str) -> Self {
        let claims = claims(token).ok().filter(|claims| claims["iss"] == operator);
        let revoked = claims.and_then(|claims| serde_json::from_value::<BTreeMap<String, i64>>(claims["nats"]["revocations"].clone()).ok());
        Self(revoked.unwrap_or_default().into_iter().map(|(key, at)| (key, Revoked { at, until: at })).collect())
    }

    /// As an account's token says it.
    pub(super) fn of_account(&self) -> BTreeMap<&str, i64> {
        self.0.iter().map(|(key, revoked)| (key.as_str(), revoked.at)).collect()
    }
}
