//! How often one desk may ask.

use std::{collections::HashMap, time::Duration};

use crate::words::DeskId;

const BURST: u32 = 5;
const EVERY: Duration = Duration::from_secs(1);

/// A bucket of tokens for each desk: one a second, at most five.
#[derive(Debug, Default)]
pub struct DeskBudget {
    /// When the desk's bucket is full again, by the monotonic clock.
    full_at: HashMap<DeskId, Duration>,
}

impl DeskBudget {
    /// Takes a token; otherwise tells how long to wait.
    pub fn take(&mut self, desk: &DeskId, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.get(desk).copied().unwrap_or_default().max(now);
        let after = full_at + EVERY;
        let latest = now + EVERY * BURST;
        if after > latest {
            return Err(after - latest);
        }
        // A desk whose bucket is full is not remembered.
        if self.full_at.len() >= 1024 && !self.full_at.contains_key(desk) {
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        self.full_at.insert(desk.clone(), after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_may_ask_five_times_at_once_and_then_once_a_second() {
        let mut budget = DeskBudget::default();
        let (one, other) = (DeskId::of([1; 10]), DeskId::of([2; 10]));
        let at = Duration::from_millis;
        for _ in 0..5 {
            assert_eq!(budget.take(&one, at(10_000)), Ok(()));
        }
        assert_eq!(budget.take(&one, at(10_300)), Err(at(700)));
        assert_eq!(budget.take(&other, at(10_300)), Ok(()), "another desk is not kept waiting");
        assert_eq!(budget.take(&one, at(11_000)), Ok(()));
        assert_eq!(budget.take(&one, at(11_000)), Err(at(1_000)));
        assert_eq!((0..9).filter(|_| budget.take(&one, at(60_000)).is_ok()).count(), 5);
    }

    #[test]
    fn desks_that_have_not_asked_for_a_while_take_no_memory() {
        let mut budget = DeskBudget::default();
        for second in 0..10_000_u64 {
            let mut id = [0; 10];
            id[..8].copy_from_slice(&second.to_be_bytes());
            assert_eq!(budget.take(&DeskId::of(id), Duration::from_secs(second)), Ok(()));
        }
        assert!(budget.full_at.len() <= 1025);
    }
}
