//! A main window that stays blank is not left at that (T12).

use std::{future::pending, time::Duration};

use ringside_engine::Clock;
use tokio::sync::watch;

/// From when its page runs to the first drawing; that needs no disk.
const PATIENCE: Duration = Duration::from_secs(3);
/// For the web engine to start and to load the page, from a disk that is cold.
const ENGINE_PATIENCE: Duration = Duration::from_secs(15);

/// How far the main window has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Nobody could see it; then nothing is drawn.
    Hidden,
    /// Its page has not been heard of.
    Shown,
    /// Its page runs, and can be seen.
    Runs,
    /// There for good: later a dead page is loaded anew (T11).
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

    /// Resolves once the window's page has been drawn.
    pub async fn drawn(&self) {
        // The sender lives as long as this.
        let _ = self.0.subscribe().wait_for(|view| *view == View::Drawn).await;
    }

    /// False: it was drawn.
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

    /// Nothing here takes so long.
    const MOMENT: Duration = Duration::from_secs(1);

    /// What the watch says of a window that went through these, each for so long.
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
    async fn a_page_that_runs_draws_within_three_seconds_or_the_window_is_blank() {
        assert_eq!(after(&[(View::Runs, PATIENCE - MOMENT)]).await, None);
        assert_eq!(after(&[(View::Runs, PATIENCE)]).await, Some(true));
        assert_eq!(after(&[(View::Runs, PATIENCE - MOMENT), (View::Drawn, PATIENCE)]).await, Some(false));
    }

    #[tokio::test]
    async fn a_page_that_is_not_heard_of_has_longer() {
        assert_eq!(after(&[(View::Shown, ENGINE_PATIENCE - MOMENT)]).await, None);
        assert_eq!(after(&[(View::Shown, ENGINE_PATIENCE)]).await, Some(true));
        assert_eq!(after(&[(View::Shown, ENGINE_PATIENCE - MOMENT), (View::Runs, PATIENCE - MOMENT)]).await, None);
    }

    #[tokio::test]
    async fn what_nobody_can_see_is_not_blank() {
        let day = Duration::from_secs(86_400);
        assert_eq!(after(&[(View::Hidden, day)]).await, None);
        assert_eq!(after(&[(View::Runs, PATIENCE - MOMENT), (View::Hidden, day), (View::Runs, PATIENCE - MOMENT)]).await, None);
    }

    #[tokio::test]
    async fn once_drawn_it_is_drawn() {
        let view = MainView::default();
        view.now_is(View::Drawn);
        view.now_is(View::Runs);
        assert!(!view.stays_blank(&*TurnedClock::new()).await);
    }
}
