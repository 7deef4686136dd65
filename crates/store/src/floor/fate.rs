//! What became of the numbers of a part: one letter for each, so that a number cannot be in two states or in none.

use ringside_domain::{CampaignCounts, NumberFate, NumberFilter, PartState, RowRefusal};

/// A row of the sheet that is not a number of the campaign, since the check refused it.
const NO_NUMBER: u8 = b'-';

/// One letter per row of the sheet: `w` waiting, `t` taken, `r` refused by the platform, `u` unknown; removed: `x` before it was sent, `y` from
/// the platform's task, `z` with the rest of a part that was given up; refused here: `d` by the attempts of a day, `a` by those in all. A
/// capital if the dialler called it: a number that was called was not removed, whether the call came before the removal or was under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fates(Vec<u8>);

impl Fates {
    /// Damaged and missing letters are read as unknown: such a number is not sent by itself.
    pub fn read(text: &[u8], rows: u32) -> Self {
        let known = |letter: &u8| *letter == NO_NUMBER || fate(*letter).is_some();
        let mut letters: Vec<u8> = text.iter().take(rows as usize).map(|letter| if known(letter) { *letter } else { b'u' }).collect();
        letters.resize(rows as usize, b'u');
        Self(letters)
    }

    /// Always ASCII.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub fn rows(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    pub fn push_waiting(&mut self) {
        self.0.push(b'w');
    }

    pub fn push_no_number(&mut self) {
        self.0.push(NO_NUMBER);
    }

    /// `None`: this row is not a number of the campaign.
    pub fn get(&self, row: u32) -> Option<NumberFate> {
        self.0.get(row as usize).copied().and_then(fate)
    }

    pub fn has(&self, fate: NumberFate) -> bool {
        (0..self.rows()).any(|row| self.get(row) == Some(fate))
    }

    pub fn is_called(&self, row: u32) -> bool {
        self.0.get(row as usize).is_some_and(u8::is_ascii_uppercase)
    }

    pub fn set_called(&mut self, row: u32) {
        if let Some(letter) = self.0.get_mut(row as usize) {
            letter.make_ascii_uppercase();
        }
    }

    /// Whether the number was taken out, by a person or for the do-not-call list. One that was called meanwhile is `Taken` all the same.
    pub fn is_taken_out(&self, row: u32) -> bool {
        self.0.get(row as usize).is_some_and(|letter| matches!(letter.to_ascii_lowercase(), b'x' | b'y'))
    }

    /// Whether the number was not sent for certain, unless an earlier sending of its part may have arrived.
    pub fn is_unsent(&self, row: u32) -> bool {
        self.0.get(row as usize).is_some_and(|letter| matches!(letter, b'x' | b'z'))
    }

    /// Why the number was not sent, if it was refused here.
    pub fn reason(&self, row: u32) -> Option<RowRefusal> {
        self.0.get(row as usize).copied().and_then(reason)
    }

    /// Refuses a number before it is sent, for the attempts.
    pub fn refuse(&mut self, row: u32, reason: RowRefusal) {
        let refused = if reason == RowRefusal::AttemptsInAll { b'a' } else { b'd' };
        if let Some(letter) = self.0.get_mut(row as usize) {
            *letter = if letter.is_ascii_uppercase() { refused.to_ascii_uppercase() } else { refused };
        }
    }

    pub fn remove(&mut self, row: u32) {
        let removed = match self.get(row) {
            Some(NumberFate::Taken | NumberFate::Unknown) => b'y',
            _ => b'x',
        };
        self.change(row, |letter, _| Some(removed).filter(|_| !matches!(letter, b'x' | b'y')));
    }

    /// The fates that follow from the part's new state; `refused` tells the rows that the platform refused.
    pub fn follow(&mut self, state: &PartState, refused: impl Fn(u32) -> bool) {
        for row in 0..self.rows() {
            let is_called = self.is_called(row);
            self.change(row, |letter, fate| match (state, fate) {
                // A removed number stays removed. A number that was called although it was to be removed stays called.
                _ if matches!(letter, b'x'..=b'z') => None,
                (PartState::Taken { .. }, _) => Some(if refused(row) { b'r' } else { b't' }),
                (PartState::Unknown { .. }, _) => Some(b'u'),
                (PartState::GivenUp { .. }, NumberFate::Waiting) => Some(b'z'),
                // A part that is to be sent again is sent with its numbers that wait. A number that was called arrived.
                (PartState::Waiting | PartState::Sending { .. } | PartState::Failed { .. }, NumberFate::Unknown) => {
                    Some(if is_called { b't' } else { b'w' })
                }
                _ => None,
            });
        }
    }

    /// `to` gets the small letter and the fate, and returns the new letter; None: it stays.
    fn change(&mut self, row: u32, to: impl FnOnce(u8, NumberFate) -> Option<u8>) {
        let Some(letter) = self.0.get_mut(row as usize) else { return };
        // A number that was refused here was not sent: nothing that becomes of its part concerns it.
        let Some(now) = fate(*letter).filter(|_| reason(*letter).is_none()) else { return };
        let Some(new) = to(letter.to_ascii_lowercase(), now) else { return };
        *letter = if letter.is_ascii_uppercase() { new.to_ascii_uppercase() } else { new };
    }

    pub fn count(&self, counts: &mut CampaignCounts) {
        for letter in &self.0 {
            let count = match fate(*letter) {
                None => continue,
                Some(NumberFate::Waiting) => &mut counts.waiting,
                Some(NumberFate::Taken) => &mut counts.taken,
                Some(NumberFate::Refused) => &mut counts.refused,
                Some(NumberFate::Unknown) => &mut counts.unknown,
                Some(NumberFate::Removed) => &mut counts.removed,
            };
            *count += 1;
            counts.called += u32::from(letter.is_ascii_uppercase());
            counts.uncalled += u32::from(*letter == b't');
        }
    }

    /// Whether the row is a number of this fate, and called or not.
    pub fn fits(&self, row: u32, filter: &NumberFilter) -> bool {
        self.get(row).is_some_and(|fate| {
            filter.fate.is_none_or(|wanted| wanted == fate) && filter.called.is_none_or(|called| called == self.is_called(row))
        })
    }
}

fn fate(letter: u8) -> Option<NumberFate> {
    Some(match letter.to_ascii_lowercase() {
        _ if matches!(letter, b'X'..=b'Z') => NumberFate::Taken,
        b'w' => NumberFate::Waiting,
        b't' => NumberFate::Taken,
        b'r' | b'd' | b'a' => NumberFate::Refused,
        b'u' => NumberFate::Unknown,
        b'x'..=b'z' => NumberFate::Removed,
        _ => return None,
    })
}

fn reason(letter: u8) -> Option<RowRefusal> {
    match letter.to_ascii_lowercase() {
        b'd' => Some(RowRefusal::AttemptsToday),
        b'a' => Some(RowRefusal::AttemptsInAll),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Problem, ProblemCode, Timestamp};

    use super::*;

    #[test]
    fn a_part_that_is_sent_again_leaves_out_the_numbers_that_were_called() {
        let failed = PartState::Failed { at: Timestamp(0), problem: Problem::new(ProblemCode::StoreFailed, "", true) };
        for state in [PartState::Waiting, PartState::Sending { since: Timestamp(0) }, failed] {
            let mut fates = Fates::read(b"uUxX-", 5);
            fates.follow(&state, |_| false);
            assert_eq!(fates.text(), "wTxX-", "{state:?}");
        }
    }

    #[test]
    fn a_number_that_was_called_is_not_removed_whenever_the_call_is_known() {
        let mut fates = Fates::read(b"wtTuUrad-xyz", 12);
        (0..12).for_each(|row| fates.remove(row));
        assert_eq!(fates.text(), "xyYyYxad-xyx");
        let removed = |fates: &Fates| (0..12).filter(|row| fates.get(*row) == Some(NumberFate::Removed)).collect::<Vec<_>>();
        assert_eq!(removed(&fates), [0, 1, 3, 5, 9, 10, 11]);
        fates.set_called(1);
        assert_eq!(fates.get(1), Some(NumberFate::Taken), "it was being called");
        for state in [PartState::Unknown { since: Timestamp(0) }, PartState::Taken { at: Timestamp(0), accepted: 9 }] {
            let mut later = fates.clone();
            later.follow(&state, |_| true);
            assert_eq!((later.get(1), later.get(3)), (Some(NumberFate::Taken), Some(NumberFate::Removed)), "{state:?}");
        }
        let mut counts = CampaignCounts::default();
        fates.count(&mut counts);
        assert_eq!((counts.taken, counts.called, counts.uncalled, counts.removed, counts.refused), (3, 3, 0, 6, 2));
    }

    #[test]
    fn damaged_letters_are_unknown_numbers() {
        let fates = Fates::read(b"wT-?\xff", 7);
        assert_eq!(fates.text(), "wT-uuuu");
        assert_eq!(Fates::read(b"wwww", 2).text(), "ww");
    }
}
