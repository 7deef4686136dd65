//! The task: takes what is in the mailbox, lets the session judge, and has the effects carried out.

mod effects;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use ringside_domain::{AfterFailure, Input, Intent, Place, Receipt, SavedState, Session, ShellReport, Snapshot, Start};
use ringside_platform::{Client, Downloads};
use ringside_store::{Store, StoreError};
use ringside_vault::Vault;
use secrecy::SecretString;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Callback, Clock, Exports, Handle, Places, TransferLimits,
    config::Config,
    handle::Mail,
    log::Reads,
    lookups::Lookups,
    recordings::{Means, Recordings},
    requests::Requests,
    restore::Restored,
    supervise::{keep_running, part_failed, said},
};

/// Callbacks that may wait for the engine; beyond, the platform is told to come again (503).
const CALLBACKS: usize = 256;

/// What the engine is given.
pub struct Parts {
    pub store: Store,
    pub vault: Vault,
    /// The platform's client; it signs in when the session says so.
    pub client: Client,
    pub clock: Arc<dyn Clock>,
    pub config: Config,
    /// Given for this start (unattended installation, demo); kept in the vault from then on.
    pub accesskey: Option<SecretString>,
    pub demo: bool,
    pub place: Place,
    pub exports: Exports,
    /// Fetches recordings by their links.
    pub downloads: Downloads,
    pub recordings: Places,
    pub limits: TransferLimits,
    /// Opens an address with the system's program for it; blocks.
    pub open: fn(&str) -> Result<(), String>,
    /// Seeds the jitter of polling.
    pub seed: u64,
}

/// The engine could not begin: what is kept cannot be read.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("what was kept cannot be read: {0}")]
    Store(#[from] StoreError),
    #[error("what was kept cannot be used: {0}")]
    Unusable(String),
}

/// Restores the session and runs it on the current runtime, until [`Handle::stop`].
pub fn start(parts: Parts) -> Result<Handle, StartError> {
    let Parts { store, vault, client, clock, config, accesskey, demo, place, exports, downloads, recordings, limits, open, seed } = parts;
    let (mail, inbox) = mpsc::unbounded_channel();
    let (callbacks, callback_inbox) = mpsc::channel(CALLBACKS);
    let (publish, snapshots) = watch::channel(Arc::new(Snapshot::empty(clock.now().wall)));
    let reads = Reads::new(store.clone());
    let numbers = Arc::new(config.log.numbers.clone());
    let recordings = Recordings::new(Means {
        places: recordings,
        limits,
        client: client.clone(),
        downloads,
        clock: Arc::clone(&clock),
        reads: reads.clone(),
        mail: mail.clone(),
        snapshots: snapshots.clone(),
    });
    let handle = Handle {
        mail: mail.clone(),
        callbacks,
        snapshots,
        client: client.clone(),
        reads: reads.clone(),
        recordings: recordings.clone(),
        numbers: Arc::clone(&numbers),
    };
    let requests = Requests::new(client, vault, mail.clone());
    let lookups = Lookups { store, reads, numbers, mail };
    let core = Core {
        lookups,
        exports,
        recordings: recordings.clone(),
        open,
        clock,
        requests,
        publish,
        config,
        place,
        demo,
        seed,
        entries: Arc::default(),
    };
    let engine = core.engine(accesskey, None)?;
    tokio::spawn(async move {
        let cleaned = tokio::spawn(async move { recordings.clean().await });
        if let Err(error) = cleaned.await {
            part_failed("the cleaning of the recordings' folders", &error);
        }
    });
    tokio::spawn(keep_running(core, engine, inbox, callback_inbox));
    Ok(handle)
}

/// What an engine is made of, and another one after it should it fail.
#[derive(Clone)]
pub(crate) struct Core {
    pub lookups: Lookups,
    exports: Exports,
    recordings: Recordings,
    open: fn(&str) -> Result<(), String>,
    clock: Arc<dyn Clock>,
    pub requests: Requests,
    pub publish: watch::Sender<Arc<Snapshot>>,
    config: Config,
    place: Place,
    demo: bool,
    seed: u64,
    /// Entries of the ledger so far in this run.
    pub entries: Arc<AtomicU64>,
}

impl Core {
    /// With a session from what is stored. Nothing that is stored may end the program, so what a panic says is an error here.
    pub fn engine(&self, accesskey: Option<SecretString>, after_failure: Option<AfterFailure>) -> Result<Engine, StartError> {
        let begin = || -> Result<Engine, StartError> {
            let now = self.clock.now();
            let Restored { saved, calls, next_call_id, set_aside, writes } =
                Restored::read(&self.lookups.store, &self.config, &self.place, now.wall)?;
            let mut fresh = SavedState::default();
            self.config.provision(&mut fresh);
            let start = Start {
                saved,
                fresh,
                calls,
                set_aside,
                next_call_id,
                demo: self.demo,
                place: self.place.clone(),
                breaks: self.config.agent.breaks.clone(),
                wrap_up: self.config.wrap_up.clone(),
                crm_schemes: self.config.crm_schemes.clone(),
                dispositions: self.config.log.dispositions.clone(),
                numbers: self.config.log.numbers.clone(),
                seed: self.seed,
                requests_per_second: self.config.requests_per_second(),
                accesskey,
                after_failure,
            };
            let (session, effects) = Session::new(start, now);
            let (stop_export, stop_verification) = (Arc::default(), Arc::default());
            let mut engine = Engine { session, core: self.clone(), stop_export, stop_verification };
            if !writes.is_empty() {
                engine.write(writes, None);
            }
            engine.carry_out(effects, None, now);
            Ok(engine)
        };
        catch_unwind(AssertUnwindSafe(begin)).unwrap_or_else(|panic| Err(StartError::Unusable(said(&*panic))))
    }

    /// What was begun to be stored is stored when this ends.
    pub async fn close(
        self,
        inbox: &mut mpsc::UnboundedReceiver<Mail>,
        mut callbacks: mpsc::Receiver<Callback>,
        done: Option<oneshot::Sender<()>>,
    ) {
        callbacks.close();
        // Answered by nobody: the platform may send them again.
        while callbacks.try_recv().is_ok() {}
        inbox.close();
        let Self { lookups: Lookups { store, reads, .. }, requests, .. } = self;
        drop((store, requests));
        let closed = tokio::task::spawn_blocking(move || reads.close()).await;
        if let Err(error) = closed {
            tracing::error!(%error, "the store did not close cleanly");
        }
        if let Some(done) = done {
            // Whoever asked may have given up.
            let _ = done.send(());
        }
    }
}

pub(crate) struct Engine {
    session: Session,
    core: Core,
    /// Of the export that goes on: whether it is to stop.
    stop_export: Arc<AtomicBool>,
    /// Of the check of the archive that goes on: whether it is to stop.
    stop_verification: Arc<AtomicBool>,
}

impl Engine {
    /// Until it is stopped, or nobody is left who could stop it.
    pub async fn run(
        &mut self,
        inbox: &mut mpsc::UnboundedReceiver<Mail>,
        callbacks: &mut mpsc::Receiver<Callback>,
    ) -> Option<oneshot::Sender<()>> {
        let done = loop {
            let deadline = self.session.next_deadline();
            let due = async {
                match deadline {
                    Some(deadline) => self.core.clock.sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                mail = inbox.recv() => match mail {
                    Some(Mail::Input(input)) => self.take(input, None),
                    Some(Mail::Link { call, reply }) => {
                        // Whoever asked may have gone; then nobody needs the answer.
                        let _ = reply.send(self.session.recording_link(call));
                    }
                    Some(Mail::Leave { occasion, taken }) => {
                        self.take(Input::Report(ShellReport::Leaving(occasion)), None);
                        // Whoever asked may have given up.
                        let _ = taken.send(());
                    }
                    Some(Mail::Wish { wish, by, made }) => {
                        self.take(Input::Intent(Intent::Wish { wish, by }), None);
                        // Whoever asked may have given up.
                        let _ = made.send(self.session.snapshot().wish.id);
                    }
                    Some(Mail::Stop { done }) => break Some(done),
                    None => break None,
                },
                Some((delivery, receipt)) = callbacks.recv() => self.take(Input::Delivery(delivery), Some(receipt)),
                () = due => self.take(Input::Tick, None),
            }
        };
        self.stop_export.store(true, Ordering::Relaxed);
        self.stop_verification.store(true, Ordering::Relaxed);
        self.core.recordings.close().await;
        while let Ok(mail) = inbox.try_recv() {
            // What is in the archive's folder belongs into its manifest.
            if let Mail::Input(input @ Input::Transferred(_)) = mail {
                self.take(input, None);
            }
        }
        done
    }

    fn take(&mut self, input: Input, receipt: Option<oneshot::Sender<Receipt>>) {
        let now = self.core.clock.now();
        let late = self.session.late_deadlines();
        let effects = self.session.apply(input, now);
        if self.session.late_deadlines() > late {
            tracing::warn!("the rules named a deadline that was past");
        }
        self.carry_out(effects, receipt, now);
    }
}
