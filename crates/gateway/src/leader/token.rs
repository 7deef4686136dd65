//! The company's token, which the gateways share sealed: a new leader goes on with it, since a second login could end the first (N8).

use data_encoding::BASE64;
use ringside_domain::Timestamp;
use ringside_fleet::hub::Bucket;
use ringside_platform::{SignedIn, Token};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Access, Leader};

/// The key of its record in the registry.
pub const KEY: &str = "token";

/// The record. The code and the name of the company are no secrets: each gateway compares callbacks with the code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The token, which only gateways can open.
    pub sealed: String,
    pub obtained_at: i64,
    #[serde(default)]
    pub company_name: String,
    #[serde(default)]
    pub company_code: String,
    /// The account that it is for.
    #[serde(default)]
    pub account: String,
}

impl Leader {
    /// Begins with the shared token, if there is one for this account; otherwise the first request logs in.
    pub(super) async fn take_up_token(&self) {
        let Some(access) = &self.platform else { return };
        let kept = match self.hub.record::<Record>(Bucket::Fleet, KEY).await {
            Ok(entry) => entry.and_then(|entry| self.open_token(entry.value, access)),
            Err(error) => {
                tracing::warn!(%error, "the shared token could not be read");
                None
            }
        };
        access.client.resume(&access.account, access.accesskey.clone(), kept).await;
    }

    fn open_token(&self, record: Record, access: &Access) -> Option<(Token, SignedIn)> {
        if record.account != access.account.appid {
            return None;
        }
        let secret = self.keys.open_sealed(&BASE64.decode(record.sealed.as_bytes()).ok()?)?;
        let secret = SecretString::from(String::from_utf8(secret).ok()?);
        let company = SignedIn { company_name: record.company_name, company_code: record.company_code };
        Some((Token { secret, obtained_at: Timestamp(record.obtained_at) }, company))
    }

    pub(super) async fn keep_token(&self, access: &Access) {
        let Some((account, token, company)) = access.client.take_new_token().await else { return };
        let sealed = BASE64.encode(&self.keys.seal(token.secret.expose_secret().as_bytes()));
        let record = Record {
            sealed,
            obtained_at: token.obtained_at.0,
            company_name: company.company_name,
            company_code: company.company_code,
            account: account.appid,
        };
        // Only the leader writes it.
        let written = match self.hub.record::<Record>(Bucket::Fleet, KEY).await {
            Ok(known) => self.hub.write_record(Bucket::Fleet, KEY, &record, known.map(|entry| entry.revision)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!(%error, "the token could not be shared; the next leader logs in again");
        }
    }
}
