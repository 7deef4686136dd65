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
    /// No file: rows that Ringside has, such as the customers of calls. Their columns are known.
    Known,
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

impl NumberDoubt {
    /// The answers to choose from. Each can lead to a number that is sent, except the one that leaves the rows out.
    pub fn answers(self) -> &'static [DoubtAnswer] {
        use DoubtAnswer::{AsItIs, Both, LeaveOut, Repair};
        match self {
            Self::LeadingZero => &[Repair, AsItIs, LeaveOut],
            Self::TwoNumbers => &[Repair, Both, LeaveOut],
            Self::Exponent | Self::Letters | Self::Fraction => &[Repair, LeaveOut],
        }
    }
}

/// A person's answer to a doubt, for all rows of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DoubtAnswer {
    /// Take the proposal: the digits, with the leading zero, or the first of two numbers.
    Repair,
    /// Take both numbers of the cell.
    Both,
    /// Take the number as it stands, without the leading zero.
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
    /// The questions that the rows raise. One that was answered stays, so that its answer can be changed.
    pub doubts: Vec<DoubtFound>,
}

/// A question about all rows of one kind of damage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoubtFound {
    pub doubt: NumberDoubt,
    /// How many rows it concerns.
    pub rows: u32,
    /// The first such cell, and the proposal for it.
    pub sample: String,
    pub proposal: String,
    /// What can be answered.
    pub answers: Vec<DoubtAnswer>,
}

/// The words of a file of refused rows, in the language of its reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RefusedWords {
    /// The titles of the columns before those of the source: the row in the source, the reason, the number.
    pub titles: [String; 3],
    pub reasons: Vec<(RowRefusal, String)>,
    /// The titles of columns that have a meaning and no title.
    pub meanings: Vec<(Column, String)>,
    /// The title of another column without a title; its number follows.
    pub column: String,
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
