//! Making the good rows of a sheet the numbers of a campaign.

use ringside_domain::{CampaignId, CampaignPart, PartState};
use rusqlite::Connection;

use crate::StoreError;

use super::{check::Checked, fate::Fates, number, number_key, part, phones, sheet, sheet::SheetId};

/// The most numbers of a part: the platform takes no more in one request (N16).
const MOST: u32 = 10_000;

#[derive(Default)]
struct Draft {
    first: u32,
    count: u32,
    fates: Fates,
    phones: String,
}

/// Makes the parts, deletes the rows that are not good, and gives the sheet to the campaign. Returns the parts that it made.
pub(super) fn take(db: &Connection, sheet: SheetId, checked: &Checked, campaign: CampaignId) -> Result<Vec<CampaignPart>, StoreError> {
    let mut parts = Vec::new();
    let mut number = part::next(db, campaign)?;
    let mut draft = Draft::default();
    let mut finish = |draft: &mut Draft| -> rusqlite::Result<()> {
        let Draft { first, count, fates, phones } = std::mem::take(draft);
        draft.first = first + fates.rows();
        if count > 0 {
            let id = part::insert(db, campaign, number, sheet, first, count, &fates)?;
            phones::insert(db, id, &phones)?;
            parts.push(CampaignPart { number, count, state: PartState::Waiting });
            number += 1;
        }
        Ok(())
    };
    number::each(db, sheet, |place, _, _, phone| {
        // A row that is missing in the database.
        while draft.first + draft.fates.rows() < place {
            draft.fates.push_no_number();
            draft.phones.push('\n');
        }
        if checked.verdicts.get(place as usize).is_some_and(|verdict| verdict.is_good()) {
            draft.fates.push_waiting();
            draft.phones.push_str(phone);
            draft.count += 1;
        } else {
            draft.fates.push_no_number();
        }
        draft.phones.push('\n');
        if draft.count == MOST { finish(&mut draft) } else { Ok(()) }
    })?;
    finish(&mut draft)?;
    delete_refused(db, sheet, checked)?;
    number_key::insert(db, sheet, &checked.keys)?;
    sheet::take(db, sheet, campaign.0)?;
    Ok(parts)
}

/// Deletes the rows that are not numbers of the campaign, stretch by stretch: nobody needs them any more.
fn delete_refused(db: &Connection, sheet: SheetId, checked: &Checked) -> rusqlite::Result<()> {
    let mut place = 0_u32;
    for stretch in checked.verdicts.chunk_by(|one, next| one.is_good() == next.is_good()) {
        let end = place + u32::try_from(stretch.len()).unwrap_or_default();
        if stretch.first().is_some_and(|verdict| !verdict.is_good()) {
            number::delete(db, sheet, place..end)?;
        }
        place = end;
    }
    Ok(())
}
