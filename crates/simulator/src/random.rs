//! Random numbers from a seed, so that the same seed and the same simulated times give the same events.

use data_encoding::HEXLOWER;

/// A deterministic random number generator; not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(fastrand::Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// From `low` to `high`, both included; `low` if `high` is below it.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.u64(low..=high.max(low))
    }

    /// True once in `n` on average; never for 0.
    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        n > 0 && self.0.u32(..n) == 0
    }

    /// True `percent` times in a hundred on average.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.0.u64(..100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        self.0.choice(of)
    }

    /// `bytes` random bytes in hexadecimal.
    pub(crate) fn hex(&mut self, bytes: usize) -> String {
        let mut random = vec![0; bytes];
        self.0.fill(&mut random);
        HEXLOWER.encode(&random)
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        self.0.shuffle(items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_within_the_bounds() {
        let (mut a, mut b) = (Random::new(7), Random::new(7));
        for _ in 0..1000 {
            let n = a.between(3, 9);
            assert_eq!(n, b.between(3, 9));
            assert!((3..=9).contains(&n));
        }
        assert_ne!(Random::new(1).next(), Random::new(2).next());
        assert_eq!(a.between(5, 5), 5);
        assert_eq!(a.between(u64::MAX, 0), u64::MAX);
    }
}
