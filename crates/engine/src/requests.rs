//! Requests to the platform, or to the company's gateway in its place. Each runs on a task of its own and sends its outcome to the mailbox, also if its task panics.

mod floor;
mod platform;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ringside_domain::{ClockReading, Input, LinkAnswer, Outcome, Problem, Request, RequestId};
use ringside_platform::Client;
use tokio::sync::{mpsc, oneshot};

pub(crate) use platform::Platform;

use crate::{fleet::Fleet, handle::Mail, supervise::part_failed};

/// Who carries out this desk's requests.
#[derive(Clone)]
pub(crate) enum Counterpart {
    Platform(Platform),
    /// The company's gateway.
    Fleet(Fleet),
}

impl Counterpart {
    async fn carry_out(&self, request: Request) -> Result<Outcome, Problem> {
        match self {
            Self::Platform(platform) => platform.carry_out(request).await,
            Self::Fleet(fleet) => fleet.carry_out(request).await,
        }
    }

    /// A link to a recording, for a transfer that can wait.
    pub async fn recording_link(&self, file: &str) -> Result<LinkAnswer, Problem> {
        match self {
            Self::Platform(platform) => platform.recording_link(file).await,
            Self::Fleet(fleet) => fleet.recording_link(file).await,
        }
    }

    pub fn clock_reading(&self) -> Option<ClockReading> {
        match self {
            Self::Platform(platform) => platform.client.clock_reading(),
            Self::Fleet(fleet) => fleet.clock_reading(),
        }
    }

    /// The client whose exchanges with the platform can be captured.
    pub fn client(&self) -> Option<&Client> {
        match self {
            Self::Platform(platform) => Some(&platform.client),
            Self::Fleet(_) => None,
        }
    }

    async fn keep_token(&self) {
        if let Self::Platform(platform) = self {
            platform.keep_token().await;
        }
    }
}

#[derive(Clone)]
pub(crate) struct Requests {
    pub counterpart: Counterpart,
    mail: mpsc::UnboundedSender<Mail>,
    /// Sign-ins, ends of tokens and changes of kept secrets run one after the other, so that no sign-in uses a token that is being
    /// ended. The receiver resolves when the last of these requests is done.
    door: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    /// The highest request id so far.
    last: Arc<AtomicU64>,
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").finish_non_exhaustive()
    }
}

/// The turn of one of the requests that run one after the other. Dropping it lets the next one run.
struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _next: oneshot::Sender<()>,
}

impl Turn {
    async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is sent: this ends when the earlier request's turn is dropped.
            let _ = before.await;
        }
    }
}

impl Requests {
    /// `before`: what the first request at the door waits for.
    pub fn new(counterpart: Counterpart, mail: mpsc::UnboundedSender<Mail>, before: Option<oneshot::Receiver<()>>) -> Self {
        Self { counterpart, mail, door: Arc::new(Mutex::new(before)), last: Arc::default() }
    }

    /// An id higher than those of all requests so far.
    pub fn next_id(&self) -> u64 {
        self.last.load(Ordering::Relaxed) + 1
    }

    pub fn send(&self, id: RequestId, request: Request) {
        self.last.fetch_max(id.0, Ordering::Relaxed);
        let at_door = matches!(
            request,
            Request::SignIn { .. } | Request::KeepAccesskey { .. } | Request::EndToken { .. } | Request::ForgetSecrets { .. }
        );
        // The turn is taken before the task starts, so that requests run in the order in which the session made them.
        let turn = at_door.then(|| self.queue_up());
        let requests = self.clone();
        tokio::spawn(async move {
            let carried_out = {
                let requests = requests.clone();
                tokio::spawn(async move {
                    let mut turn = turn;
                    if let Some(turn) = &mut turn {
                        turn.come().await;
                    }
                    let outcome = requests.counterpart.carry_out(request).await;
                    let reading = requests.counterpart.clock_reading();
                    (outcome, reading)
                })
            };
            let (outcome, reading) = carried_out.await.unwrap_or_else(|error| (Err(part_failed("request", &error)), None));
            requests.learn_of(reading);
            requests.input(Input::Answered { id, outcome });
            requests.counterpart.keep_token().await;
        });
    }

    /// After a request that is not the session's: tells the session about the platform's clock, and keeps a token that it made.
    pub async fn learn(&self) {
        self.learn_of(self.counterpart.clock_reading());
        self.counterpart.keep_token().await;
    }

    fn learn_of(&self, reading: Option<ClockReading>) {
        if let Some(reading) = reading {
            self.input(Input::Clock(reading));
        }
        let unread = self.counterpart.client().map(Client::take_unread).unwrap_or_default();
        unread.into_iter().for_each(|flaw| self.input(Input::Unread(flaw)));
    }

    fn queue_up(&self) -> Turn {
        let (next, done) = oneshot::channel();
        let before = self.door.lock().unwrap_or_else(PoisonError::into_inner).replace(done);
        Turn { before, _next: next }
    }

    fn input(&self, input: Input) {
        if self.mail.send(Mail::Input(input)).is_err() {
            tracing::debug!("the engine has stopped; an outcome was dropped");
        }
    }
}

#[cfg(test)]
mod tests;
