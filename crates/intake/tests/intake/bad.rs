//! Bad input: each file is refused with a clear word, and nothing panics.

use std::{fs::OpenOptions, path::Path, sync::atomic::Ordering};

use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::{ods::ods, xls::compound, xlsx::handmade, *};

/// So many spaces are packed into less than a hundredth.
const BOMB: usize = 66 << 20;

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..200 {
        sheet.write_string(row, 0, format!("138{row:08}")).unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn sheet(content: &str) -> String {
    format!("<table:table table:name=\"a\">{content}</table:table>")
}

#[test]
fn a_file_without_rows_is_empty() {
    for text in ["", "\n\n \r\n", "\u{feff}", "phone,name\n", "\0\0\0"] {
        assert_eq!(file(text).error(), SheetError::Empty, "{text:?}");
    }
    let mut book = Workbook::new();
    book.add_worksheet();
    assert_eq!(file(book.save_to_buffer().unwrap()).error(), SheetError::Empty);
    assert_eq!(file(ods(&sheet(""), "")).error(), SheetError::Empty);
    let titles = file("phone,name\n13800138000,x\n");
    let layout = titles.preview().unwrap().layout;
    assert_eq!(file("phone,name\n").rows(&layout).unwrap_err().error, SheetError::Empty);
}

#[test]
fn a_workbook_with_a_password_is_encrypted() {
    let package = compound("EncryptedPackage", &[0; 5000]);
    let manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>";
    for bytes in [package, ods("", manifest), zipped([("encrypted-package", vec![1, 2, 3])])] {
        assert_eq!(file(bytes).error(), SheetError::Encrypted);
    }
}

#[test]
fn a_bomb_is_too_large() {
    let spaces = " ".repeat(BOMB);
    assert_eq!(file(handmade(&spaces, "", "")).error(), SheetError::TooLarge);
    assert_eq!(file(handmade("<row/>", &spaces, "")).error(), SheetError::TooLarge);
    assert_eq!(file(ods(&spaces, "")).error(), SheetError::TooLarge);
    let long = format!("<row><c t=\"str\"><v>{}</v></c></row>", "1".repeat(5 << 20));
    assert_eq!(file(handmade(&long, "", "")).error(), SheetError::TooLarge, "one endless text");
    let row = "<row r=\"4000000000\"><c><v>1</v></c></row>";
    assert_eq!(file(handmade(row, "", "")).error(), SheetError::TooLarge, "a row that cannot be");
}

#[test]
fn a_bomb_that_lies_about_its_size_is_too_large() {
    let mut bytes = handmade(&" ".repeat(BOMB), "", "");
    let size = u32::try_from(BOMB + "<worksheet><sheetData></sheetData></worksheet>".len()).unwrap().to_le_bytes();
    let places: Vec<usize> = bytes.windows(4).enumerate().filter(|(_, window)| *window == size).map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
    }
    assert!(matches!(file(bytes).error(), SheetError::TooLarge | SheetError::Damaged));
}

#[test]
fn entities_are_not_expanded() {
    let texts = "<si><t>&lol;13800138000</t></si>";
    let bytes = handmade("<row><c t=\"s\"><v>0</v></c></row>", texts, "");
    assert_eq!(reads(file(bytes).guessed()), [good(1, customer("13800138000"))]);
}

#[test]
fn a_damaged_file_is_told() {
    let whole = workbook();
    for length in [10, 100, whole.len() / 2, whole.len() - 30] {
        assert_eq!(file(&whole[..length]).error(), SheetError::Damaged, "{length}");
    }
    for bytes in [
        zipped([("a.txt", b"13800138000".to_vec())]),
        zipped([("mimetype", b"application/vnd.oasis.opendocument.text".to_vec()), ("content.xml", b"<x/>".to_vec())]),
        handmade("<row><c><v>1</v>", "", ""),
        compound("Other", b"x"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(),
        b"%PDF-1.7 text".to_vec(),
        b"<html><table><tr><td>13800138000</td></tr></table></html>".to_vec(),
        b"<?xml version=\"1.0\"?><Workbook/>".to_vec(),
        (0..20_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect(),
    ] {
        let file = file(bytes);
        assert_eq!(file.error(), SheetError::Damaged, "{:?}", file.preview());
    }
}

#[test]
fn the_content_counts_and_not_the_name() {
    // Every file of these tests is named numbers.csv.
    assert_eq!(file(workbook()).guessed().len(), 200);
}

#[test]
fn a_file_that_cannot_be_opened_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path(), &folder.path().join("none.csv")] {
        let failure = preview(path, None, &NumberRules::default(), &zone).unwrap_err();
        assert_eq!(failure.error, SheetError::Unreadable);
        assert!(!failure.detail.is_empty());
    }
}

#[test]
fn a_layout_without_a_number_is_refused() {
    let file = file("a,b\nc,d\n");
    let preview = file.preview().unwrap();
    assert_eq!(preview.layout.columns, [None, None], "the columns can still be chosen");
    assert_eq!(file.rows(&preview.layout).unwrap_err().error, SheetError::NoNumberColumn);
}

/// Reads a file that this changes at its first row.
fn changed(bytes: Vec<u8>, change: &dyn Fn(&Path)) -> Result<(), SheetFailure> {
    let file = file(bytes);
    let layout = file.preview().unwrap().layout;
    let mut first = true;
    read(&file.path, &layout, &NumberRules::default(), &zone, &AtomicBool::new(false), &mut |_| {
        if std::mem::take(&mut first) {
            change(&file.path);
        }
        ControlFlow::Continue(())
    })
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told() {
    let text: Vec<u8> = (0..50_000).flat_map(|line| format!("138{line:08}\n").into_bytes()).collect();
    let error = |bytes: &[u8], change: &dyn Fn(&Path)| changed(bytes.to_vec(), change).unwrap_err().error;
    for bytes in [&text[..], &workbook()] {
        assert!(changed(bytes.to_vec(), &|_| {}).is_ok());
        let longer = |path: &Path| OpenOptions::new().append(true).open(path).unwrap().write_all(b"13900139000\n").unwrap();
        assert_eq!(error(bytes, &longer), SheetError::Changed);
        assert_eq!(error(bytes, &|path| OpenOptions::new().write(true).open(path).unwrap().set_len(10).unwrap()), SheetError::Changed);
        assert_eq!(error(bytes, &|path| fs::remove_file(path).unwrap()), SheetError::Changed);
        let same_length = |path: &Path| {
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        };
        assert_eq!(error(bytes, &same_length), SheetError::Changed);
    }
}

#[test]
fn reading_stops_when_it_is_told_to() {
    let file = file((0..1000).map(|line| format!("138{line:08}\n")).collect::<String>());
    let layout = file.preview().unwrap().layout;
    let stop = AtomicBool::new(false);
    let mut rows = 0;
    let mut count = |until: u32, stop: &AtomicBool| {
        rows = 0;
        read(&file.path, &layout, &NumberRules::default(), &zone, stop, &mut |_| {
            rows += 1;
            stop.store(rows == 10, Ordering::Relaxed);
            if rows == until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
        rows
    };
    assert_eq!(count(5, &stop), 5);
    assert_eq!(count(5000, &stop), 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[0-9,;\t\"\r\n\u{0}a张é|]{0,200}") {
        for bytes in [bytes, text.into_bytes()] {
            let file = file(&bytes);
            if let Ok(preview) = file.preview() {
                let rows = file.rows(&preview.layout);
                prop_assert!(rows.is_ok() || !preview.layout.columns.contains(&Some(Column::Number)), "{:?}", rows);
            }
        }
    }

    #[test]
    fn a_workbook_with_any_byte_changed_is_read_without_a_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = workbook();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let file = file(&bytes);
        if let Ok(preview) = file.preview() {
            let _ = file.rows(&preview.layout);
        }
    }
}
