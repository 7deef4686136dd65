//! Recognises the header and the meaning of the columns.

use ringside_domain::Column;

use crate::{
    cell::{Cell, Kind},
    number::{self, fold},
    time,
};

/// Titles that mean a column, without spaces and marks.
const TITLES: [(Column, &[&str]); 6] = [
    (
        Column::Number,
        &[
            "number",
            "numbers",
            "no",
            "phone",
            "phones",
            "phonenumber",
            "phoneno",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "mobileno",
            "cell",
            "cellphone",
            "cellnumber",
            "tel",
            "telno",
            "telnumber",
            "telephone",
            "telephonenumber",
            "msisdn",
            "contactnumber",
            "callee",
            "called",
            "customerphone",
            "customermobile",
            "telefon",
            "handy",
            "电话",
            "电话号码",
            "手机",
            "手机号",
            "手机号码",
            "号码",
            "联系电话",
            "联系方式",
            "移动电话",
            "被叫",
            "被叫号码",
            "客户电话",
            "客户手机",
            "客户号码",
            "電話",
            "電話號碼",
            "手機",
            "號碼",
        ],
    ),
    (
        Column::PresetTime,
        &[
            "presettime",
            "time",
            "date",
            "datetime",
            "when",
            "calltime",
            "callat",
            "callon",
            "starttime",
            "appointment",
            "appointmenttime",
            "scheduledtime",
            "scheduledat",
            "schedule",
            "时间",
            "预约",
            "预约时间",
            "预设时间",
            "预定时间",
            "呼叫时间",
            "外呼时间",
            "拨打时间",
            "开始时间",
            "日期",
            "時間",
        ],
    ),
    (
        Column::Employee,
        &[
            "employee",
            "employeeid",
            "employeeno",
            "employeenumber",
            "agent",
            "agentid",
            "agentno",
            "staff",
            "staffid",
            "userid",
            "user",
            "operator",
            "工号",
            "坐席",
            "座席",
            "坐席工号",
            "座席工号",
            "坐席号",
            "员工",
            "员工号",
            "员工工号",
            "员工编号",
            "业务员",
            "话务员",
            "客服",
            "工號",
            "坐席編號",
        ],
    ),
    (
        Column::Member,
        &["member", "memberid", "memberno", "membernumber", "会员", "会员号", "会员id", "会员编号", "会员号码", "会员卡号", "會員"],
    ),
    (
        Column::Customer,
        &[
            "customer",
            "customerid",
            "customerno",
            "customernumber",
            "customercode",
            "customuuid",
            "client",
            "clientid",
            "clientno",
            "crmid",
            "客户",
            "客户id",
            "客户号",
            "客户编号",
            "客户编码",
            "客户代码",
            "客戶",
        ],
    ),
    (Column::Maturity, &["maturity", "chengshudu", "成熟度", "客户成熟度", "意向度"]),
];

/// Parts of longer titles that mean a column; the first that fits decides.
const PARTS: [(Column, &[&str]); 6] = [
    (Column::Number, &["phone", "mobile", "msisdn", "telephone", "电话", "手机", "電話", "手機"]),
    (Column::Employee, &["employee", "工号", "坐席", "座席"]),
    (Column::Member, &["member", "会员", "會員"]),
    (Column::PresetTime, &["presettime", "appointment", "预约", "预设"]),
    (Column::Maturity, &["maturity", "成熟度"]),
    (Column::Customer, &["customerid", "客户编号", "客户id"]),
];

/// A share of the cells in percent that makes a column one of numbers or times.
const MOST: usize = 60;

fn meaning(title: &str) -> Option<Column> {
    let plain: String = fold(title).to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    if plain.is_empty() || plain.chars().count() > 40 {
        return None;
    }
    let whole = TITLES.iter().find(|(_, titles)| titles.contains(&plain.as_str()));
    let part = || PARTS.iter().find(|(_, parts)| parts.iter().any(|part| plain.contains(part)));
    whole.or_else(part).map(|(column, _)| *column)
}

/// Whether the first of these rows holds titles: it has a known one, or texts above numbers.
pub(crate) fn has_header(rows: &[Vec<Cell>]) -> bool {
    let [first, rest @ ..] = rows else { return false };
    let is_data = |cell: &Cell| cell.kind != Kind::Text || number::is_probable(cell) || time::is_moment(&cell.text);
    if first.iter().any(is_data) {
        return false;
    }
    let is_title = |cell: &Cell| !cell.is_blank() && cell.text.chars().any(char::is_alphabetic);
    let known = first.iter().any(|cell| meaning(&cell.text).is_some());
    let above_numbers = number_column(rest).is_some_and(|column| first.get(column).is_some_and(is_title));
    known || above_numbers
}

/// The meaning of each column, by the titles, and by the rows below them for what the titles do not say.
pub(crate) fn recognise(titles: Option<&[String]>, rows: &[Vec<Cell>]) -> Vec<Option<Column>> {
    let width = rows.iter().map(Vec::len).chain(titles.map(<[String]>::len)).max().unwrap_or(0);
    let mut columns: Vec<Option<Column>> = vec![None; width];
    for (at, title) in titles.unwrap_or_default().iter().enumerate() {
        columns[at] = meaning(title).filter(|column| !columns.contains(&Some(*column)));
    }
    // A title such as «number» may stand above serial numbers.
    let named = columns.iter().position(|column| *column == Some(Column::Number));
    if named.is_none_or(|named| share(rows, named, &number::is_probable) == 0)
        && let Some(found) = number_column(rows)
    {
        columns.iter_mut().filter(|column| **column == Some(Column::Number)).for_each(|column| *column = None);
        columns[found] = Some(Column::Number);
    }
    if titles.is_none() {
        let is_time = |cell: &Cell| cell.kind == Kind::Date || time::is_moment(&cell.text);
        let time = (0..width).find(|at| columns[*at].is_none() && share(rows, *at, &is_time) >= MOST);
        if let Some(time) = time {
            columns[time] = Some(Column::PresetTime);
        }
    }
    columns
}

/// The column with the most telephone numbers; of two the first.
fn number_column(rows: &[Vec<Cell>]) -> Option<usize> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let shares = (0..width).map(|at| share(rows, at, &number::is_probable));
    let (at, most) = shares.enumerate().max_by_key(|(at, share)| (*share, std::cmp::Reverse(*at)))?;
    (most >= MOST).then_some(at)
}

/// How many of a hundred filled cells of a column are so.
fn share(rows: &[Vec<Cell>], column: usize, is_so: &dyn Fn(&Cell) -> bool) -> usize {
    let filled = rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_blank());
    let (all, so) = filled.fold((0usize, 0), |(all, so), cell| (all + 1, so + usize::from(is_so(cell))));
    (so * 100usize).checked_div(all).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use Column::*;

    use super::*;

    fn row(cells: &[&str]) -> Vec<Cell> {
        cells.iter().map(|text| Cell { text: (*text).to_owned(), kind: Kind::Text }).collect()
    }

    #[test]
    fn titles_are_recognised_in_both_languages() {
        for (title, column) in [
            ("Phone", Some(Number)),
            (" Mobile No. ", Some(Number)),
            ("手机号码", Some(Number)),
            ("联系电话（必填）", Some(Number)),
            ("客户电话", Some(Number)),
            ("Preset time", Some(PresetTime)),
            ("预约时间", Some(PresetTime)),
            ("工号", Some(Employee)),
            ("所属坐席", Some(Employee)),
            ("agent_id", Some(Employee)),
            ("会员编号", Some(Member)),
            ("Member-ID", Some(Member)),
            ("客户", Some(Customer)),
            ("CustomerID", Some(Customer)),
            ("成熟度", Some(Maturity)),
            ("ｐｈｏｎｅ", Some(Number)),
            ("Name", None),
            ("上次通话时间", None),
            ("备注", None),
            ("", None),
        ] {
            assert_eq!(meaning(title), column, "{title}");
        }
    }

    #[test]
    fn a_header_is_told_from_a_row() {
        for (rows, header) in [
            (vec![row(&["phone", "name"]), row(&["13800138000", "Zhang"])], true),
            (vec![row(&["Rufnummer", "x"]), row(&["13800138000", "Zhang"])], true),
            (vec![row(&["13800138000", "phone"]), row(&["13900139000", "x"])], false),
            (vec![row(&["Zhang", "801"]), row(&["Li", "802"])], false),
            (vec![row(&["号码"])], true),
            (vec![], false),
        ] {
            assert_eq!(has_header(&rows), header, "{rows:?}");
        }
    }

    #[test]
    fn columns_are_recognised_by_their_cells() {
        let rows = [row(&["Zhang", "1", "13800138000", "2026-11-29 14:05"]), row(&["Li", "2", "138-0013-8001", "2026-11-29 15:05"])];
        assert_eq!(recognise(None, &rows), [None, None, Some(Number), Some(PresetTime)]);
        let titles = ["姓名", "号码", "备注", "工号"].map(String::from);
        assert_eq!(recognise(Some(&titles), &rows), [None, None, Some(Number), Some(Employee)], "the second column counts the rows");
        let titles = ["phone", "mobile"].map(String::from);
        let rows = [row(&["13800138000", "13900139000"])];
        assert_eq!(recognise(Some(&titles), &rows), [Some(Number), None], "each meaning once");
        assert_eq!(recognise(None, &[row(&["a", "b"])]), [None, None]);
    }
}
