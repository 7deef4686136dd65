//! The request to end the app. The first request counts, but a person or the system that ends Ringside overrides a restart.

use std::{
    future::pending,
    pin::pin,
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
    /// Ringside starts again as the version that was installed meanwhile, or with the copy of its data. Nothing changes at the platform.
    Replaced,
}

impl Ending {
    /// The occasion of which the platform is told.
    fn occasion(self) -> Option<Occasion> {
        match self {
            Self::For(occasion) => Some(occasion),
            Self::Blank | Self::Replaced => None,
        }
    }
}

/// Managed by Tauri; exists once.
#[derive(Debug, Default)]
pub struct Quit {
    asked: watch::Sender<Asked>,
    /// The system ends this process, whatever Ringside does.
    hurried: AtomicBool,
    over: Mutex<bool>,
    now_over: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    ending: Option<Ending>,
    /// It is too late for another ending.
    is_final: bool,
}

impl Quit {
    pub fn ask(&self, ending: Ending) {
        self.asked.send_if_modified(|asked| {
            let is_told = |ending: Ending| ending.occasion().is_some();
            let counts = asked.ending.is_none_or(|first| !asked.is_final && !is_told(first) && is_told(ending));
            if counts {
                asked.ending = Some(ending);
            }
            counts
        });
    }

    pub fn is_asked(&self) -> bool {
        self.ending().is_some()
    }

    pub fn ending(&self) -> Option<Ending> {
        self.asked.borrow().ending
    }

    /// Resolves when the end was requested.
    pub fn asked(&self) -> impl Future<Output = Ending> + Send + use<> {
        self.first(Some)
    }

    /// Resolves with what is found in the ending, when it is.
    fn first<T: Send>(&self, find: fn(Ending) -> Option<T>) -> impl Future<Output = T> + Send + use<T> {
        let mut asked = self.asked.subscribe();
        async move {
            let found = |asked: &Asked| asked.ending.and_then(find);
            match asked.wait_for(|asked| found(asked).is_some()).await.ok().and_then(|asked| found(&asked)) {
                Some(found) => found,
                // The sender exists as long as the app.
                None => pending().await,
            }
        }
    }

    /// Tells the platform of the occasion, if there is one, and then does the work of the farewell. Until that is done, a restart may become
    /// a log-off; then the platform is told at once. Returns the ending, which is final.
    pub async fn say_farewell<T: Future<Output = ()>>(
        &self,
        asked: Ending,
        tell: impl Fn(Occasion) -> T,
        work: impl Future<Output = ()>,
    ) -> Ending {
        let mut work = pin!(work);
        let is_told = tokio::select! {
            biased;
            occasion = self.first(Ending::occasion) => {
                tell(occasion).await;
                work.await;
                true
            }
            () = &mut work => false,
        };
        let ending = self.conclude().unwrap_or(asked);
        if let Some(occasion) = ending.occasion().filter(|_| !is_told) {
            tell(occasion).await;
        }
        ending
    }

    /// Makes the ending final.
    fn conclude(&self) -> Option<Ending> {
        self.asked.send_modify(|asked| asked.is_final = true);
        self.ending()
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

    /// Notes that the farewell is over.
    pub fn finish(&self) {
        self.conclude();
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
            farewell.finish();
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
    fn a_person_or_a_log_off_overrides_a_restart_and_nothing_overrides_them() {
        for restart in [Ending::Blank, Ending::Replaced] {
            let quit = Quit::default();
            quit.ask(restart);
            quit.ask(LOG_OFF);
            assert_eq!(quit.ending(), Some(LOG_OFF));
            for later in [restart, Ending::For(Occasion::Quit)] {
                quit.ask(later);
                assert_eq!(quit.ending(), Some(LOG_OFF), "after {later:?}");
            }
        }
    }

    /// Says the farewell of a restart while `work` is done, which may ask for another ending. Returns how the process ends, and what the platform
    /// was told.
    async fn farewell(quit: &Quit, work: impl Future<Output = ()>) -> (Ending, Vec<Occasion>) {
        let told = Mutex::new(Vec::new());
        let tell = |occasion| {
            locked(&told).push(occasion);
            async {}
        };
        quit.ask(Ending::Replaced);
        let ending = quit.say_farewell(Ending::Replaced, tell, work).await;
        let told = locked(&told).clone();
        (ending, told)
    }

    #[tokio::test]
    async fn a_log_off_during_the_farewell_of_a_restart_is_told_to_the_platform() {
        let quit = Quit::default();
        let work = async {
            quit.ask(LOG_OFF);
            tokio::task::yield_now().await;
        };
        assert_eq!(farewell(&quit, work).await, (LOG_OFF, vec![Occasion::LogOff]));
        let quit = Quit::default();
        assert_eq!(farewell(&quit, async { quit.ask(LOG_OFF) }).await, (LOG_OFF, vec![Occasion::LogOff]), "at its last moment");
    }

    #[tokio::test]
    async fn after_the_farewell_of_a_restart_a_log_off_changes_nothing() {
        let quit = Quit::default();
        assert_eq!(farewell(&quit, async {}).await, (Ending::Replaced, Vec::new()));
        assert!(!quit.end_now(LOG_OFF, Duration::ZERO), "the engine still stops");
        assert_eq!(quit.ending(), Some(Ending::Replaced));
    }

    #[test]
    fn a_person_who_quits_before_the_system_ends_the_process_decides_on_the_farewell() {
        let quit = Quit::default();
        quit.ask(Ending::Blank);
        quit.finish();
        assert!(quit.end_now(LOG_OFF, Duration::ZERO));
        assert_eq!(quit.ending(), Some(Ending::Blank));
    }
}
