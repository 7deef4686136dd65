//! Imports of rows that Ringside has, such as the customers of calls. They are kept as data in the import's file, one customer per line, so that
//! no column and no number of them is guessed.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    ops::ControlFlow,
    path::Path,
};

use ringside_domain::{Account, Column, Customer, NumberRules, PreviewRow, Problem, SheetError, SheetFormat, SheetLayout, SheetPreview};
use ringside_intake::{SHOWN, SheetFailure};
use ringside_store::{FloorStore, StoreError};
use ringside_wire::{Zone, moment};

use super::imports::{Import, Imports, blocking};

/// The columns of such rows, in the order in which they are shown and saved.
const COLUMNS: [Column; 6] = [Column::Number, Column::Customer, Column::Employee, Column::Member, Column::Maturity, Column::PresetTime];

/// Puts a customer into an import.
pub(super) type Put<'a> = dyn FnMut(&Customer) -> Result<(), StoreError> + 'a;

impl Imports {
    /// Begins an import of the customers that `rows` puts into it. `is_rescue`: they are to be called back unless they are reached before.
    /// `of`: the account whose customers they are.
    pub async fn begin_known(
        &self,
        name: String,
        is_rescue: bool,
        of: Account,
        rows: impl FnOnce(&FloorStore, &mut Put<'_>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<u64, Problem> {
        let imports = self.clone();
        blocking(move || {
            let (id, path) = imports.place();
            let file = imports.create(&path)?;
            match write(file, |put| rows(imports.store(), put)) {
                Ok(bytes) => {
                    imports.add(Import::known(id, name, bytes, path, is_rescue, of));
                    Ok(id)
                }
                Err(error) => {
                    tracing::warn!(%error, "known rows could not be written");
                    if let Err(error) = fs::remove_file(&path) {
                        tracing::warn!(%error, "an import that failed could not be deleted");
                    }
                    Err(Problem::from(&error))
                }
            }
        })
        .await
    }
}

/// Returns the bytes of the file.
fn write(file: File, rows: impl FnOnce(&mut Put<'_>) -> Result<(), StoreError>) -> Result<u64, StoreError> {
    let mut out = BufWriter::new(file);
    rows(&mut |customer| {
        serde_json::to_writer(&mut out, customer).map_err(io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })?;
    out.flush()?;
    Ok(out.get_ref().metadata()?.len())
}

/// Gives each customer with its row, from 1.
pub(super) fn each(path: &Path, each: &mut dyn FnMut(u32, Customer) -> ControlFlow<()>) -> Result<(), SheetFailure> {
    let unreadable = |detail: String| SheetFailure { error: SheetError::Unreadable, detail };
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut any = false;
    for (row, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line.map_err(|error| unreadable(error.to_string()))?;
        let customer = serde_json::from_str(&line).map_err(|error| unreadable(error.to_string()))?;
        any = true;
        if each(row, customer).is_break() {
            break;
        }
    }
    if any { Ok(()) } else { Err(SheetFailure { error: SheetError::Empty, detail: "no rows".to_owned() }) }
}

pub(super) fn cells(customer: &Customer, zone: &Zone) -> Vec<String> {
    let cell = |column: &Column| match column {
        Column::Number => customer.phone.clone(),
        Column::Customer => customer.customer_id.clone(),
        Column::Employee => customer.agent_id.clone(),
        Column::Member => customer.member_id.clone(),
        Column::Maturity => customer.maturity.clone(),
        Column::PresetTime => customer.at.map(|at| moment::format(at, zone)).unwrap_or_default(),
    };
    COLUMNS.iter().map(cell).collect()
}

/// The first rows. They have no titles: the columns are known by their meaning.
pub(super) fn preview(path: &Path, numbers: &NumberRules, zone: &Zone) -> Result<SheetPreview, SheetFailure> {
    let mut rows = Vec::new();
    each(path, &mut |row, customer| {
        let cells = cells(&customer, zone);
        rows.push(PreviewRow { row, cells, read: ringside_intake::known(row, customer, numbers).read });
        if rows.len() < SHOWN { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let layout = SheetLayout {
        format: SheetFormat::Known,
        encoding: None,
        separator: None,
        sheet: None,
        has_header: false,
        columns: COLUMNS.map(Some).to_vec(),
        answers: Vec::new(),
    };
    Ok(SheetPreview { layout, titles: Vec::new(), sheets: Vec::new(), rows, columns_cut: false })
}
