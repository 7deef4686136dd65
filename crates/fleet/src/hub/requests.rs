//! The requests of desks.

use std::{future::Future, sync::Arc};

use async_nats::{Client, Message, Subject, Subscriber};
use futures_util::StreamExt;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::{Mutex, Semaphore, mpsc},
    time::Instant,
};

use super::{
    DeskRecord, Hub, HubError, Serving,
    budget::DeskBudget,
    registry::{self, revoked},
    unreachable,
};
use crate::{
    WallClock,
    words::{Answer, DeskId, Do, ErrorCode, Hello, Operation, Refusal, Renew, Renewed, Since, name, pack, subject, unpack},
};

/// Requests that are answered at the same time.
const AT_ONCE: usize = 256;

/// The gateways share the requests that any of them answers.
const GROUP: &str = "gw";

/// One request of a desk that is registered and not revoked.
#[derive(Debug)]
pub struct Asked<T> {
    pub desk: DeskId,
    /// The desk's record when it asked: the extension, and at a personal desk the agent, are this one's, whatever the request says.
    pub record: DeskRecord,
    pub what: T,
    pub reply: Reply,
}

/// The way back to the desk that asked. If it is dropped, nothing is answered, and the desk asks again.
pub struct Reply {
    client: Client,
    to: Subject,
    gateway: String,
    clock: WallClock,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

impl Reply {
    pub async fn answer<T: Serialize>(self, outcome: Result<T, Refusal>) {
        let (now, most) = ((self.clock)(), self.client.server_info().max_payload);
        let Ok(mut bytes) = pack(&Answer::new(&self.gateway, now, outcome)) else { return };
        if bytes.len() > most {
            // Said, since without an answer the desk would take the gateway for silent.
            let refusal = Refusal::new(ErrorCode::TooLarge, format!("an answer of {} bytes; the server takes {most}", bytes.len()), false);
            let Ok(smaller) = pack(&Answer::<()>::new(&self.gateway, now, Err(refusal))) else { return };
            bytes = smaller;
        }
        if let Err(error) = self.client.publish(self.to, bytes.into()).await {
            // The desk asks again.
            tracing::debug!(%error, "an answer was not sent");
        }
    }
}

/// The id of a request becomes the key of a record.
fn is_key(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl Hub {
    /// Every gateway: answers `since` and `renew`, and passes each `hello` of a registered desk to the sink.
    pub async fn serve(&self, hello: mpsc::Sender<Asked<Hello>>) -> Result<Serving, HubError> {
        let since = |hub: Hub, asked: Asked<Since>| async move {
            let batch = hub.since(&asked.desk, asked.what.position).await;
            asked.reply.answer(batch.map_err(|error| registry::failed(&error))).await;
        };
        let renew = |hub: Hub, asked: Asked<Renew>| async move {
            let signed = hub.sign(&asked.desk).await;
            asked.reply.answer(signed.map(|(jwt, record)| Renewed { jwt, role: Some(record.of.role) })).await;
        };
        let hello = move |_: Hub, asked: Asked<Hello>| {
            let hello = hello.clone();
            async move {
                // Without a receiver the gateway is about to end, and another one answers.
                let _ = hello.send(asked).await;
            }
        };
        let tasks = vec![
            self.answer_each(name::SINCE, since).await?,
            self.answer_each(name::RENEW, renew).await?,
            self.answer_each(name::HELLO, hello).await?,
        ];
        self.0.company.flush().await.map_err(unreachable)?;
        Ok(Serving(tasks))
    }

    /// The leader only: passes each `do` to the sink that its desk may ask, still waits for, and that is within the desk's rate. The others
    /// are refused here.
    pub async fn serve_do(&self, sink: mpsc::Sender<Asked<Do>>) -> Result<Serving, HubError> {
        let start = Instant::now();
        let budget = Arc::new(Mutex::new(DeskBudget::default()));
        let take = move |hub: Hub, asked: Asked<Do>| {
            let (sink, budget) = (sink.clone(), budget.clone());
            async move {
                let operation = &asked.what.what;
                if *operation == Operation::Clock {
                    return asked.reply.answer(Ok(crate::words::Done::Done)).await;
                }
                let is_over = asked.what.until.as_ref().is_some_and(|until| until.gateway == hub.options().gateway && until.at < hub.now());
                let refusal = if is_over {
                    Some(Refusal::not_done(ErrorCode::TooLate, "", false))
                } else if !is_key(&asked.what.id) || *operation == Operation::Unknown {
                    Some(Refusal::not_done(ErrorCode::NotUnderstood, "an unknown operation, or an id that is no key", false))
                } else if !asked.record.of.role.may(operation) {
                    Some(Refusal::not_done(ErrorCode::NotAllowed, operation.name(), false))
                } else {
                    let taken = budget.lock().await.take(&asked.desk, asked.record.of.role.per_second(), start.elapsed());
                    taken.err().map(|wait| Refusal {
                        retry_after_ms: Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
                        ..Refusal::not_done(ErrorCode::TooOften, "", true)
                    })
                };
                match refusal {
                    Some(refusal) => asked.reply.answer::<()>(Err(refusal)).await,
                    None => {
                        let _ = sink.send(asked).await;
                    }
                }
            }
        };
        let task = self.answer_each(name::DO, take).await?;
        self.0.company.flush().await.map_err(unreachable)?;
        Ok(Serving(vec![task]))
    }

    /// Passes each request of this name that comes from a registered desk to `answer`.
    async fn answer_each<T, F, Answered>(&self, name: &'static str, answer: F) -> Result<tokio::task::JoinHandle<()>, HubError>
    where
        T: DeserializeOwned + Send + 'static,
        F: Fn(Hub, Asked<T>) -> Answered + Clone + Send + Sync + 'static,
        Answered: Future<Output = ()> + Send,
    {
        let subscribed = self.0.company.queue_subscribe(format!("rs.req.*.{name}"), GROUP.to_owned()).await;
        let mut requests: Subscriber = subscribed.map_err(unreachable)?;
        let hub = self.clone();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Ok(tokio::spawn(async move {
            while let Some(message) = requests.next().await {
                let Ok(place) = places.clone().acquire_owned().await else { return };
                let (hub, answer) = (hub.clone(), answer.clone());
                tokio::spawn(async move {
                    if let Some(asked) = hub.examine(message).await {
                        answer(hub, asked).await;
                    }
                    drop(place);
                });
            }
        }))
    }

    /// A request that can be read, of a desk that may ask; the others are refused here.
    async fn examine<T: DeserializeOwned>(&self, message: Message) -> Option<Asked<T>> {
        let (desk, _) = subject::asked(&message.subject)?;
        let reply = self.reply_to(message.reply?)?;
        let complete = self.registry_complete_for();
        let refusal = match self.desk(&desk).await {
            Ok(Some(record)) if record.revoked_at.is_none() => match unpack(&message.payload, record.of.role.unpacked()) {
                Ok(what) => return Some(Asked { desk, record, what, reply }),
                Err(error) => Refusal::not_done(ErrorCode::NotUnderstood, error.to_string(), false),
            },
            Ok(Some(_)) => revoked(),
            // Only a record says that a desk is revoked, since the desk then ends for good.
            Ok(None) => registry::not_found(ErrorCode::KeyUnknown, complete.is_some() && self.registry_complete_for() == complete),
            Err(error) => registry::failed(&error),
        };
        reply.answer::<()>(Err(refusal)).await;
        None
    }

    /// None: the request did not come from the desks' account, so its answer could go to a subject of this account that its sender may
    /// not publish to.
    fn reply_to(&self, to: Subject) -> Option<Reply> {
        let options = self.options();
        to.starts_with("_R_.").then(|| Reply {
            client: self.0.company.clone(),
            to,
            gateway: options.gateway.clone(),
            clock: options.clock.clone(),
        })
    }
}
