//! The task: takes what is in the mailbox, lets the session judge, publishes the snapshot, sends the effects on their way.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use ringside_domain::{
    AfterFailure, Effect, Filter, Input, Intent, KeptFile, Now, Place, Problem, ProblemCode, Receipt, RecordingFate, Removal, SavedState,
    Session, ShellReport, Snapshot, Start,
};
use ringside_platform::{Client, Downloads};
use ringside_store::{Fetch, Store, StoreError, Write};
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
    trouble,
};

/// Callbacks that may wait for the engine; beyond, the platform is told to come again (503).
const CALLBACKS: usize = 256;
/// The setting under which what survives a restart is kept.
pub(crate) const SESSION: &str = "session";

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

type LookUp = Box<dyn FnOnce(&Lookups)>;

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
                    Some(Mail::Wish { availability, by, made }) => {
                        self.take(Input::Intent(Intent::SetAvailability { availability, by }), None);
                        // Whoever asked may have given up.
                        let _ = made.send(self.session.snapshot().availability.wish_id);
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

    /// The card never waits for the disk: the snapshot goes out first.
    fn carry_out(&mut self, effects: Vec<Effect>, receipt: Option<oneshot::Sender<Receipt>>, now: Now) {
        self.core.publish.send_if_modified(|published| {
            let next = self.session.snapshot();
            let changed = next.revision != published.revision;
            if next.owner() != published.owner() {
                self.core.requests.client.capture().clear();
            }
            *published = next;
            changed
        });
        let mut writes = Vec::new();
        // After what is written in this turn, so that they see it.
        let mut lookups: Vec<LookUp> = Vec::new();
        for effect in effects {
            let owner = self.session.snapshot().owner();
            match effect {
                Effect::Ask { id, request } => self.core.requests.send(id, request),
                Effect::Append { payload } => writes.push(Write::Event { payload, received_at: now.wall }),
                Effect::AppendForeign { payload } if self.core.config.callbacks.keep_foreign => {
                    writes.push(Write::Event { payload, received_at: now.wall })
                }
                Effect::AppendForeign { payload } => writes.push(Write::ForeignEvent { payload, received_at: now.wall }),
                Effect::KeepMalformed { body, reason } => writes.push(Write::DeadLetter { body, reason, received_at: now.wall }),
                Effect::SaveCall(call) => writes.push(Write::Call(call)),
                Effect::Enter { number, entry } => {
                    self.core.entries.fetch_max(number, Ordering::Relaxed);
                    writes.push(Write::Ledger { number, at: now.wall, entry });
                }
                Effect::SaveNote { call, edit } => writes.push(Write::Note { call, edit }),
                Effect::SaveFetched { scope, span } => writes.push(Write::Fetched { scope, span }),
                Effect::ReadFetched { scope } => lookups.push(Box::new(move |lookups| lookups.fetched(scope))),
                Effect::CountToDo => lookups.push(Box::new(move |lookups| lookups.to_do(owner))),
                Effect::Recall { records } => lookups.push(Box::new(move |lookups| lookups.recall(records))),
                Effect::FindContact { call, number, before } => {
                    lookups.push(Box::new(move |lookups| lookups.contact(owner, call, number, before)));
                }
                Effect::FindCall { call } => lookups.push(Box::new(move |lookups| lookups.call(call))),
                Effect::FindRecording { call } => lookups.push(Box::new(move |lookups| lookups.recording(call))),
                Effect::Export { id, filter, format } => {
                    self.stop_export = Arc::default();
                    let filter = Filter { owner: Some(owner), ..*filter };
                    let (exports, stop) = (self.core.exports.clone(), Arc::clone(&self.stop_export));
                    lookups.push(Box::new(move |lookups| lookups.export(id, exports, filter, format, now.wall, stop)));
                }
                Effect::StopExport => self.stop_export.store(true, Ordering::Relaxed),
                Effect::KeepRecordingUrl { call, url } => writes.push(Write::RecordingUrl { call, url }),
                Effect::SaveRecording { call, fate } => writes.push(Write::Recording { call, fetch: fetch(fate, now) }),
                Effect::LookAtArchive { extension, order, since } => {
                    lookups.push(Box::new(move |lookups| lookups.archive(extension, order, since, now.wall)));
                }
                Effect::FetchRecording { call } => self.core.recordings.archive(call),
                Effect::StopTransfer { call, unless_awaited } => self.core.recordings.stop(call, unless_awaited),
                Effect::VerifyArchive { id } => {
                    self.stop_verification = Arc::default();
                    let (folder, stop) = (self.core.recordings.folder(), Arc::clone(&self.stop_verification));
                    lookups.push(Box::new(move |lookups| lookups.verify(id, folder, now.wall, stop)));
                }
                Effect::StopVerification => self.stop_verification.store(true, Ordering::Relaxed),
                Effect::RemoveOld { calls, recordings } => {
                    let (archive, mail) = (self.core.recordings.clone(), self.core.lookups.mail.clone());
                    let removing = tokio::spawn(async move { archive.remove_old(calls, recordings).await });
                    tokio::spawn(async move {
                        let removal = removing.await.unwrap_or_else(|error| {
                            let problem = Some(part_failed("the removal of what is old", &error));
                            Removal { at: now.wall, calls: 0, recordings: 0, bytes: 0, failed: 0, problem }
                        });
                        // The engine may have stopped when it is done.
                        drop(mail.send(Mail::Input(Input::Removed(removal))));
                    });
                }
                Effect::OpenCrm { url } => {
                    let (open, mail) = (self.core.open, self.core.lookups.mail.clone());
                    let opening = tokio::task::spawn_blocking(move || open(&url));
                    tokio::spawn(async move {
                        let problem = match opening.await {
                            Ok(opened) => opened.err().map(|error| {
                                tracing::warn!(%error, "a customer's page was not opened");
                                Problem::new(ProblemCode::Refused, error, true)
                            }),
                            Err(error) => Some(part_failed("the opening of a page", &error)),
                        };
                        // The engine may have stopped meanwhile.
                        drop(mail.send(Mail::Input(Input::Report(ShellReport::Crm(problem)))));
                    });
                }
                Effect::SaveState(state) => match serde_json::to_string(&*state) {
                    Ok(json) => writes.push(Write::Setting { key: SESSION.to_owned(), json }),
                    Err(error) => tracing::error!(%error, "the state could not be written as JSON"),
                },
            }
        }
        self.write(writes, receipt);
        for look_up in lookups {
            look_up(&self.core.lookups);
        }
    }

    /// Hands the writes on in order; the acknowledgement follows the commit, and the store's health what came of it.
    fn write(&self, writes: Vec<Write>, receipt: Option<oneshot::Sender<Receipt>>) {
        if writes.is_empty() {
            acknowledge(receipt, Receipt::Kept);
            return;
        }
        let changes_log = writes.iter().any(|write| matches!(write, Write::Call(_) | Write::Note { .. }));
        let fetched = writes.iter().find_map(|write| match write {
            Write::Fetched { scope, .. } => Some(scope.clone()),
            _ => None,
        });
        let written = self.core.lookups.store.write(writes);
        let ill = self.session.snapshot().store.is_some();
        let Lookups { mail, reads, .. } = self.core.lookups.clone();
        // The engine may have stopped meanwhile; then nobody needs what is sent.
        tokio::spawn(async move {
            let problem = match written.await {
                Ok(()) => {
                    acknowledge(receipt, Receipt::Kept);
                    if changes_log {
                        let _ = mail.send(Mail::Input(Input::LogChanged));
                    }
                    None
                }
                Err(error) => {
                    acknowledge(receipt, Receipt::NotKept);
                    tracing::warn!(%error, "not stored");
                    Some(Problem::from(&error))
                }
            };
            if let Some(scope) = fetched {
                let asked = scope.clone();
                let spans = match &problem {
                    None => reads.read(move |store| store.fetched(&asked)).await,
                    Some(problem) => Err(problem.clone()),
                };
                let _ = mail.send(Mail::Input(Input::Fetched { scope, spans }));
            }
            if ill || problem.is_some() {
                let _ = mail.send(Mail::Input(Input::Report(ShellReport::Store(problem))));
            }
        });
    }
}

fn fetch(fate: RecordingFate, now: Now) -> Fetch {
    match fate {
        RecordingFate::Kept(KeptFile { file, sha256, size }) => Fetch::Kept { file, sha256, size, at: now.wall },
        RecordingFate::Failed { problem, next_try_at } => Fetch::Failed { error: trouble::to_text(&problem), next_try_at },
    }
}

fn acknowledge(receipt: Option<oneshot::Sender<Receipt>>, word: Receipt) {
    if let Some(receipt) = receipt {
        // The connection that waited for it may be closed.
        let _ = receipt.send(word);
    }
}
