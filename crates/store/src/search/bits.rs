//! A set of a block's calls, a bit for each. A call's slot is its place in the block.

use std::ops::Range;

const LIST: u8 = 0;
const MAP: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub fn none(calls: usize) -> Self {
        Self(vec![0; calls.div_ceil(64)])
    }

    pub fn all(calls: usize) -> Self {
        let mut bits = Self(vec![u64::MAX; calls.div_ceil(64)]);
        if let Some(last) = bits.0.last_mut().filter(|_| !calls.is_multiple_of(64)) {
            *last = (1 << (calls % 64)) - 1;
        }
        bits
    }

    /// Removes the calls that are not in the stored set (see [`encode`]).
    pub fn keep(&mut self, kept: &[u8]) {
        match kept.split_first() {
            Some((&MAP, map)) => {
                let words = map.chunks(8).map(word).chain(std::iter::repeat(0));
                self.0.iter_mut().zip(words).for_each(|(mine, theirs)| *mine &= theirs);
            }
            Some((&LIST, list)) => {
                let mut both = vec![0; self.0.len()];
                for pair in list.chunks_exact(2) {
                    let slot = usize::from(u16::from_le_bytes([pair[0], pair[1]]));
                    if let (Some(mine), Some(both)) = (self.0.get(slot / 64), both.get_mut(slot / 64)) {
                        *both |= mine & (1 << (slot % 64));
                    }
                }
                self.0 = both;
            }
            _ => self.0.fill(0),
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    pub fn remove(&mut self, slot: usize) {
        if let Some(word) = self.0.get_mut(slot / 64) {
            *word &= !(1 << (slot % 64));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The slots of the set that are in the range, in order.
    pub fn slots(&self, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let words = range.start / 64..range.end.div_ceil(64).min(self.0.len());
        let all = words.flat_map(|number| {
            let mut word = self.0[number];
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                word &= word.wrapping_sub(1);
                (bit < 64).then_some(number * 64 + bit)
            })
        });
        all.filter(move |slot| range.contains(slot))
    }
}

/// The stored form of a set: a list of slots if that is shorter, else a bit for each call.
pub(super) fn encode(slots: &[u16], calls: usize) -> Vec<u8> {
    let map_bytes = calls.div_ceil(8);
    if slots.len() * 2 < map_bytes {
        return std::iter::once(LIST).chain(slots.iter().flat_map(|slot| slot.to_le_bytes())).collect();
    }
    let mut map = vec![0; 1 + map_bytes];
    map[0] = MAP;
    for slot in slots.iter().map(|slot| usize::from(*slot)) {
        map[1 + slot / 8] |= 1 << (slot % 8);
    }
    map
}

fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_the_same_stored_as_a_list_or_as_bits() {
        for calls in [1, 7, 8, 63, 64, 65, 200, 4096] {
            for step in [1, 2, 3, 40, 5000] {
                let slots: Vec<u16> = (0..u16::try_from(calls).unwrap()).step_by(step).collect();
                let mut bits = Bits::all(calls);
                assert_eq!(bits.count(), calls);
                bits.keep(&encode(&slots, calls));
                let expected: Vec<usize> = slots.iter().map(|slot| usize::from(*slot)).collect();
                assert_eq!(bits.slots(0..calls).collect::<Vec<_>>(), expected);
                let middle = calls / 3..calls / 2;
                assert!(bits.slots(middle.clone()).eq(expected.iter().copied().filter(|slot| middle.contains(slot))));
                bits.remove(0);
                assert_eq!(bits.count(), expected.len() - 1);
            }
        }
    }

    #[test]
    fn bytes_that_are_no_set_are_read_as_an_empty_set() {
        for kept in [&[][..], &[7, 1, 2], &[LIST, 200, 200, 1], &[MAP]] {
            let mut bits = Bits::all(100);
            bits.keep(kept);
            assert!(bits.is_empty(), "{kept:?}");
        }
    }
}
