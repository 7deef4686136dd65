//! The way to the engine, and what comes out of it.

use std::sync::Arc;

use ringside_domain::{
    CallId, Captured, CapturedExchange, Delivery, Input, Intent, Membership, NumberRules, Occasion, Problem, QueueName, Receipt, SetBy,
    ShellReport, SignInView, Snapshot, Wish, WishProgress, WishStage,
};
use ringside_platform::{Client, Exchange};
use ringside_vault::Vault;
use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    doctor::{Check, examine_platform},
    log::Reads,
    recordings::Recordings,
};

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
    /// Nobody will be at the desk; `taken` once the session knows.
    Leave {
        occasion: Occasion,
        taken: oneshot::Sender<()>,
    },
    /// A wish; `made` says under which number the session knows it.
    Wish {
        wish: Wish,
        by: SetBy,
        made: oneshot::Sender<u64>,
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
    /// Taken; the platform will show it when the call is over.
    AfterCall,
    /// Refused or contradicted.
    RolledBack(Problem),
    /// Not the same in each queue.
    InPart(Vec<(QueueName, WishStage)>),
    /// Not seen at the platform in time, or not before another wish took its place.
    Unconfirmed,
    /// Nobody is signed in to a queue, so there is nothing to set.
    NotSignedIn,
}

/// What became of the wish of this number, once that is known.
fn wish_end(now: &Snapshot, number: u64) -> Option<WishEnd> {
    if now.wish.id != number {
        // Somebody wished for something else meanwhile, or the session had to begin anew.
        return Some(WishEnd::Unconfirmed);
    }
    let queues = || now.queues.iter().filter_map(|queue| queue.wish.as_ref().map(|stage| (&queue.name, stage)));
    let failed = || queues().filter(|(_, stage)| matches!(stage, WishStage::Failed { .. })).count();
    let confirmed = || queues().filter(|(_, stage)| **stage == WishStage::Confirmed).count();
    let (is_in_part, end) = match &now.wish.progress {
        WishProgress::Pending => return None,
        WishProgress::Settled => (false, WishEnd::Confirmed),
        WishProgress::AfterCall => (failed() > 0, WishEnd::AfterCall),
        WishProgress::Overdue => (failed() + confirmed() > 0, WishEnd::Unconfirmed),
        WishProgress::RolledBack { problem, .. } => (failed() < queues().count(), WishEnd::RolledBack(problem.clone())),
    };
    Some(if is_in_part { WishEnd::InPart(queues().map(|(name, stage)| (name.clone(), stage.clone())).collect()) } else { end })
}

/// Cheap to clone; the engine runs until it is stopped.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) mail: mpsc::UnboundedSender<Mail>,
    pub(crate) callbacks: mpsc::Sender<Callback>,
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(crate) client: Client,
    pub(crate) reads: Reads,
    pub(crate) recordings: Recordings,
    pub(crate) numbers: Arc<NumberRules>,
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

    /// The newest exchanges with the platform, so many at most.
    pub fn captured(&self, most: usize) -> Captured {
        let capture = self.client.capture();
        let kept = capture.exchanges();
        let exchange = |exchange: &Exchange| CapturedExchange {
            at: exchange.at,
            took_ms: u32::try_from(exchange.took.as_millis()).unwrap_or(u32::MAX),
            service: exchange.service.name().to_owned(),
            text: exchange.to_string(),
        };
        let exchanges = kept.iter().rev().take(most).map(exchange).collect();
        Captured { on: capture.is_on(), count: u32::try_from(kept.len()).unwrap_or(u32::MAX), exchanges }
    }

    /// All that are kept, as a text to be saved. Customers' numbers are in it; secrets are not.
    pub fn captured_text(&self) -> String {
        self.client.capture().to_text()
    }

    /// Whether exchanges are kept from now on.
    pub fn switch_capture(&self, on: bool) {
        self.client.capture().switch(on);
    }

    pub fn intent(&self, intent: Intent) {
        self.input(Input::Intent(intent));
    }

    pub fn report(&self, report: ShellReport) {
        self.input(Input::Report(report));
    }

    /// Makes a wish and waits for what became of it: at most 10 seconds, as the session rules.
    pub async fn wish(&self, wish: Wish, by: SetBy) -> WishEnd {
        let mut snapshots = self.snapshots();
        if !snapshots.borrow().queues.iter().any(|queue| queue.membership == Membership::In) {
            return WishEnd::NotSignedIn;
        }
        let (made, number) = oneshot::channel();
        if self.mail.send(Mail::Wish { wish, by, made }).is_err() {
            return WishEnd::Unconfirmed;
        }
        let Ok(number) = number.await else { return WishEnd::Unconfirmed };
        let now = snapshots.wait_for(|now| wish_end(now, number).is_some()).await;
        // An error: the engine has stopped.
        now.ok().and_then(|now| wish_end(&now, number)).unwrap_or(WishEnd::Unconfirmed)
    }

    /// Tells the platform what was chosen for this occasion, and waits until it has answered that and what was owed already, or has
    /// failed to: the next start makes up for the rest. Who calls says for how long.
    pub async fn take_leave(&self, occasion: Occasion) {
        let (taken, heard) = oneshot::channel();
        if self.mail.send(Mail::Leave { occasion, taken }).is_err() || heard.await.is_err() {
            return;
        }
        let under_way = |snapshot: &Snapshot| snapshot.wish.progress == WishProgress::Pending || snapshot.owed.fresh;
        // An error: the engine has stopped, and nothing is under way.
        let _ = self.snapshots().wait_for(|snapshot| !under_way(snapshot)).await;
    }

    /// The URL of a call's recording, while the platform's link lives (N13).
    pub async fn recording_link(&self, call: CallId) -> Option<SecretString> {
        let (reply, answer) = oneshot::channel();
        self.mail.send(Mail::Link { call, reply }).ok()?;
        answer.await.ok().flatten()
    }

    /// The doctor's look at the platform, as who is at the desk, with the token in use. After a sign-out nobody is logged in for it.
    pub async fn examine_platform(&self, vault: &Vault, tell: impl FnMut(Check) + Send) {
        let now = Arc::clone(&self.snapshots.borrow());
        let nobodys = Vault::memory();
        let vault = if now.sign_in == SignInView::SignedOut { &nobodys } else { vault };
        examine_platform(&self.client, vault, Some(&now.account), Some(&now.agent), None, tell).await;
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

#[cfg(test)]
mod tests {
    use ringside_domain::{Now, ProblemCode, QueueView, Session, Start, Timestamp};

    use super::*;

    fn failed(code: ProblemCode) -> WishStage {
        WishStage::Failed { problem: Problem::new(code, "", false) }
    }

    fn end(progress: WishProgress, stages: &[WishStage]) -> Option<WishEnd> {
        let now = Now { wall: Timestamp(0), mono: std::time::Duration::ZERO };
        let (session, _) = Session::new(Start::default(), now);
        let mut snapshot = Snapshot::clone(&session.snapshot());
        snapshot.wish.progress = progress;
        let queue = |(place, stage): (usize, &WishStage)| QueueView {
            name: QueueName(format!("queue-{place}")),
            remark: String::new(),
            membership: Membership::In,
            seat: None,
            changed_at: None,
            last_answer_at: None,
            answered: 0,
            missed: 0,
            misses_left: None,
            wrap_up_seconds: 0,
            others: Default::default(),
            read_at: None,
            problem: None,
            wish: Some(stage.clone()),
        };
        snapshot.queues = stages.iter().enumerate().map(queue).collect();
        assert_eq!(wish_end(&snapshot, 7), Some(WishEnd::Unconfirmed), "what became of another wish says nothing of this one");
        wish_end(&snapshot, 0)
    }

    #[test]
    fn fs24_a_wish_that_one_queue_refuses_ends_in_part_with_each_queues_outcome() {
        let refused = failed(ProblemCode::QueueUnknown);
        let problem = Problem::new(ProblemCode::QueueUnknown, "", false);
        let rolled_back = || WishProgress::RolledBack { problem: problem.clone(), queues: vec![] };
        let stages = [WishStage::Confirmed, refused.clone()];
        let Some(WishEnd::InPart(queues)) = end(rolled_back(), &stages) else { panic!() };
        assert_eq!(queues, [(QueueName("queue-0".into()), WishStage::Confirmed), (QueueName("queue-1".into()), refused.clone())]);
        assert_eq!(end(rolled_back(), &[refused.clone(), refused.clone()]), Some(WishEnd::RolledBack(problem)));
        assert_eq!(end(WishProgress::Overdue, &[WishStage::Accepted, WishStage::Pending]), Some(WishEnd::Unconfirmed));
        assert!(matches!(end(WishProgress::Overdue, &[WishStage::Accepted, WishStage::Confirmed]), Some(WishEnd::InPart(_))));
        assert!(matches!(end(WishProgress::AfterCall, &[WishStage::Accepted, refused]), Some(WishEnd::InPart(_))));
        assert_eq!(end(WishProgress::AfterCall, &[WishStage::Accepted]), Some(WishEnd::AfterCall));
        assert_eq!(end(WishProgress::Settled, &[WishStage::Confirmed]), Some(WishEnd::Confirmed));
        assert_eq!(end(WishProgress::Pending, &[WishStage::Pending]), None);
    }
}
