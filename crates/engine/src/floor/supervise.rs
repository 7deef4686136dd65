//! Handles panics of the desk. After a panic the floor is made anew from the store; after a second panic within a minute the desk says that
//! it has failed.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use ringside_domain::{DeskView, Problem, ProblemCode, Topic, TopicEvent, TopicView};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::task::{Core, Desk, Inbox, Mail};
use crate::supervise::said;

/// A second panic within this time means that a restart does not help.
const SOON: Duration = Duration::from_secs(60);

/// Runs the desk until it is stopped, and ends its parts.
pub(super) async fn keep_running(core: Core, desk: Desk, mut inbox: Inbox, views: mpsc::Sender<TopicEvent>) {
    let done = run(&core, desk, &mut inbox, &views).await;
    core.imports.close().await;
    // The transactions that were begun come before this empty job.
    if let Err(problem) = core.worker.write(|_| Ok(())).await {
        tracing::warn!(%problem, "the last transactions of the supervisor's desk may not be stored");
    }
    // The session must not keep the database open.
    core.session.floor.disconnect();
    if let Some(done) = done {
        // The caller may have given up.
        let _ = done.send(());
    }
}

async fn run(core: &Core, mut desk: Desk, inbox: &mut Inbox, views: &mpsc::Sender<TopicEvent>) -> Option<oneshot::Sender<()>> {
    let mut failed_at: Option<Instant> = None;
    loop {
        let panic = match AssertUnwindSafe(desk.run(inbox, views)).catch_unwind().await {
            Ok(done) => return done,
            Err(panic) => panic,
        };
        let reason = said(&*panic);
        tracing::error!(reason, "the supervisor's desk failed");
        let is_again = failed_at.replace(Instant::now()).is_some_and(|at| at.elapsed() < SOON);
        let generation = desk.generation + 1;
        drop(desk);
        desk = match if is_again { None } else { begin_anew(core, generation).await } {
            Some(anew) => anew,
            None => return serve_nobody(inbox, views, Problem::new(ProblemCode::CoreFailed, reason, false)).await,
        };
    }
}

/// Reads the store after all transactions of the failed floor.
async fn begin_anew(core: &Core, generation: u64) -> Option<Desk> {
    let reader = core.clone();
    let start = core.worker.write(move |store| reader.read_start(store)).await;
    let begun = start
        .map_err(|problem| problem.to_string())
        .and_then(|start| Desk::new(core, start, generation).map_err(|error| error.to_string()));
    match begun {
        Ok(desk) => Some(desk),
        Err(error) => {
            tracing::error!(error, "the supervisor's desk could not be restarted");
            None
        }
    }
}

/// Says in every view of the desk that it has failed, and drops all other messages, so that no caller waits for an answer that cannot come.
async fn serve_nobody(inbox: &mut Inbox, views: &mpsc::Sender<TopicEvent>, problem: Problem) -> Option<oneshot::Sender<()>> {
    let view = TopicView::Desk(DeskView { problem: Some(problem), ..DeskView::default() });
    let failed = TopicEvent { topic: Topic::Desk, view };
    let mut is_shown = false;
    loop {
        tokio::select! {
            biased;
            mail = inbox.mail.recv() => match mail {
                Some(Mail::Stop { done }) => return Some(done),
                Some(Mail::Watch(_)) => is_shown = false,
                // Dropping the reply channel ends the caller's wait.
                Some(_) => {}
                None => return None,
            },
            Ok(permit) = views.reserve(), if !is_shown => {
                permit.send(failed.clone());
                is_shown = true;
            }
        }
    }
}
