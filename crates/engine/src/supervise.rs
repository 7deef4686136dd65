//! Handles panics of tasks. After a panic the engine is restarted from the store; after a second panic within a minute the
//! snapshot says that the engine has failed.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::FutureExt;
use ringside_domain::{AfterFailure, Problem, ProblemCode};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinError,
    time::Instant,
};

use crate::{
    Callback,
    handle::Mail,
    task::{Core, Engine},
};

/// A second panic within this time means that a restart does not help.
const SOON: Duration = Duration::from_secs(60);

/// Logs that a task panicked, or was cancelled at the end of the program, and gives the problem for the session.
pub(crate) fn part_failed(part: &str, error: &JoinError) -> Problem {
    tracing::error!(part, %error, "a part of Ringside failed");
    Problem::new(ProblemCode::PartFailed, "", true)
}

/// The message of a panic. It has no secret, since the types of secrets cannot be printed.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic".to_owned())
}

/// Runs the engine until it is stopped.
pub(crate) async fn keep_running(
    core: Core,
    mut engine: Engine,
    mut inbox: mpsc::UnboundedReceiver<Mail>,
    mut callbacks: mpsc::Receiver<Callback>,
) {
    let mut failed_at: Option<Instant> = None;
    let done = loop {
        let panic = match AssertUnwindSafe(engine.run(&mut inbox, &mut callbacks)).catch_unwind().await {
            Ok(done) => break done,
            Err(panic) => panic,
        };
        let reason = said(&*panic);
        tracing::error!(reason, "the engine failed");
        let is_again = failed_at.replace(Instant::now()).is_some_and(|at| at.elapsed() < SOON);
        core.say_unknown(Problem::new(if is_again { ProblemCode::CoreFailed } else { ProblemCode::CoreRestarted }, &reason, !is_again));
        engine = match if is_again { None } else { begin_anew(&core).await } {
            Some(anew) => anew,
            None => {
                core.say_unknown(Problem::new(ProblemCode::CoreFailed, reason, false));
                callbacks.close();
                break serve_nobody(&mut inbox).await;
            }
        };
    };
    // Releases the engine's clone of the store, so that `close` can close it.
    drop(engine);
    core.close(&mut inbox, callbacks, done).await;
}

/// Makes a new engine from the store; `None` if that fails.
async fn begin_anew(core: &Core) -> Option<Engine> {
    // The store writes in order: when this empty batch is done, the writes of the old engine are on disk.
    if let Err(error) = core.lookups.store.write(Vec::new()).await {
        tracing::warn!(%error, "the last writes of the failed engine may not be stored");
    }
    let after = AfterFailure {
        requests: core.requests.next_id(),
        entries: core.entries.load(Ordering::Relaxed),
        revision: core.publish.borrow().revision,
    };
    match core.engine(None, Some(after)) {
        Ok(engine) => Some(engine),
        Err(error) => {
            tracing::error!(%error, "the engine could not be restarted");
            None
        }
    }
}

/// Receives and drops messages until the engine is stopped, so that no caller waits for an answer that cannot come.
async fn serve_nobody(inbox: &mut mpsc::UnboundedReceiver<Mail>) -> Option<oneshot::Sender<()>> {
    loop {
        match inbox.recv().await {
            Some(Mail::Stop { done }) => return Some(done),
            // Dropping the reply channel ends the caller's wait.
            Some(Mail::Input(_) | Mail::Link { .. } | Mail::Wish { .. } | Mail::Leave { .. }) => {}
            None => return None,
        }
    }
}

impl Core {
    /// Publishes the state as unknown at once, so that nothing unconfirmed is shown as true.
    fn say_unknown(&self, problem: Problem) {
        self.publish.send_modify(|published| *published = Arc::new(published.unknown(problem)));
    }
}
