//! Epochs. A power cut can take the last tenth of a second of the stream; the numbers of the lost events are then given again to others.
//! A new epoch begins after the last number that is not lost, so that a position beyond it, of an earlier epoch, is known to be void.

use serde::{Deserialize, Serialize};

use crate::words::Position;

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
    /// earlier beginning counts. Whether this changed something.
    pub fn lost(&mut self, lost: u64, keep: u64) -> bool {
        match self.0.iter_mut().find(|epoch| epoch.epoch > lost) {
            Some(begun) if begun.seq <= keep => false,
            Some(begun) => {
                begun.seq = keep;
                true
            }
            None => {
                self.0.push(Position { epoch: self.current() + 1, seq: keep });
                true
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

    #[test]
    fn g3_a_position_is_cut_where_a_later_epoch_begins() {
        let mut epochs = Epochs::default();
        assert_eq!((epochs.current(), epochs.cut(at(1, 120))), (1, 120));
        assert!(epochs.lost(1, 100));
        assert_eq!([epochs.cut(at(1, 120)), epochs.cut(at(1, 90)), epochs.cut(at(2, 120))], [100, 90, 120]);
        assert!(epochs.lost(2, 95));
        assert_eq!([epochs.cut(at(1, 120)), epochs.cut(at(2, 120)), epochs.cut(at(3, 120))], [95, 95, 120]);
    }

    #[test]
    fn two_gateways_that_find_the_same_loss_begin_one_epoch_at_the_earlier_number() {
        let mut epochs = Epochs::default();
        assert!(epochs.lost(1, 100));
        assert!(!epochs.lost(1, 104), "another gateway has begun it earlier");
        assert!(epochs.lost(1, 97));
        assert_eq!((epochs.current(), epochs.cut(at(1, 120))), (2, 97));
    }

    #[test]
    fn a_second_loss_begins_a_second_epoch() {
        let mut epochs = Epochs::default();
        assert!(epochs.lost(1, 100));
        assert!(epochs.lost(2, 500));
        assert_eq!((epochs.current(), epochs.cut(at(2, 600)), epochs.cut(at(1, 600))), (3, 500, 100));
    }

    #[test]
    fn the_position_of_an_epoch_that_nobody_knows_is_void_and_a_new_desk_has_everything_before_it() {
        assert_eq!(Epochs::default().cut(at(7, 50)), 0);
        assert_eq!(Epochs::default().cut(Position::default()), 0);
    }
}
