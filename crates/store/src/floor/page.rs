//! Pages of a campaign's numbers.

use ringside_domain::{CampaignId, Customer, NumberFate, NumberFilter, NumberRow, NumberRules};
use rusqlite::Connection;

use super::{
    dialled, do_not_call, number,
    part::{self, Part},
    phones,
};

/// The numbers of the campaign that the filter fits, in the order of the parts and of the file.
pub(super) fn numbers(
    db: &Connection,
    rules: &NumberRules,
    campaign: CampaignId,
    filter: &NumberFilter,
    (skip, limit): (u64, u64),
) -> rusqlite::Result<Vec<NumberRow>> {
    let mut found = Vec::new();
    let (mut to_skip, limit) = (usize::try_from(skip).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(usize::MAX));
    part::each(db, campaign, |part| {
        if found.len() >= limit {
            return Ok(());
        }
        let rows = fitting(db, &part, filter)?;
        for row in rows.iter().skip(to_skip).take(limit - found.len()) {
            found.extend(read(db, rules, &part, *row)?);
        }
        to_skip = to_skip.saturating_sub(rows.len());
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn count(db: &Connection, campaign: CampaignId, filter: &NumberFilter) -> rusqlite::Result<u64> {
    let mut count = 0;
    part::each(db, campaign, |part| {
        count += fitting(db, &part, filter)?.len() as u64;
        Ok(())
    })?;
    Ok(count)
}

/// The numbers of a part that wait.
pub(super) fn waiting(db: &Connection, part: &Part) -> rusqlite::Result<Vec<Customer>> {
    let mut customers = Vec::new();
    for row in (0..part.fates.rows()).filter(|row| part.fates.get(*row) == Some(NumberFate::Waiting)) {
        customers.extend(number::get(db, part.sheet, part.first + row)?.map(|(_, customer)| customer));
    }
    Ok(customers)
}

/// The rows of the part that the filter fits.
fn fitting(db: &Connection, part: &Part, filter: &NumberFilter) -> rusqlite::Result<Vec<u32>> {
    if filter.part.is_some_and(|number| number != part.number) {
        return Ok(Vec::new());
    }
    let fits = |row: &u32| part.fates.fits(*row, filter);
    if filter.text.trim().is_empty() {
        return Ok((0..part.fates.rows()).filter(fits).collect());
    }
    let digits = digits(&filter.text);
    // Text without a digit is in no number.
    let rows = if digits.is_empty() { Vec::new() } else { phones::with(db, part.id, |text| phones::lines_with(text, &digits))? };
    Ok(rows.into_iter().filter(fits).collect())
}

/// The digits of a typed text, full-width ones too.
pub(super) fn digits(text: &str) -> String {
    let plain = |letter: char| match letter {
        '０'..='９' => char::from_u32(u32::from(letter) - 0xfee0),
        _ => Some(letter).filter(char::is_ascii_digit),
    };
    text.chars().filter_map(plain).collect()
}

fn read(db: &Connection, rules: &NumberRules, part: &Part, row: u32) -> rusqlite::Result<Option<NumberRow>> {
    let (Some((in_file, customer)), Some(fate)) = (number::get(db, part.sheet, part.first + row)?, part.fates.get(row)) else {
        return Ok(None);
    };
    let listed = do_not_call::contains(db, rules, &customer.phone)?;
    let (calls, last) = dialled::of_number(db, part.campaign, &customer.phone)?;
    Ok(Some(NumberRow {
        row: in_file,
        part: part.number,
        customer,
        fate,
        do_not_call: listed,
        reason: part.fates.reason(row),
        calls,
        last: last.map(|(outcome, _)| outcome),
        last_at: last.map(|(_, at)| at),
    }))
}
