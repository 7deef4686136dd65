//! Reading the rows of an imported file, and staging them in the store for the check. Blocks.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ringside_domain::{
    Account, CheckRules, DoubtFound, ImportView, NumberDoubt, PreviewRow, Problem, ReadRow, SheetCheck, SheetLayout, SheetPreview, Span,
};
use ringside_intake::{InRow, Question, SheetFailure};
use ringside_store::{StagedRow, StoreError};
use ringside_wire::moment;

use super::{
    imports::{Import, Imports, Staged, State},
    known,
};

/// Rows that are staged in one transaction.
const ROWS: usize = 5000;

/// The first rows, each with what becomes of it as far as that is known before the limits of a campaign.
pub(super) fn preview(
    imports: &Imports,
    import: &Import,
    account: &Account,
    layout: Option<SheetLayout>,
) -> Result<SheetPreview, SheetFailure> {
    let mut preview =
        if import.is_known { known::preview(&import.path, imports.numbers(), &imports.zone())? } else { of_file(imports, import, layout)? };
    let phone = |row: &PreviewRow| match &row.read {
        ReadRow::Good { customer, .. } => Some(customer.phone.clone()),
        ReadRow::Doubtful { .. } | ReadRow::Refused { .. } => None,
    };
    let phones: Vec<(usize, String)> = preview.rows.iter().enumerate().filter_map(|(at, row)| Some((at, phone(row)?))).collect();
    match imports.store().foresee(account, &phones.iter().map(|(_, phone)| phone.as_str()).collect::<Vec<_>>()) {
        Ok(foreseen) => {
            for ((at, text), reason) in phones.into_iter().zip(foreseen) {
                if let (Some(row), Some(reason)) = (preview.rows.get_mut(at), reason) {
                    row.read = ReadRow::Refused { reason, text };
                }
            }
        }
        // The check will report this failure.
        Err(error) => tracing::warn!(%error, "the lists for the first rows of a file could not be read"),
    }
    Ok(preview)
}

/// Without a layout: columns that a person mapped under the same titles before are mapped again.
fn of_file(imports: &Imports, import: &Import, layout: Option<SheetLayout>) -> Result<SheetPreview, SheetFailure> {
    let platform = imports.zone();
    let zone = |text: &str| moment::parse(text, &platform);
    let look = |layout: Option<&SheetLayout>| ringside_intake::preview(&import.path, layout, imports.numbers(), &zone);
    let guessed = look(layout.as_ref())?;
    if layout.is_some() || guessed.titles.is_empty() {
        return Ok(guessed);
    }
    match imports.store().mapping(&guessed.titles) {
        Ok(Some(columns)) if columns != guessed.layout.columns => look(Some(&SheetLayout { columns, ..guessed.layout })),
        Ok(_) => Ok(guessed),
        Err(error) => {
            tracing::warn!(%error, "the saved meaning of columns could not be read");
            Ok(guessed)
        }
    }
}

/// Gives the texts of each row in full, of the titles too.
pub(super) fn texts(
    imports: &Imports,
    import: &Import,
    layout: &SheetLayout,
    each: &mut dyn FnMut(u32, Vec<String>) -> ControlFlow<()>,
) -> Result<(), SheetFailure> {
    if import.is_known {
        let zone = imports.zone();
        return known::each(&import.path, &mut |row, customer| each(row, known::cells(&customer, &zone)));
    }
    ringside_intake::cells(&import.path, layout, each)
}

/// None: it was stopped, and nobody waits for the result.
pub(super) fn check(
    imports: &Imports,
    import: &Import,
    state: &mut State,
    layout: &SheetLayout,
    (account, rules, today): (&Account, &CheckRules, Span),
    stop: &Arc<AtomicBool>,
) -> Option<ImportView> {
    if state.staged.as_ref().is_none_or(|staged| staged.layout != *layout) {
        state.staged = None;
        match stage(imports, import, layout, stop) {
            Ok(_) if stop.load(Ordering::Relaxed) => return None,
            Ok(doubts) => state.staged = Some(Staged { layout: layout.clone(), doubts }),
            Err(_) if stop.load(Ordering::Relaxed) => return None,
            Err(Failure::File(failure)) => {
                tracing::warn!(%failure, "a file of numbers could not be read");
                return Some(ImportView::Failed { error: failure.error, detail: failure.detail });
            }
            Err(Failure::Store(error)) => return Some(not_stored(&error)),
        }
        remember(imports, import, layout);
    }
    let doubts = state.staged.as_ref().map(|staged| staged.doubts.clone()).unwrap_or_default();
    match imports.store().check(import.id, account, rules, today) {
        Ok(check) => Some(ImportView::Checked { check: SheetCheck { doubts, ..check } }),
        Err(error) => Some(not_stored(&error)),
    }
}

enum Failure {
    File(SheetFailure),
    Store(StoreError),
}

/// Returns the questions that the rows raise.
fn stage(imports: &Imports, import: &Import, layout: &SheetLayout, stop: &AtomicBool) -> Result<Vec<DoubtFound>, Failure> {
    let store = imports.store();
    store.drop_import(import.id).map_err(Failure::Store)?;
    if import.is_rescue {
        store.begin_rescue(import.id);
    }
    let mut rows = Vec::with_capacity(ROWS);
    let (mut staged, mut failed) = (0_u32, None);
    imports.show(import, ImportView::Checking { rows: 0 });
    let mut flush = |rows: &mut Vec<StagedRow>| -> Result<(), StoreError> {
        store.stage(import.id, rows)?;
        staged = staged.saturating_add(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        rows.clear();
        imports.show(import, ImportView::Checking { rows: staged });
        Ok(())
    };
    let mut doubts: BTreeMap<NumberDoubt, DoubtFound> = BTreeMap::new();
    let mut each = |InRow { row, read, text, question }: InRow| {
        if let Some(Question { doubt, proposal }) = question {
            let first = || DoubtFound { doubt, rows: 0, sample: text.clone(), proposal, answers: doubt.answers().to_vec() };
            doubts.entry(doubt).or_insert_with(first).rows += 1;
        }
        rows.push(StagedRow { row, read, text });
        if rows.len() < ROWS {
            return ControlFlow::Continue(());
        }
        match flush(&mut rows) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    };
    let read = if import.is_known {
        known::each(&import.path, &mut |row, customer| {
            if stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            each(ringside_intake::known(row, customer, imports.numbers()))
        })
    } else {
        let platform = imports.zone();
        let zone = |text: &str| moment::parse(text, &platform);
        ringside_intake::read(&import.path, layout, imports.numbers(), &zone, stop, &mut each)
    };
    if let Some(error) = failed {
        return Err(Failure::Store(error));
    }
    read.map_err(Failure::File)?;
    flush(&mut rows).map_err(Failure::Store)?;
    Ok(doubts.into_values().collect())
}

/// The next file with the same titles is read in the same way.
fn remember(imports: &Imports, import: &Import, layout: &SheetLayout) {
    if !layout.has_header {
        return;
    }
    let platform = imports.zone();
    let zone = |text: &str| moment::parse(text, &platform);
    let titles = ringside_intake::preview(&import.path, Some(layout), imports.numbers(), &zone).map(|preview| preview.titles);
    match titles {
        Ok(titles) if !titles.is_empty() => {
            if let Err(error) = imports.store().save_mapping(&titles, &layout.columns) {
                tracing::warn!(%error, "the meaning of the columns could not be saved");
            }
        }
        Ok(_) => {}
        Err(failure) => tracing::warn!(%failure, "the titles of a file could not be read"),
    }
}

fn not_stored(error: &StoreError) -> ImportView {
    tracing::warn!(%error, "the rows of a file could not be stored");
    ImportView::NotStored { problem: Problem::from(error) }
}
