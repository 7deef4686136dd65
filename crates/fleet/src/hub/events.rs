//! The stream of events: publishing, reading back, and the states that are told beside it.

use async_nats::{
    HeaderMap, Subscriber,
    jetstream::{context::PublishErrorKind, message::StreamMessage, stream::LastRawMessageErrorKind},
};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::timeout;

use super::{
    Bucket, Hub, HubError, PATIENCE,
    epochs::Epochs,
    registry,
    stores::{EVENTS, PER_DESK},
    unreachable,
};
use crate::words::{
    Batch, DeskId, LARGEST, Oversize, Position, State, StoredEvent, VERSION, event_key, header,
    subject::{self, Addressee},
};

/// Most events, and most bytes of them, in one answer to a desk.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 512 * 1024;

/// One event to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub to: Addressee,
    /// The callback's JSON as sent. In the place of a body above [`LARGEST`] a notice is stored: the gateway keeps the callback.
    pub body: String,
    /// When this gateway received it.
    pub received: i64,
}

/// Where the stream has stored an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    pub seq: u64,
    /// The stream had it already.
    pub duplicate: bool,
}

/// An event that was stored just now, by any gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardEvent {
    /// None: no desk has the event's extension.
    pub desk: Option<DeskId>,
    pub seq: u64,
    pub received: i64,
}

/// Messages of a stream, in order.
pub(super) struct Read {
    pub messages: Vec<ReadMessage>,
    /// How many are left after these.
    pub pending: u64,
}

pub(super) struct ReadMessage {
    pub seq: u64,
    pub subject: String,
    pub headers: HeaderMap,
    pub payload: Bytes,
}

impl Hub {
    /// Stores an event. A second copy within two minutes is not stored again. An event whose storing was not confirmed may be stored all
    /// the same: it is published again.
    pub async fn publish(&self, event: &Event) -> Result<Stored, HubError> {
        // The client would keep it, and publish it with the age that it has now once it is connected again.
        if !self.0.link.borrow().up {
            return Err(HubError::Unreachable("not connected".to_owned()));
        }
        let key = event_key(event.body.as_bytes());
        let mut headers = HeaderMap::new();
        headers.insert(header::MESSAGE_ID, key.as_str());
        headers.insert(header::RECEIVED, event.received.to_string().as_str());
        headers.insert(header::GATEWAY, self.options().gateway.as_str());
        headers.insert(header::AGE, self.now().saturating_sub(event.received).max(0).to_string().as_str());
        headers.insert(header::VERSION, VERSION.to_string().as_str());
        let body = if event.body.len() > LARGEST {
            headers.insert(header::KIND, header::OVERSIZE);
            let notice = Oversize { v: VERSION, key, bytes: event.body.len() as u64 };
            serde_json::to_string(&notice).map_err(|error| HubError::NotUnderstood(error.to_string()))?
        } else {
            event.body.clone()
        };
        let failed = |error: async_nats::jetstream::context::PublishError| match error.kind() {
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => unreachable(error),
            _ => HubError::NotStored(error.to_string()),
        };
        let stored = self.0.streams.publish_with_headers(event.to.event_subject(), headers, body.into()).await.map_err(failed)?;
        let stored = stored.await.map_err(failed)?;
        Ok(Stored { seq: stored.sequence, duplicate: stored.duplicate })
    }

    /// The key ([`event_key`]) of the event with this number; None: the stream has no such event. A gateway compares it with its own
    /// record after each connection.
    pub async fn key_at(&self, seq: u64) -> Result<Option<String>, HubError> {
        let message = self.message_at(seq).await?;
        Ok(message.and_then(|message| Some(message.headers.get(header::MESSAGE_ID)?.as_str().to_owned())))
    }

    /// The event with this number, from the stream's leader: a follower may not have the newest events yet, and they would seem lost.
    pub(super) async fn message_at(&self, seq: u64) -> Result<Option<StreamMessage>, HubError> {
        // The server takes 0 for a question without a number.
        if seq == 0 {
            return Ok(None);
        }
        let stream = self.0.streams.get_stream_no_info(EVENTS).await.map_err(unreachable)?;
        match stream.get_raw_message(seq).await {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// The number of the newest event, whether it is still there or not; 0: none was stored yet. With it a gateway tells a lost event (a
    /// higher number) from one that was deleted by age or number.
    pub async fn last_stream_seq(&self) -> Result<u64, HubError> {
        let stream = self.0.streams.get_stream(EVENTS).await.map_err(unreachable)?;
        Ok(stream.cached_info().state.last_sequence)
    }

    /// The present epoch.
    pub async fn epoch(&self) -> Result<u64, HubError> {
        Ok(self.epochs().await?.current())
    }

    /// The present epoch, and the number up to which the stream still has the events that it had in the epoch `of`.
    pub async fn epoch_and_kept(&self, of: u64) -> Result<(u64, u64), HubError> {
        let epochs = self.epochs().await?;
        Ok((epochs.current(), epochs.cut(Position { epoch: of, seq: u64::MAX })))
    }

    /// The events that this gateway had stored in the epoch `lost` are gone after the number `keep`: begins a new epoch there, unless
    /// another gateway has. Returns the present epoch; the caller then publishes its lost events again.
    pub async fn begin_epoch(&self, lost: u64, keep: u64) -> Result<u64, HubError> {
        self.change_record(Bucket::Fleet, registry::EPOCHS, |epochs: &mut Epochs| epochs.lost(lost, keep, self.now()))
            .await
            .map(|epochs| epochs.current())
    }

    async fn epochs(&self) -> Result<Epochs, HubError> {
        Ok(self.record(Bucket::Fleet, registry::EPOCHS).await?.map_or_else(Epochs::default, |entry| entry.value))
    }

    /// The events after a desk's position.
    pub async fn since(&self, desk: &DeskId, from: Position) -> Result<Batch, HubError> {
        let epochs = self.epochs().await?;
        let after = epochs.cut(from);
        let to = Addressee::Desk(desk.clone());
        let read = self.read(EVENTS, &to.event_subject(), after, BATCH).await?;
        let kept = read.messages.len() as u64 + read.pending;
        let gap = if from.epoch > 0 { self.gap(&to, after, kept).await? } else { None };
        let events: Vec<StoredEvent> =
            read.messages.iter().map(|message| StoredEvent::of(message.seq, &message.headers, &message.payload)).collect();
        // Beyond the gap, or a desk without events would be told the same one at every question.
        let seq = events.last().map_or(after, |event| event.seq).max(gap.unwrap_or(0));
        Ok(Batch { through: Position { epoch: epochs.current(), seq }, events, more: read.pending > 0, gap: gap.is_some() })
    }

    /// Whether some events after this number may be gone; `kept`: how many of them the stream has. The answer is the number up to which they
    /// may be gone. The stream drops its oldest first: as long as it has the one with this number, all after it are there. This is to be
    /// asked after they were read, since they can be dropped meanwhile.
    async fn gap(&self, to: &Addressee, after: u64, kept: u64) -> Result<Option<u64>, HubError> {
        if self.message_at(after).await?.is_some_and(|message| message.subject.as_str() == to.event_subject()) {
            return Ok(None);
        }
        // An epoch begins at any number, which says nothing. One that is gone was dropped because the desk has too many events (the server
        // counts them while others come, so half as many are enough here), or with all that are as old.
        if 2 * kept >= PER_DESK.unsigned_abs() {
            return Ok(Some(after));
        }
        let stream = self.0.streams.get_stream_no_info(EVENTS).await.map_err(unreachable)?;
        let state = stream.get_info().await.map_err(unreachable)?.state;
        if after == 0 || after + 1 >= state.first_sequence {
            return Ok(None);
        }
        // Asked for after the stream's own numbers: then a desk without a later event had none up to the stream's last.
        let is_last = self.last_seq(to).await? <= after;
        Ok(Some(if is_last { state.last_sequence } else { state.first_sequence - 1 }))
    }

    /// The number of the last event of this addressee; 0: none.
    pub async fn last_seq(&self, to: &Addressee) -> Result<u64, HubError> {
        let stream = self.0.streams.get_stream_no_info(EVENTS).await.map_err(unreachable)?;
        match stream.get_last_raw_message_by_subject(&to.event_subject()).await {
            Ok(message) => Ok(message.sequence),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(0),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Up to `limit` messages of a stream whose subjects match, after this number, in one request.
    pub(super) async fn read(&self, stream: &str, subject: &str, after: u64, limit: usize) -> Result<Read, HubError> {
        let client = &self.0.company;
        let inbox = client.new_inbox();
        let mut answers = client.subscribe(inbox.clone()).await.map_err(unreachable)?;
        let asked = json!({"seq": after + 1, "next_by_subj": subject, "batch": limit, "max_bytes": BATCH_BYTES}).to_string();
        client.publish_with_reply(format!("$JS.API.DIRECT.GET.{stream}"), inbox, asked.into()).await.map_err(unreachable)?;
        let mut read = Read { messages: Vec::new(), pending: 0 };
        loop {
            let answer = timeout(PATIENCE, answers.next()).await.map_err(unreachable)?;
            let answer = answer.ok_or_else(|| HubError::Unreachable("the connection was closed".to_owned()))?;
            let headers = answer.headers.unwrap_or_default();
            let number = |name: &str| headers.get(name).and_then(|value| value.as_str().parse::<u64>().ok());
            match answer.status.map(|status| status.as_u16()) {
                None => {
                    let seq = number(header::SEQUENCE).ok_or_else(|| HubError::NotUnderstood("a message without its number".to_owned()))?;
                    let subject = headers.get("Nats-Subject").map(|subject| subject.as_str().to_owned()).unwrap_or_default();
                    read.messages.push(ReadMessage { seq, subject, headers, payload: answer.payload });
                }
                // The end of the batch.
                Some(204) => {
                    read.pending = number("Nats-Num-Pending").unwrap_or(0);
                    return Ok(read);
                }
                Some(404) => return Ok(read),
                Some(code) => return Err(HubError::Unreachable(format!("the stream answers {code}"))),
            }
        }
    }

    /// Tells a desk its state. Nothing is said if the desk is not connected.
    pub async fn tell(&self, desk: &DeskId, state: &State) -> Result<(), HubError> {
        let body = serde_json::to_vec(state).map_err(|error| HubError::NotUnderstood(error.to_string()))?;
        let mut headers = HeaderMap::new();
        headers.insert(header::KIND, header::STATE);
        self.0.company.publish_with_headers(subject::state(desk), headers, body.into()).await.map_err(unreachable)
    }

    /// The events that any gateway stores, from now on. Some are missing if the receiver is slow.
    pub async fn heard_events(&self) -> Result<HeardEvents, HubError> {
        Ok(HeardEvents(self.0.company.subscribe(subject::DELIVERIES).await.map_err(unreachable)?))
    }
}

/// The events that are stored, by any gateway, from now on.
#[derive(Debug)]
pub struct HeardEvents(Subscriber);

impl HeardEvents {
    /// None: the connection has ended.
    pub async fn recv(&mut self) -> Option<HeardEvent> {
        loop {
            let message = self.0.next().await?;
            let headers = message.headers.unwrap_or_default();
            let number = |name: &str| headers.get(name).and_then(|value| value.as_str().parse::<i64>().ok());
            let (Some(seq), Some(received)) = (number(header::SEQUENCE), number(header::RECEIVED)) else { continue };
            let desk = message.subject.rsplit('.').next().and_then(DeskId::parse);
            return Some(HeardEvent { desk, seq: seq.unsigned_abs(), received });
        }
    }
}
