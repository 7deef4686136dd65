//! Imports: staging the rows of a file, checking them, listing the refused ones. An import ends with its process; its rows are in the
//! database only since they may be too many for the memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ringside_domain::{Account, CheckRules, NumberRules, RowRefusal, SheetCheck, Span};
use rusqlite::Connection;

use super::{
    FloorStore, StagedRow, account,
    check::{self, Checked},
    number::{self, Verdict},
    sheet::{self, SheetId},
};
use crate::StoreError;

#[derive(Default)]
pub(super) struct Imports(Mutex<HashMap<u64, Arc<Mutex<Import>>>>);

#[derive(Default)]
pub(super) struct Import {
    /// `None`: it has no rows yet.
    sheet: Option<SheetId>,
    rows: u32,
    /// Its customers are to be called back: the check leaves out those who were reached since.
    is_rescue: bool,
    checked: Option<LastCheck>,
}

struct LastCheck {
    account: Account,
    rules: CheckRules,
    today: Span,
    verdicts: Vec<Verdict>,
}

/// What a campaign takes.
pub(super) struct Ready {
    pub sheet: SheetId,
    pub rows: u32,
    pub is_rescue: bool,
    /// The account that the rows were checked for.
    pub account: Account,
    pub rules: CheckRules,
    pub today: Span,
}

/// A row of a file that is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The row in the file, from 1.
    pub row: u32,
    pub reason: RowRefusal,
    /// As it stands in the file.
    pub text: String,
    /// The number as it was read: one of two in a cell; empty if none was.
    pub phone: String,
}

impl Imports {
    fn all(&self) -> MutexGuard<'_, HashMap<u64, Arc<Mutex<Import>>>> {
        lock(&self.0)
    }

    pub fn get(&self, import: u64) -> Result<Arc<Mutex<Import>>, StoreError> {
        self.all().get(&import).cloned().ok_or_else(|| StoreError::Failed(format!("there is no import {import}")))
    }

    pub fn forget(&self, import: u64) {
        self.all().remove(&import);
    }
}

impl Import {
    /// Its rows with the rules of its last check. `None`: it has no rows.
    pub fn ready(&self, import: u64) -> Result<Option<Ready>, StoreError> {
        let Some(LastCheck { account, rules, today, .. }) = &self.checked else {
            return Err(StoreError::Failed(format!("import {import} was not checked")));
        };
        let (rows, is_rescue) = (self.rows, self.is_rescue);
        Ok(self.sheet.map(|sheet| Ready { sheet, rows, is_rescue, account: account.clone(), rules: rules.clone(), today: *today }))
    }

    /// Its rows are not its own any more. Returns their sheet.
    pub fn end(&mut self) -> Option<SheetId> {
        std::mem::take(self).sheet
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ready {
    /// Checks the rows for this account.
    pub fn check(&self, db: &Connection, account: Option<i64>, numbers: &NumberRules) -> rusqlite::Result<Checked> {
        let mut checked = check::check(db, account, numbers, self.sheet, self.rows, &self.rules, self.today)?;
        if self.is_rescue {
            check::refuse_reached(db, account, numbers, self.sheet, &mut checked)?;
        }
        Ok(checked)
    }
}

impl FloorStore {
    /// Begins an import of customers who are to be called back. Without it, the first rows begin an import.
    pub fn begin_rescue(&self, import: u64) {
        lock(self.imports().all().entry(import).or_default()).is_rescue = true;
    }

    /// Adds rows to the import, in their order and in one transaction; the first call begins it. Other writes wait meanwhile: a call has
    /// a few thousand rows.
    pub fn stage(&self, import: u64, rows: &[StagedRow]) -> Result<(), StoreError> {
        let import = Arc::clone(self.imports().all().entry(import).or_default());
        let mut import = lock(&import);
        let (sheet, first) = (import.sheet, import.rows);
        let end = u32::try_from(rows.len()).ok().and_then(|count| first.checked_add(count));
        let end = end.ok_or_else(|| StoreError::Failed("the import has too many rows".to_owned()))?;
        import.checked = None;
        let sheet = self.write(|db| {
            let sheet = sheet.map_or_else(|| sheet::insert(db), Ok)?;
            number::insert(db, sheet, first, rows)?;
            Ok(sheet)
        })?;
        (import.sheet, import.rows) = (Some(sheet), end);
        Ok(())
    }

    /// Checks all rows of the import for a campaign of this account, also again with other rules. The doubts of the rows are not told:
    /// they are known before the rows are staged.
    pub fn check(&self, import: u64, account: &Account, rules: &CheckRules, today: Span) -> Result<SheetCheck, StoreError> {
        let import = self.imports().get(import)?;
        let mut import = lock(&import);
        let (verdicts, check) = match import.sheet {
            None => (Vec::new(), SheetCheck::default()),
            Some(sheet) => {
                let numbers = self.number_rules();
                let (rows, is_rescue) = (import.rows, import.is_rescue);
                let ready = Ready { sheet, rows, is_rescue, account: account.clone(), rules: rules.clone(), today };
                let Checked { verdicts, check, .. } = self.read(|db| ready.check(db, account::find(db, account)?, &numbers))?;
                (verdicts, check)
            }
        };
        import.checked = Some(LastCheck { account: account.clone(), rules: rules.clone(), today, verdicts });
        Ok(check)
    }

    /// A page of the rows that the last check refused, in the order of the file.
    pub fn refused(&self, import: u64, skip: u64, limit: u64) -> Result<Vec<RefusedRow>, StoreError> {
        let import = self.imports().get(import)?;
        let import = lock(&import);
        let (Some(sheet), Some(checked)) = (import.sheet, &import.checked) else { return Ok(Vec::new()) };
        let refused = (0_u32..).zip(&checked.verdicts).filter_map(|(place, verdict)| Some((place, verdict.refusal()?)));
        let page = refused.skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(usize::try_from(limit).unwrap_or(usize::MAX));
        self.read(|db| {
            page.map(|(place, reason)| {
                let (row, text, phone) = number::text(db, sheet, place)?.unwrap_or_default();
                Ok(RefusedRow { row, reason, text, phone })
            })
            .collect()
        })
    }

    /// Ends the import and deletes its rows. Nothing happens if it ended already.
    pub fn drop_import(&self, import: u64) -> Result<(), StoreError> {
        let Some(import) = self.imports().all().remove(&import) else { return Ok(()) };
        let Some(sheet) = lock(&import).end() else { return Ok(()) };
        while self.write(|db| sheet::delete_some(db, sheet))? {}
        Ok(())
    }
}
