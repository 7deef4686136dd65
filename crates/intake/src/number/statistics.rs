//! What the rows of a file together show about the damage of one.

use std::collections::HashSet;

use ringside_domain::NumberDoubt;

use super::{Found, find};
use crate::cell::Cell;

/// The longest number that is counted.
const LONGEST: usize = 21;
/// So many different texts are remembered.
const MOST_TEXTS: usize = 1000;

/// Counts of a file's numbers.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    total: u32,
    /// By their number of digits: those that begin with a zero, and the others.
    zero: [u32; LONGEST + 2],
    other: [u32; LONGEST + 2],
    /// Rounded numbers, and their texts.
    rounded: u32,
    texts: HashSet<String>,
}

impl Statistics {
    pub fn see(&mut self, cell: &Cell) {
        match find(cell) {
            Found::One(number) if number.len() <= LONGEST && !number.starts_with('+') => {
                self.total += 1;
                let counts = if number.starts_with('0') { &mut self.zero } else { &mut self.other };
                counts[number.len()] += 1;
            }
            Found::Doubt(NumberDoubt::Exponent, _) if self.texts.len() < MOST_TEXTS => {
                self.rounded += 1;
                self.texts.insert(cell.text.trim().to_owned());
            }
            _ => {}
        }
    }

    /// Whether this number probably lost a leading zero: at least half of all numbers have one digit more and begin with a zero, and
    /// numbers such as this one are fewer.
    pub fn lost_zero(&self, number: &str) -> bool {
        if number.len() > LONGEST || number.starts_with(['0', '+']) {
            return false;
        }
        let whole = self.zero[number.len() + 1];
        whole > 0 && whole * 2 >= self.total && whole > self.other[number.len()]
    }

    /// Whether numbers with an exponent lost their digits for certain: different customers have the same rounded number.
    pub fn rounds(&self) -> bool {
        usize::try_from(self.rounded).is_ok_and(|rounded| rounded > self.texts.len())
    }
}
