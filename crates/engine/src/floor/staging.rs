//! Reading the rows of an imported file, and staging them in the store for the check. Blocks.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ringside_domain::{Account, CheckRules, ImportView, Problem, SheetLayout, SheetPreview, Span};
use ringside_intake::{InRow, SheetFailure};
use ringside_store::{StagedRow, StoreError};
use ringside_wire::moment;

use super::imports::{Import, Imports, State};

/// Rows that are staged in one transaction.
const ROWS: usize = 5000;

/// Without a layout: columns that a person mapped under the same titles before are mapped again.
pub(super) fn preview(imports: &Imports, import: &Import, layout: Option<SheetLayout>) -> Result<SheetPreview, SheetFailure> {
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

/// None: it was stopped, and nobody waits for the result.
pub(super) fn check(
    imports: &Imports,
    import: &Import,
    state: &mut State,
    layout: &SheetLayout,
    (account, rules, today): (&Account, &CheckRules, Span),
    stop: &Arc<AtomicBool>,
) -> Option<ImportView> {
    if state.staged.as_ref() != Some(layout) {
        state.staged = None;
        match stage(imports, import, layout, stop) {
            Ok(()) if stop.load(Ordering::Relaxed) => return None,
            Ok(()) => state.staged = Some(layout.clone()),
            Err(_) if stop.load(Ordering::Relaxed) => return None,
            Err(Failure::File(failure)) => {
                tracing::warn!(%failure, "a file of numbers could not be read");
                return Some(ImportView::Failed { error: failure.error, detail: failure.detail });
            }
            Err(Failure::Store(error)) => return Some(not_stored(&error)),
        }
        remember(imports, import, layout);
    }
    match imports.store().check(import.id, account, rules, today) {
        Ok(check) => Some(ImportView::Checked { check }),
        Err(error) => Some(not_stored(&error)),
    }
}

enum Failure {
    File(SheetFailure),
    Store(StoreError),
}

fn stage(imports: &Imports, import: &Import, layout: &SheetLayout, stop: &AtomicBool) -> Result<(), Failure> {
    let store = imports.store();
    store.drop_import(import.id).map_err(Failure::Store)?;
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
    let mut each = |InRow { row, read, text }: InRow| {
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
    let platform = imports.zone();
    let zone = |text: &str| moment::parse(text, &platform);
    let read = ringside_intake::read(&import.path, layout, imports.numbers(), &zone, stop, &mut each);
    if let Some(error) = failed {
        return Err(Failure::Store(error));
    }
    read.map_err(Failure::File)?;
    flush(&mut rows).map_err(Failure::Store)
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
