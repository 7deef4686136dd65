//! The task of a desk: it hears events and states, asks for what was missed, and renews the token.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use async_nats::{Message, Subscriber};
use futures_util::StreamExt;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    EnrolError, Fed, FedEvent, Shared, ToldState, Way,
    ask::Failed,
    enrol::enrol,
    feed::Feed,
    link::{Link, PATIENCE},
};
use crate::{
    jwt::Token,
    words::{
        Answer, Batch, Enrolled, ErrorCode, Outcome, Position, Renew, Renewed, Since, State, StoredEvent, VERSION, header, name, subject,
    },
};

/// The pause before a question is asked again that was not answered.
const AGAIN: Duration = Duration::from_secs(1);

/// How often it is checked whether the token is to be renewed; a renewal that failed is tried again then.
const RENEWAL_CHECKED: Duration = Duration::from_secs(600);

/// The usual time between two states, until one has told it.
const STATES: Duration = Duration::from_secs(10);

/// The desk was dropped, or is revoked.
struct Ended;

/// Answers to the task's own questions.
enum Answered {
    /// `is_dead`: nothing at all comes back by the connection.
    Since {
        answer: Result<Answer<Batch>, Failed>,
        is_dead: bool,
    },
    Time(bool),
    Renewed(Result<Answer<Renewed>, Failed>),
    Token(Result<Enrolled, EnrolError>),
}

struct Run {
    shared: Arc<Shared>,
    feed: Feed,
    states: watch::Sender<Option<Arc<ToldState>>>,
    questions: JoinSet<Answered>,
    /// The one who said something last, whose clock judges the age of an event that does not say it.
    gateway: String,
    is_up: bool,
    asking_since: bool,
    asking_time: bool,
    asking_token: bool,
    /// When a question that failed is asked again.
    again_at: Option<Instant>,
    renew_at: Instant,
    /// When a state is overdue.
    state_due: Instant,
}

pub(super) async fn run(
    shared: Arc<Shared>,
    mut links: mpsc::UnboundedReceiver<Link>,
    position: Position,
    feed: mpsc::Sender<Fed>,
    states: watch::Sender<Option<Arc<ToldState>>>,
) {
    let desk = shared.access.enrolled().desk;
    let subscribe = async |subject| shared.client.subscribe(subject).await.ok();
    let (Some(mut events), Some(mut told)) = (subscribe(subject::delivery(&desk)).await, subscribe(subject::state(&desk)).await) else {
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
        again_at: None,
        renew_at: now,
        state_due: now + STATES,
        shared,
    };
    while run.step(&mut links, &mut events, &mut told).await.is_ok() {
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
        told: &mut Subscriber,
    ) -> Result<(), Ended> {
        let again_at = self.again_at.unwrap_or(self.state_due);
        tokio::select! {
            biased;
            link = links.recv() => match link {
                Some(link) => self.linked(link),
                None => return Err(Ended),
            },
            Some(message) = events.next() => self.heard(&message),
            Some(message) = told.next() => self.told(&message),
            Some(answered) = self.questions.join_next() => match answered {
                Ok(answered) => self.answered(answered)?,
                Err(error) => {
                    tracing::error!(%error, "a question failed");
                    self.forget_questions();
                    self.not_answered();
                }
            },
            () = sleep_until(again_at.min(self.state_due)), if self.is_up => self.waited(),
            () = self.shared.wants_token.notified() => self.renew(),
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
        (self.asking_since, self.asking_time, self.asking_token) = (false, false, false);
    }

    /// Asks what is to be asked.
    fn ask(&mut self) {
        let now = Instant::now();
        if !self.is_up || self.again_at.is_some_and(|at| now < at) {
            return;
        }
        if self.feed.must_ask() && !self.asking_since {
            self.asking_since = true;
            self.feed.asked();
            let (shared, since) = (self.shared.clone(), Since { v: VERSION, position: self.feed.position() });
            self.questions.spawn(async move {
                let answer = shared.exchange(name::SINCE, &since, PATIENCE).await;
                let is_dead = matches!(answer, Err(Failed::Silence)) && !shared.is_alive().await;
                Answered::Since { answer, is_dead }
            });
        }
        // By a gateway's clock: this computer's may be wrong.
        let time = self.shared.clocks().gateway_time(&self.gateway, self.shared.now());
        if let Some(time) = time.filter(|_| now >= self.renew_at) {
            self.renew_at = now + RENEWAL_CHECKED;
            if Token::read(&self.shared.access.enrolled().jwt).is_ok_and(|token| token.is_due_for_renewal(time)) {
                self.renew();
            }
        }
    }

    fn renew(&mut self) {
        let shared = self.shared.clone();
        self.questions.spawn(async move { Answered::Renewed(shared.exchange(name::RENEW, &Renew { v: VERSION }, PATIENCE).await) });
    }

    fn ask_for_time(&mut self) {
        if !self.asking_time {
            self.asking_time = true;
            let shared = self.shared.clone();
            self.questions.spawn(async move { Answered::Time(shared.ask_for_time().await) });
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
            Answered::Since { answer, is_dead } => {
                self.asking_since = false;
                if is_dead {
                    self.reconnect();
                }
                match answer {
                    Ok(Answer { gateway, outcome: Outcome::Ok(batch), .. }) => {
                        self.gateway = gateway;
                        self.caught_up(batch);
                    }
                    Ok(Answer { outcome: Outcome::Refused(refusal), .. }) if refusal.code == ErrorCode::Revoked => return self.revoked(),
                    Ok(_) | Err(_) => self.not_answered(),
                }
            }
            Answered::Time(was_answered) => {
                self.asking_time = false;
                if was_answered {
                    self.gateway = self.shared.leader();
                    self.tell_again();
                }
            }
            Answered::Renewed(Ok(Answer { outcome: Outcome::Ok(Renewed { jwt, role }), .. })) => {
                let before = self.shared.access.enrolled();
                let role = role.unwrap_or(before.role);
                let has_changed = before.role != role;
                self.take_token(Enrolled { jwt, role, ..before });
                // A connection keeps the limits of the token by which it was made.
                if has_changed {
                    self.reconnect();
                }
            }
            Answered::Renewed(_) => tracing::debug!("the token was not renewed; it is tried again"),
            Answered::Token(answer) => {
                self.asking_token = false;
                match answer {
                    Ok(enrolled) => self.take_token(enrolled),
                    Err(EnrolError::Refused(refusal)) if refusal.code == ErrorCode::Revoked => return self.revoked(),
                    Err(error) => tracing::warn!(%error, "the token is refused, and no gateway says why"),
                }
            }
        }
        Ok(())
    }

    fn not_answered(&mut self) {
        self.feed.check();
        self.pause();
    }

    fn pause(&mut self) {
        self.again_at = Some(Instant::now() + AGAIN.mul_f64(1.0 + fastrand::f64()));
    }

    fn revoked(&self) -> Result<(), Ended> {
        self.shared.access.ended.store(true, Ordering::Relaxed);
        self.shared.way.send_replace(Way::Revoked);
        Err(Ended)
    }

    fn reconnect(&self) {
        let client = self.shared.client.clone();
        tokio::spawn(async move { client.force_reconnect().await });
    }

    fn take_token(&mut self, enrolled: Enrolled) {
        enrolled.clone_into(&mut self.shared.access.enrolled.lock().unwrap_or_else(PoisonError::into_inner));
        self.feed.enrolled(enrolled);
    }

    /// An event, heard live.
    fn heard(&mut self, message: &Message) {
        // A gateway's answer to somebody else's request could be sent here, but not with this header.
        let Some(headers) = &message.headers else { return };
        let text = |name: &str| headers.get(name).map(|value| value.as_str());
        if text(header::STREAM).is_none_or(str::is_empty) {
            return;
        }
        let number = |name: &str| text(name).and_then(|number| number.parse::<u64>().ok());
        let Some(seq) = number(header::SEQUENCE) else { return };
        let mut event = fed_event(&self.shared, &self.gateway, StoredEvent::of(seq, headers, &message.payload), false);
        // It comes at once, and perhaps from another gateway than the one whose clock is known.
        event.age = number(header::AGE).map(Duration::from_millis).or(event.age);
        self.feed.heard(event, number(header::LAST_SEQUENCE).unwrap_or(0));
    }

    fn caught_up(&mut self, batch: Batch) {
        let (shared, gateway) = (&self.shared, &self.gateway);
        // The newest may not have reached the server that answered; without a pause this would ask it as quickly as it can answer.
        if self.feed.answered(batch, |event| fed_event(shared, gateway, event, true)) {
            self.pause();
        }
    }

    fn told(&mut self, message: &Message) {
        let kind = message.headers.as_ref().and_then(|headers| headers.get(header::KIND));
        if kind.is_none_or(|kind| kind.as_str() != header::STATE) {
            return;
        }
        let Ok(state) = serde_json::from_slice::<State>(&message.payload) else {
            tracing::warn!("the gateway's state is not understood");
            return;
        };
        let every = Duration::from_millis(state.every_ms).clamp(Duration::from_secs(1), 6 * STATES);
        self.state_due = Instant::now() + 2 * every + Duration::from_secs(1);
        self.feed.told(state.last);
        self.shared.leader_heard(&state.gateway);
        state.gateway.clone_into(&mut self.gateway);
        let now = self.shared.now();
        let wants = {
            let mut clocks = self.shared.clocks();
            clocks.told(&state.gateway, now, state.now);
            clocks.wants(&state.gateway, now)
        };
        if wants {
            self.ask_for_time();
        }
        self.tell(state, Instant::now());
    }

    fn tell(&self, state: State, heard_at: Instant) {
        let at = |time| self.shared.earliest(&state.gateway, time);
        let told = ToldState {
            heard_at,
            asked_at: state.read.iter().map(|read| at(read.asked_at)).collect(),
            phone_asked_at: state.phone.as_ref().and_then(|phone| at(phone.asked_at)),
            company_callback_at: state.company_callback_at.and_then(at),
            state,
        };
        self.states.send_replace(Some(Arc::new(told)));
    }

    /// The last state again, with the moments that the known clock gives.
    fn tell_again(&self) {
        let last = self.states.borrow().clone();
        if let Some(last) = last.filter(|last| last.asked_at.contains(&None) || last.phone_asked_at.is_none()) {
            self.tell(last.state.clone(), last.heard_at);
        }
    }
}

fn fed_event(shared: &Shared, gateway: &str, event: StoredEvent, backlog: bool) -> FedEvent {
    let StoredEvent { seq, received, body, oversize } = event;
    let at = shared.earliest(gateway, received);
    FedEvent { seq, age: at.map(|at| at.elapsed()), received, body, backlog, oversize }
}
