//! Who learns of the end of a task that fails: the engine's own is begun anew once, and after that says plainly that nothing is known.

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

/// A second failure within this is no accident.
const SOON: Duration = Duration::from_secs(60);

/// Of a part's task that panicked, or was cut off by the end of the program.
pub(crate) fn part_failed(part: &str, error: &JoinError) -> Problem {
    tracing::error!(part, %error, "a part of Ringside failed");
    Problem::new(ProblemCode::PartFailed, "", true)
}

/// What a panic said. Never a secret: those cannot be printed.
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
    // With it goes its hold on the store.
    drop(engine);
    core.close(&mut inbox, callbacks, done).await;
}

/// From what is stored; None where that cannot be.
async fn begin_anew(core: &Core) -> Option<Engine> {
    // What the one before handed on is on disk when an empty batch is.
    if let Err(error) = core.lookups.store.write(Vec::new()).await {
        tracing::warn!(%error, "what was handed on last may not be stored");
    }
    let after = AfterFailure {
        requests: core.requests.next_id(),
        entries: core.entries.load(Ordering::Relaxed),
        revision: core.publish.borrow().revision,
    };
    match core.engine(None, Some(after)) {
        Ok(engine) => Some(engine),
        Err(error) => {
            tracing::error!(%error, "the engine could not begin anew");
            None
        }
    }
}

/// Until somebody ends the program: nobody waits for an answer that cannot come.
async fn serve_nobody(inbox: &mut mpsc::UnboundedReceiver<Mail>) -> Option<oneshot::Sender<()>> {
    loop {
        match inbox.recv().await {
            Some(Mail::Stop { done }) => return Some(done),
            // Dropped, which whoever waits is told.
            Some(Mail::Input(_) | Mail::Link { .. } | Mail::Wish { .. } | Mail::Leave { .. }) => {}
            None => return None,
        }
    }
}

impl Core {
    /// At once, so that nothing is shown as true that is not known.
    fn say_unknown(&self, problem: Problem) {
        self.publish.send_modify(|published| *published = Arc::new(published.unknown(problem)));
    }
}
