//! Checking the rows of a sheet against each other, against campaigns, the do-not-call list and earlier calls.
//!
//! Campaigns and calls are read in the order of the numbers' keys, once. In memory are only two keys and a verdict per row, the keys of the
//! do-not-call list, and with limits of attempts 8 bytes per number.

use std::collections::{BTreeMap, BTreeSet};

use ringside_domain::{CheckRules, NumberFate, NumberRules, RowRefusal, SheetCheck, Span};
use rusqlite::Connection;

use super::{
    campaign, dialled,
    do_not_call::Listed,
    number,
    number::Verdict,
    number_key,
    part::{self, Part},
    sheet::SheetId,
};

pub(super) struct Checked {
    /// Of each row, by its place.
    pub verdicts: Vec<Verdict>,
    /// The keys of the good rows with their places, in order.
    pub keys: Vec<(i64, u32)>,
    pub check: SheetCheck,
}

/// Checks all rows of the sheet for this account. To be called within a transaction, so that all that is read is of one moment.
pub(super) fn check(
    db: &Connection,
    account: Option<i64>,
    numbers: &NumberRules,
    sheet: SheetId,
    rows: u32,
    rules: &CheckRules,
    today: Span,
) -> rusqlite::Result<Checked> {
    let mut checked = read(db, &Listed::read(db, numbers)?, sheet, rows)?;
    let Checked { verdicts, keys, check } = &mut checked;
    // Two spellings that the administrator's prefixes make are one customer.
    let mut customers: Vec<(i64, u32)> = keys.iter().map(|(key, place)| (number_key::by_rules_of(numbers, *key), *place)).collect();
    customers.sort_unstable();
    customers.dedup_by(|later, first| {
        let is_same = later.0 == first.0;
        if is_same {
            refuse(verdicts, later.1, RowRefusal::Duplicate);
        }
        is_same
    });

    for other in campaign::sheets(db, account, rules.campaign)? {
        let mut merge = Merge { keys: &customers, at: 0 };
        let parts = part::of_sheet(db, other)?;
        number_key::each(db, other, |key, there| {
            if let Some((_, place)) = merge.find(number_key::by_rules_of(numbers, key))
                && is_in_use(&parts, there)
            {
                refuse(verdicts, place, RowRefusal::InOtherCampaign);
            }
        })?;
    }
    check_attempts(db, account, numbers, rules, today, &customers, verdicts)?;

    keys.sort_unstable();
    keys.retain(|(_, place)| verdicts.get(*place as usize).is_some_and(|verdict| verdict.is_good()));
    count(verdicts, check);
    Ok(checked)
}

/// Refuses the good rows whose customers were reached since the calls for which they are to be called back.
pub(super) fn refuse_reached(
    db: &Connection,
    account: Option<i64>,
    numbers: &NumberRules,
    sheet: SheetId,
    checked: &mut Checked,
) -> rusqlite::Result<()> {
    let mut reached = BTreeSet::new();
    for (_, place) in &checked.keys {
        let Some((_, customer)) = number::get(db, sheet, *place)? else { continue };
        if !dialled::is_missed(db, account, numbers, &customer.phone)? {
            reached.insert(*place);
        }
    }
    checked.keys.retain(|(_, place)| !reached.contains(place));
    reached.iter().for_each(|place| refuse(&mut checked.verdicts, *place, RowRefusal::ReachedSince));
    checked.check = SheetCheck { rows: checked.check.rows, ..SheetCheck::default() };
    count(&checked.verdicts, &mut checked.check);
    Ok(())
}

fn read(db: &Connection, listed: &Listed<'_>, sheet: SheetId, rows: u32) -> rusqlite::Result<Checked> {
    let mut checked = Checked {
        // A row that is missing in the database is not sent.
        verdicts: vec![Verdict::refused(RowRefusal::Invalid); rows as usize],
        keys: Vec::with_capacity(rows as usize),
        check: SheetCheck::default(),
    };
    let mut last_row = None;
    number::each(db, sheet, |place, row, verdict, phone| {
        let Some(slot) = checked.verdicts.get_mut(place as usize) else { return Ok(()) };
        *slot = verdict;
        // Two numbers of one cell have the same row.
        checked.check.rows += u32::from(last_row.replace(row) != Some(row));
        if verdict.is_good() && listed.has(phone) {
            *slot = Verdict::refused(RowRefusal::DoNotCall);
        } else if verdict.is_good() {
            checked.keys.push((number_key::key(phone), place));
        }
        Ok(())
    })?;
    Ok(checked)
}

fn check_attempts(
    db: &Connection,
    account: Option<i64>,
    numbers: &NumberRules,
    rules: &CheckRules,
    today: Span,
    keys: &[(i64, u32)],
    verdicts: &mut [Verdict],
) -> rusqlite::Result<()> {
    let limits = &rules.limits;
    if limits.attempts_in_all.is_none() && limits.attempts_per_day.is_none() {
        return Ok(());
    }
    if let Some(reason) = limits.refusal(0, 0) {
        // No attempt is permitted, not even of numbers without a call, which are not looked at below.
        keys.iter().for_each(|(_, place)| refuse(verdicts, *place, reason));
        return Ok(());
    }
    // The calls of one customer have a key for each spelling.
    let mut calls = vec![(0_u32, 0_u32); keys.len()];
    let mut merge = Merge { keys, at: 0 };
    dialled::each_number(db, account, today.since, |key, in_all, of_today| {
        if let Some(sum) = merge.find(number_key::by_rules_of(numbers, key)).and_then(|(at, _)| calls.get_mut(at)) {
            *sum = (sum.0.saturating_add(in_all), sum.1.saturating_add(of_today));
        }
    })?;
    for ((_, place), (in_all, of_today)) in keys.iter().zip(calls) {
        if let Some(reason) = limits.refusal(in_all, of_today) {
            refuse(verdicts, *place, reason);
        }
    }
    Ok(())
}

/// The first reason counts.
fn refuse(verdicts: &mut [Verdict], place: u32, reason: RowRefusal) {
    if let Some(verdict) = verdicts.get_mut(place as usize).filter(|verdict| verdict.is_good()) {
        *verdict = Verdict::refused(reason);
    }
}

/// Whether the number at this place of a campaign's sheet waits, was taken, or may have been.
pub(super) fn is_in_use(parts: &[Part], place: u32) -> bool {
    let after = parts.partition_point(|part| part.first <= place);
    let fate = after.checked_sub(1).and_then(|at| parts.get(at)).and_then(|part| part.fates.get(place - part.first));
    matches!(fate, Some(NumberFate::Waiting | NumberFate::Taken | NumberFate::Unknown))
}

fn count(verdicts: &[Verdict], check: &mut SheetCheck) {
    let mut refused: BTreeMap<RowRefusal, u32> = BTreeMap::new();
    for verdict in verdicts {
        check.good += u32::from(verdict.is_good());
        check.repaired += u32::from(*verdict == Verdict::REPAIRED);
        if let Some(reason) = verdict.refusal() {
            *refused.entry(reason).or_default() += 1;
        }
    }
    check.refused = refused.into_iter().collect();
}

/// Finds keys that are asked for in ascending order. Keys without their prefixes come in a few ascending runs; the search begins anew at each
/// run.
struct Merge<'a> {
    keys: &'a [(i64, u32)],
    at: usize,
}

impl Merge<'_> {
    /// Where the key is in `keys`, and its place in the sheet.
    fn find(&mut self, key: i64) -> Option<(usize, u32)> {
        if self.at.checked_sub(1).and_then(|before| self.keys.get(before)).is_some_and(|(before, _)| *before >= key) {
            self.at = self.keys.partition_point(|(here, _)| *here < key);
        }
        while self.keys.get(self.at).is_some_and(|(here, _)| *here < key) {
            self.at += 1;
        }
        self.keys.get(self.at).filter(|(here, _)| *here == key).map(|(_, place)| (self.at, *place))
    }
}
