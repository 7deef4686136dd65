//! Epochs. A power cut can take the last tenth of a second of the stream; the numbers of the lost events are then given again to others.
//! A new epoch begins after the last number that is not lost, so that a position beyond it, of an earlier epoch, is known to be void. One
//! begins at each start of a server, since nobody knows what it has lost; a gateway that finds a loss lets it begin earlier.

use serde::{Deserialize, Serialize};

use crate::words::Position;

/// So many epochs are remembered: each start of a server begins one. A desk whose position is older gets its events once more.
const REMEMBERED: usize = 64;

/// The epochs so far, in order; each begins after its `seq`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epochs(Vec<Position>);

impl Default for Epochs {
    fn default() -> Self {
        Self(vec![Position { epoch: 1, seq: 0 }])
    }
}

impl Epochs {
    pub fn current(&self) -> u64 {
        self.0.last().map_or(1, |last| last.epoch)
    }

    /// The number up to which a desk at this position has its events in the present stream.
    pub fn cut(&self, position: Position) -> u64 {
        // An epoch that is not known, since the record was lost: nothing of the position is sure.
        if position.epoch > self.current() {
            return 0;
        }
        self.0.iter().filter(|epoch| epoch.epoch > position.epoch).map(|epoch| epoch.seq).fold(position.seq, u64::min)
    }

    /// Events that were stored in the epoch `lost` are gone after `keep`. If another gateway has begun an epoch for the same loss, the
    /// earlier beginning counts. Whether this changed something. `now`: milliseconds since 1970. A new epoch's number is at least the time
    /// in seconds: desks may be in later epochs than a gateway knows whose copy is old, and a number that was given again would tell them
    /// that they have all.
    pub fn lost(&mut self, lost: u64, keep: u64, now: i64) -> bool {
        match self.0.iter_mut().find(|epoch| epoch.epoch > lost) {
            Some(begun) if begun.seq <= keep => false,
            Some(begun) => {
                begun.seq = keep;
                true
            }
            None => {
                let next = self.current().max(lost) + 1;
                self.0.push(Position { epoch: next.max(now.div_euclid(1000).max(0).unsigned_abs()), seq: keep });
                self.forget_oldest();
                true
            }
        }
    }

    /// Adds the epochs of a copy. Of two beginnings of one epoch the earlier counts. What is forgotten stays so.
    pub fn add(&mut self, copy: Self) {
        let oldest = self.0.first().map_or(0, |epoch| epoch.epoch);
        for epoch in copy.0.into_iter().filter(|epoch| epoch.epoch >= oldest) {
            match self.0.iter_mut().find(|known| known.epoch == epoch.epoch) {
                Some(known) => known.seq = known.seq.min(epoch.seq),
                None => self.0.push(epoch),
            }
        }
        self.0.sort_unstable_by_key(|epoch| epoch.epoch);
        self.forget_oldest();
    }

    /// An epoch that is forgotten hands its beginning on to the next one, so that no position is cut too late. The first of all cuts none.
    fn forget_oldest(&mut self) {
        while self.0.len() > REMEMBERED {
            let oldest = self.0.remove(0);
            if oldest.epoch > 1 {
                self.0[0].seq = self.0[0].seq.min(oldest.seq);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u64, seq: u64) -> Position {
        Position { epoch, seq }
    }

    /// 1 s after 1970: the numbers count up.
    const NOW: i64 = 1_000;

    #[test]
    fn g3_a_position_is_cut_where_a_later_epoch_begins() {
        let mut epochs = Epochs::default();
        assert_eq!((epochs.current(), epochs.cut(at(1, 120))), (1, 120));
        assert!(epochs.lost(1, 100, NOW));
        assert_eq!([epochs.cut(at(1, 120)), epochs.cut(at(1, 90)), epochs.cut(at(2, 120))], [100, 90, 120]);
        assert!(epochs.lost(2, 95, NOW));
        assert_eq!([epochs.cut(at(1, 120)), epochs.cut(at(2, 120)), epochs.cut(at(3, 120))], [95, 95, 120]);
    }

    #[test]
    fn two_gateways_that_find_the_same_loss_begin_one_epoch_at_the_earlier_number() {
        let mut epochs = Epochs::default();
        assert!(epochs.lost(1, 100, NOW));
        assert!(!epochs.lost(1, 104, NOW), "another gateway has begun it earlier");
        assert!(epochs.lost(1, 97, NOW));
        assert_eq!((epochs.current(), epochs.cut(at(1, 120))), (2, 97));
    }

    #[test]
    fn a_second_loss_begins_a_second_epoch() {
        let mut epochs = Epochs::default();
        assert!(epochs.lost(1, 100, NOW));
        assert!(epochs.lost(2, 500, NOW));
        assert_eq!((epochs.current(), epochs.cut(at(2, 600)), epochs.cut(at(1, 600))), (3, 500, 100));
    }

    #[test]
    fn the_position_of_an_epoch_that_nobody_knows_is_void_and_a_new_desk_has_everything_before_it() {
        assert_eq!(Epochs::default().cut(at(7, 50)), 0);
        assert_eq!(Epochs::default().cut(Position::default()), 0);
    }

    #[test]
    fn g3_a_new_epoch_never_gets_the_number_of_one_that_is_lost() {
        // The record was lost, and the gateway noted in which epoch its callbacks were stored.
        let mut epochs = Epochs::default();
        assert!(epochs.lost(2, 0, NOW));
        assert_eq!((epochs.current(), epochs.cut(at(2, 9000)), epochs.cut(at(1, 9000))), (3, 0, 0));
        // The gateway's database is from before the desk's epoch, too.
        let (first_loss, second_loss) = (1_700_000_000_000, 1_800_000_000_000);
        let (mut before, mut after) = (Epochs::default(), Epochs::default());
        assert!(before.lost(1, 8000, first_loss) && after.lost(1, 0, second_loss));
        assert_eq!(after.cut(at(before.current(), 9000)), 0);
        assert_eq!(after.cut(at(after.current(), 9000)), 9000);
    }

    #[test]
    fn g3_of_a_thousand_epochs_the_last_are_remembered_and_no_position_is_cut_later_than_with_all() {
        let (mut epochs, mut all) = (Epochs::default(), Vec::new());
        for number in 1..1000 {
            let before = epochs.current();
            assert!(epochs.lost(before, 1 + number * 10 % 7000, NOW));
            all.push(at(epochs.current(), 1 + number * 10 % 7000));
        }
        assert_eq!(epochs.0.len(), REMEMBERED);
        for position in (0..1001).map(|epoch| at(epoch, 9000)) {
            let with_all = all.iter().filter(|epoch| epoch.epoch > position.epoch).map(|epoch| epoch.seq).fold(9000, u64::min);
            assert!(epochs.cut(position) <= with_all, "{position:?}");
            assert!(epochs.cut(position) == with_all || position.epoch <= 1000 - REMEMBERED as u64, "{position:?}");
        }
        assert!(epochs.cut(at(1, 9000)) > 0, "it is the earliest beginning after the first epoch's");
        let copy = epochs.clone();
        epochs.add(Epochs(vec![at(1, 0), at(5, 3)]));
        assert_eq!(epochs, copy, "a gateway that remembers more does not make this one write, and the other write again");
    }

    #[test]
    fn g3_the_epochs_of_two_copies_are_all_known() {
        let mut epochs = Epochs(vec![at(1, 0), at(2, 0), at(7, 80)]);
        epochs.add(Epochs(vec![at(1, 0), at(2, 500), at(5, 90), at(7, 70)]));
        assert_eq!(epochs, Epochs(vec![at(1, 0), at(2, 0), at(5, 90), at(7, 70)]));
    }
}
