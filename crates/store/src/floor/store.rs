//! [`FloorStore`], the handle.

use std::{
    fmt,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use ringside_domain::{
    Account, Campaign, CampaignCounts, CampaignId, Column, Customer, Dialled, DialledToday, DoNotCall, ElsewhereCalls, ElsewhereTask,
    EndingSeen, FloorEntry, FoundNumbers, NumberFilter, NumberRow, NumberRules, Sought, Span, StoredCampaign, StoredRemoval,
    StoredTeamBreak, Timestamp,
};
use rusqlite::{Connection, TransactionBehavior};

use super::{
    STEPS, account, campaign, counts, dialled, do_not_call, elsewhere, import::Imports, ledger, mapping, page, part, removal, sheet,
    team_break, unreached,
};
use crate::{
    Chain, Opened, StoreError, connection, life, migration, open,
    readers::{READERS, Readers},
};

const FILE: &str = "floor.db";
/// How long another program may hold the database before a write or a read gives up (S7).
const PATIENCE: Duration = Duration::from_secs(5);
/// KiB of pages that the connection that writes keeps in memory: bills are of numbers all over the indexes.
const WRITER_CACHE: i64 = 16 << 10;

/// Cheap to clone. All methods block: a page for milliseconds, the import of a million numbers for seconds. A change is on disk when its
/// method returns; one that fails changes nothing.
#[derive(Clone)]
pub struct FloorStore(Arc<Inner>);

struct Inner {
    writer: Mutex<Connection>,
    readers: Readers,
    imports: Imports,
    /// The rules by which numbers are compared with the do-not-call list.
    numbers: Mutex<Arc<NumberRules>>,
    /// Damage was found: this run is not marked as closed, so that the next start checks the database.
    damaged: AtomicBool,
}

impl FloorStore {
    /// Opens `floor.db` in the folder; creates both if needed. A damaged file is set aside under a name with the time `now`. Rows that an
    /// earlier run staged are removed, and numbers and calls that are old.
    pub fn open(folder: &Path, now: Timestamp) -> Result<(Self, Opened), StoreError> {
        let opened = open::prepare_and_copy(folder, FILE, now, PATIENCE, STEPS)?;
        let store = Self::connect(&opened.file, !opened.on_network, PATIENCE)?;
        if let Err(error) = store.clean(now) {
            tracing::warn!(%error, "old numbers and calls could not be deleted; the next opening tries again");
        }
        Ok((store, opened))
    }

    /// A database in memory, for tests and for a run whose folder cannot be written to (S3).
    pub fn in_memory() -> Result<Self, StoreError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("file:/ringside-floor-{}?vfs=memdb", NUMBER.fetch_add(1, Ordering::Relaxed));
        Self::connect(Path::new(&name), false, PATIENCE)
    }

    pub(crate) fn connect(file: &Path, log: bool, patience: Duration) -> Result<Self, StoreError> {
        let mut writer = connection::writer(file, log, patience, STEPS)?;
        writer.pragma_update(None, "cache_size", -WRITER_CACHE)?;
        migration::run(&mut writer, STEPS)?;
        life::begin(&writer)?;
        if let Err(error) = remove_staged(&writer) {
            // They only take room; the next opening tries again.
            tracing::warn!(%error, "rows that an earlier run staged could not be removed");
        }
        let numbers = do_not_call::known_rules(&writer)?;
        let readers = (0..READERS).map(|_| connection::reader(file, patience)).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Inner {
            writer: Mutex::new(writer),
            readers: Readers::new(readers),
            imports: Imports::default(),
            numbers: Mutex::new(Arc::new(numbers)),
            damaged: AtomicBool::new(false),
        })))
    }

    /// Compares numbers with the do-not-call list by these rules from now on.
    pub fn use_numbers(&self, numbers: &NumberRules) -> Result<(), StoreError> {
        self.write(|db| do_not_call::use_rules(db, numbers))?;
        *self.0.numbers.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(numbers.clone());
        Ok(())
    }

    pub(super) fn number_rules(&self) -> Arc<NumberRules> {
        Arc::clone(&self.0.numbers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// All campaigns by their numbers, also the hidden ones.
    pub fn campaigns(&self, today: Span, since_30_days: Timestamp) -> Result<Vec<StoredCampaign>, StoreError> {
        self.read(|db| {
            let campaigns = campaign::all(db)?;
            let stored = |campaign: Campaign| {
                let (mut parts, mut counts) = (Vec::new(), CampaignCounts::default());
                part::each(db, campaign.id, |part| {
                    part.fates.count(&mut counts);
                    parts.push(part.view());
                    Ok(())
                })?;
                counts::add_calls(db, campaign.id, today, since_30_days, &mut counts)?;
                Ok(StoredCampaign { campaign, parts, counts })
            };
            campaigns.into_iter().map(stored).collect()
        })
    }

    /// The campaigns that may still make calls, without their parts and counts.
    pub fn open_campaigns(&self) -> Result<Vec<Campaign>, StoreError> {
        self.read(campaign::all_open)
    }

    /// The number for a new campaign.
    pub fn next_campaign(&self) -> Result<i64, StoreError> {
        self.read(campaign::next)
    }

    pub fn counts(
        &self,
        campaigns: &[CampaignId],
        today: Span,
        since_30_days: Timestamp,
    ) -> Result<Vec<(CampaignId, CampaignCounts)>, StoreError> {
        self.read(|db| {
            let count = |campaign: &CampaignId| {
                let mut counts = CampaignCounts::default();
                part::each(db, *campaign, |part| {
                    part.fates.count(&mut counts);
                    Ok(())
                })?;
                counts::add_calls(db, *campaign, today, since_30_days, &mut counts)?;
                Ok((*campaign, counts))
            };
            campaigns.iter().map(count).collect()
        })
    }

    /// The numbers of a part that wait: those that are sent.
    pub fn part_numbers(&self, campaign: CampaignId, part: u32) -> Result<Vec<Customer>, StoreError> {
        self.read(|db| Ok(part::get(db, campaign, part).and_then(|part| Ok(page::waiting(db, &part)?))))?
    }

    /// Of each part whose outcome is unknown: its number, and how many of its numbers the dialler called.
    pub fn evidence(&self, campaign: CampaignId) -> Result<Vec<(u32, u32)>, StoreError> {
        self.read(|db| counts::evidence(db, campaign))
    }

    /// The account's calls of the dialler that began in this day. `utc_minutes`: how far the platform's clock is ahead of UTC.
    pub fn today(&self, account: &Account, day: Span, utc_minutes: i32) -> Result<DialledToday, StoreError> {
        self.read(|db| counts::today(db, account::find(db, account)?, day, utc_minutes))
    }

    /// A page of the campaign's numbers that the filter fits, in the order of the parts and of the file.
    pub fn numbers(&self, campaign: CampaignId, filter: &NumberFilter, skip: u64, limit: u64) -> Result<Vec<NumberRow>, StoreError> {
        self.read(|db| page::numbers(db, &self.number_rules(), campaign, filter, (skip, limit)))
    }

    pub fn number_count(&self, campaign: CampaignId, filter: &NumberFilter) -> Result<u64, StoreError> {
        self.read(|db| page::count(db, campaign, filter))
    }

    /// A page of the do-not-call list, newest first: the entries whose number contains the digits of the text.
    pub fn do_not_call(&self, text: &str, skip: u64, limit: u64) -> Result<Vec<DoNotCall>, StoreError> {
        self.read(|db| do_not_call::page(db, &page::digits(text), skip, limit))
    }

    /// The entries of the do-not-call list after this one, newest first; None: from the newest on.
    pub fn do_not_call_after(&self, last: Option<&DoNotCall>, limit: u64) -> Result<Vec<DoNotCall>, StoreError> {
        self.read(|db| do_not_call::after(db, last, limit))
    }

    pub fn do_not_call_count(&self, text: &str) -> Result<u64, StoreError> {
        self.read(|db| do_not_call::count(db, &page::digits(text)))
    }

    /// Whether the number, in any spelling, is on the do-not-call list.
    pub fn must_not_call(&self, phone: &str) -> Result<bool, StoreError> {
        self.read(|db| do_not_call::contains(db, &self.number_rules(), phone))
    }

    /// The customers of these calls, with the data of their campaign.
    pub fn customers_of_calls(&self, account: &Account, keys: &[String]) -> Result<Vec<Customer>, StoreError> {
        self.read(|db| dialled::customers(db, account::find(db, account)?, keys))
    }

    /// Gives each customer of the campaign whom no agent reached to `put`, except those who were removed from it.
    pub fn each_unreached(
        &self,
        campaign: CampaignId,
        now: Timestamp,
        put: &mut dyn FnMut(&Customer) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.read(|db| Ok(unreached::each(db, &self.number_rules(), campaign, now, put)))?
    }

    /// The account's customers whose last answered call of the dialler since then reached no agent, each with that call, newest first.
    /// Customers on the do-not-call list, and those whom another call reached since, are left out.
    pub fn abandoned(&self, account: &Account, since: Timestamp) -> Result<Vec<Dialled>, StoreError> {
        self.read(|db| dialled::abandoned(db, account::find(db, account)?, &self.number_rules(), since))
    }

    /// The dialler's calls of the account since then that belong to no campaign of this desk.
    pub fn elsewhere(&self, account: &Account, since: Timestamp) -> Result<ElsewhereCalls, StoreError> {
        self.read(|db| elsewhere::calls(db, account::find(db, account)?, since))
    }

    /// The tasks made elsewhere that were named, with their accounts, the newest first.
    pub fn elsewhere_tasks(&self) -> Result<Vec<(Account, ElsewhereTask)>, StoreError> {
        self.read(elsewhere::tasks)
    }

    /// The accepted numbers of a campaign without a call whose preset time is before, and not before, this time.
    pub fn preset(&self, campaign: CampaignId, at: Timestamp) -> Result<(u32, u32), StoreError> {
        self.read(|db| counts::preset(db, campaign, at))
    }

    /// The most frequent endings of a campaign's last unanswered calls.
    pub fn endings(&self, campaign: CampaignId) -> Result<Vec<EndingSeen>, StoreError> {
        self.read(|db| dialled::endings(db, campaign))
    }

    /// The team breaks that are not over.
    pub fn team_breaks(&self) -> Result<Vec<StoredTeamBreak>, StoreError> {
        self.read(team_break::all)
    }

    /// The wishes to remove numbers that are not carried out, in their order.
    pub fn removals(&self) -> Result<Vec<StoredRemoval>, StoreError> {
        self.read(removal::all)
    }

    /// Those of the campaign's numbers that are looked for.
    pub fn find_numbers(&self, campaign: CampaignId, sought: &Sought) -> Result<FoundNumbers, StoreError> {
        self.read(|db| match sought {
            Sought::Typed(phones) => part::spelled(db, campaign, phones),
            Sought::Listed => do_not_call::at_the_platform(db, &self.number_rules(), campaign),
        })
    }

    /// Of each account: all its bills of the dialler that began before this time are stored.
    pub fn dialled_until(&self) -> Result<Vec<(Account, Timestamp)>, StoreError> {
        self.read(account::dialled_until)
    }

    /// The meaning of the columns that was saved under these titles.
    pub fn mapping(&self, titles: &[String]) -> Result<Option<Vec<Option<Column>>>, StoreError> {
        self.read(|db| Ok(mapping::get(db, titles)))?
    }

    pub fn save_mapping(&self, titles: &[String], columns: &[Option<Column>]) -> Result<(), StoreError> {
        self.write(|db| mapping::put(db, titles, columns))
    }

    /// A page of the ledger, newest first.
    pub fn ledger(&self, skip: u64, limit: u64) -> Result<Vec<FloorEntry>, StoreError> {
        self.read(|db| ledger::page(db, skip, limit))
    }

    /// Checks the ledger's chain of hashes. `each` gets every entry before the first that does not fit.
    pub fn verify_ledger(&self, each: impl FnMut(FloorEntry)) -> Result<Chain, StoreError> {
        self.read(|db| ledger::verify(db, each))
    }

    pub(super) fn imports(&self) -> &Imports {
        &self.0.imports
    }

    pub(crate) fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        // One moment for all that the query reads.
        let query = |db: &Connection| {
            let reading = db.unchecked_transaction()?;
            query(&reading)
        };
        self.0.readers.with(query).map_err(|error| self.note(error.into()))
    }

    /// Makes the change in a transaction of its own; if it fails, nothing is changed.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut db = self.writer();
        let write = || {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let changed = change(&transaction)?;
            transaction.commit()?;
            Ok(changed)
        };
        write().map_err(|error| self.note(error))
    }

    /// A panic in a change rolled its transaction back, so the connection is sound.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Damaged(_)) {
            self.0.damaged.store(true, Ordering::Relaxed);
        }
        error
    }
}

fn remove_staged(db: &Connection) -> Result<(), StoreError> {
    for staged in sheet::staged(db)? {
        while sheet::delete_some(db, staged)? {}
    }
    Ok(())
}

impl fmt::Debug for FloorStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FloorStore").finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if *self.damaged.get_mut() {
            return;
        }
        if let Err(error) = life::end(self.writer.get_mut().unwrap_or_else(PoisonError::into_inner)) {
            tracing::warn!(%error, "the floor's database could not be marked as closed; the next start checks it");
        }
    }
}
