//! Reads files of numbers as a stream of rows: CSV and other text, XLSX, XLS, ODS.
//!
//! [`preview`] looks at a file and guesses its layout; [`read`] reads all rows under a layout. Both decide by the content what kind of file
//! it is, never by its name. A number is repaired if the repair is certain; if it is not, a person is asked once for each kind of damage.
//!
//! Duplicates, other campaigns and the do-not-call list are not the concern of this crate.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod book;
mod cell;
mod columns;
mod failure;
mod number;
mod reading;
mod source;
mod text;
mod time;

use std::{
    ops::ControlFlow,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use ringside_domain::{Column, Customer, NumberRules, PreviewRow, ReadRow, RowRefusal, SheetError, SheetLayout, SheetPreview, clean};

pub use failure::SheetFailure;
pub use number::Question;
pub use time::Zone;

use cell::{Cell, Cells, Kind};
use number::{Reading, Statistics};
use reading::{Plan, shown};
pub(crate) use source::Each;
use source::{Choice, Source};

/// So many rows of a preview are shown.
pub const SHOWN: usize = 100;
/// So many rows decide about header and columns.
const LOOKED_AT: usize = 200;

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InRow {
    /// The row in the file, from 1. A cell with two numbers can make two rows of the same number.
    pub row: u32,
    pub read: ReadRow,
    /// The cell with the number as it stands in the file.
    pub text: String,
    /// What is asked, or was asked and answered, about the cell. Of two numbers of a cell only the first has it.
    pub question: Option<Question>,
}

/// Looks at a file. Without a layout it is guessed; a layout without columns gets them guessed.
pub fn preview(path: &Path, layout: Option<&SheetLayout>, numbers: &NumberRules, zone: &Zone<'_>) -> Result<SheetPreview, SheetFailure> {
    source::with(path, |source| {
        let choice = match layout {
            Some(layout) => Choice { encoding: layout.encoding, separator: layout.separator, sheet: layout.sheet.clone() },
            None => source.guess()?,
        };
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        source.rows(&choice, &mut Cells::default(), &mut |_, cells| {
            rows.push(cells.all().to_vec());
            if rows.len() < LOOKED_AT { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let has_header = layout.map_or_else(|| columns::has_header(&rows), |layout| layout.has_header);
        if rows.len() <= usize::from(has_header) {
            return Err(SheetFailure::new(SheetError::Empty, "no rows"));
        }
        let titles: Vec<String> = if has_header { rows.remove(0).iter().map(|cell| shown(cell.text.trim())).collect() } else { Vec::new() };
        let layout = SheetLayout {
            format: source.format(),
            encoding: choice.encoding,
            separator: choice.separator,
            sheet: choice.sheet,
            has_header,
            columns: match layout.filter(|layout| !layout.columns.is_empty()) {
                Some(layout) => layout.columns.clone(),
                None => columns::recognise(has_header.then_some(&titles), &rows),
            },
            answers: layout.map(|layout| layout.answers.clone()).unwrap_or_default(),
        };
        let plan = Plan::new(source, &layout, numbers, zone)?;
        let rows = first_rows(source, &plan)?;
        let columns_cut = plan.columns_cut;
        Ok(SheetPreview { titles, sheets: source.sheets().to_vec(), rows, columns_cut, layout })
    })
}

fn first_rows(source: &mut Source, plan: &Plan<'_>) -> Result<Vec<PreviewRow>, SheetFailure> {
    let mut rows = Vec::new();
    plan.rows(source, &mut Cells::default(), &mut |row, cells| {
        plan.read(cells, &mut |read, _| {
            rows.push(PreviewRow { row, cells: cells.all().iter().map(|cell| shown(&cell.text)).collect(), read });
            if rows.len() < SHOWN { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    })?;
    Ok(rows)
}

/// Reads all rows of a file, until `stop` is set or `each` breaks off.
pub fn read(
    path: &Path,
    layout: &SheetLayout,
    numbers: &NumberRules,
    zone: &Zone<'_>,
    stop: &AtomicBool,
    each: &mut dyn FnMut(InRow) -> ControlFlow<()>,
) -> Result<(), SheetFailure> {
    if !layout.columns.contains(&Some(Column::Number)) {
        return Err(SheetFailure::new(SheetError::NoNumberColumn, "no column is the number"));
    }
    source::with(path, |source| {
        let plan = Plan::new(source, layout, numbers, zone)?;
        let mut any = false;
        plan.rows(source, &mut Cells::default(), &mut |row, cells| {
            any = true;
            if stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            plan.read(cells, &mut |read, question| each(InRow { row, read, text: plan.text(cells), question }))
        })?;
        if any { Ok(()) } else { Err(SheetFailure::new(SheetError::Empty, "no rows")) }
    })
}

/// Gives the texts of the cells of each row in full, of a header too.
pub fn cells(path: &Path, layout: &SheetLayout, each: &mut dyn FnMut(u32, Vec<String>) -> ControlFlow<()>) -> Result<(), SheetFailure> {
    source::with(path, |source| {
        let choice = Choice { encoding: layout.encoding, separator: layout.separator, sheet: layout.sheet.clone() };
        source.rows(&choice, &mut Cells::default(), &mut |row, cells| {
            each(row, cells.all().iter().map(|cell| clean(&cell.text).into_owned()).collect())
        })
    })
}

/// Reads the number of a customer whose data are known. Nobody is asked about such a number: it is sent or refused.
pub fn known(row: u32, customer: Customer, numbers: &NumberRules) -> InRow {
    let cell = Cell { text: customer.phone.clone(), kind: Kind::Text };
    let text = shown(&customer.phone);
    let read = match number::read(&cell, numbers, &[], &Statistics::default()).0 {
        Reading::Good { phone, repaired } => ReadRow::Good { customer: Customer { phone, ..customer }, repaired },
        Reading::Refused(reason) => ReadRow::Refused { reason, text: text.clone() },
        Reading::Doubtful { .. } | Reading::Several(_) => ReadRow::Refused { reason: RowRefusal::Invalid, text: text.clone() },
    };
    InRow { row, read, text, question: None }
}
