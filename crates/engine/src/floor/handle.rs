//! The handle of the supervisor's desk: the methods behind the commands of its page.

use std::{path::PathBuf, sync::Arc, time::Duration};

use ringside_domain::{
    Account, CampaignId, CheckRules, Dialled, DoNotCall, DoNotCallImported, Extension, FloorChange, FloorEntry, FloorIntent, NumberFilter,
    NumberRow, Problem, ProblemCode, RefusedWords, ServiceExchange, SheetError, SheetLayout, SheetPreview, Timestamp, Topic,
};
use ringside_platform::{PlatformError, Secrets, Service, Written};
use ringside_store::FloorStore;
use secrecy::SecretString;
use tokio::sync::oneshot;

use super::{
    console::{self, Called},
    known::Put,
    listed::{self, Listed},
    saved,
    task::{Core, Mail},
    turns::Turn,
};
use crate::{sign_in::failed, supervise::part_failed};

/// A request that a person waits for is not sent after this time: it would surprise.
const TURN: Duration = Duration::from_secs(30);

/// Cheap to clone. The desk runs until [`FloorHandle::stop`].
#[derive(Clone)]
pub struct FloorHandle {
    core: Core,
    person: Arc<str>,
}

impl std::fmt::Debug for FloorHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FloorHandle").finish_non_exhaustive()
    }
}

impl FloorHandle {
    pub(super) fn new(core: Core, person: String) -> Self {
        Self { core, person: person.into() }
    }

    /// The person at this desk: the number of the agent who is signed in, otherwise the name that was given.
    pub fn person(&self) -> String {
        let agent = self.core.session.snapshots.borrow().agent.agent_id.clone();
        if agent.is_empty() { self.person.to_string() } else { agent }
    }

    /// Whether a campaign of this account, or of any, has hours or limits that nobody keeps without this desk.
    pub fn needs_ringside(&self, of: Option<&Account>) -> bool {
        self.core.needs_ringside(of)
    }

    /// Replaces the watched topics; the newest view of each comes at once.
    pub fn watch_topics(&self, topics: Vec<Topic>) {
        self.core.tell(Mail::Watch(topics));
    }

    /// The page is gone: it watches nothing, and its imports are deleted unless a campaign takes them.
    pub fn page_closed(&self) {
        self.core.tell(Mail::PageClosed { imports: self.core.imports.ids() });
    }

    pub fn floor_intent(&self, intent: FloorIntent) {
        self.core.tell(Mail::Intent { intent, by: self.person() });
    }

    /// Begins an import of a file with this name and size.
    pub async fn import_begin(&self, name: String, bytes: u64) -> Result<u64, Problem> {
        self.core.imports.begin(name, bytes).await
    }

    /// Appends a piece of the file, in Base64.
    pub async fn import_piece(&self, id: u64, piece: String) -> Result<(), Problem> {
        self.core.imports.piece(id, piece).await
    }

    /// Begins an import of the customers of these calls.
    pub async fn import_calls(&self, name: String, calls: Vec<String>) -> Result<u64, Problem> {
        let account = self.core.account();
        let of = account.clone();
        let rows = move |store: &FloorStore, put: &mut Put<'_>| store.customers_of_calls(&account, &calls)?.iter().try_for_each(put);
        self.core.imports.begin_known(name, true, of, rows).await
    }

    /// Begins an import of the customers of this campaign whom no agent reached.
    pub async fn import_unreached(&self, name: String, campaign: CampaignId) -> Result<u64, Problem> {
        let (of, at) = (self.core.account(), self.core.now().wall);
        self.core.imports.begin_known(name, false, of, move |store, put| store.each_unreached(campaign, at, put)).await
    }

    /// Looks at the first rows. Without a layout, columns that were mapped under the same titles before are mapped again.
    pub async fn import_preview(&self, id: u64, layout: Option<SheetLayout>) -> Result<Result<SheetPreview, SheetError>, Problem> {
        self.core.imports.preview(id, self.core.account(), layout).await
    }

    /// Begins to read and check all rows; the topic `Import` tells the progress. A check that is under way is replaced.
    pub async fn import_check(&self, id: u64, layout: SheetLayout, rules: CheckRules) -> Result<(), Problem> {
        let at = self.core.now().wall;
        self.core.imports.check(id, self.core.account(), layout, rules, super::day::day_of(&self.core.zone.now(), at)).await
    }

    pub async fn import_drop(&self, id: u64) -> Result<(), Problem> {
        self.core.imports.forget(id).await
    }

    /// Writes the refused rows to a new file in the folder, and returns its path.
    pub async fn import_save_refused(&self, id: u64, words: RefusedWords, folder: PathBuf) -> Result<PathBuf, Problem> {
        self.core.imports.save_refused(id, words, folder, self.core.now().wall).await
    }

    pub async fn campaign_numbers(
        &self,
        campaign: CampaignId,
        filter: NumberFilter,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<NumberRow>, Problem> {
        self.core.worker.read(move |store| store.numbers(campaign, &filter, skip, limit as u64)).await
    }

    pub async fn campaign_number_count(&self, campaign: CampaignId, filter: NumberFilter) -> Result<u64, Problem> {
        self.core.worker.read(move |store| store.number_count(campaign, &filter)).await
    }

    pub async fn do_not_call_page(&self, text: String, skip: u64, limit: usize) -> Result<Vec<DoNotCall>, Problem> {
        self.core.worker.read(move |store| store.do_not_call(&text, skip, limit as u64)).await
    }

    pub async fn do_not_call_count(&self, text: String) -> Result<u64, Problem> {
        self.core.worker.read(move |store| store.do_not_call_count(&text)).await
    }

    /// Enters a customer's number; it is on disk when this returns.
    pub async fn do_not_call(&self, phone: String, reason: String) -> Result<(), Problem> {
        let DoNotCallImported { new, known, .. } = self.do_not_call_import(phone, reason).await?;
        if new + known == 0 {
            return Err(Problem::new(ProblemCode::BadRequest, "no telephone number", false));
        }
        Ok(())
    }

    /// Takes the first number of each line of a text.
    pub async fn do_not_call_import(&self, text: String, reason: String) -> Result<DoNotCallImported, Problem> {
        let (since, by) = (self.core.now().wall, self.person());
        let reading = tokio::task::spawn_blocking(move || listed::numbers(&text)).await;
        let Listed { phones, not_read } = reading.map_err(|error| part_failed("reading of a do-not-call list", &error))?;
        let entry = |phone: String| DoNotCall { phone, since, by: by.clone(), reason: reason.clone() };
        let entries: Vec<DoNotCall> = phones.into_iter().map(entry).collect();
        if entries.is_empty() {
            return Ok(DoNotCallImported { not_read, ..DoNotCallImported::default() });
        }
        let lines = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let subject = if let [only] = entries.as_slice() { only.phone.clone() } else { lines.to_string() };
        let entered = self.entry("addDoNotCall", subject, "done", reason.clone());
        let entered = self
            .core
            .worker
            .write(move |store| {
                let before = store.do_not_call_count("")?;
                store.apply(&[FloorChange::AddDoNotCall(entries), FloorChange::Enter(entered)])?;
                let new = store.do_not_call_count("")?.saturating_sub(before);
                let new = u32::try_from(new).unwrap_or(u32::MAX);
                Ok(DoNotCallImported { new, known: lines.saturating_sub(new), not_read })
            })
            .await?;
        self.core.tell(Mail::DoNotCallGrew);
        Ok(entered)
    }

    /// Writes the do-not-call list to a new file in the folder, and returns its path.
    pub async fn do_not_call_export(&self, folder: PathBuf) -> Result<PathBuf, Problem> {
        let (zone, at) = (self.core.zone.now(), self.core.now().wall);
        self.core.worker.read(move |store| saved::do_not_call(store, &folder, &zone, at)).await
    }

    pub async fn abandoned_customers(&self, since: Timestamp) -> Result<Vec<Dialled>, Problem> {
        let account = self.core.account();
        self.core.worker.read(move |store| store.abandoned(&account, since)).await
    }

    /// The newest entries of the floor's ledger.
    pub async fn floor_ledger(&self, skip: u64, limit: usize) -> Result<Vec<FloorEntry>, Problem> {
        self.core.worker.read(move |store| store.ledger(skip, limit as u64)).await
    }

    /// The password of an extension. Who asked for it is entered in the ledger before, and the result after; the password itself is kept
    /// nowhere (N21).
    pub async fn password(&self, extension: Extension) -> Result<SecretString, Problem> {
        let turn = self.turn("password").await?;
        let entry = |result: &str, detail: String| self.entry("showPassword", extension.0.clone(), result, detail);
        self.enter(entry("", String::new())).await?;
        let found = self.core.session.requests.counterpart.password(&extension).await;
        turn.end(found.as_ref().map(drop).map_err(Clone::clone), 0);
        self.core.session.requests.learn().await;
        let (result, detail) = match &found {
            Ok(_) => ("done", String::new()),
            Err(problem) => ("failed", problem.detail.clone()),
        };
        self.enter_result(entry(result, detail)).await;
        found
    }

    /// Calls a service of the platform with these fields, for the console.
    pub async fn call_service(&self, service: String, fields: Vec<(String, String)>) -> Result<ServiceExchange, Problem> {
        self.call(console::known(&service)?, fields, Secrets::Masked).await.map(Written::exchange)
    }

    /// Calls a service of the platform with these fields, for `ringside api`.
    pub async fn call_by_hand(&self, service: &str, fields: Vec<(String, String)>, show: Secrets) -> Result<Called, Problem> {
        let service = console::known(service)?;
        self.call(service, fields, show).await.map(|written| Called::of(service, written))
    }

    /// A call that changes something or shows secrets is entered in the ledger, before it is sent and with its result.
    async fn call(&self, service: Service, fields: Vec<(String, String)>, show: Secrets) -> Result<Written, Problem> {
        let Some(client) = self.core.session.requests.counterpart.client() else { return Err(console::not_through_gateway()) };
        let turn = self.turn("console").await?;
        let entry = |result: &str, detail: String| self.entry("callService", service.name().to_owned(), result, detail);
        let is_entered = console::is_entered(service, show);
        if is_entered {
            self.enter(entry("", console::told(&fields, show))).await?;
        }
        let called = client.call_written(service, &fields, show).await;
        let outcome = match &called {
            Ok(written) => written.outcome.as_ref().map(drop).map_err(Problem::from),
            Err(error) => Err(failed(error)),
        };
        turn.end(outcome.clone(), 0);
        self.core.session.requests.learn().await;
        if is_entered {
            let (result, detail) = console::result_of(&outcome);
            self.enter_result(entry(result, detail)).await;
        }
        called.map_err(|error| Problem::from(&error))
    }

    /// Stops the desk. Its transactions that were begun are carried out, and files of imports are deleted.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        self.core.tell(Mail::Stop { done });
        // An error means that the desk has stopped already.
        let _ = stopped.await;
    }

    /// Waits for a turn in the session's budget, at most [`TURN`].
    async fn turn(&self, kind: &'static str) -> Result<Turn, Problem> {
        let (reply, turn) = oneshot::channel();
        self.core.tell(Mail::Turn { kind, reply });
        let until = self.core.clock.now().mono + TURN;
        tokio::select! {
            // A turn that comes later is given back, since nobody takes it.
            () = self.core.clock.sleep_until(until) => {
                let detail = format!("not sent: no turn within {} s", TURN.as_secs());
                Err(Problem::new(ProblemCode::Unreachable, detail, true).known_not_done(true))
            }
            turn = turn => turn.map_err(|_| Problem::from(&PlatformError::NotSignedIn)),
        }
    }

    fn entry(&self, what: &str, subject: String, result: &str, detail: String) -> FloorEntry {
        FloorEntry { at: self.core.now().wall, by: self.person(), what: what.to_owned(), subject, result: result.to_owned(), detail }
    }

    /// Enters what came of a request. The request was sent, so its answer counts even if this fails.
    async fn enter_result(&self, entry: FloorEntry) {
        if let Err(problem) = self.enter(entry).await {
            tracing::warn!(%problem, "a result was not entered in the ledger");
        }
    }

    async fn enter(&self, entry: FloorEntry) -> Result<(), Problem> {
        self.core.worker.write(move |store| store.apply(&[FloorChange::Enter(entry)]).map(drop)).await
    }
}
