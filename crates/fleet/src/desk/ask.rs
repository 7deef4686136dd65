//! The desk's requests.

use std::time::Duration;

use async_nats::{RequestErrorKind, client::Request};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep};

use super::{Desk, Shared, Way, link::PATIENCE};
use crate::words::{
    Answer, Do, Done, Enrolled, ErrorCode, Hello, Operation, Outcome, Refusal, Until, VERSION, Welcome, name, pack, subject,
};

/// How long one try of a request waits for the leader's answer.
const ONE_TRY: Duration = Duration::from_millis(700);

/// The same for a supervisor's request: it may be large, and so may its answer, and neither is to be sent several times for nothing.
const ONE_TRY_OF_FLOOR: Duration = Duration::from_secs(3);

/// Another gateway leads at the latest so long after the leader was lost.
const TAKE_OVER: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// No answer came in time. `not_sent`: the request was certainly not carried out; otherwise nobody knows.
    #[error("the gateway does not answer")]
    Unreachable { not_sent: bool },
    /// It is larger than the desk may send; it was not sent.
    #[error("the request has {bytes} bytes, and this desk may send {most}")]
    TooLarge { bytes: usize, most: usize },
    #[error("the gateway refuses: {0:?}")]
    Refused(Refusal),
}

/// Why one try failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// Nobody is there to answer: the request was not heard.
    Nobody,
    /// It may have been heard.
    Silence,
}

impl Desk {
    /// Says that the desk is here, and learns what it needs to know of the company.
    pub async fn hello(&self, agent: Option<String>) -> Result<Welcome, AskError> {
        let shared = &self.0.shared;
        shared.check_up()?;
        let hello = Hello { v: VERSION, agent, version: shared.version.clone(), host: shared.host.clone() };
        match shared.exchange(name::HELLO, &hello, PATIENCE).await {
            Ok(answer) => {
                let welcome: Welcome = Result::from(answer.outcome).map_err(AskError::Refused)?;
                // The token is still that of the former role.
                if welcome.role != shared.access.enrolled().role {
                    shared.wants_token.notify_one();
                }
                Ok(welcome)
            }
            Err(failed) => Err(AskError::Unreachable { not_sent: failed == Failed::Nobody }),
        }
    }

    /// Asks the leading gateway to carry this out: again and again with the same `id` until an answer comes or `ttl` is over; at once
    /// unreachable if there is no connection or no leader. `agent`: the agent's number at a hot desk.
    pub async fn ask(&self, id: &str, what: Operation, agent: Option<String>, ttl: Duration) -> Result<Done, AskError> {
        let shared = &self.0.shared;
        shared.check_up()?;
        let end = Instant::now() + ttl;
        // So that the leader can tell until when the desk waits: a request can lie in a connection for longer.
        if shared.clocks().wants(&shared.leader(), shared.now()) {
            shared.ask_for_time().await;
        }
        let one_try = if matches!(what, Operation::Floor { .. }) { ONE_TRY_OF_FLOOR } else { ONE_TRY };
        let mut asked = Do { v: VERSION, id: id.to_owned(), until: None, agent, what };
        let mut was_sent = false;
        loop {
            asked.until = shared.until(end);
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(AskError::Unreachable { not_sent: !was_sent });
            }
            // The client would keep it, and send it when the desk is connected again, after the caller was told that it failed.
            if shared.check_up().is_err() {
                pause(left).await;
                continue;
            }
            let body = pack(&asked).map_err(|_| AskError::Unreachable { not_sent: true })?;
            let most = shared.access.enrolled().role.payload().min(shared.client.server_info().max_payload);
            // With an earlier try the fate is unknown, whatever the limit of a new connection.
            if body.len() > most && !was_sent {
                return Err(AskError::TooLarge { bytes: body.len(), most });
            }
            match shared.exchange_body::<Done>(name::DO, body, left.min(one_try)).await {
                Ok(answer) => {
                    shared.leader_heard(&answer.gateway);
                    match answer.outcome {
                        Outcome::Refused(refusal) if refusal.code == ErrorCode::Again => {}
                        // An earlier try may be under way.
                        Outcome::Refused(Refusal { code: ErrorCode::TooOften, retry_after_ms, .. }) if was_sent => {
                            let pause = Duration::from_millis(retry_after_ms.unwrap_or(0));
                            sleep(pause.min(end.saturating_duration_since(Instant::now()))).await;
                        }
                        Outcome::Refused(refusal) if was_sent => return Err(AskError::Refused(refusal.of_a_later_try())),
                        outcome => return Result::from(outcome).map_err(AskError::Refused),
                    }
                }
                Err(Failed::Silence) => was_sent = true,
                Err(Failed::Nobody) if !was_sent && !shared.leader_is_near() => return Err(AskError::Unreachable { not_sent: true }),
                Err(Failed::Nobody) => {}
            }
            pause(end.saturating_duration_since(Instant::now())).await;
        }
    }
}

/// The pause before the next try.
async fn pause(most: Duration) {
    sleep(Duration::from_millis(100 + fastrand::u64(..200)).min(most)).await;
}

impl Shared {
    fn check_up(&self) -> Result<(), AskError> {
        match *self.way.borrow() {
            Way::Up { .. } => Ok(()),
            Way::Away { .. } | Way::Revoked | Way::NotKnown => Err(AskError::Unreachable { not_sent: true }),
        }
    }

    /// A leader was heard a moment ago: if it is gone, another one takes over.
    fn leader_is_near(&self) -> bool {
        matches!(*self.way.borrow(), Way::Up { leader_at: Some(at), .. } if at.elapsed() < TAKE_OVER)
    }

    fn until(&self, end: Instant) -> Option<Until> {
        let gateway = self.leader();
        let now = self.clocks().gateway_time(&gateway, self.now())?;
        let left = i64::try_from(end.saturating_duration_since(Instant::now()).as_millis()).ok()?;
        Some(Until { at: now.saturating_add(left), gateway })
    }

    /// One exchange with the leader that tells its time, and that there is one. Whether it was answered.
    pub(super) async fn ask_for_time(&self) -> bool {
        let asked = Do { v: VERSION, id: String::new(), until: None, agent: None, what: Operation::Clock };
        match self.exchange::<_, Done>(name::DO, &asked, ONE_TRY).await {
            Ok(answer) => {
                self.leader_heard(&answer.gateway);
                true
            }
            Err(_) => false,
        }
    }

    /// Whether the connection carries anything: the server itself says that nobody answers this request. A gateway that is slow is no reason
    /// to connect again, since all desks would.
    pub(super) async fn is_alive(&self) -> bool {
        !matches!(self.exchange::<_, ()>("nobody", &(), PATIENCE).await, Err(Failed::Silence))
    }

    /// Asks once. An answer tells the time of its gateway.
    pub(super) async fn exchange<A: Serialize, T: DeserializeOwned>(
        &self,
        name: &str,
        asked: &A,
        patience: Duration,
    ) -> Result<Answer<T>, Failed> {
        let Ok(body) = pack(asked) else { return Err(Failed::Nobody) };
        self.exchange_body(name, body, patience).await
    }

    async fn exchange_body<T: DeserializeOwned>(&self, name: &str, body: Vec<u8>, patience: Duration) -> Result<Answer<T>, Failed> {
        let Enrolled { desk, .. } = self.access.enrolled();
        let request = Request::new().payload(body.into()).timeout(Some(patience));
        let sent = self.now();
        match self.client.send_request(subject::request(&desk, name), request).await {
            Ok(message) => {
                let answer: Answer<T> = Answer::read(&message.payload);
                self.clocks().answered(&answer.gateway, sent, self.now(), answer.now);
                Ok(answer)
            }
            Err(error) if error.kind() == RequestErrorKind::NoResponders => Err(Failed::Nobody),
            Err(_) => Err(Failed::Silence),
        }
    }
}
