//! The handle of the engine: inputs go into its mailbox, snapshots come out.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use ringside_domain::{
    CallId, Captured, CapturedExchange, Delivery, Input, Intent, Membership, NumberRules, Occasion, Problem, ProblemCode, QueueName,
    Receipt, SetBy, ShellReport, SignInView, Snapshot, Wish, WishProgress, WishStage,
};
use ringside_platform::{Client, Exchange};
use ringside_wire::Zone;
use secrecy::SecretString;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

use crate::{
    doctor::{Check, SignedInBy, examine_platform},
    floor::link::Link,
    log::Reads,
    recordings::Recordings,
    requests::{Counterpart, Requests},
};

/// The key of the setting that switches the capture of exchanges.
pub(crate) const CAPTURE: &str = "diagnostics.capture";

/// How long the doctor waits for a sign-in that is under way.
const SIGN_IN: Duration = Duration::from_secs(5);

/// A decoded callback and the channel for its receipt.
pub type Callback = (Delivery, oneshot::Sender<Receipt>);

/// A message in the unbounded mailbox. Callbacks have a bounded one of their own, so that a flood of them cannot block messages.
#[derive(Debug)]
pub(crate) enum Mail {
    Input(Input),
    /// Asks for the recording link of a call; the reply is `None` without a link or after it expired.
    Link {
        call: CallId,
        reply: oneshot::Sender<Option<SecretString>>,
    },
    /// The agent leaves the desk; `taken` is sent when the session has applied it.
    Leave {
        occasion: Occasion,
        taken: oneshot::Sender<()>,
    },
    /// Sets the availability (a wish); `made` gets the `wish_id` of the snapshot.
    Wish {
        wish: Wish,
        by: SetBy,
        made: oneshot::Sender<u64>,
    },
    Stop {
        done: oneshot::Sender<()>,
    },
}

/// The outcome of a change of availability (a wish).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WishEnd {
    /// The platform reports the availability wished for.
    Confirmed,
    /// Accepted; the platform will show it after the call.
    AfterCall,
    /// The platform refused it, or reported another state.
    RolledBack(Problem),
    /// The queues have different outcomes.
    InPart(Vec<(QueueName, WishStage)>),
    /// The platform did not confirm it in time, or another wish replaced it.
    Unconfirmed,
    /// The agent is in no queue, so there is no seat to set.
    NotSignedIn,
}

/// The outcome of the wish with this id; `None` while it is pending.
fn wish_end(now: &Snapshot, number: u64) -> Option<WishEnd> {
    if now.wish.id != number {
        // Another wish replaced it, or the engine was restarted.
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

/// Cheap to clone. The engine runs until [`Handle::stop`].
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) mail: mpsc::UnboundedSender<Mail>,
    pub(crate) callbacks: mpsc::Sender<Callback>,
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(crate) reads: Reads,
    pub(crate) recordings: Recordings,
    pub(crate) numbers: Arc<NumberRules>,
    /// The way to the supervisor's desk, the number of its next turn, and what it must do after its requests.
    pub(crate) floor: Link,
    pub(crate) turns: Arc<AtomicU64>,
    pub(crate) requests: Requests,
}

impl Handle {
    /// The latest snapshot. A slow receiver may miss some.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// The time zone of the platform's clock, if the company's gateway has said it.
    pub fn platform_zone(&self) -> Option<Zone> {
        self.requests.counterpart.zone()
    }

    /// The bounded channel into which the listener puts decoded callbacks.
    pub fn callbacks(&self) -> mpsc::Sender<Callback> {
        self.callbacks.clone()
    }

    /// The newest exchanges with the platform, at most `most`, newest first.
    pub fn captured(&self, most: usize) -> Captured {
        let Some(capture) = self.requests.counterpart.client().map(Client::capture) else {
            return Captured { on: false, count: 0, exchanges: Vec::new() };
        };
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

    /// All captured exchanges as text, to be saved. It contains customer numbers, but no secrets.
    pub fn captured_text(&self) -> String {
        self.requests.counterpart.client().map(|client| client.capture().to_text()).unwrap_or_default()
    }

    /// Switches the capture of exchanges on or off.
    ///
    /// # Errors
    /// If the administrator decides on it.
    pub fn switch_capture(&self, on: bool) -> Result<(), Problem> {
        if self.snapshots.borrow().place.is_locked(CAPTURE) {
            return Err(Problem::new(ProblemCode::SettingLocked, CAPTURE, false));
        }
        if let Some(client) = self.requests.counterpart.client() {
            client.capture().switch(on);
        }
        Ok(())
    }

    pub fn intent(&self, intent: Intent) {
        self.input(Input::Intent(intent));
    }

    pub fn report(&self, report: ShellReport) {
        self.input(Input::Report(report));
    }

    /// Sets the availability and waits for the outcome: at most 10 seconds, by the session's rules.
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
        // An error means that the engine has stopped.
        now.ok().and_then(|now| wish_end(&now, number)).unwrap_or(WishEnd::Unconfirmed)
    }

    /// Does what the user chose for this occasion (such as busy at quit), and waits until the platform has answered that request and the
    /// requests still owed (`Snapshot::owed`), or each has failed once; the next start repeats those. Has no time limit of its own.
    pub async fn take_leave(&self, occasion: Occasion) {
        let (taken, heard) = oneshot::channel();
        if self.mail.send(Mail::Leave { occasion, taken }).is_err() || heard.await.is_err() {
            return;
        }
        let under_way = |snapshot: &Snapshot| snapshot.wish.progress == WishProgress::Pending || snapshot.owed.fresh;
        // An error means that the engine has stopped: no request is under way.
        let _ = self.snapshots().wait_for(|snapshot| !under_way(snapshot)).await;
    }

    /// The URL of a call's recording, until the platform's link expires (N13).
    pub async fn recording_link(&self, call: CallId) -> Option<SecretString> {
        let (reply, answer) = oneshot::channel();
        self.mail.send(Mail::Link { call, reply }).ok()?;
        answer.await.ok().flatten()
    }

    /// Runs the doctor's checks of the platform for the current agent. The state of this run decides whether the agent is signed in: an
    /// accesskey that is stored, but not used here, would show another desk.
    pub async fn examine_platform(&self, tell: impl FnMut(Check) + Send) {
        let mut snapshots = self.snapshots();
        // An error means that the engine has stopped: its last state counts.
        let _ = timeout(SIGN_IN, snapshots.wait_for(|now| now.sign_in != SignInView::Pending)).await;
        let now = Arc::clone(&snapshots.borrow());
        let client = match &self.requests.counterpart {
            Counterpart::Platform(platform) => &platform.client,
            Counterpart::Fleet(fleet) => return fleet.examine(&now.agent.queues, true, Some(&now.sign_in), tell).await,
        };
        examine_platform(client, SignedInBy::Running(&now.sign_in), Some(&now.account), Some(&now.agent), tell).await;
    }

    /// Stops the engine; returns when all writes that it began are on disk.
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
