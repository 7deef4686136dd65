//! Recognises a main window that stays blank (T12).

use std::{future::pending, time::Duration};

use ringside_engine::Clock;
use tokio::sync::watch;

/// Most time from the start of the page's script to its first drawing, which needs no disk.
const PATIENCE: Duration = Duration::from_secs(3);
/// Most time for the web engine to start and to load the page from a slow disk.
const ENGINE_PATIENCE: Duration = Duration::from_secs(15);

/// The state of the main window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The window is hidden, so that nothing is drawn.
    Hidden,
    /// The window is shown; its page has not reported yet.
    Shown,
    /// The window is shown and its page runs.
    Runs,
    /// The page was drawn. This state is final: a page that crashes later is loaded again (T11).
    Drawn,
}

#[derive(Debug)]
pub struct MainView(watch::Sender<View>);

impl Default for MainView {
    fn default() -> Self {
        Self(watch::Sender::new(View::Hidden))
    }
}

impl MainView {
    pub fn now_is(&self, next: View) {
        self.0.send_if_modified(|view| {
            let changes = *view != View::Drawn;
            if changes {
                *view = next;
            }
            changes
        });
    }

    /// Resolves when the window's page has been drawn.
    pub async fn drawn(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|view| *view == View::Drawn).await;
    }

    /// Resolves with true when the window has stayed blank too long, and with false when it is drawn.
    pub async fn stays_blank(&self, clock: &dyn Clock) -> bool {
        let mut view = self.0.subscribe();
        loop {
            let patience = match *view.borrow_and_update() {
                View::Drawn => return false,
                View::Hidden => None,
                View::Shown => Some(ENGINE_PATIENCE),
                View::Runs => Some(PATIENCE),
            };
            let over = async {
                match patience {
                    Some(patience) => reached(clock, clock.now().mono + patience).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                _ = view.changed() => {}
                () = over => return true,
            }
        }
    }
}

async fn reached(clock: &dyn Clock, deadline: Duration) {
    while clock.now().mono < deadline {
        clock.sleep_until(deadline).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ringside_tests::TurnedClock;
    use tokio::task::yield_now;

    use super::*;

    /// Shorter than each limit.
    const MOMENT: Duration = Duration::from_secs(1);

    /// The result for a window that had each of these states for so long; None if there is no result yet.
    async fn after(steps: &[(View, Duration)]) -> Option<bool> {
        let clock = TurnedClock::new();
        let view = Arc::new(MainView::default());
        let watch = tokio::spawn({
            let (clock, view) = (Arc::clone(&clock), Arc::clone(&view));
            async move { view.stays_blank(&*clock).await }
        });
        yield_now().await;
        for (next, stays) in steps {
            view.now_is(*next);
            yield_now().await;
            clock.pass(*stays);
            yield_now().await;
        }
        if watch.is_finished() { Some(watch.await.unwrap()) } else { None }
    }

    #[tokio::test]
    async fn a_running_page_that_draws_nothing_for_three_seconds_is_blank() {
        assert_eq!(after(&[(View::Runs, PATIENCE - MOMENT)]).await, None);
        assert_eq!(after(&[(View::Runs, PATIENCE)]).await, Some(true));
        assert_eq!(after(&[(View::Runs, PATIENCE - MOMENT), (View::Drawn, PATIENCE)]).await, Some(false));
    }

    #[tokio::test]
    async fn a_page_that_does_not_run_yet_has_more_time() {
        assert_eq!(after(&[(View::Shown, ENGINE_PATIENCE - MOMENT)]).await, None);
        assert_eq!(after(&[(View::Shown, ENGINE_PATIENCE)]).await, Some(true));
        assert_eq!(after(&[(View::Shown, ENGINE_PATIENCE - MOMENT), (View::Runs, PATIENCE - MOMENT)]).await, None);
    }

    #[tokio::test]
    async fn a_hidden_window_is_never_blank() {
        let day = Duration::from_secs(86_400);
        assert_eq!(after(&[(View::Hidden, day)]).await, None);
        assert_eq!(after(&[(View::Runs, PATIENCE - MOMENT), (View::Hidden, day), (View::Runs, PATIENCE - MOMENT)]).await, None);
    }

    #[tokio::test]
    async fn a_window_that_was_drawn_is_never_blank() {
        let view = MainView::default();
        view.now_is(View::Drawn);
        view.now_is(View::Runs);
        assert!(!view.stays_blank(&*TurnedClock::new()).await);
    }
}
