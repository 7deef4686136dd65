//! Version-1 uuids minted at a given instant (N6): 100 ns ticks since 1582-10-15, a clock sequence and a node.

use jiff::Timestamp;

use crate::random::Random;

/// Ticks of 100 ns between 1582-10-15 and 1970-01-01.
const TICKS_BEFORE_1970: i128 = 0x01B2_1DD2_1381_4000;
const TICKS_A_SECOND: i128 = 10_000_000;

/// Mints uuids; two minted at the same instant differ by a tick.
#[derive(Debug)]
pub(crate) struct Mint {
    sequence: u16,
    node: u64,
    last: i128,
}

impl Mint {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            sequence: (random.next() & 0x3fff) as u16,
            // The multicast bit marks a node that is not a network card's address (RFC 9562, 6.10).
            node: (random.next() & 0xffff_ffff_ffff) | 0x0100_0000_0000,
            last: 0,
        }
    }

    pub(crate) fn mint(&mut self, at: Timestamp) -> String {
        let mut ticks = at.as_nanosecond() / 100 + TICKS_BEFORE_1970;
        if (self.last - TICKS_A_SECOND..=self.last).contains(&ticks) {
            ticks = self.last + 1;
        }
        self.last = ticks;
        format!(
            "{:08x}-{:04x}-1{:03x}-{:04x}-{:012x}",
            ticks & 0xffff_ffff,
            (ticks >> 32) & 0xffff,
            (ticks >> 48) & 0x0fff,
            0x8000 | self.sequence,
            self.node,
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn ticks(uuid: &str) -> i128 {
        let hex: Vec<&str> = uuid.split('-').collect();
        i128::from_str_radix(&format!("{}{}{}", &hex[2][1..], hex[1], hex[0]), 16).unwrap()
    }

    #[test]
    fn a_uuid_carries_its_instant_and_never_repeats() {
        let at: Timestamp = "2021-02-09T02:00:03.582595Z".parse().unwrap();
        let mut mint = Mint::new(&mut Random::new(1));
        let (first, second) = (mint.mint(at), mint.mint(at));
        assert_eq!(first.len(), 36);
        assert_eq!(&first[14..15], "1");
        // The uuid of the documentation's example of a bill that started at 10:00:03 in UTC+8.
        assert!(first.starts_with("863ff91e-6a7a-11eb-"), "{first}");
        assert_eq!(ticks(&first) - TICKS_BEFORE_1970, at.as_nanosecond() / 100);
        assert_eq!(ticks(&second) - ticks(&first), 1);
    }
}
