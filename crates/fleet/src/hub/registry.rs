//! The records about desks in the bucket `fleet`.

use std::{collections::HashMap, time::Duration};

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    Bucket, Entry, Hub, HubError,
    events::ReadMessage,
    lasting::{revoked_desks, with_lasting},
    stores::understood,
};
use crate::{
    jwt::{self, DESK_TOKEN_DAYS, Revocations},
    words::{DeskId, ErrorCode, Refusal, Role},
};

pub(super) const EPOCHS: &str = "epochs";
/// The servers whose start was seen.
pub(super) const SERVERS: &str = "servers";
pub(super) const REVOCATIONS: &str = "revocations";

/// The keys of the records of all desks, to watch them.
pub const DESKS: &str = "desk.*";
pub(super) const DESK: &str = "desk.";

/// How often a record is read again because another gateway changed it.
const TRIES: usize = 8;

/// What an administrator says of a new desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewDesk {
    pub extension: String,
    /// The agent's number; None at a hot desk.
    pub agent: Option<String>,
    /// Several agents use this desk in turn.
    pub hot: bool,
    pub role: Role,
    pub name: String,
}

/// An enrolment code; the code itself is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeRecord {
    #[serde(flatten)]
    pub of: NewDesk,
    pub until: i64,
    /// The public key of the machine that used it, and the desk that it became.
    pub used_by: Option<(String, DeskId)>,
}

/// A desk; the key of the record is `desk.<id>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeskRecord {
    #[serde(flatten)]
    pub of: NewDesk,
    /// The desk's public key.
    pub key: String,
    pub host: String,
    pub version: String,
    pub made_at: i64,
    /// When the last token that was signed for it expires.
    pub token_until: i64,
    pub revoked_at: Option<i64>,
}

pub(super) fn desk_key(desk: &DeskId) -> String {
    format!("{DESK}{desk}")
}

/// The key of the record by which a desk is found by its public key.
pub(super) fn by_public_key(key: &str) -> String {
    format!("key.{key}")
}

/// The key of a code's record: of the code's letters and digits, as a person may type them.
pub(super) fn code_key(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    format!("code.{}", &HEXLOWER.encode(&Sha256::digest(plain))[..32])
}

impl Hub {
    /// Changes a record, which is read again if another gateway changes it meanwhile. `change` returns whether there is something to write.
    pub(super) async fn change_record<T: Default + Serialize + DeserializeOwned>(
        &self,
        bucket: Bucket,
        key: &str,
        mut change: impl FnMut(&mut T) -> bool,
    ) -> Result<T, HubError> {
        for _ in 0..TRIES {
            let (mut value, revision) = match self.record::<T>(bucket, key).await? {
                Some(entry) => (entry.value, Some(entry.revision)),
                None => (T::default(), None),
            };
            if !change(&mut value) {
                return Ok(value);
            }
            match self.write_record(bucket, key, &value, revision).await {
                Err(HubError::Conflict) => {}
                written => return written.map(|_| value),
            }
        }
        Err(HubError::Conflict)
    }

    /// Makes a code by which one machine can become this desk, once.
    pub async fn invite(&self, desk: &NewDesk, valid: Duration) -> Result<String, HubError> {
        let plain = BASE32_NOPAD.encode(&random::<10>());
        let until = self.now().saturating_add(i64::try_from(valid.as_millis()).unwrap_or(i64::MAX));
        let record = CodeRecord { of: desk.clone(), until, used_by: None };
        self.write_record(Bucket::Fleet, &code_key(&plain), &record, None).await?;
        let groups: Vec<&str> = (0..plain.len()).step_by(4).map(|at| &plain[at..at + 4]).collect();
        Ok(groups.join("-"))
    }

    /// All desks, also the revoked ones.
    pub async fn desks(&self) -> Result<Vec<(DeskId, DeskRecord)>, HubError> {
        let messages = self.registry_messages(DESKS).await?;
        let desks = messages.iter().filter_map(|message| {
            let desk = message.subject.rsplit('.').next().and_then(DeskId::parse)?;
            // A record that was removed has no content.
            Some((desk, serde_json::from_slice(&message.payload).ok()?))
        });
        Ok(desks.collect())
    }

    /// Writes those of these records that the registry never had, and what is never undone in the others: NATS may have lost its stores, an
    /// earlier call may have been interrupted, and another gateway may have filled the registry from an older copy. A record that was removed
    /// stays removed. From then on the registry counts as complete, until this connection ends. Returns how many records were written.
    pub async fn refill(&self, records: impl IntoIterator<Item = (String, String)>) -> Result<usize, HubError> {
        let connections = self.0.link.borrow().connections;
        let messages = self.registry_messages(">").await?;
        let prefix = Bucket::Fleet.subject("");
        let key = |message: &ReadMessage| message.subject.strip_prefix(&prefix).unwrap_or_default().to_owned();
        let present: HashMap<String, &[u8]> = messages.iter().map(|message| (key(message), &*message.payload)).collect();
        let records: Vec<_> = records.into_iter().collect();
        let mut written = 0;
        for (key, json) in &records {
            let is_written = match present.get(key) {
                // Revision 0: only if there was never such a record, and no other gateway has written it meanwhile.
                None => match self.update_entry(Bucket::Fleet, key, json.clone().into_bytes().into(), 0).await {
                    Err(HubError::Conflict) => self.write_lasting(key, json).await?,
                    created => created.map(|_| true)?,
                },
                Some(record) if with_lasting(key, record, json.as_bytes(), self.now()).is_some() => self.write_lasting(key, json).await?,
                Some(_) => false,
            };
            written += usize::from(is_written);
        }
        let present = present.iter().map(|(key, json)| (key.as_str(), *json));
        let copied = records.iter().map(|(key, json)| (key.as_str(), json.as_bytes()));
        written += usize::from(self.extend_revocations(&revoked_desks(present.chain(copied))).await?);
        self.0.complete.send_replace(connections);
        Ok(written)
    }

    /// Adds to the revocations what they lack of these desks, of each its key and when its last token expires. A revocation may have been
    /// interrupted after it was written into the desk's record, and a desk that was let in again by a gateway with an old copy has a later token
    /// than its revocation knows of. Whether something was written.
    pub async fn extend_revocations(&self, revoked: &[(String, i64)]) -> Result<bool, HubError> {
        let now = self.now();
        let mut is_written = false;
        self.change_record(Bucket::Fleet, REVOCATIONS, |revocations: &mut Revocations| {
            let before = revocations.clone();
            let needed = revoked.iter().filter(|(_, token_until)| *token_until > now);
            needed.for_each(|(key, token_until)| revocations.revoke(key, now, *token_until));
            is_written = *revocations != before;
            is_written
        })
        .await?;
        Ok(is_written)
    }

    /// Writes what is never undone in this copy of a record. Whether the record lacked it.
    async fn write_lasting(&self, key: &str, copy: &str) -> Result<bool, HubError> {
        for _ in 0..TRIES {
            let Some(Entry { value, revision }) = self.raw_entry(Bucket::Fleet, key).await? else { return Ok(false) };
            let Some(json) = with_lasting(key, &value, copy.as_bytes(), self.now()) else { return Ok(false) };
            match self.update_entry(Bucket::Fleet, key, json.into_bytes().into(), revision).await {
                Err(HubError::Conflict) => {}
                written => return written.map(|_| true),
            }
        }
        Err(HubError::Conflict)
    }

    /// Whether the registry's record lacks what is never undone in the gateway's copy: it was written from an older copy.
    pub fn is_older(&self, key: &str, record: &str, copy: &str) -> bool {
        with_lasting(key, record.as_bytes(), copy.as_bytes(), self.now()).is_some()
    }

    /// The registry may have lost records: until the next [`Hub::refill`], none is taken for unknown because it is not found.
    pub fn registry_may_be_incomplete(&self) {
        self.0.complete.send_replace(0);
    }

    /// The last message of each record whose key matches, also of one that was removed.
    async fn registry_messages(&self, keys: &str) -> Result<Vec<ReadMessage>, HubError> {
        let mut messages = Vec::new();
        let mut after = 0;
        loop {
            let read = self.read(&Bucket::Fleet.stream(), &Bucket::Fleet.subject(keys), after, 1000).await?;
            let Some(last) = read.messages.last() else { return Ok(messages) };
            after = last.seq;
            messages.extend(read.messages);
            if read.pending == 0 {
                return Ok(messages);
            }
        }
    }

    pub async fn desk(&self, desk: &DeskId) -> Result<Option<DeskRecord>, HubError> {
        Ok(self.record(Bucket::Fleet, &desk_key(desk)).await?.map(|Entry { value, .. }| value))
    }

    /// Changes what the administrator says of a desk: its extension, agent, role or name.
    pub async fn bind(&self, desk: &DeskId, change: impl Fn(&mut NewDesk)) -> Result<DeskRecord, HubError> {
        self.change_desk(desk, |record| {
            change(&mut record.of);
            true
        })
        .await
    }

    /// Revokes a desk: it is put out as soon as the leader has pushed the accounts ([`Hub::keep_revocations`]), and its key never gets a
    /// token again.
    pub async fn revoke(&self, desk: &DeskId) -> Result<DeskRecord, HubError> {
        let now = self.now();
        let record = self.change_desk(desk, |record| record.revoked_at.replace(record.revoked_at.unwrap_or(now)).is_none()).await?;
        self.change_record(Bucket::Fleet, REVOCATIONS, |revoked: &mut Revocations| {
            revoked.prune(now);
            revoked.revoke(&record.key, now, record.token_until);
            true
        })
        .await?;
        self.0.revoked.notify_one();
        Ok(record)
    }

    /// From the leader of the registry: a follower may not have the last ones yet.
    pub(super) async fn revocations(&self) -> Result<Revocations, HubError> {
        match self.entry_of_leader(Bucket::Fleet, REVOCATIONS).await? {
            Some(entry) => understood(REVOCATIONS, &entry.value),
            None => Ok(Revocations::default()),
        }
    }

    async fn change_desk(&self, desk: &DeskId, mut change: impl FnMut(&mut DeskRecord) -> bool) -> Result<DeskRecord, HubError> {
        let mut is_known = true;
        let record = self
            .change_record(Bucket::Fleet, &desk_key(desk), |record: &mut DeskRecord| {
                is_known = !record.key.is_empty();
                is_known && change(record)
            })
            .await?;
        if is_known { Ok(record) } else { Err(HubError::NoDesk) }
    }

    /// Signs a new token for a desk, unless it is revoked.
    pub(super) async fn sign(&self, desk: &DeskId) -> Result<(String, DeskRecord), Refusal> {
        let now = self.now();
        let until = now + DESK_TOKEN_DAYS * 24 * 3_600_000;
        // Written before the token is given out, so that a revocation lasts as long as the last token.
        let changed = self.change_desk(desk, |record| {
            record.token_until = record.token_until.max(until);
            record.revoked_at.is_none()
        });
        let record = changed.await.map_err(|error| failed(&error))?;
        if record.revoked_at.is_some() {
            return Err(revoked());
        }
        // The desk's record can be older than its revocation.
        if self.revocations().await.map_err(|error| failed(&error))?.has(&record.key) {
            self.revoke(desk).await.map_err(|error| failed(&error))?;
            return Err(revoked());
        }
        let keys = self.company_keys();
        let account = keys.desks.public_key();
        let token = jwt::desk_token(&keys.roles, record.of.role, &account, &record.key, desk, now.div_euclid(1000));
        let token = token.ok_or_else(|| Refusal::not_done(ErrorCode::NotAllowed, "not a role of a desk", false))?;
        Ok((token, record))
    }
}

pub(super) fn revoked() -> Refusal {
    Refusal::not_done(ErrorCode::Revoked, "", false)
}

/// The registry does not have what was looked for. `is_complete`: it was complete before the search and after it; otherwise NATS may have lost
/// the record, and the desk asks again.
pub(super) fn not_found(code: ErrorCode, is_complete: bool) -> Refusal {
    if is_complete { Refusal::not_done(code, "", false) } else { failed(&HubError::Incomplete) }
}

/// A failure of the gateway's own, told to a desk.
pub(super) fn failed(error: &HubError) -> Refusal {
    match error {
        HubError::NoDesk => Refusal::not_done(ErrorCode::GatewayFailed, "the registry does not have this desk", true),
        HubError::Conflict => Refusal::not_done(ErrorCode::Again, "", true),
        other => Refusal::not_done(ErrorCode::GatewayFailed, other.to_string(), true),
    }
}

pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[allow(clippy::expect_used)]
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_a_person_types_it() {
        let typed = ["UWLR-Q7US-GNTB-VD2S", "uwlrq7usgntbvd2s", " UWLR Q7US–GNTB VD2S\n"];
        assert!(typed.iter().all(|code| code_key(code) == code_key(typed[0])));
        assert_ne!(code_key(typed[0]), code_key("UWLR-Q7US-GNTB-VD2T"));
    }
}
