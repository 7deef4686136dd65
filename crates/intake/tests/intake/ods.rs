use ringside_domain::SheetFormat;

use super::*;

pub fn ods(content: &str, manifest: &str) -> Vec<u8> {
    zipped([
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("META-INF/manifest.xml", format!("<manifest:manifest>{manifest}</manifest:manifest>").into_bytes()),
        ("content.xml", format!("<office:document-content><office:body><office:spreadsheet>{content}</office:spreadsheet></office:body></office:document-content>").into_bytes()),
    ])
}

#[test]
fn a_sheet_is_read_with_repeated_rows_and_cells() {
    let title = |text: &str| format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>");
    let titles: String = ["手机号码", "预约时间", "工号", "会员", "客户", "成熟度"].map(title).concat();
    let content = format!(
        r#"<table:table table:name="empty"><table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>
        <table:table table:name="A &amp; B"><table:table-header-rows><table:table-row>{titles}</table:table-row></table:table-header-rows>
        <table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>
        <table:table-row>
          <table:table-cell office:value-type="float" office:value="13800138000"><text:p>1.38E+10</text:p><office:annotation><text:p>note</text:p></office:annotation></table:table-cell>
          <table:table-cell office:value-type="date" office:date-value="2026-11-29T14:05:00"><text:p>29.11.26</text:p></table:table-cell>
          <table:table-cell office:value-type="float" office:value="801"/>
          {m}{c}<table:table-cell table:formula="of:=1+2" office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell>
        </table:table-row>
        <table:table-row table:visibility="filter" table:number-rows-repeated="2"><table:table-cell office:value-type="string"><text:p>139<text:s text:c="2"/>0013</text:p><text:p>9000</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        </table:table>"#,
        m = title("M1"),
        c = title("C1"),
    );
    let file = file(ods(&content, ""));
    let preview = file.preview().unwrap();
    assert_eq!((preview.layout.format, preview.layout.sheet.as_deref()), (SheetFormat::Ods, Some("A & B")));
    assert_eq!((preview.sheets.len(), preview.layout.columns.clone(), preview.columns_cut), (2, ALL_COLUMNS.to_vec(), false));
    let rows = reads(file.guessed());
    assert_eq!(rows[0], good(5, zhang()));
    assert_eq!(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [5, 6, 7]);
}

#[test]
fn a_sheet_that_is_all_repetition_is_cut() {
    let repeated = |rows: u32, columns: u32| {
        format!(
            r#"<table:table table:name="a"><table:table-row table:number-rows-repeated="{rows}"><table:table-cell table:number-columns-repeated="{columns}" office:value-type="float" office:value="13800138000"/></table:table-row></table:table>"#
        )
    };
    let preview = file(ods(&repeated(1_048_576, 16_384), "")).preview().unwrap();
    assert!(preview.columns_cut && preview.rows.len() == 100);
    let file = file(ods(&repeated(4_000_000_000, 1), ""));
    let layout = file.preview().unwrap().layout;
    let mut rows = 0;
    let failure = read(&file.path, &layout, &NumberRules::default(), &zone, &AtomicBool::new(false), &mut |_| {
        rows += 1;
        ControlFlow::Continue(())
    });
    assert_eq!((failure.unwrap_err().error, rows), (SheetError::TooLarge, 1_048_576));
}
