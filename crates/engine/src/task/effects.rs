//! Publishes the snapshot and carries out the session's effects. A callback gets its receipt when it is on disk.

use std::sync::{Arc, atomic::Ordering};

use ringside_domain::{Effect, Filter, Input, KeptFile, Now, Problem, ProblemCode, Receipt, RecordingFate, Removal, ShellReport};
use ringside_store::{Fetch, Write};
use ringside_wire::callback;
use tokio::sync::oneshot;

use super::Engine;
use crate::{floor::link::News, handle::Mail, lookups::Lookups, restore::SESSION, supervise::part_failed, trouble};

type LookUp = Box<dyn FnOnce(&Lookups)>;

impl Engine {
    /// Publishes the snapshot first, so that the ring card never waits for the disk.
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>, receipt: Option<oneshot::Sender<Receipt>>, now: Now) {
        self.core.publish.send_if_modified(|published| {
            let next = self.session.snapshot();
            let changed = next.revision != published.revision;
            if next.owner() != published.owner() {
                self.core.requests.counterpart.client().into_iter().for_each(|client| client.capture().clear());
            }
            *published = next;
            changed
        });
        let mut writes = Vec::new();
        // Look-ups start after the writes of this turn, so that they see them.
        let mut lookups: Vec<LookUp> = Vec::new();
        for effect in effects {
            let owner = self.session.snapshot().owner();
            match effect {
                Effect::Ask { id, request } => self.core.requests.send(id, request),
                Effect::Append { payload, received_at } => writes.push(Write::Event { payload: kept(&payload), received_at }),
                Effect::AppendForeign { payload, received_at } if self.core.config.values.keep_foreign => {
                    writes.push(Write::Event { payload: kept(&payload), received_at })
                }
                Effect::AppendForeign { payload, received_at } => {
                    writes.push(Write::ForeignEvent { payload: kept(&payload), received_at });
                }
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
                Effect::FindCall { call } => {
                    let (floor, is_on) = (self.core.floor.clone(), self.session.snapshot().settings.has_supervisor());
                    lookups.push(Box::new(move |lookups| lookups.call_to_return(call, floor, is_on)));
                }
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
                            let problem = Some(part_failed("removal of old data", &error));
                            Removal { at: now.wall, calls: 0, recordings: 0, bytes: 0, failed: 0, problem }
                        });
                        // The engine may have stopped meanwhile.
                        drop(mail.send(Mail::Input(Input::Removed(removal))));
                    });
                }
                Effect::OpenCrm { url } => {
                    let (open, mail) = (self.core.open, self.core.lookups.mail.clone());
                    let opening = tokio::task::spawn_blocking(move || open(&url));
                    tokio::spawn(async move {
                        let problem = match opening.await {
                            Ok(opened) => opened.err().map(|error| {
                                tracing::warn!(%error, "the customer's page could not be opened");
                                Problem::new(ProblemCode::Refused, error, true)
                            }),
                            Err(error) => Some(part_failed("opening of a customer's page", &error)),
                        };
                        // The engine may have stopped meanwhile.
                        drop(mail.send(Mail::Input(Input::Report(ShellReport::Crm(problem)))));
                    });
                }
                Effect::GiveTurn { id } => {
                    if !self.core.floor.tell(News::Turn(id)) {
                        // The engine may have stopped meanwhile.
                        drop(self.core.lookups.mail.send(Mail::Input(Input::TurnDropped { id })));
                    }
                }
                Effect::TurnsLost => drop(self.core.floor.tell(News::TurnsLost)),
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

    /// Sends the writes to the store in order. After the commit it sends the receipt, and reports a failure or recovery of the store.
    pub(super) fn write(&self, writes: Vec<Write>, receipt: Option<oneshot::Sender<Receipt>>) {
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
        // Sending fails only if the engine has stopped meanwhile.
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
                    tracing::warn!(%error, "a batch could not be stored");
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

/// The callback as stored: without a link to a recording.
fn kept(payload: &str) -> String {
    callback::without_link(payload).into_owned()
}

fn fetch(fate: RecordingFate, now: Now) -> Fetch {
    match fate {
        RecordingFate::Kept(KeptFile { file, sha256, size }) => Fetch::Kept { file, sha256, size, at: now.wall },
        RecordingFate::Failed { problem, next_try_at } => Fetch::Failed { error: trouble::to_text(&problem), next_try_at },
    }
}

fn acknowledge(receipt: Option<oneshot::Sender<Receipt>>, word: Receipt) {
    if let Some(receipt) = receipt {
        // The listener's connection may be closed.
        let _ = receipt.send(word);
    }
}
