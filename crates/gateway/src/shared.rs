//! What the gateways share about desks, in memory and as a copy in the outbox's database: read while NATS is away, and given back to a
//! NATS that has lost it.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use ringside_fleet::{
    hub::{Bucket, Change, DeskRecord, Hub, HubError},
    words::DeskId,
};
use ringside_store::{Desk, OutboxStore, OutboxWrite, StoreError};
use tokio::time::{Instant, sleep_until};

use crate::{
    leader::token::{KEY as TOKEN, Record as TokenRecord},
    outbox::OutboxError,
    registry::Registry,
};

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the watch is compared with the bucket.
const WATCHED: Duration = Duration::from_secs(60);
const DESK: &str = "desk.";
const TASK: &str = "task.";

/// Cheap to clone.
#[derive(Clone)]
pub struct Shared {
    pub registry: Arc<RwLock<Registry>>,
    pub company_code: Arc<RwLock<Option<String>>>,
    pub store: OutboxStore,
}

impl Shared {
    /// Takes over what the copy says.
    pub fn recall(&self) -> Result<(), StoreError> {
        for Desk { key, json, .. } in self.store.desks()? {
            self.learn(&key, Some(json.as_bytes()));
        }
        Ok(())
    }

    /// Follows the shared records; ends with the gateway.
    pub async fn follow(&self, hub: &Hub) {
        loop {
            if let Err(error) = self.watch(hub).await {
                tracing::warn!(%error, "the registry cannot be watched");
                hub.registry_may_be_incomplete();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Reads all records and then their changes, until the connection changes or a change was missed: a watch could end without a word.
    /// Reading all records regularly instead would keep the callbacks waiting meanwhile.
    async fn watch(&self, hub: &Hub) -> Result<(), OutboxError> {
        let mut link = hub.link();
        // The sender lives as long as the hub.
        let _ = link.wait_for(|link| link.up).await;
        let mut copied = self.records()?;
        if !hub.is_registry_complete() {
            // The server may have lost its stores with the last connection.
            hub.make_stores().await?;
        }
        let written = hub.refill(copied.clone()).await?;
        if written > 0 {
            tracing::warn!(written, "the shared registry had lost records; they were written again from this gateway's copy");
        }
        let mut told = hub.nothing_told(Bucket::Fleet).await?;
        let mut changes = hub.watch(Bucket::Fleet, ">").await?;
        let mut until = Instant::now() + WATCHED;
        loop {
            let change = tokio::select! {
                biased;
                _ = link.changed() => return Ok(()),
                change = changes.recv() => change,
                () = sleep_until(until) => {
                    if !hub.has_told_all(Bucket::Fleet, &told).await? {
                        return Ok(());
                    }
                    self.complete_revocations(hub).await?;
                    until = Instant::now() + WATCHED;
                    continue;
                }
            };
            let Some(change) = change else {
                return Err(HubError::Unreachable("the watch of the registry has ended".to_owned()).into());
            };
            told.add(&change);
            let Change { key, value, .. } = change;
            let json = value.map(|value| String::from_utf8_lossy(&value).into_owned());
            if copied.get(&key) == json.as_ref() {
                continue;
            }
            if let (Some(copy), Some(record)) = (copied.get(&key), &json)
                && hub.is_older(&key, record, copy)
            {
                // Another gateway has filled the registry from an older copy: what is never undone is written again.
                return Ok(());
            }
            self.learn(&key, json.as_deref().map(str::as_bytes));
            let write = match json {
                Some(json) => {
                    copied.insert(key.clone(), json.clone());
                    OutboxWrite::Desk(Desk { key, json })
                }
                None => {
                    copied.remove(&key);
                    OutboxWrite::DeskGone { key }
                }
            };
            // The store tries again what it could not write.
            drop(self.store.write(vec![write]));
        }
    }

    /// Completes the revocations that were interrupted after they were written into the desks' records.
    pub async fn complete_revocations(&self, hub: &Hub) -> Result<(), HubError> {
        let revoked: Vec<_> = {
            let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
            let revoked = registry.desks().values().filter(|desk| desk.revoked_at.is_some());
            revoked.map(|desk| (desk.key.clone(), desk.token_until)).collect()
        };
        if hub.extend_revocations(&revoked).await? {
            tracing::warn!("the revocations lacked a revoked desk; they were completed");
        }
        Ok(())
    }

    fn learn(&self, key: &str, json: Option<&[u8]>) {
        if let Some(id) = key.strip_prefix(DESK).and_then(DeskId::parse) {
            let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
            match json.map(serde_json::from_slice::<DeskRecord>) {
                Some(Ok(record)) => registry.set(id, record),
                Some(Err(error)) => tracing::warn!(%error, desk = %id, "a record of the registry cannot be read"),
                None => registry.remove(&id),
            }
        } else if key.starts_with(TASK) {
            let task = json.and_then(|json| serde_json::from_slice(json).ok());
            self.registry.write().unwrap_or_else(PoisonError::into_inner).set_task(key.to_owned(), task);
        } else if key == TOKEN
            && let Some(Ok(record)) = json.map(serde_json::from_slice::<TokenRecord>)
        {
            let code = Some(record.company_code).filter(|code| !code.is_empty());
            *self.company_code.write().unwrap_or_else(PoisonError::into_inner) = code;
        }
    }

    /// The copy: all records by their keys.
    pub fn records(&self) -> Result<BTreeMap<String, String>, StoreError> {
        Ok(self.store.desks()?.into_iter().map(|record| (record.key, record.json)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_copy_is_taken_over_and_a_record_that_cannot_be_read_does_no_harm() {
        let store = OutboxStore::in_memory().unwrap();
        let shared = Shared { registry: Arc::default(), company_code: Arc::default(), store: store.clone() };
        let id = DeskId::of([3; 10]);
        let record = |key: String, json: &str| OutboxWrite::Desk(Desk { key, json: json.to_owned() });
        store
            .write(vec![
                record(format!("desk.{id}"), r#"{"extension":"7001","key":"U","made_at":1,"unknown":1}"#),
                record(format!("desk.{}", DeskId::of([4; 10])), "[]"),
                record("desk.x".to_owned(), "{}"),
                record("token".to_owned(), r#"{"sealed":"","obtained_at":1,"company_code":"C7"}"#),
            ])
            .await
            .unwrap();
        shared.recall().unwrap();
        assert_eq!(shared.registry.read().unwrap().of_extension("7001"), Some(&id));
        assert_eq!(shared.registry.read().unwrap().desks().len(), 1);
        assert_eq!(shared.company_code.read().unwrap().as_deref(), Some("C7"));
    }
}
