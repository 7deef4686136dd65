//! Files of every kind, made in the test, read through the two functions of the crate.

#![allow(clippy::unwrap_used, clippy::panic)]

mod bad;
mod ods;
mod text;
mod xls;
mod xlsx;

use std::{
    fs,
    io::{Cursor, Write},
    ops::ControlFlow,
    path::PathBuf,
    sync::atomic::AtomicBool,
};

use ringside_domain::{Column, Customer, NumberRules, ReadRow, RowRefusal, SheetError, SheetLayout, SheetPreview, Timestamp};
use ringside_intake::{InRow, SheetFailure, cells, known, preview, read};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

/// A file in a folder of its own, which goes with it.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

fn file(bytes: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers.csv");
    fs::write(&path, bytes).unwrap();
    File { _folder: folder, path }
}

/// The zip file with these parts.
fn zipped<'a>(parts: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A platform whose clock shows 2026-11-29 14:05:00 at 29,140,500 seconds: the zone's function gets every time in one spelling.
fn zone(text: &str) -> Option<Timestamp> {
    let parts: Vec<i64> = text.split(['-', ' ', ':']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [2026, 11, day, hour, minute, second] = parts[..] else { return None };
    Some(Timestamp(((day * 100 + hour) * 100 + minute) * 100_000 + second * 1000))
}

const AT: Option<Timestamp> = Some(Timestamp(29_140_500_000));

impl File {
    fn preview(&self) -> Result<SheetPreview, SheetFailure> {
        self.preview_as(None)
    }

    fn preview_as(&self, layout: Option<&SheetLayout>) -> Result<SheetPreview, SheetFailure> {
        preview(&self.path, layout, &NumberRules::default(), &zone)
    }

    fn rows(&self, layout: &SheetLayout) -> Result<Vec<InRow>, SheetFailure> {
        let mut rows = Vec::new();
        read(&self.path, layout, &NumberRules::default(), &zone, &AtomicBool::new(false), &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// All rows under the layout that the preview guesses; the first of them are the preview's.
    fn guessed(&self) -> Vec<InRow> {
        let preview = self.preview().unwrap();
        let rows = self.rows(&preview.layout).unwrap();
        for (shown, row) in preview.rows.iter().zip(&rows) {
            assert_eq!((shown.row, &shown.read), (row.row, &row.read), "it is sent as it is shown");
        }
        assert_eq!(preview.rows.len(), rows.len().min(100));
        rows
    }

    fn error(&self) -> SheetError {
        self.preview().unwrap_err().error
    }
}

fn customer(phone: &str) -> Customer {
    Customer { phone: phone.to_owned(), ..Customer::default() }
}

fn good(row: u32, customer: Customer) -> (u32, ReadRow) {
    (row, ReadRow::Good { customer, repaired: false })
}

fn repaired(row: u32, phone: &str) -> (u32, ReadRow) {
    (row, ReadRow::Good { customer: customer(phone), repaired: true })
}

fn refused(row: u32, reason: RowRefusal, text: &str) -> (u32, ReadRow) {
    (row, ReadRow::Refused { reason, text: text.to_owned() })
}

fn reads(rows: Vec<InRow>) -> Vec<(u32, ReadRow)> {
    rows.into_iter().map(|row| (row.row, row.read)).collect()
}

/// The first customer of the tables in these tests, with all data.
fn zhang() -> Customer {
    Customer {
        phone: "13800138000".to_owned(),
        at: AT,
        agent_id: "801".to_owned(),
        member_id: "M1".to_owned(),
        customer_id: "C1".to_owned(),
        maturity: "3".to_owned(),
    }
}

const ALL_COLUMNS: [Option<Column>; 6] = [
    Some(Column::Number),
    Some(Column::PresetTime),
    Some(Column::Employee),
    Some(Column::Member),
    Some(Column::Customer),
    Some(Column::Maturity),
];

#[test]
fn the_cells_of_each_row_are_given_in_full_with_the_header() {
    let long = "x".repeat(500);
    let file = file(format!("phone;name\n\n13800138000;\"Li; Wei\"\n138;{long};more\n"));
    let layout = file.preview().unwrap().layout;
    let mut rows = Vec::new();
    cells(&file.path, &layout, &mut |row, cells| {
        rows.push((row, cells));
        ControlFlow::Continue(())
    })
    .unwrap();
    let row = |row: u32, cells: &[&str]| (row, cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    assert_eq!(rows[..2], [row(1, &["phone", "name"]), row(3, &["13800138000", "Li; Wei"])]);
    assert_eq!(rows[2], row(4, &["138", &long, "more"]));
}

#[test]
fn the_number_of_a_known_customer_is_read_as_in_a_file_and_nobody_is_asked() {
    let known = |phone: &str| known(7, Customer { phone: phone.to_owned(), ..zhang() }, &NumberRules::default());
    let sent = |phone: &str, repaired| ReadRow::Good { customer: Customer { phone: phone.to_owned(), ..zhang() }, repaired };
    assert_eq!(known("13800138000").read, sent("13800138000", false), "with all its data");
    assert_eq!(known("+86 138-0013-8000").read, sent("008613800138000", true));
    for (phone, reason) in [("", RowRefusal::Empty), ("12", RowRefusal::Invalid), ("13800138000 x12", RowRefusal::Invalid)] {
        let row = known(phone);
        assert_eq!((row.read, row.question), (ReadRow::Refused { reason, text: phone.to_owned() }, None), "{phone}");
    }
}
