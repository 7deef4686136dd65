//! Brings to the stream what was not published beside its commit, and what the stream has lost.

use std::time::Duration;

use data_encoding::HEXLOWER;
use futures_util::{StreamExt, stream};
use ringside_domain::Timestamp;
use ringside_fleet::{
    hub::{Event, Hub, HubError},
    words::{DeskId, subject::Addressee},
};
use ringside_store::{OutboxStore, OutboxWrite, Sent, StoreError, Unsent};
use tokio::time::Instant;

use crate::{clock::Clock, counters::Counters, stream::Stream};

/// How often the outbox looks for what is left over.
const TICK: Duration = Duration::from_secs(1);
/// A younger callback is still being published beside its commit.
const YOUNG: Duration = Duration::from_secs(2);
const PAGE: u32 = 256;
/// Messages whose acknowledgement is waited for at the same time.
const AT_ONCE: usize = 64;
/// Older callbacks are not sent again: the stream would have dropped them.
const STREAM_DAYS: u64 = 7;
/// The setting with the stream's epoch in which the last callbacks were stored.
const EPOCH: &str = "stream.epoch";

#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs until it is dropped. `hub` is connected, and reconnects by itself.
pub async fn run(hub: Hub, stream: Stream, store: OutboxStore, clock: Clock, counters: &Counters) {
    let mut link = hub.link();
    let mut checked = 0;
    loop {
        let state = *link.borrow_and_update();
        if !state.up || state.connections != checked {
            stream.close();
        }
        if state.up && state.connections != checked {
            match mend(&hub, &store, clock.wall(), counters).await {
                Ok(epoch) => {
                    checked = state.connections;
                    stream.set_epoch(epoch);
                    stream.open(checked);
                    tracing::info!("callbacks are published");
                }
                Err(error) => tracing::warn!(%error, "the stream could not be compared with the outbox"),
            }
        }
        if stream.is_open()
            && let Err(error) = drain(&stream, &store, clock.wall()).await
        {
            tracing::warn!(%error, "the outbox could not be drained");
        }
        write_marks(&stream, &store).await;
        if stream.is_open() && has_new_epoch(&hub, &stream).await {
            // What the other one found lost can be this one's, too.
            checked = 0;
            continue;
        }
        tokio::select! {
            changed = link.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Whether another gateway has begun an epoch since this one last compared the stream with its outbox.
async fn has_new_epoch(hub: &Hub, stream: &Stream) -> bool {
    hub.epoch().await.is_ok_and(|epoch| epoch > stream.epoch())
}

fn noted_epoch(store: &OutboxStore) -> Result<Option<u64>, StoreError> {
    Ok(store.setting(EPOCH)?.and_then(|noted| noted.parse().ok()))
}

async fn write_marks(stream: &Stream, store: &OutboxStore) {
    let marks = stream.take_marks();
    if !marks.is_empty()
        && let Err(error) = store.write(marks).await
    {
        // The callbacks are sent again; the stream or the desk drops the second copy.
        tracing::warn!(%error, "the numbers of sent callbacks were not written");
    }
}

/// Publishes all that the stream has not got, in the order of receipt.
async fn drain(stream: &Stream, store: &OutboxStore, now: Timestamp) -> Result<(), OutboxError> {
    let mut after = 0;
    loop {
        let page = store.unsent(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        let old = page.into_iter().filter(|row| !is_young(row.received_at, now));
        let published = stream::iter(old).map(|row| publish(stream, row)).buffered(AT_ONCE).collect::<Vec<_>>().await;
        write_marks(stream, store).await;
        published.into_iter().collect::<Result<(), HubError>>()?;
    }
}

/// A callback of the future was received before the clock was set back.
fn is_young(received_at: Timestamp, now: Timestamp) -> bool {
    received_at <= now && now.since(received_at) < YOUNG
}

async fn publish(stream: &Stream, row: Unsent) -> Result<(), HubError> {
    let Unsent { key, desk, extension, payload, received_at, .. } = row;
    let event = Event { to: addressee(&desk, extension), body: payload, received: received_at.0 };
    stream.publish(&event, key, Instant::now()).await
}

fn addressee(token: &str, extension: Option<String>) -> Addressee {
    match (DeskId::parse(token), extension) {
        (Some(desk), _) => Addressee::Desk(desk),
        (None, Some(extension)) => Addressee::Unmapped { extension },
        (None, None) => Addressee::Company,
    }
}

/// After each connection, and when another gateway has begun an epoch: marks what the stream has lost as not sent, and begins an epoch if no
/// gateway has (G3). The answer: the present epoch.
async fn mend(hub: &Hub, store: &OutboxStore, now: Timestamp, counters: &Counters) -> Result<u64, OutboxError> {
    // A registry that was lost with the stream has its epochs again.
    hub.registry_complete().await;
    if hub.begin_epoch_if_server_is_new().await? {
        counters.epochs_begun.add(1);
    }
    let noted = noted_epoch(store)?.unwrap_or(1);
    let since = now.minus(Duration::from_secs(STREAM_DAYS * 86_400));
    let (mut epoch, kept) = hub.epoch_and_kept(noted).await?;
    if epoch > noted {
        // The stream and the desks drop those that are there all the same.
        mark_lost(store, kept, since).await?;
    }
    if let Some(keep) = first_lost(hub, store).await? {
        epoch = hub.begin_epoch(noted, keep).await?;
        counters.epochs_begun.add(1);
        tracing::warn!(epoch, keep, "the stream has lost messages; they are sent again");
        mark_lost(store, keep, since).await?;
    }
    // From now on callbacks are stored in this epoch: a later loss is of it. An earlier epoch is read only from a registry that has lost its
    // record just now.
    if epoch > noted {
        store.write(vec![OutboxWrite::Setting { key: EPOCH.to_owned(), json: epoch.to_string() }]).await?;
    }
    Ok(epoch)
}

/// Marks all callbacks after this number as not sent, the last ones first, in parts.
async fn mark_lost(store: &OutboxStore, after: u64, since: Timestamp) -> Result<(), StoreError> {
    while store.sent_up_to(u64::MAX)?.is_some_and(|top| top.seq > after) {
        store.write(vec![OutboxWrite::Lost { after, since }]).await?;
    }
    Ok(())
}

/// The last number before the first callback of this gateway that the stream has lost; None: it has all.
async fn first_lost(hub: &Hub, store: &OutboxStore) -> Result<Option<u64>, OutboxError> {
    let Some(top) = store.sent_up_to(u64::MAX)? else { return Ok(None) };
    let last = hub.last_stream_seq().await?;
    if is_there(hub, &top, last).await? {
        return Ok(None);
    }
    let mut search = Search { kept: 0, lost: top.seq };
    while let Some(middle) = search.middle() {
        match store.sent_up_to(middle)?.filter(|row| row.seq > search.kept) {
            None => search.kept = middle,
            Some(row) if is_there(hub, &row, last).await? => search.kept = middle,
            Some(row) => search.lost = row.seq,
        }
    }
    Ok(Some(store.sent_up_to(search.kept)?.map_or(0, |row| row.seq)))
}

/// Whether the stream has this message under its number. One that was deleted by age or number is not lost: its number is not given again.
async fn is_there(hub: &Hub, row: &Sent, last: u64) -> Result<bool, HubError> {
    if row.seq > last {
        return Ok(false);
    }
    Ok(hub.key_at(row.seq).await?.is_none_or(|key| key == HEXLOWER.encode(&row.key)))
}

/// A search for the first lost number.
struct Search {
    /// Up to here nothing is lost.
    kept: u64,
    /// This one is lost.
    lost: u64,
}

impl Search {
    fn middle(&self) -> Option<u64> {
        (self.lost - self.kept > 1).then(|| self.kept + (self.lost - self.kept) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g3_the_search_ends_at_the_first_lost_number() {
        for lost in 1..200 {
            let (mut search, mut questions) = (Search { kept: 0, lost: 200 }, 0);
            while let Some(middle) = search.middle() {
                questions += 1;
                if middle < lost { search.kept = middle } else { search.lost = middle }
            }
            assert_eq!(search.lost, lost);
            assert!(questions <= 8);
        }
    }

    #[test]
    fn g16_a_callback_is_sent_again_after_two_seconds_and_at_once_if_the_clock_was_set_back() {
        let now = Timestamp(1_700_000_000_000);
        let ages = [0, 1999, 2000, 86_400_000, -1, -86_400_000];
        assert_eq!(ages.map(|age| is_young(Timestamp(now.0 - age), now)), [true, true, false, false, false, false]);
    }

    #[test]
    fn a_rows_addressee_is_that_of_its_callback() {
        let extension = || "7001".to_owned();
        let unmapped = Addressee::Unmapped { extension: extension() };
        for to in [Addressee::Desk(DeskId::of([5; 10])), unmapped.clone(), Addressee::Company] {
            let extension = (to == unmapped).then(extension);
            assert_eq!(addressee(&to.token(), extension), to);
        }
    }
}
