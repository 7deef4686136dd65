//! The engine's task: takes inputs from the mailbox, applies them to the session, and carries out the effects.

mod effects;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use ringside_domain::{AfterFailure, Input, Intent, NumberRules, Place, Receipt, Session, ShellReport, Snapshot, Start, WrapUpRules};
use ringside_platform::{Client, Downloads};
use ringside_store::{Store, StoreError};
use ringside_vault::Vault;
use secrecy::SecretString;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Callback, Clock, Exports, Handle, RecordingFolders, TransferLimits,
    config::Config,
    fleet::{self, Fleet, Kept},
    floor::link::Link,
    handle::{CAPTURE, Mail},
    log::Reads,
    lookups::Lookups,
    recordings::{Means, Recordings},
    requests::{Counterpart, Platform, Requests},
    restore::Restored,
    supervise::{keep_running, part_failed, said},
};

/// The number of callbacks that may wait for the engine; the listener answers more with 503, so that the platform repeats them.
const CALLBACKS: usize = 256;

/// The parts that the shell gives to the engine.
pub struct Parts {
    pub store: Store,
    pub vault: Vault,
    /// The platform's client; it signs in when the session asks for it.
    pub client: Client,
    pub clock: Arc<dyn Clock>,
    pub config: Config,
    /// The accesskey for an unattended first start or the demo; the engine puts it into the vault.
    pub accesskey: Option<SecretString>,
    pub demo: bool,
    pub place: Place,
    pub exports: Exports,
    /// Downloads recordings from their links.
    pub downloads: Downloads,
    pub recordings: RecordingFolders,
    pub limits: TransferLimits,
    /// This computer's name, for the company's gateway.
    pub host: String,
    /// Opens a URL with the system's program for it. Blocks.
    pub open: fn(&str) -> Result<(), String>,
    /// The seed of the jitter in polling.
    pub seed: u64,
    /// The first sign-in waits until this resolves, or its sender is dropped. None: it begins at once.
    pub sign_in_after: Option<oneshot::Receiver<()>>,
}

/// Why the engine could not start: the stored data cannot be read.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("what was kept cannot be read: {0}")]
    Store(#[from] StoreError),
    #[error("what was kept cannot be used: {0}")]
    Unusable(String),
}

/// Restores the session and runs it on the current tokio runtime until [`Handle::stop`].
///
/// # Errors
/// If the store cannot be read, or the session cannot be made from its data.
pub fn start(parts: Parts) -> Result<Handle, StartError> {
    let Parts {
        store,
        vault,
        client,
        clock,
        config,
        accesskey,
        demo,
        place,
        exports,
        downloads,
        recordings,
        limits,
        host,
        open,
        seed,
        sign_in_after,
    } = parts;
    let (mail, inbox) = mpsc::unbounded_channel();
    let (callbacks, callback_inbox) = mpsc::channel(CALLBACKS);
    let (publish, snapshots) = watch::channel(Arc::new(Snapshot::empty(clock.now().wall)));
    let reads = Reads::new(store.clone());
    let numbers = Arc::new(NumberRules { prefixes: config.values.number_prefixes.clone() });
    let counterpart = match &config.values.fleet_url {
        None => Counterpart::Platform(Platform::new(client, vault, mail.clone())),
        Some(url) => {
            let means = fleet::Means {
                url: url.clone(),
                ca: config.values.fleet_ca.clone(),
                code: config.values.fleet_code.clone(),
                host,
                version: place.version.clone(),
                vault,
                reads: reads.clone(),
                clock: Arc::clone(&clock),
                mail: mail.clone(),
                callbacks: callbacks.clone(),
            };
            let fleet = Fleet::new(means, Kept::read(&store));
            fleet.start(None);
            Counterpart::Fleet(fleet)
        }
    };
    let capture = config.values.capture.or_else(|| config.is_locked(CAPTURE).then_some(false));
    if let Some((client, on)) = counterpart.client().zip(capture) {
        client.capture().switch(on);
    }
    let recordings = Recordings::new(Means {
        places: recordings,
        limits,
        counterpart: counterpart.clone(),
        downloads,
        clock: Arc::clone(&clock),
        reads: reads.clone(),
        mail: mail.clone(),
        snapshots: snapshots.clone(),
    });
    let floor = Link::default();
    let requests = Requests::new(counterpart, mail.clone(), sign_in_after);
    let handle = Handle {
        mail: mail.clone(),
        callbacks,
        snapshots,
        reads: reads.clone(),
        recordings: recordings.clone(),
        numbers: Arc::clone(&numbers),
        floor: floor.clone(),
        turns: Arc::default(),
        requests: requests.clone(),
    };
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
        floor,
        entries: Arc::default(),
    };
    let engine = core.engine(accesskey, None)?;
    tokio::spawn(async move {
        let cleaned = tokio::spawn(async move { recordings.clean().await });
        if let Err(error) = cleaned.await {
            part_failed("cleaning of the recordings' folders", &error);
        }
    });
    tokio::spawn(keep_running(core, engine, inbox, callback_inbox));
    Ok(handle)
}

/// The parts of the engine that outlive a panic: a new engine is made from them.
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
    pub floor: Link,
    /// The highest number of a ledger entry in this run.
    pub entries: Arc<AtomicU64>,
}

impl Core {
    /// Makes an engine with a session restored from the store. A panic becomes an error, since no stored data may end the program.
    pub fn engine(&self, accesskey: Option<SecretString>, after_failure: Option<AfterFailure>) -> Result<Engine, StartError> {
        let begin = || -> Result<Engine, StartError> {
            let now = self.clock.now();
            let Restored { saved, calls, next_call_id, set_aside, writes } =
                Restored::read(&self.lookups.store, &self.config, &self.place, now.wall)?;
            let values = self.config.values.clone();
            let start = Start {
                saved,
                fresh: self.config.provisioned(),
                passing: self.config.passing(),
                calls,
                set_aside,
                next_call_id,
                demo: self.demo,
                place: self.place.clone(),
                breaks: values.breaks,
                wrap_up: WrapUpRules {
                    seconds: values.wrap_up_seconds,
                    disposition: values.disposition_required,
                    note: values.note_required,
                },
                crm_schemes: values.crm_schemes,
                dispositions: values.dispositions,
                numbers: NumberRules::clone(&self.lookups.numbers),
                seed: self.seed,
                requests_per_second: values.requests_per_second,
                accesskey,
                gateway: match &self.requests.counterpart {
                    Counterpart::Platform(_) => None,
                    Counterpart::Fleet(fleet) => Some(fleet.session_start()),
                },
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

    /// Closes the mailbox and the store. All writes that were begun are on disk when this returns.
    pub async fn close(
        self,
        inbox: &mut mpsc::UnboundedReceiver<Mail>,
        mut callbacks: mpsc::Receiver<Callback>,
        done: Option<oneshot::Sender<()>>,
    ) {
        callbacks.close();
        // These get no receipt, so the platform gets no 200 and may send them again.
        while callbacks.try_recv().is_ok() {}
        inbox.close();
        let Self { lookups: Lookups { store, reads, .. }, requests, .. } = self;
        drop((store, requests));
        let closed = tokio::task::spawn_blocking(move || reads.close()).await;
        if let Err(error) = closed {
            tracing::error!(%error, "the store did not close cleanly");
        }
        if let Some(done) = done {
            // The caller may have given up.
            let _ = done.send(());
        }
    }
}

pub(crate) struct Engine {
    session: Session,
    core: Core,
    /// Set to true to stop the running export.
    stop_export: Arc<AtomicBool>,
    /// Set to true to stop the running check of the archive.
    stop_verification: Arc<AtomicBool>,
}

impl Engine {
    /// Runs until a `Mail::Stop`, whose reply channel it returns, or until the mailbox is closed.
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
                        // The caller may have given up.
                        let _ = reply.send(self.session.recording_link(call));
                    }
                    Some(Mail::Leave { occasion, taken }) => {
                        self.take(Input::Report(ShellReport::Leaving(occasion)), None);
                        // The caller may have given up.
                        let _ = taken.send(());
                    }
                    Some(Mail::Wish { wish, by, made }) => {
                        self.take(Input::Intent(Intent::Wish { wish, by }), None);
                        // The caller may have given up.
                        let _ = made.send(self.session.snapshot().wish.id);
                    }
                    Some(Mail::Stop { done }) => break Some(done),
                    None => break None,
                },
                Some((delivery, receipt)) = callbacks.recv() => {
                    self.core.floor.hear(&delivery, |company| self.session.is_of_another_company(company));
                    self.take(Input::Delivery(delivery), Some(receipt));
                }
                () = due => self.take(Input::Tick, None),
            }
        };
        self.stop_export.store(true, Ordering::Relaxed);
        self.stop_verification.store(true, Ordering::Relaxed);
        self.core.recordings.close().await;
        while let Ok(mail) = inbox.try_recv() {
            // A file that is in the archive needs its row in the manifest.
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
            tracing::warn!("the session named a deadline in the past");
        }
        self.carry_out(effects, receipt, now);
    }
}
