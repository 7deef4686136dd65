//! The stream and the buckets, and records in them.

use std::{collections::HashSet, time::Duration};

use async_nats::jetstream::{
    ErrorCode,
    context::GetStreamErrorKind,
    kv::{self, CreateErrorKind, Operation, UpdateErrorKind},
    stream::{self, DiscardPolicy, LastRawMessageErrorKind, Republish, RetentionPolicy},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::mpsc;

use super::{Hub, HubError, lease, unreachable};
use crate::words::subject;

pub(super) const EVENTS: &str = "EV";

/// How long the stream keeps an event; a desk that was away for longer reads its past calls from the platform.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The header of an entry that says how the one before it was removed.
const OPERATION: &str = "KV-Operation";

/// Most events of one desk in the stream.
pub(super) const PER_DESK: i64 = 2000;

/// The buckets of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Codes, desks, epochs, revocations, settings.
    Fleet,
    /// The lease; an entry lives 3 s.
    Lease,
    /// The journal of requests that must not be carried out twice; an entry lives an hour.
    Wish,
}

impl Bucket {
    const ALL: [Self; 3] = [Self::Fleet, Self::Lease, Self::Wish];

    fn name(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Lease => "lease",
            Self::Wish => "wish",
        }
    }

    fn max_age(self) -> Duration {
        match self {
            Self::Fleet => Duration::ZERO,
            Self::Lease => lease::TTL,
            Self::Wish => Duration::from_secs(3600),
        }
    }

    pub(super) fn stream(self) -> String {
        format!("KV_{}", self.name())
    }

    pub(super) fn subject(self, key: &str) -> String {
        format!("$KV.{}.{key}", self.name())
    }
}

/// A record, and the revision by which it can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    pub value: T,
    pub revision: u64,
}

/// A record was written, or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub key: String,
    pub value: Option<Bytes>,
    pub revision: u64,
}

/// What a watch of all keys has told of its bucket, see [`Hub::has_told_all`].
#[derive(Debug)]
pub struct Told {
    /// When the bucket was made, in ns since 1970: a bucket that was made again counts its revisions from the beginning.
    made_at: i128,
    last_revision: u64,
    /// Also the keys of records that were removed: the stream has one message for each.
    keys: HashSet<String>,
}

impl Told {
    pub fn add(&mut self, change: &Change) {
        self.last_revision = self.last_revision.max(change.revision);
        if !self.keys.contains(&change.key) {
            self.keys.insert(change.key.clone());
        }
    }
}

pub(super) fn understood<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, HubError> {
    serde_json::from_slice(value).map_err(|error| HubError::NotUnderstood(format!("{key}: {error}")))
}

impl Hub {
    /// Makes the stream and the buckets, or updates their settings. Where another gateway has made more copies of them, there stay as many.
    pub async fn make_stores(&self) -> Result<(), HubError> {
        let failed = |error: &dyn std::fmt::Display| HubError::NotStored(error.to_string());
        let streams = &self.0.streams;
        let replicas = self.replicas().await?;
        streams.create_or_update_stream(self.events_config(replicas)).await.map_err(|error| failed(&error))?;
        for bucket in Bucket::ALL {
            let config = kv::Config {
                bucket: bucket.name().to_owned(),
                history: 1,
                max_age: bucket.max_age(),
                num_replicas: replicas,
                ..kv::Config::default()
            };
            streams.create_or_update_key_value(config).await.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// As many copies as this gateway wants, or as there are.
    async fn replicas(&self) -> Result<usize, HubError> {
        let there = match self.0.streams.get_stream(EVENTS).await {
            Ok(stream) => stream.cached_info().config.num_replicas,
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(said) if said.error_code() == ErrorCode::STREAM_NOT_FOUND => 0,
                _ => return Err(unreachable(error)),
            },
        };
        Ok(self.options().replicas.max(there))
    }

    fn events_config(&self, replicas: usize) -> stream::Config {
        stream::Config {
            name: EVENTS.to_owned(),
            subjects: vec![subject::EVENTS.to_owned()],
            retention: RetentionPolicy::Limits,
            max_age: KEPT,
            max_messages_per_subject: PER_DESK,
            max_bytes: self.options().max_bytes,
            // A full stream must not stop today's calls. Nothing is lost: the gateways keep each callback longer than the stream.
            discard: DiscardPolicy::Old,
            duplicate_window: Duration::from_secs(120),
            num_replicas: replicas,
            allow_direct: true,
            deny_delete: true,
            republish: Some(Republish {
                source: subject::EVENTS.to_owned(),
                destination: subject::REPUBLISHED.to_owned(),
                headers_only: false,
            }),
            ..stream::Config::default()
        }
    }

    async fn bucket(&self, bucket: Bucket) -> Result<&kv::Store, HubError> {
        let known = &self.0.buckets[bucket as usize];
        known.get_or_try_init(|| self.0.streams.get_key_value(bucket.name())).await.map_err(unreachable)
    }

    /// Any replica may answer, and a follower may be behind; but only the leader says that there is no such entry.
    pub async fn raw_entry(&self, bucket: Bucket, key: &str) -> Result<Option<Entry<Bytes>>, HubError> {
        let entry = self.bucket(bucket).await?.entry(key).await.map_err(unreachable)?;
        match entry.filter(|entry| entry.operation == Operation::Put) {
            Some(entry) => Ok(Some(Entry { value: entry.value, revision: entry.revision })),
            None => self.entry_of_leader(bucket, key).await,
        }
    }

    /// The newest entry, as the leader of the bucket has it.
    pub(super) async fn entry_of_leader(&self, bucket: Bucket, key: &str) -> Result<Option<Entry<Bytes>>, HubError> {
        let stream = self.0.streams.get_stream_no_info(bucket.stream()).await.map_err(unreachable)?;
        match stream.get_last_raw_message_by_subject(&bucket.subject(key)).await {
            Ok(message) if message.headers.get(OPERATION).is_some_and(|operation| operation.as_str() != "PUT") => Ok(None),
            Ok(message) => Ok(Some(Entry { value: message.payload, revision: message.sequence })),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Writes a new entry; a conflict if there is one. Returns its revision.
    pub async fn create_entry(&self, bucket: Bucket, key: &str, value: Bytes) -> Result<u64, HubError> {
        self.bucket(bucket).await?.create(key, value).await.map_err(|error| match error.kind() {
            CreateErrorKind::AlreadyExists => HubError::Conflict,
            _ => unreachable(error),
        })
    }

    /// Changes an entry; a conflict if it is not the one that was read. Returns its new revision.
    pub async fn update_entry(&self, bucket: Bucket, key: &str, value: Bytes, revision: u64) -> Result<u64, HubError> {
        self.bucket(bucket).await?.update(key, value, revision).await.map_err(|error| match error.kind() {
            UpdateErrorKind::WrongLastRevision => HubError::Conflict,
            _ => unreachable(error),
        })
    }

    /// Removes an entry; an error if it is not the one that was read.
    pub async fn delete_entry(&self, bucket: Bucket, key: &str, revision: u64) -> Result<(), HubError> {
        self.bucket(bucket).await?.delete_expect_revision(key, Some(revision)).await.map_err(unreachable)
    }

    /// Reads a record; None: there is none.
    pub async fn record<T: DeserializeOwned>(&self, bucket: Bucket, key: &str) -> Result<Option<Entry<T>>, HubError> {
        let Some(Entry { value, revision }) = self.raw_entry(bucket, key).await? else { return Ok(None) };
        Ok(Some(Entry { value: understood(key, &value)?, revision }))
    }

    /// Writes a record: a new one, or over the one with this revision.
    pub async fn write_record<T: Serialize>(&self, bucket: Bucket, key: &str, value: &T, revision: Option<u64>) -> Result<u64, HubError> {
        let bytes = serde_json::to_vec(value).map_err(|error| HubError::NotUnderstood(format!("{key}: {error}")))?.into();
        match revision {
            None => self.create_entry(bucket, key, bytes).await,
            Some(revision) => self.update_entry(bucket, key, bytes, revision).await,
        }
    }

    /// For a watch of all keys that begins after this.
    pub async fn nothing_told(&self, bucket: Bucket) -> Result<Told, HubError> {
        let info = self.stream_info(bucket).await?;
        Ok(Told { made_at: info.created.unix_timestamp_nanos(), last_revision: 0, keys: HashSet::new() })
    }

    /// Whether the bucket is as its watch has told it. The last revision alone does not say so: it stays if the stream is purged, of which
    /// no watch tells.
    pub async fn has_told_all(&self, bucket: Bucket, told: &Told) -> Result<bool, HubError> {
        let info = self.stream_info(bucket).await?;
        Ok(info.created.unix_timestamp_nanos() == told.made_at
            && info.state.last_sequence == told.last_revision
            && info.state.messages == told.keys.len() as u64)
    }

    async fn stream_info(&self, bucket: Bucket) -> Result<stream::Info, HubError> {
        Ok(self.0.streams.get_stream(bucket.stream()).await.map_err(unreachable)?.cached_info().clone())
    }

    /// The entries whose keys match (`desk.*`), and then their changes. It ends if a change may have been missed: the caller watches anew.
    pub async fn watch(&self, bucket: Bucket, keys: &str) -> Result<mpsc::Receiver<Change>, HubError> {
        let watched = self.bucket(bucket).await?.watch_with_history(keys).await.map_err(unreachable)?;
        let (tell, told) = mpsc::channel(1024);
        tokio::spawn(pass_on(watched, tell));
        Ok(told)
    }
}

/// An error ends it, because the next change would hide that the one before it was not told.
async fn pass_on(mut watched: impl Stream<Item = Result<kv::Entry, kv::WatcherError>> + Unpin, tell: mpsc::Sender<Change>) {
    loop {
        let entry = tokio::select! {
            entry = watched.next() => entry,
            () = tell.closed() => return,
        };
        match entry {
            Some(Ok(entry)) => {
                let value = (entry.operation == Operation::Put).then_some(entry.value);
                if tell.send(Change { key: entry.key, value, revision: entry.revision }).await.is_err() {
                    return;
                }
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "the watch of a bucket ends");
                return;
            }
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::iter;

    use super::*;

    #[tokio::test]
    async fn a_watch_ends_with_its_first_error_so_that_no_later_change_hides_the_missed_one() {
        let entry = |revision| kv::Entry {
            bucket: "fleet".to_owned(),
            key: format!("desk.{revision}"),
            value: Bytes::new(),
            revision,
            delta: 0,
            created: std::time::UNIX_EPOCH.into(),
            operation: Operation::Put,
            seen_current: true,
        };
        let (tell, mut told) = mpsc::channel(9);
        pass_on(iter([Ok(entry(1)), Err(kv::WatcherError::new(kv::WatcherErrorKind::Other)), Ok(entry(3))]), tell).await;
        assert_eq!(told.recv().await.map(|change| change.revision), Some(1));
        assert_eq!(told.recv().await, None);
    }
}
