//! The task of a desk: it hears events and states, asks for what was missed, and renews the token.

mod incoming;

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use async_nats::Subscriber;
use futures_util::StreamExt;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    EnrolError, Fed, Shared, TimedState, Way,
    ask::Failed,
    enrol::enrol,
    feed::Feed,
    link::{Link, PATIENCE},
};
use crate::{
    jwt::Token,
    words::{Answer, Batch, Enrolled, ErrorCode, Outcome, Position, Renew, Renewed, Since, VERSION, name, subject},
};

/// The pause before a question is asked again that was not answered.
const AGAIN: Duration = Duration::from_secs(1);

/// How often it is checked whether the token is to be renewed.
const RENEWAL_CHECKED: Duration = Duration::from_secs(600);

/// The time after which a renewal that failed is tried again, at least; twice as long at most.
const RENEWAL_AGAIN: Duration = Duration::from_secs(5);

/// The usual time between two states, until one has told it.
const STATES: Duration = Duration::from_secs(10);

/// The desk was dropped, or its key is of no use at this gateway.
struct Ended;

/// Answers to the task's own questions.
enum Answered {
    /// `is_dead`: nothing at all comes back by the connection.
    Since {
        sent: Duration,
        answer: Result<Answer<Batch>, Failed>,
        is_dead: bool,
    },
    Time {
        sent: Duration,
        was_answered: bool,
    },
    Renewed(Result<Answer<Renewed>, Failed>),
    Token(Result<Enrolled, EnrolError>),
}

struct Run {
    shared: Arc<Shared>,
    feed: Feed,
    states: watch::Sender<Option<Arc<TimedState>>>,
    questions: JoinSet<Answered>,
    /// The one who said something last, whose clock judges the age of an event that does not say it.
    gateway: String,
    is_up: bool,
    asking_since: bool,
    asking_time: bool,
    asking_token: bool,
    asking_renewal: bool,
    /// A new token is wanted although the present one is not due: the desk has another role.
    wants_renewal: bool,
    /// When a question that failed is asked again.
    again_at: Option<Instant>,
    /// When it is checked whether the token is to be renewed.
    renew_at: Instant,
    /// When a state is overdue.
    state_due: Instant,
    /// The server has sent all that comes from now on after this moment, since it sends everything in order: an answer was heard to a question
    /// that was asked then, or a state that was told then. By the monotonic clock of [`Shared::now`].
    sent_since: Duration,
}

pub(super) async fn run(
    shared: Arc<Shared>,
    mut links: mpsc::UnboundedReceiver<Link>,
    position: Position,
    feed: mpsc::Sender<Fed>,
    states: watch::Sender<Option<Arc<TimedState>>>,
) {
    let desk = shared.access.enrolled().desk;
    let subscribe = async |subject| shared.client.subscribe(subject).await.ok();
    let (Some(mut events), Some(mut told_states)) = (subscribe(subject::delivery(&desk)).await, subscribe(subject::state(&desk)).await)
    else {
        tracing::error!("the client of NATS has ended");
        return;
    };
    let now = Instant::now();
    let mut run = Run {
        feed: Feed::new(position, feed),
        states,
        questions: JoinSet::new(),
        gateway: String::new(),
        is_up: false,
        asking_since: false,
        asking_time: false,
        asking_token: false,
        asking_renewal: false,
        wants_renewal: false,
        again_at: None,
        renew_at: now,
        state_due: now + STATES,
        sent_since: Duration::ZERO,
        shared,
    };
    while run.step(&mut links, &mut events, &mut told_states).await.is_ok() {
        run.ask();
    }
}

/// Also after a panic: without this task nothing is heard, and nothing says so.
impl Drop for Run {
    fn drop(&mut self) {
        self.shared.way.send_if_modified(|way| {
            let was_up = matches!(way, Way::Up { .. });
            if was_up {
                *way = Way::Away { since: Instant::now(), refused: false };
            }
            was_up
        });
    }
}

impl Run {
    /// Waits for one thing to happen, and deals with it; never waits for the caller. An answer is dealt with after all events that came before
    /// it: among them may be numbers of a former connection, which the stream has given again in the answer's epoch.
    async fn step(
        &mut self,
        links: &mut mpsc::UnboundedReceiver<Link>,
        events: &mut Subscriber,
        told_states: &mut Subscriber,
    ) -> Result<(), Ended> {
        let next_at = [self.again_at, Some(self.renew_at).filter(|_| self.wants_renewal && !self.asking_renewal)];
        let next_at = next_at.into_iter().flatten().fold(self.state_due, Instant::min);
        tokio::select! {
            biased;
            link = links.recv() => match link {
                Some(link) => self.linked(link),
                None => return Err(Ended),
            },
            Some(message) = events.next() => self.event_came(&message),
            Some(message) = told_states.next() => self.state_came(&message),
            Some(answered) = self.questions.join_next() => match answered {
                Ok(answered) => self.answered(answered)?,
                Err(error) => {
                    tracing::error!(%error, "a question failed");
                    self.forget_questions();
                    self.not_answered();
                }
            },
            () = sleep_until(next_at), if self.is_up => self.waited(),
            () = self.shared.wants_token.notified() => (self.wants_renewal, self.renew_at) = (true, Instant::now()),
            () = self.feed.closed() => return Err(Ended),
            () = self.feed.room(), if self.feed.is_behind() => self.feed.bring(),
        }
        Ok(())
    }

    fn linked(&mut self, link: Link) {
        let now = Instant::now();
        match link {
            Link::Missed => self.feed.check(),
            Link::Up => {
                self.is_up = true;
                self.shared.way.send_replace(Way::Up { since: now, leader_at: None });
                // Their answers would have come by the former connection.
                self.forget_questions();
                self.feed.connected();
                (self.again_at, self.state_due) = (None, now + 2 * STATES);
                self.ask_for_time();
            }
            Link::Down | Link::Refused { .. } => {
                self.is_up = false;
                let refused = link != Link::Down;
                self.shared.way.send_modify(|way| match way {
                    Way::Away { refused: known, .. } => *known |= refused,
                    way => *way = Way::Away { since: now, refused },
                });
                if link == (Link::Refused { ask: true }) && !self.asking_token {
                    self.asking_token = true;
                    let shared = self.shared.clone();
                    self.questions.spawn(async move {
                        let asked = enrol(&shared.address, &shared.access.key, None, &shared.host, &shared.version);
                        Answered::Token(asked.await)
                    });
                }
            }
        }
    }

    fn forget_questions(&mut self) {
        self.questions = JoinSet::new();
        (self.asking_since, self.asking_time, self.asking_token, self.asking_renewal) = (false, false, false, false);
    }

    /// Asks what is to be asked.
    fn ask(&mut self) {
        let now = Instant::now();
        if !self.is_up {
            return;
        }
        self.renew_if_due(now);
        if self.again_at.is_some_and(|at| now < at) {
            return;
        }
        if self.feed.must_ask() && !self.asking_since {
            self.asking_since = true;
            self.feed.asked();
            let (shared, since) = (self.shared.clone(), Since { v: VERSION, position: self.feed.position() });
            self.questions.spawn(async move {
                let sent = shared.now();
                let answer = shared.exchange(name::SINCE, &since, PATIENCE).await;
                let is_dead = matches!(answer, Err(Failed::Silence)) && !shared.is_alive().await;
                Answered::Since { sent, answer, is_dead }
            });
        }
    }

    fn renew_if_due(&mut self, now: Instant) {
        if self.asking_renewal || now < self.renew_at {
            return;
        }
        // By a gateway's clock: this computer's may be wrong.
        let time = self.shared.clocks().gateway_time(&self.gateway, self.shared.now());
        let is_due = |time| Token::read(&self.shared.access.enrolled().jwt).is_ok_and(|token| token.is_due_for_renewal(time));
        if self.wants_renewal || time.is_some_and(is_due) {
            self.asking_renewal = true;
            self.renew_at = now + spread(RENEWAL_AGAIN);
            let shared = self.shared.clone();
            self.questions.spawn(async move { Answered::Renewed(shared.exchange(name::RENEW, &Renew { v: VERSION }, PATIENCE).await) });
        } else if time.is_some() {
            self.renew_at = now + RENEWAL_CHECKED;
        }
    }

    fn ask_for_time(&mut self) {
        if !self.asking_time {
            self.asking_time = true;
            let shared = self.shared.clone();
            let sent = shared.now();
            self.questions.spawn(async move { Answered::Time { sent, was_answered: shared.ask_for_time().await } });
        }
    }

    /// A pause is over, or a state is overdue.
    fn waited(&mut self) {
        let now = Instant::now();
        if self.again_at.is_some_and(|at| at <= now) {
            self.again_at = None;
        }
        if self.state_due <= now {
            // Without a leader there are no states; any gateway's answer, or that there is none, shows that the connection is alive.
            self.state_due = now + 2 * STATES;
            self.feed.check();
        }
    }

    fn answered(&mut self, answered: Answered) -> Result<(), Ended> {
        match answered {
            Answered::Since { sent, answer, is_dead } => {
                self.asking_since = false;
                // That nobody answers is an answer of the server.
                if !matches!(answer, Err(Failed::Silence)) {
                    self.sent_since = self.sent_since.max(sent);
                }
                if is_dead {
                    self.reconnect();
                }
                match answer {
                    Ok(Answer { gateway, outcome: Outcome::Ok(batch), .. }) => {
                        self.gateway = gateway;
                        self.caught_up(batch);
                    }
                    Ok(Answer { outcome: Outcome::Refused(refusal), .. }) => {
                        self.check_key(refusal.code)?;
                        self.not_answered();
                    }
                    Err(_) => self.not_answered(),
                }
            }
            Answered::Time { sent, was_answered } => {
                self.asking_time = false;
                if was_answered {
                    self.sent_since = self.sent_since.max(sent);
                    self.gateway = self.shared.leader();
                    self.tell_again();
                }
            }
            Answered::Renewed(Ok(Answer { outcome: Outcome::Ok(Renewed { jwt, role }), .. })) => {
                (self.asking_renewal, self.wants_renewal) = (false, false);
                self.renew_at = Instant::now() + RENEWAL_CHECKED;
                let before = self.shared.access.enrolled();
                let role = role.unwrap_or(before.role);
                let has_changed = before.role != role;
                self.take_token(Enrolled { jwt, role, ..before });
                // A connection keeps the limits of the token by which it was made.
                if has_changed {
                    self.reconnect();
                }
            }
            Answered::Renewed(_) => {
                tracing::debug!("the token was not renewed; it is tried again");
                self.asking_renewal = false;
            }
            Answered::Token(answer) => {
                self.asking_token = false;
                match answer {
                    // The subscriptions are those of this desk, so that another would hear nothing.
                    Ok(enrolled) if enrolled.desk != self.shared.access.enrolled().desk => return Err(self.end(Way::NotKnown)),
                    Ok(enrolled) => self.take_token(enrolled),
                    Err(error) => {
                        if let EnrolError::Refused(refusal) = &error {
                            self.check_key(refusal.code)?;
                        }
                        tracing::warn!(%error, "the token is refused, and no gateway says why");
                    }
                }
            }
        }
        Ok(())
    }

    /// How long what comes now was on its way from the server, at most.
    fn held_up(&self) -> Duration {
        self.shared.now().saturating_sub(self.sent_since)
    }

    fn not_answered(&mut self) {
        self.feed.check();
        self.pause();
    }

    fn pause(&mut self) {
        self.again_at = Some(Instant::now() + spread(AGAIN));
    }

    /// Ends the desk if the gateway says that its key is of no use.
    fn check_key(&self, refused: ErrorCode) -> Result<(), Ended> {
        let way = match refused {
            ErrorCode::Revoked => Way::Revoked,
            ErrorCode::KeyUnknown => Way::NotKnown,
            _ => return Ok(()),
        };
        Err(self.end(way))
    }

    fn end(&self, way: Way) -> Ended {
        self.shared.access.ended.store(true, Ordering::Relaxed);
        self.shared.way.send_replace(way);
        Ended
    }

    fn reconnect(&self) {
        let client = self.shared.client.clone();
        tokio::spawn(async move { client.force_reconnect().await });
    }

    fn take_token(&mut self, enrolled: Enrolled) {
        enrolled.clone_into(&mut self.shared.access.enrolled.lock().unwrap_or_else(PoisonError::into_inner));
        self.feed.enrolled(enrolled);
    }
}

/// Not all desks ask again at the same moment.
fn spread(pause: Duration) -> Duration {
    pause.mul_f64(1.0 + fastrand::f64())
}
