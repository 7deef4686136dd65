//! A server that was started may have lost its last events in a power cut, also events that desks have heard and no gateway has noted. Nobody can
//! tell, so an epoch begins at each start of a server to which a gateway is connected.

use async_nats::jetstream::stream::LastRawMessageErrorKind;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{
    Bucket, Hub, HubError,
    registry::SERVERS,
    stores::{EVENTS, understood},
    unreachable,
};
use crate::words::subject;

/// So many servers are remembered: those that somebody else runs can have another name at each start.
const REMEMBERED: usize = 16;

/// A server whose start was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    name: String,
    /// Another one at each start.
    id: String,
}

/// How much the clocks of the servers of a cluster may differ: one says when it was started, another one when it stored an event.
const CLOCK_TOLERANCE: Duration = Duration::minutes(1);

/// The part of the server's answer to VARZ that is read here.
#[derive(Deserialize)]
struct Varz {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(with = "time::serde::rfc3339")]
    start: OffsetDateTime,
}

impl Hub {
    /// Begins an epoch if the connected server was started since the last one. To be done after each connection, before anything is published
    /// by it. Whether one was begun.
    pub async fn begin_epoch_if_server_is_new(&self) -> Result<bool, HubError> {
        let info = self.0.company.server_info();
        let server = Seen { name: info.server_name, id: info.server_id };
        // From the leader of the bucket: a follower may not know yet what was written last.
        let seen = self.entry_of_leader(Bucket::Fleet, SERVERS).await?;
        let seen: Option<Vec<Seen>> = seen.map(|entry| understood(SERVERS, &entry.value)).transpose()?;
        if seen.as_ref().is_some_and(|seen| seen.contains(&server)) {
            return Ok(false);
        }
        // Before the events are read: an epoch that another gateway begins meanwhile is the one that is wanted here.
        let before = self.epoch().await?;
        // Without a record, the server may run for weeks, and has lost nothing.
        let keep = if seen.is_some() { self.last_before_start(&server.id).await? } else { self.last_stream_seq().await? };
        let epoch = self.begin_epoch(before, keep).await?;
        tracing::info!(server = server.name, epoch, keep, "the server was started; an epoch begins");
        self.change_record(Bucket::Fleet, SERVERS, |seen: &mut Vec<Seen>| {
            seen.retain(|other| other.name != server.name);
            seen.push(server.clone());
            seen.drain(..seen.len().saturating_sub(REMEMBERED));
            true
        })
        .await?;
        Ok(true)
    }

    /// The number of the last event that was stored before the start of this server. There can be later ones: what the client had not sent yet
    /// when the connection ended, it sends as soon as it is connected again.
    async fn last_before_start(&self, server: &str) -> Result<u64, HubError> {
        let answer = self.0.system.request(format!("$SYS.REQ.SERVER.{server}.VARZ"), "".into()).await.map_err(unreachable)?;
        let tolerance = if self.options().replicas > 1 { CLOCK_TOLERANCE } else { Duration::ZERO };
        let start = understood::<Varz>("VARZ", &answer.payload)?.data.start - tolerance;
        let last = self.last_stream_seq().await?;
        // The first event from `later` on was stored after the start, if there is one; the one with the number `before` was not.
        let (mut before, mut later) = (0, last + 1);
        let mut first_after = None;
        while later > before + 1 {
            let middle = before + (later - before) / 2;
            match self.stored_from(middle).await? {
                Some((seq, stored_at)) if stored_at < start => before = seq,
                after => (later, first_after) = (middle, after),
            }
        }
        Ok(first_after.map_or(last, |(seq, _)| seq - 1))
    }

    /// The first event with this number or a higher one, and when it was stored.
    async fn stored_from(&self, seq: u64) -> Result<Option<(u64, OffsetDateTime)>, HubError> {
        let stream = self.0.streams.get_stream_no_info(EVENTS).await.map_err(unreachable)?;
        match stream.get_first_raw_message_by_subject(subject::EVENTS, seq).await {
            Ok(message) => Ok(Some((message.sequence, message.time))),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(unreachable(error)),
        }
    }
}
