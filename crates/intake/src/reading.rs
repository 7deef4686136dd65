//! Makes rows of customers from the cells of a file.

use std::ops::ControlFlow;

use ringside_domain::{Column, Customer, NumberRules, ReadRow, RowRefusal, SheetLayout, clean};

use crate::{
    SheetFailure, Zone,
    cell::{Cell, Cells},
    number::{self, Question, Reading, Statistics},
    source::{Choice, Each, Source},
    time,
};

/// So many rows are looked at before a file is read.
const SAMPLE: usize = 10_000;
/// The longest text of a cell that is shown, in characters.
const SHOWN: usize = 200;

/// How the rows of one file are read.
pub(crate) struct Plan<'a> {
    layout: &'a SheetLayout,
    choice: Choice,
    numbers: &'a NumberRules,
    zone: &'a Zone<'a>,
    statistics: Statistics,
    /// A row of the sample had cells beyond the last column.
    pub columns_cut: bool,
}

impl<'a> Plan<'a> {
    /// Looks at the first rows, since they show which damage to expect.
    pub fn new(source: &mut Source, layout: &'a SheetLayout, numbers: &'a NumberRules, zone: &'a Zone<'a>) -> Result<Self, SheetFailure> {
        let choice = Choice { encoding: layout.encoding, separator: layout.separator, sheet: layout.sheet.clone() };
        let mut plan = Self { layout, choice, numbers, zone, statistics: Statistics::default(), columns_cut: false };
        let mut statistics = Statistics::default();
        let (mut cells, mut rows) = (Cells::default(), 0);
        plan.rows(source, &mut cells, &mut |_, cells| {
            if let Some(cell) = plan.cell(cells, Column::Number) {
                statistics.see(cell);
            }
            rows += 1;
            if rows < SAMPLE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        plan.statistics = statistics;
        plan.columns_cut = cells.cut;
        Ok(plan)
    }

    /// Gives the rows without the header.
    pub fn rows(&self, source: &mut Source, cells: &mut Cells, each: &mut Each<'_>) -> Result<(), SheetFailure> {
        let mut is_header = self.layout.has_header;
        source.rows(&self.choice, cells, &mut |row, cells| {
            if std::mem::take(&mut is_header) { ControlFlow::Continue(()) } else { each(row, cells) }
        })
    }

    fn cell<'c>(&self, cells: &'c Cells, column: Column) -> Option<&'c Cell> {
        let at = self.layout.columns.iter().position(|meaning| *meaning == Some(column))?;
        cells.all().get(at)
    }

    /// The text of the cell with the number.
    pub fn text(&self, cells: &Cells) -> String {
        self.cell(cells, Column::Number).map(|cell| shown(&cell.text)).unwrap_or_default()
    }

    /// Reads a row: one customer, or one for each number of its cell; the first comes with the question that the cell raises.
    pub fn read(&self, cells: &Cells, each: &mut dyn FnMut(ReadRow, Option<Question>) -> ControlFlow<()>) -> ControlFlow<()> {
        let text = || self.text(cells);
        let Some(cell) = self.cell(cells, Column::Number) else {
            return each(ReadRow::Refused { reason: RowRefusal::Empty, text: text() }, None);
        };
        let (reading, mut question) = number::read(cell, self.numbers, &self.layout.answers, &self.statistics);
        if let Reading::Refused(reason) = reading {
            return each(ReadRow::Refused { reason, text: text() }, question);
        }
        let at = match self.cell(cells, Column::PresetTime).filter(|cell| !cell.is_blank()) {
            None => None,
            Some(cell) => match time::read(&cell.text, self.zone) {
                None => return each(ReadRow::Refused { reason: RowRefusal::BadTime, text: shown(&cell.text) }, question),
                at => at,
            },
        };
        let data = |column| self.cell(cells, column).map(|cell| clean(cell.text.trim()).into_owned()).unwrap_or_default();
        let customer = |phone| Customer {
            phone,
            at,
            agent_id: data(Column::Employee),
            member_id: data(Column::Member),
            customer_id: data(Column::Customer),
            maturity: data(Column::Maturity),
        };
        match reading {
            Reading::Good { phone, repaired } => each(ReadRow::Good { customer: customer(phone), repaired }, question),
            Reading::Several(phones) => {
                phones.into_iter().try_for_each(|phone| each(ReadRow::Good { customer: customer(phone), repaired: true }, question.take()))
            }
            Reading::Doubtful { doubt, proposal } => each(ReadRow::Doubtful { doubt, text: text(), proposal }, question),
            Reading::Refused(reason) => each(ReadRow::Refused { reason, text: text() }, question),
        }
    }
}

/// The text of a cell without harmful characters, cut if it is long.
pub(crate) fn shown(text: &str) -> String {
    let text = clean(text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
