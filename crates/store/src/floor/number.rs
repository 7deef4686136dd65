//! The rows of sheets: numbers with their data. They are not changed after they are staged; what became of each number is in its part.

use ringside_domain::{Customer, NumberDoubt, ReadRow, RowRefusal, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use super::sheet::SheetId;
use crate::column;

/// The rows of a sheet follow each other: id is the sheet's id times 2^32, plus the place in the sheet, from 0.
pub(super) const V1: &str = "
CREATE TABLE number (
    id          INTEGER PRIMARY KEY,
    row         INTEGER NOT NULL, -- in the file, from 1
    read        INTEGER NOT NULL, -- the code of how it was read
    phone       TEXT NOT NULL,    -- of a doubtful row: the proposal; of a refused row: empty
    at          INTEGER,          -- ms since 1970: the preset time
    agent_id    TEXT,
    member_id   TEXT,
    customer_id TEXT,
    maturity    TEXT,
    text        TEXT              -- as it stands in the file, if that is not the phone number
) STRICT;
";

/// A row of a file to be staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedRow {
    /// The row in the file, from 1.
    pub row: u32,
    pub read: ReadRow,
    /// The row's text in the file, for the list of refused rows.
    pub text: String,
}

/// How a row was read, or why it is refused: one byte, so that the verdicts of a million rows are a megabyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict(pub u8);

/// In the order of the enum.
const REFUSALS: [RowRefusal; 11] = [
    RowRefusal::Empty,
    RowRefusal::Invalid,
    RowRefusal::Spoilt,
    RowRefusal::LeftOut,
    RowRefusal::Duplicate,
    RowRefusal::InOtherCampaign,
    RowRefusal::DoNotCall,
    RowRefusal::AttemptsToday,
    RowRefusal::AttemptsInAll,
    RowRefusal::BadTime,
    RowRefusal::ReachedSince,
];
/// In the order of the enum.
const DOUBTS: [NumberDoubt; 5] =
    [NumberDoubt::Exponent, NumberDoubt::LeadingZero, NumberDoubt::TwoNumbers, NumberDoubt::Letters, NumberDoubt::Fraction];

impl Verdict {
    pub const GOOD: Self = Self(0);
    pub const REPAIRED: Self = Self(1);
    const FIRST_REFUSAL: u8 = 10;
    const FIRST_DOUBT: u8 = 30;

    pub fn refused(reason: RowRefusal) -> Self {
        Self(Self::FIRST_REFUSAL + reason as u8)
    }

    fn doubtful(doubt: NumberDoubt) -> Self {
        Self(Self::FIRST_DOUBT + doubt as u8)
    }

    pub fn is_good(self) -> bool {
        self == Self::GOOD || self == Self::REPAIRED
    }

    pub fn refusal(self) -> Option<RowRefusal> {
        REFUSALS.get(usize::from(self.0.checked_sub(Self::FIRST_REFUSAL)?)).copied()
    }

    fn doubt(self) -> Option<NumberDoubt> {
        DOUBTS.get(usize::from(self.0.checked_sub(Self::FIRST_DOUBT)?)).copied()
    }

    /// A code that this program does not write is damage: such a row is not sent.
    pub fn read(code: Option<u8>) -> Self {
        code.map(Self)
            .filter(|read| read.is_good() || read.refusal().is_some() || read.doubt().is_some())
            .unwrap_or(Self::refused(RowRefusal::Invalid))
    }
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Inserts rows of a sheet, the first at this place.
pub(super) fn insert(db: &Connection, sheet: SheetId, first: u32, rows: &[StagedRow]) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("INSERT INTO number VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    for (place, StagedRow { row, read, text }) in (first..).zip(rows) {
        let id = sheet.row(place);
        let none = Customer::default();
        let (verdict, customer, phone, own) = match read {
            ReadRow::Good { customer, repaired } => {
                (if *repaired { Verdict::REPAIRED } else { Verdict::GOOD }, customer, customer.phone.as_str(), "")
            }
            ReadRow::Doubtful { doubt, text, proposal } => (Verdict::doubtful(*doubt), &none, proposal.as_str(), text.as_str()),
            ReadRow::Refused { reason, text } => (Verdict::refused(*reason), &none, "", text.as_str()),
        };
        let text = filled(text).or(filled(own)).filter(|text| *text != phone);
        statement.execute((
            id,
            row,
            verdict.0,
            phone,
            customer.at.map(|at| at.0),
            filled(&customer.agent_id),
            filled(&customer.member_id),
            filled(&customer.customer_id),
            filled(&customer.maturity),
            text,
        ))?;
    }
    Ok(())
}

/// Every row of the sheet in its order: place, row in the file, how it was read, and phone number.
pub(super) fn each(
    db: &Connection,
    sheet: SheetId,
    mut each: impl FnMut(u32, u32, Verdict, &str) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("SELECT id, row, read, phone FROM number WHERE id >= ?1 AND id < ?2 ORDER BY id")?;
    let mut rows = statement.query((sheet.row(0), SheetId(sheet.0 + 1).row(0)))?;
    while let Some(row) = rows.next()? {
        let place = row.get::<_, i64>(0)? & i64::from(u32::MAX);
        let phone = row.get_ref(3)?.as_str().unwrap_or_default();
        let verdict = if phone.contains('\n') { Verdict::read(None) } else { Verdict::read(column::number(row, 2)?) };
        each(u32::try_from(place).unwrap_or(u32::MAX), column::number(row, 1)?.unwrap_or_default(), verdict, phone)?;
    }
    Ok(())
}

/// The places in this range whose numbers have a preset time.
pub(super) fn each_preset(
    db: &Connection,
    sheet: SheetId,
    places: std::ops::Range<u32>,
    mut each: impl FnMut(u32, Timestamp),
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("SELECT id, at FROM number WHERE id >= ?1 AND id < ?2 AND at IS NOT NULL")?;
    let mut rows = statement.query((sheet.row(places.start), sheet.row(places.end)))?;
    while let Some(row) = rows.next()? {
        let place = u32::try_from(row.get::<_, i64>(0)? & i64::from(u32::MAX)).unwrap_or(u32::MAX);
        if let Some(at) = column::time(row, 1)? {
            each(place, at);
        }
    }
    Ok(())
}

/// The row in the file and the customer. `None`: the row is not there.
pub(super) fn get(db: &Connection, sheet: SheetId, place: u32) -> rusqlite::Result<Option<(u32, Customer)>> {
    db.prepare_cached("SELECT row, phone, at, agent_id, member_id, customer_id, maturity FROM number WHERE id = ?1")?
        .query_row([sheet.row(place)], read)
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<(u32, Customer)> {
    let customer = Customer {
        phone: column::filled(row, 1)?,
        at: column::time(row, 2)?,
        agent_id: column::filled(row, 3)?,
        member_id: column::filled(row, 4)?,
        customer_id: column::filled(row, 5)?,
        maturity: column::filled(row, 6)?,
    };
    Ok((column::number(row, 0)?.unwrap_or_default(), customer))
}

/// The row in the file, its text there, and its phone number.
pub(super) fn text(db: &Connection, sheet: SheetId, place: u32) -> rusqlite::Result<Option<(u32, String, String)>> {
    db.prepare_cached("SELECT row, coalesce(text, phone), phone FROM number WHERE id = ?1")?
        .query_row([sheet.row(place)], |row| {
            Ok((column::number(row, 0)?.unwrap_or_default(), column::filled(row, 1)?, column::filled(row, 2)?))
        })
        .optional()
}

/// Deletes the rows at these places.
pub(super) fn delete(db: &Connection, sheet: SheetId, places: std::ops::Range<u32>) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM number WHERE id >= ?1 AND id < ?2")?.execute((sheet.row(places.start), sheet.row(places.end)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_is_read_as_it_was_written() {
        for reason in REFUSALS {
            assert_eq!(Verdict::read(Some(Verdict::refused(reason).0)).refusal(), Some(reason));
            assert_eq!(Verdict::refused(reason).doubt(), None);
        }
        for doubt in DOUBTS {
            assert_eq!(Verdict::read(Some(Verdict::doubtful(doubt).0)).doubt(), Some(doubt));
            assert_eq!(Verdict::doubtful(doubt).refusal(), None);
        }
        assert_eq!(Verdict::read(Some(99)).refusal(), Some(RowRefusal::Invalid));
    }
}
