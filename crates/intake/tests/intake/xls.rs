//! Workbooks in the format of Excel until 2003, written record by record.

use ringside_domain::SheetFormat;

use super::*;

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
}

fn begin(kind: u16) -> Vec<u8> {
    record(0x0809, &[&0x0600_u16.to_le_bytes()[..], &kind.to_le_bytes(), &[0; 12]].concat())
}

fn place(row: u16, column: u16, style: u16) -> Vec<u8> {
    [row, column, style].iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub fn number(row: u16, column: u16, style: u16, value: f64) -> Vec<u8> {
    record(0x0203, &[place(row, column, style), value.to_le_bytes().to_vec()].concat())
}

/// A text of the workbook.
pub fn shared(row: u16, column: u16, index: u32) -> Vec<u8> {
    record(0x00fd, &[place(row, column, 0), index.to_le_bytes().to_vec()].concat())
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A workbook with one sheet of these cells.
pub fn xls(texts: &[&str], cells: &[Vec<u8>], secret: bool) -> Vec<u8> {
    let style = |format: u16| record(0x00e0, &[&[0, 0][..], &format.to_le_bytes(), &[0; 16]].concat());
    let mut shared = [u32::try_from(texts.len()).unwrap().to_le_bytes(); 2].concat();
    for text in texts {
        shared.extend(u16::try_from(text.encode_utf16().count()).unwrap().to_le_bytes());
        shared.push(1);
        shared.extend(wide(text));
    }
    let mut book = begin(5);
    if secret {
        book.extend(record(0x002f, &[1, 0, 1, 0, 0, 0]));
    }
    book.extend([record(0x0042, &1200_u16.to_le_bytes()), style(0), style(22)].concat());
    let name = wide("客户");
    let bound = |at: u32| record(0x0085, &[&at.to_le_bytes()[..], &[0, 0, 2, 1], &name].concat());
    let rest = [record(0x00fc, &shared), record(0x000a, &[])].concat();
    let at = book.len() + bound(0).len() + rest.len();
    book.extend(bound(u32::try_from(at).unwrap()));
    book.extend(rest);
    book.extend([begin(0x10), cells.concat(), record(0x000a, &[])].concat());
    compound("Workbook", &book)
}

/// A compound file with one stream.
pub fn compound(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream(name).unwrap().write_all(bytes).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn table() -> Vec<u8> {
    let texts = ["手机号码", "预约时间", "工号", "会员", "客户", "成熟度", "M1", "C1", "138-0013-8001"];
    let mut cells: Vec<_> = (0..6).map(|column| shared(0, column, u32::from(column))).collect();
    cells.extend([number(1, 0, 0, 13_800_138_000.0), number(1, 1, 1, 46_355.586_805_555_555), number(1, 2, 0, 801.0)]);
    cells.extend([shared(1, 3, 6), shared(1, 4, 7), number(1, 5, 0, 3.0), shared(3, 0, 8)]);
    xls(&texts, &cells, false)
}

#[test]
fn an_old_workbook_is_read() {
    let file = file(table());
    let preview = file.preview().unwrap();
    assert_eq!(
        (preview.layout.format, &preview.sheets[..], preview.layout.sheet.as_deref()),
        (SheetFormat::Xls, &["客户".to_owned()][..], Some("客户"))
    );
    assert_eq!(preview.layout.columns, ALL_COLUMNS);
    assert_eq!(reads(file.guessed()), [good(2, zhang()), repaired(4, "13800138001")]);
}

#[test]
fn an_old_workbook_with_a_password_is_told() {
    assert_eq!(file(xls(&[], &[number(0, 0, 0, 1.0)], true)).error(), SheetError::Encrypted);
}

#[test]
fn cells_that_are_far_apart_are_too_large() {
    let sheet = xls(&[], &[number(0, 0, 0, 1.0), number(65_535, 255, 0, 1.0)], false);
    assert_eq!(file(sheet).error(), SheetError::TooLarge);
}

#[test]
fn dimensions_that_cannot_be_are_too_large() {
    let dimensions = |rows: [u32; 2], columns: [u16; 2]| {
        record(0x0200, &[rows.map(u32::to_le_bytes).concat(), columns.map(u16::to_le_bytes).concat(), vec![0; 2]].concat())
    };
    let read = |dimensions: Vec<u8>| file(xls(&[], &[dimensions, number(0, 0, 0, 13_800_138_000.0)], false)).preview();
    for (rows, columns) in [([0, u32::MAX], [0, 256]), ([7, 2], [0, 1]), ([0, 65_536], [0, 257])] {
        assert_eq!(read(dimensions(rows, columns)).unwrap_err().error, SheetError::TooLarge, "{rows:?}");
    }
    for (rows, columns) in [([0, 1], [0, 1]), ([0, 0], [0, 0]), ([0, 65_536], [0, 256])] {
        assert!(read(dimensions(rows, columns)).is_ok(), "{rows:?}");
    }
}

#[test]
fn no_damage_to_an_old_workbook_causes_a_panic() {
    let whole = table();
    let mut failures = 0;
    for at in (0..whole.len()).step_by(19) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        failures += u32::from(file(bytes).preview().is_err());
        failures += u32::from(at % 2 == 0 && file(&whole[..at]).preview().is_err());
    }
    assert!(failures > 10, "{failures}");
}
