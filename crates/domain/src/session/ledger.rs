//! The entries in the ledger of the shift.

use super::Session;
use crate::{Effect, LedgerEntry, WishProgress};

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Number of entries in this run.
    count: u64,
    /// The last wish, and what was entered about it.
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
    /// `count`: number of entries that this run has made already.
    pub fn new(count: u64) -> Self {
        Self { count, ..Self::default() }
    }

    pub fn enter(&mut self, entry: LedgerEntry, out: &mut Vec<Effect>) {
        self.count += 1;
        out.push(Effect::Enter { number: self.count, entry });
    }
}

impl Session {
    /// Enters the result of a wish. It is derived from the wish's progress, so that no kind of end is left out.
    pub(super) fn settle_ledger(&mut self, out: &mut Vec<Effect>) {
        let (wish, progress) = self.wish_progress();
        let told = if self.ledger.wish.0 == wish { self.ledger.wish.1 } else { Told::Nothing };
        let (next, entry) = match progress {
            WishProgress::Pending | WishProgress::AfterCall if told == Told::Unconfirmed => (told, None),
            WishProgress::Pending | WishProgress::AfterCall => (Told::Open, None),
            WishProgress::Overdue if told == Told::Unconfirmed => (told, None),
            WishProgress::Overdue => (Told::Unconfirmed, Some(LedgerEntry::Unconfirmed { wish })),
            // If no queue was told of the wish, or the agent left it meanwhile, the platform confirmed nothing.
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
