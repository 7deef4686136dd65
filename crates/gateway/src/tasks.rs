//! Tasks that run as long as the gateway. One that panics ends the program: the service manager starts it again, and what is owed is on disk.

use std::panic::resume_unwind;

use tokio::task::JoinSet;

/// Waits until all tasks have ended. A panic of one goes on in the caller.
pub async fn ended(work: &mut JoinSet<()>) {
    while let Some(ended) = work.join_next().await {
        if let Err(error) = ended
            && let Ok(panic) = error.try_into_panic()
        {
            resume_unwind(panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_goes_on_in_the_task_that_waits_and_an_aborted_task_has_just_ended() {
        let mut work = JoinSet::new();
        work.spawn(std::future::pending()).abort();
        work.spawn(async {});
        ended(&mut work).await;
        work.spawn(async { panic!("a fault") });
        // The other task would be waited for without end.
        work.spawn(std::future::pending());
        let outer = tokio::spawn(async move { ended(&mut work).await });
        assert!(outer.await.unwrap_err().is_panic());
    }
}
