//! The way to the engine, and what comes out of it.

use std::sync::Arc;

use ringside_domain::{Availability, CallId, Delivery, Input, Intent, Problem, Receipt, ShellReport, Snapshot, WishProgress};
use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot, watch};

/// A callback and the way to acknowledge it.
pub type Callback = (Delivery, oneshot::Sender<Receipt>);

/// What enters the mailbox by the way that callbacks cannot fill.
#[derive(Debug)]
pub(crate) enum Mail {
    Input(Input),
    /// The recording link of a call, while it lives.
    Link {
        call: CallId,
        reply: oneshot::Sender<Option<SecretString>>,
    },
    Stop {
        done: oneshot::Sender<()>,
    },
}

/// How a wish ended, for who waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WishEnd {
    /// The platform reports what was wished for.
    Confirmed,
    /// Refused or contradicted.
    RolledBack(Problem),
    /// Not seen at the platform in time.
    Unconfirmed,
    /// Nobody is signed in to a queue, so there is nothing to set.
    NotSignedIn,
}

/// Cheap to clone; the engine runs until it is stopped.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) mail: mpsc::UnboundedSender<Mail>,
    pub(crate) callbacks: mpsc::Sender<Callback>,
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
}

impl Handle {
    /// The display: the latest snapshot, which may skip states.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Where the listener offers what it has decoded; bounded.
    pub fn callbacks(&self) -> mpsc::Sender<Callback> {
        self.callbacks.clone()
    }

    pub fn intent(&self, intent: Intent) {
        self.input(Input::Intent(intent));
    }

    pub fn report(&self, report: ShellReport) {
        self.input(Input::Report(report));
    }

    /// Wish for an availability and wait for what became of it: at most 10 seconds, as the session rules.
    pub async fn wish(&self, availability: Availability) -> WishEnd {
        let mut snapshots = self.snapshots();
        let before = {
            let now = snapshots.borrow_and_update();
            if !now.queues.iter().any(|queue| queue.membership == ringside_domain::Membership::In) {
                return WishEnd::NotSignedIn;
            }
            now.availability.wish_id
        };
        self.intent(Intent::SetAvailability { availability });
        while snapshots.changed().await.is_ok() {
            let now = snapshots.borrow_and_update();
            if now.availability.wish_id <= before {
                continue;
            }
            match &now.availability.progress {
                WishProgress::Pending => {}
                WishProgress::Settled => return WishEnd::Confirmed,
                WishProgress::Overdue => return WishEnd::Unconfirmed,
                WishProgress::RolledBack { problem, .. } => return WishEnd::RolledBack(problem.clone()),
            }
        }
        WishEnd::Unconfirmed
    }

    /// The URL of a call's recording, while the platform's link lives (N13).
    pub async fn recording_link(&self, call: CallId) -> Option<SecretString> {
        let (reply, answer) = oneshot::channel();
        self.mail.send(Mail::Link { call, reply }).ok()?;
        answer.await.ok().flatten()
    }

    /// Stops the engine after what it has begun to store is stored.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.mail.send(Mail::Stop { done }).is_ok() {
            let _ = stopped.await;
        }
    }

    pub(crate) fn input(&self, input: Input) {
        if self.mail.send(Mail::Input(input)).is_err() {
            tracing::debug!("the engine has stopped; an input was dropped");
        }
    }
}
