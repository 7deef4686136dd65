//! A file of numbers: how it is read, and what was found in it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CampaignLimits, Customer, RowRefusal};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SheetFormat {
    /// Text with a separator: CSV, TSV, or one number per line.
    Text,
    Xlsx,
    Xls,
    Ods,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum SheetEncoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Reads GBK, too.
    #[serde(rename = "gb18030")]
    Gb18030,
}

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Column {
    Number,
    PresetTime,
    Employee,
    Member,
    Customer,
    Maturity,
}

/// Damage of a number that cannot be repaired with certainty. A person decides once per kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NumberDoubt {
    /// A number as a spreadsheet shows it, 1.38E+10, whose last digits may be rounded.
    Exponent,
    /// A leading zero may be lost: the other numbers of the file have one digit more and begin with 0.
    LeadingZero,
    /// Two numbers in one cell.
    TwoNumbers,
    /// Letters beside the digits, as in «tel. 138 0013 8000 (home)».
    Letters,
    /// A fraction, as in 13800138000.5.
    Fraction,
}

/// A person's answer to a doubt, for all rows of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DoubtAnswer {
    /// Take the proposal: the digits, with the leading zero, or the first of two numbers.
    Repair,
    /// Take both numbers of the cell.
    Both,
    /// Take the number as it stands.
    AsItIs,
    /// Refuse the row.
    LeaveOut,
}

/// How a file is read. The first guess comes from the file; a person can correct each part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SheetLayout {
    pub format: SheetFormat,
    /// Of text.
    pub encoding: Option<SheetEncoding>,
    /// Of text: one character; None: each line is one cell.
    pub separator: Option<char>,
    /// Of a workbook: the sheet's name.
    pub sheet: Option<String>,
    /// The first row holds titles.
    pub has_header: bool,
    /// The meaning of each column, from the left; None: not used.
    pub columns: Vec<Option<Column>>,
    pub answers: Vec<(NumberDoubt, DoubtAnswer)>,
}

/// The first look at a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SheetPreview {
    pub layout: SheetLayout,
    /// The titles, if there is a header; a mapping is saved under them.
    pub titles: Vec<String>,
    /// The sheets of a workbook.
    pub sheets: Vec<String>,
    /// The first 100 rows as they will be sent.
    pub rows: Vec<PreviewRow>,
    /// There are more columns than can be used: only the first 256 were read.
    pub columns_cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PreviewRow {
    /// The row in the file, from 1.
    pub row: u32,
    /// The cells as they stand in the file.
    pub cells: Vec<String>,
    /// The number as it will be sent, or why it will not be sent.
    pub read: ReadRow,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ReadRow {
    Good { customer: Customer, repaired: bool },
    Doubtful { doubt: NumberDoubt, text: String, proposal: String },
    Refused { reason: RowRefusal, text: String },
}

/// The result of reading and checking a whole file. Nothing was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SheetCheck {
    /// Rows without the header and without empty lines.
    pub rows: u32,
    pub good: u32,
    /// Good rows whose number was repaired.
    pub repaired: u32,
    pub refused: Vec<(RowRefusal, u32)>,
    /// Open questions, with how many rows each concerns, and a sample: the cell and the proposal.
    pub doubts: Vec<DoubtFound>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoubtFound {
    pub doubt: NumberDoubt,
    pub rows: u32,
    pub sample: String,
    pub proposal: String,
}

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SheetError {
    Empty,
    /// A workbook with a password.
    Encrypted,
    /// The file is damaged, or of another kind than its name says.
    Damaged,
    /// Its unpacked size is beyond all reason (a zip bomb).
    TooLarge,
    /// There is no such sheet.
    NoSheet,
    /// No column is marked as the number.
    NoNumberColumn,
    /// It changed while it was read.
    Changed,
    /// It could not be opened or read.
    Unreadable,
}

/// The rules for the check of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckRules {
    pub limits: CampaignLimits,
    /// The campaign that the numbers are added to; None: a new one.
    pub campaign: Option<crate::CampaignId>,
}
