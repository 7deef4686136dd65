use ringside_domain::{NumberDoubt, SheetFormat};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::*;

const TITLES: [&str; 6] = ["手机号码", "预约时间", "工号", "会员", "客户", "成熟度"];

fn saved(mut book: Workbook) -> File {
    file(book.save_to_buffer().unwrap())
}

/// A workbook with one sheet of this XML, these shared texts and these formats of numbers.
pub fn handmade(sheet: &str, texts: &str, formats: &str) -> Vec<u8> {
    let relations = |entries: &str| format!("<Relationships>{entries}</Relationships>").into_bytes();
    zipped([
        ("_rels/.rels", relations(r#"<Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/>"#)),
        (
            "xl/_rels/workbook.xml.rels",
            relations(
                r#"<Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/one.xml"/>
                <Relationship Id="r2" Type="http://x/sharedStrings" Target="/xl/shared.xml"/>
                <Relationship Id="r3" Type="http://x/styles" Target="styles.xml"/>"#,
            ),
        ),
        (
            "xl/workbook.xml",
            br#"<workbook><workbookPr date1904="1"/><sheets><sheet name="A &amp; B" sheetId="1" r:id="r1"/></sheets></workbook>"#.to_vec(),
        ),
        ("xl/shared.xml", format!("<sst uniqueCount=\"99999999999\">{texts}</sst>").into_bytes()),
        ("xl/styles.xml", format!("<styleSheet>{formats}</styleSheet>").into_bytes()),
        ("xl/worksheets/one.xml", format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>").into_bytes()),
    ])
}

#[test]
fn numbers_texts_dates_and_cached_values_are_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (column, title) in (0..).zip(TITLES) {
        sheet.write_string(0, column, title).unwrap();
    }
    sheet.write_number(1, 0, 13_800_138_000_f64).unwrap();
    let moment = ExcelDateTime::parse_from_str("2026-11-29 14:05").unwrap();
    sheet.write_datetime_with_format(1, 1, &moment, &date).unwrap();
    sheet.write_number(1, 2, 801).unwrap();
    for (column, text) in (3..).zip(["M1", "C1"]) {
        sheet.write_string(1, column, text).unwrap();
    }
    sheet.write_formula(1, 5, Formula::new("=1+2").set_result("3")).unwrap();
    sheet.write_formula(2, 0, Formula::new("=\"139\"&\"00139000\"").set_result("13900139000")).unwrap();
    sheet.write_string(3, 0, "’138\u{a0}0013\u{a0}8001").unwrap();
    sheet.write_string(3, 1, "2026/11/29 14:05:00").unwrap();
    sheet.write_number_with_format(4, 0, 13_800_138_002_f64, &Format::new().set_num_format("0.00E+00")).unwrap();
    sheet.write_formula(5, 0, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write_datetime_with_format(6, 0, &moment, &date).unwrap();
    let file = saved(book);
    let preview = file.preview().unwrap();
    assert_eq!((preview.layout.format, preview.layout.sheet.as_deref()), (SheetFormat::Xlsx, Some("Sheet1")));
    assert_eq!((preview.layout.encoding, preview.layout.separator), (None, None));
    assert_eq!(preview.layout.columns, ALL_COLUMNS);
    assert_eq!(preview.rows[0].cells[1], "2026-11-29 14:05:00", "a date is shown as a date");
    let timed = ReadRow::Good { customer: Customer { at: AT, ..customer("13800138001") }, repaired: true };
    let expected = [
        good(2, zhang()),
        good(3, customer("13900139000")),
        (4, timed),
        good(5, customer("13800138002")),
        refused(6, RowRefusal::Invalid, "#DIV/0!"),
        refused(7, RowRefusal::Invalid, "2026-11-29 14:05:00"),
    ];
    assert_eq!(reads(file.guessed()), expected);
}

#[test]
fn sheets_are_listed_and_the_first_with_rows_is_read() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("empty").unwrap();
    book.add_worksheet().set_name("甲").unwrap().write_string(0, 0, "13800138000").unwrap();
    book.add_worksheet().set_name("b").unwrap().write_string(4, 2, "13900139000").unwrap();
    let file = saved(book);
    let preview = file.preview().unwrap();
    assert_eq!(
        (preview.sheets.clone(), preview.layout.sheet.as_deref()),
        (vec!["empty".to_owned(), "甲".to_owned(), "b".to_owned()], Some("甲"))
    );
    let chosen = |name: &str| SheetLayout { sheet: Some(name.to_owned()), columns: Vec::new(), ..preview.layout.clone() };
    let other = file.preview_as(Some(&chosen("b"))).unwrap();
    assert_eq!(reads(file.rows(&other.layout).unwrap()), [good(5, customer("13900139000"))]);
    assert_eq!(file.preview_as(Some(&chosen("none"))).unwrap_err().error, SheetError::NoSheet);
    assert_eq!(file.preview_as(Some(&chosen("empty"))).unwrap_err().error, SheetError::Empty);
}

#[test]
fn merged_cells_have_one_value_and_hidden_rows_are_rows() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "phone").unwrap();
    sheet.write_string(0, 1, "name").unwrap();
    sheet.merge_range(1, 0, 2, 0, "13800138000", &Format::new()).unwrap();
    for row in 1..=3 {
        sheet.write_string(row, 1, "x").unwrap();
    }
    sheet.write_string(3, 0, "13900139000").unwrap();
    sheet.set_row_hidden(3).unwrap();
    let rows = reads(saved(book).guessed());
    assert_eq!(rows, [good(2, customer("13800138000")), refused(3, RowRefusal::Empty, ""), good(4, customer("13900139000"))]);
}

#[test]
fn ten_thousand_columns_are_cut() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for column in 0..10_000 {
        sheet.write_number(0, column, 13_800_000_000_f64 + f64::from(column)).unwrap();
    }
    let preview = saved(book).preview().unwrap();
    assert!(preview.columns_cut);
    assert_eq!((preview.rows[0].cells.len(), preview.layout.columns.len()), (256, 256));
    let text = file((0..10_000).map(|column| format!("13{column:09}")).collect::<Vec<_>>().join(",") + "\nx,y\n");
    let preview = text.preview().unwrap();
    assert!(preview.columns_cut && preview.rows[0].cells.len() == 256);
}

#[test]
fn a_workbook_of_another_program_is_read() {
    let sheet = r#"<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>when</t></is></c></row>
        <row r="5"><c r="A5"><v>1.3800138E10</v></c><c r="B5" s="1"><v>44893.586805555555</v></c></row>
        <row><c t="s"><v>1</v></c></row>
        <row><c t="str"><f>x</f><v>13900139000</v></c></row>
        <row><c t="s"><v>77</v></c><c t="b"><v>1</v></c></row>"#;
    let texts = r#"<si><r><t>Ph</t></r><r><t>one</t></r><rPh sb="0"><t>x</t></rPh></si><si><t xml:space="preserve"> 138&#x30;0138&#48;01 </t></si>"#;
    let formats = r#"<numFmts><numFmt numFmtId="200" formatCode="yyyy&quot;年&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs>"#;
    let file = file(handmade(sheet, texts, formats));
    let preview = file.preview().unwrap();
    assert_eq!((preview.sheets, preview.titles), (vec!["A & B".to_owned()], vec!["Phone".to_owned(), "when".to_owned()]));
    let timed = Customer { at: AT, ..customer("13800138000") };
    let expected = [good(5, timed), repaired(6, "13800138001"), good(7, customer("13900139000")), refused(8, RowRefusal::Empty, "")];
    assert_eq!(reads(file.guessed()), expected, "days from 1904, rows and cells without names, formatted texts");
}

#[test]
fn more_digits_than_a_spreadsheet_keeps_are_spoilt() {
    let values = ["86138001380001234", "13800138000.5", "13800138000", "13800138001", "13800138002"];
    let sheet: String = values.iter().map(|value| format!("<row><c><v>{value}</v></c></row>")).collect();
    let rows = reads(file(handmade(&sheet, "", "")).guessed());
    assert!(matches!(&rows[0].1, ReadRow::Refused { reason: RowRefusal::Spoilt, .. }), "{rows:?}");
    assert!(matches!(&rows[1].1, ReadRow::Doubtful { doubt: NumberDoubt::Fraction, proposal, .. } if proposal == "13800138000"));
}
