//! The request to end the app. The first request counts.

use std::{
    future::pending,
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringside_domain::Occasion;
use tokio::sync::watch;

use super::locked;

/// Most time for the farewell once the system ends this process: at the end of a session it soon ends a process that does not answer.
pub const LAST_WORDS: Duration = Duration::from_millis(1800);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The platform gets what the settings say for this occasion.
    For(Occasion),
    /// Ringside starts again, since the main window stays blank or cannot be updated. Nothing changes at the platform.
    Blank,
    /// Ringside starts again as the version that was installed meanwhile. Nothing changes at the platform.
    Replaced,
}

/// Managed by Tauri; exists once.
#[derive(Debug, Default)]
pub struct Quit {
    asked: watch::Sender<Option<Ending>>,
    /// The system ends this process, whatever Ringside does.
    hurried: AtomicBool,
    over: Mutex<bool>,
    now_over: Condvar,
}

impl Quit {
    pub fn ask(&self, ending: Ending) {
        self.asked.send_if_modified(|asked| {
            let is_first = asked.is_none();
            asked.get_or_insert(ending);
            is_first
        });
    }

    pub fn is_asked(&self) -> bool {
        self.ending().is_some()
    }

    pub fn ending(&self) -> Option<Ending> {
        *self.asked.borrow()
    }

    /// Resolves when the end was requested.
    pub fn asked(&self) -> impl Future<Output = Ending> + Send + use<> {
        let mut asked = self.asked.subscribe();
        async move {
            match asked.wait_for(Option::is_some).await.ok().and_then(|ending| *ending) {
                Some(ending) => ending,
                // The sender exists as long as the app.
                None => pending().await,
            }
        }
    }

    /// The system is about to end this process: asks for the end, if nobody did, and blocks this thread until the farewell is over, but not
    /// longer than `within`. Returns whether it is over.
    pub fn end_now(&self, ending: Ending, within: Duration) -> bool {
        self.hurried.store(true, Ordering::Relaxed);
        self.ask(ending);
        let over = locked(&self.over);
        *self.now_over.wait_timeout_while(over, within, |over| !*over).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether the system waits for the farewell, and only for a moment.
    pub fn is_hurried(&self) -> bool {
        self.hurried.load(Ordering::Relaxed)
    }

    /// The farewell is over.
    pub fn is_over(&self) {
        *locked(&self.over) = true;
        self.now_over.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread};

    use super::*;

    const LOG_OFF: Ending = Ending::For(Occasion::LogOff);

    #[tokio::test]
    async fn a_process_that_the_system_ends_says_its_farewell_first() {
        let quit = Arc::new(Quit::default());
        let (farewell, said) = (Arc::clone(&quit), Arc::new(Mutex::new(None)));
        let (asked, told) = (quit.asked(), Arc::clone(&said));
        let leaving = tokio::spawn(async move {
            *locked(&told) = Some((asked.await, farewell.is_hurried()));
            farewell.is_over();
        });
        let end = thread::spawn(move || quit.end_now(LOG_OFF, Duration::from_secs(60)));
        leaving.await.unwrap();
        assert!(end.join().unwrap(), "it returns when the farewell is over");
        assert_eq!(*locked(&said), Some((LOG_OFF, true)));
    }

    #[test]
    fn a_farewell_that_never_ends_does_not_keep_the_process() {
        let quit = Quit::default();
        assert!(!quit.end_now(LOG_OFF, Duration::from_millis(50)));
        assert!(quit.is_asked());
    }

    #[test]
    fn a_person_who_quits_before_the_system_ends_the_process_decides_on_the_farewell() {
        let quit = Quit::default();
        quit.ask(Ending::Blank);
        quit.is_over();
        assert!(quit.end_now(LOG_OFF, Duration::ZERO));
        assert_eq!(quit.ending(), Some(Ending::Blank));
    }
}
