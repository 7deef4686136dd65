use encoding_rs::GB18030;
use ringside_domain::{
    DoubtAnswer, NumberDoubt, ReadRow,
    RowRefusal::{self, BadTime},
    SheetEncoding, SheetFormat,
};

use super::*;

const TABLE: &str = "手机号码,预约时间,工号,会员,客户,成熟度\r\n13800138000,2026-11-29 14:05,801,M1,C1,3\r\n13900139000,,,,,\r\n";

#[test]
fn a_table_is_read_in_every_encoding_and_with_every_separator() {
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    for separator in [',', ';', '\t', '|'] {
        let text = TABLE.replace(',', &separator.to_string());
        let marked = format!("\u{feff}{text}");
        for (bytes, encoding) in [
            (text.clone().into_bytes(), SheetEncoding::Utf8),
            (marked.clone().into_bytes(), SheetEncoding::Utf8),
            (wide(&text, u16::to_le_bytes), SheetEncoding::Utf16Le),
            (wide(&marked, u16::to_le_bytes), SheetEncoding::Utf16Le),
            (wide(&text, u16::to_be_bytes), SheetEncoding::Utf16Be),
            (wide(&marked, u16::to_be_bytes), SheetEncoding::Utf16Be),
            (GB18030.encode(&text).0.into_owned(), SheetEncoding::Gb18030),
        ] {
            let file = file(bytes);
            let preview = file.preview().unwrap();
            let layout = &preview.layout;
            assert_eq!((layout.format, layout.encoding, layout.separator), (SheetFormat::Text, Some(encoding), Some(separator)));
            assert!(layout.has_header && preview.sheets.is_empty() && !preview.columns_cut);
            assert_eq!(layout.columns, ALL_COLUMNS);
            assert_eq!(preview.titles[0], "手机号码");
            assert_eq!(reads(file.guessed()), [good(2, zhang()), good(3, customer("13900139000"))]);
        }
    }
}

#[test]
fn a_column_of_numbers_needs_no_separator_and_no_header() {
    let file = file("13800138000\n\n138-0013-8001\r13800138002\r\n  \nabc\n");
    let preview = file.preview().unwrap();
    assert_eq!((preview.layout.separator, preview.layout.has_header), (None, false));
    let rows = [
        good(1, customer("13800138000")),
        repaired(3, "13800138001"),
        good(4, customer("13800138002")),
        refused(6, RowRefusal::Invalid, "abc"),
    ];
    assert_eq!(reads(file.guessed()), rows, "empty lines count, but are no rows");
}

#[test]
fn columns_are_recognised_without_a_header() {
    let file = file("Zhang;801;13800138000;29.11.2026 14:05\nLi;802;13900139000;2026/11/29 14:05:00\n");
    let layout = file.preview().unwrap().layout;
    assert_eq!(layout.columns, [None, None, Some(Column::Number), Some(Column::PresetTime)]);
    let timed = |phone| Customer { at: AT, ..customer(phone) };
    assert_eq!(reads(file.guessed()), [good(1, timed("13800138000")), good(2, timed("13900139000"))]);
}

#[test]
fn quotes_zeros_and_the_line_of_excel_are_understood() {
    let file = file("sep=;\r\n\"phone\";name\n\"138;00138000\";\"two\nlines\"\n=\"13900139000\";x\n138\0\x300138002;x\n");
    let rows = reads(file.guessed());
    assert!(matches!(&rows[0], (3, ReadRow::Doubtful { doubt: NumberDoubt::Letters, .. })), "{rows:?}");
    assert_eq!(rows[1..], [repaired(4, "13900139000"), (5, ReadRow::Good { customer: customer("13800138002"), repaired: false })]);
}

#[test]
fn a_time_that_cannot_be_read_refuses_its_row() {
    let file = file("phone,time\n13800138000,soon\n13900139000,29.11.2026 14:05\n138,2026-11-31\n");
    let timed = Customer { at: AT, ..customer("13900139000") };
    assert_eq!(reads(file.guessed()), [refused(2, BadTime, "soon"), good(3, timed), refused(4, BadTime, "2026-11-31")]);
}

#[test]
fn doubts_are_asked_once_per_kind_and_answered_for_all_rows() {
    let file = file("phone,name\n13800138000/13900139000,x\n1.38E+10,x\n13800138001,x\n13800138002 x12,x\n,x\n");
    let mut layout = file.preview().unwrap().layout;
    let doubts: Vec<_> = file
        .guessed()
        .into_iter()
        .filter_map(|row| if let ReadRow::Doubtful { doubt, .. } = row.read { Some((row.row, doubt)) } else { None })
        .collect();
    assert_eq!(doubts, [(2, NumberDoubt::TwoNumbers), (3, NumberDoubt::Exponent), (5, NumberDoubt::Letters)]);
    layout.answers = vec![
        (NumberDoubt::TwoNumbers, DoubtAnswer::Both),
        (NumberDoubt::Exponent, DoubtAnswer::LeaveOut),
        (NumberDoubt::Letters, DoubtAnswer::Repair),
    ];
    let rows = file.rows(&layout).unwrap();
    assert_eq!(rows[0].text, "13800138000/13900139000");
    let expected = [
        repaired(2, "13800138000"),
        repaired(2, "13900139000"),
        refused(3, RowRefusal::LeftOut, "1.38E+10"),
        good(4, customer("13800138001")),
        repaired(5, "13800138002"),
        refused(6, RowRefusal::Empty, ""),
    ];
    assert_eq!(reads(rows), expected);
    assert_eq!(file.preview_as(Some(&layout)).unwrap().rows.len(), 6, "both numbers of a cell are shown");
}

#[test]
fn a_lost_zero_is_seen_in_the_rows_around_it() {
    let mut text = String::from("phone\n");
    for line in 0..50 {
        text.push_str(&format!("020794609{line:02}\n"));
    }
    text.push_str("2079460999\n");
    let rows = file(text).guessed();
    let doubt = ReadRow::Doubtful { doubt: NumberDoubt::LeadingZero, text: "2079460999".to_owned(), proposal: "02079460999".to_owned() };
    assert_eq!((rows[50].row, &rows[50].read), (52, &doubt));
}

#[test]
fn each_part_of_the_guess_can_be_corrected() {
    let file = file("13800138000,13900139000\n13800138001,13900139001\n");
    let mut layout = file.preview().unwrap().layout;
    assert_eq!(layout.columns, [Some(Column::Number), None]);
    layout.columns = vec![Some(Column::Customer), Some(Column::Number)];
    let swapped = Customer { customer_id: "13800138000".to_owned(), ..customer("13900139000") };
    assert_eq!(reads(file.rows(&layout).unwrap())[0], good(1, swapped));
    layout.has_header = true;
    layout.columns.clear();
    let preview = file.preview_as(Some(&layout)).unwrap();
    assert_eq!((preview.titles.len(), preview.rows.len()), (2, 1));
    assert_eq!(preview.layout.columns, [Some(Column::Number), None], "columns that are not given are recognised");
    layout.separator = None;
    assert_eq!(file.preview_as(Some(&layout)).unwrap().rows[0].cells.len(), 1);
    layout.encoding = Some(SheetEncoding::Utf16Be);
    layout.has_header = false;
    assert!(file.preview_as(Some(&layout)).is_ok(), "a wrong encoding is shown as what it makes of the file");
}

#[test]
fn data_is_cleaned_and_long_cells_are_shown_cut() {
    let file = file(format!("phone,member\n13800138000, \u{202e}M1\u{7} \n13900139000,{}\n", "x".repeat(5000)));
    let preview = file.preview().unwrap();
    let ReadRow::Good { customer, .. } = &preview.rows[0].read else { panic!("{:?}", preview.rows[0]) };
    assert_eq!(customer.member_id, "M1");
    assert_eq!(preview.rows[1].cells[1].chars().count(), 201);
}

#[test]
fn only_the_first_hundred_rows_are_shown() {
    let text: String = (0..300).map(|line| format!("13800138{line:03}\n")).collect();
    let file = file(text);
    assert_eq!(file.preview().unwrap().rows.len(), 100);
    assert_eq!(file.guessed().len(), 300);
}
