//! What is entered in the ledger of the shift.

use super::Session;
use crate::{Effect, LedgerEntry, WishProgress};

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Entries of this run.
    count: u64,
    /// The wish that was looked at last, and what was entered of it.
    wish: (u64, Told),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Told {
    #[default]
    Nothing,
    Open,
    Unconfirmed,
    End,
}

impl Ledger {
    /// After so many entries of this run.
    pub fn new(count: u64) -> Self {
        Self { count, ..Self::default() }
    }

    pub fn enter(&mut self, entry: LedgerEntry, out: &mut Vec<Effect>) {
        self.count += 1;
        out.push(Effect::Enter { number: self.count, entry });
    }
}

impl Session {
    /// What became of the wish: by its progress, so that no way to an end is forgotten.
    pub(super) fn settle_ledger(&mut self, out: &mut Vec<Effect>) {
        let (wish, progress) = self.wish_progress();
        let told = if self.ledger.wish.0 == wish { self.ledger.wish.1 } else { Told::Nothing };
        let (next, entry) = match progress {
            WishProgress::Pending | WishProgress::AfterCall if told == Told::Unconfirmed => (told, None),
            WishProgress::Pending | WishProgress::AfterCall => (Told::Open, None),
            WishProgress::Overdue if told == Told::Unconfirmed => (told, None),
            WishProgress::Overdue => (Told::Unconfirmed, Some(LedgerEntry::Unconfirmed { wish })),
            // Where there was nothing to tell, or the queue was left meanwhile, nobody confirmed anything.
            WishProgress::Settled if matches!(told, Told::Open | Told::Unconfirmed) && self.is_wish_confirmed() => {
                (Told::End, Some(LedgerEntry::Confirmed { wish }))
            }
            WishProgress::RolledBack { problem, queues } if told != Told::End => {
                (Told::End, Some(LedgerEntry::RolledBack { wish, code: problem.code, queues: queues.clone() }))
            }
            WishProgress::Settled | WishProgress::RolledBack { .. } => (Told::End, None),
        };
        self.ledger.wish = (wish, next);
        if let Some(entry) = entry {
            self.ledger.enter(entry, out);
        }
    }
}
