//! The shell's own tasks: each runs as long as the app, and its owner is told of each failure.

use std::time::Duration;

use ringside_domain::{Backoff, Problem, ProblemCode};
use tokio::task::JoinHandle;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Starts a task, and starts it again after a growing pause whenever it panics. `failed` is called each time, with the number of failures.
pub fn keep<F>(part: &'static str, begin: impl Fn() -> F + Send + 'static, failed: impl Fn(Problem, u32) + Send + 'static) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(run(part, begin, failed, Backoff::new(FIRST_PAUSE, LONGEST_PAUSE)))
}

async fn run<F>(part: &'static str, begin: impl Fn() -> F, failed: impl Fn(Problem, u32), mut backoff: Backoff)
where
    F: Future<Output = ()> + Send + 'static,
{
    // In a separate task, so that a panic ends only that task.
    while let Err(error) = tokio::spawn(begin()).await {
        if error.is_cancelled() {
            return;
        }
        let pause = backoff.failed(None, 1.0);
        tracing::error!(part, %error, ?pause, "a part of the shell failed and is restarted");
        failed(Problem::new(ProblemCode::PartFailed, part, true), backoff.failures());
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn fs9_a_part_that_panics_is_restarted_and_each_failure_is_reported() {
        let begun = Arc::new(AtomicU32::new(0));
        let (tell, mut told) = mpsc::unbounded_channel();
        let counted = Arc::clone(&begun);
        let short = Backoff::new(Duration::from_millis(1), Duration::from_millis(1));
        let kept = run(
            "a part",
            move || {
                let count = counted.fetch_add(1, Ordering::Relaxed);
                async move { assert!(count >= 2, "broken") }
            },
            move |problem, times| {
                let _ = tell.send((problem.code, times));
            },
            short,
        );
        kept.await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
        assert_eq!(told.recv().await, Some((ProblemCode::PartFailed, 1)));
        assert_eq!(told.recv().await, Some((ProblemCode::PartFailed, 2)));
        assert_eq!(told.recv().await, None, "it ended and is not restarted");
    }
}
