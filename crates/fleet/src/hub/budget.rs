//! How often one desk may ask.

use std::{collections::HashMap, time::Duration};

use crate::words::DeskId;

/// A full bucket holds the tokens of so many seconds.
const BURST: u32 = 5;

/// A bucket of tokens for each desk.
#[derive(Debug, Default)]
pub struct DeskBudget {
    /// When the desk's bucket is full again, by the monotonic clock.
    full_at: HashMap<DeskId, Duration>,
}

impl DeskBudget {
    /// Takes a token of a bucket that gets so many a second; otherwise tells how long to wait.
    pub fn take(&mut self, desk: &DeskId, per_second: u32, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.get(desk).copied().unwrap_or_default().max(now);
        let after = full_at + Duration::from_secs(1) / per_second.max(1);
        let latest = now + Duration::from_secs(1) * BURST;
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
            assert_eq!(budget.take(&one, 1, at(10_000)), Ok(()));
        }
        assert_eq!(budget.take(&one, 1, at(10_300)), Err(at(700)));
        assert_eq!(budget.take(&other, 1, at(10_300)), Ok(()), "another desk is not kept waiting");
        assert_eq!(budget.take(&one, 1, at(11_000)), Ok(()));
        assert_eq!(budget.take(&one, 1, at(11_000)), Err(at(1_000)));
        assert_eq!((0..9).filter(|_| budget.take(&one, 1, at(60_000)).is_ok()).count(), 5);
    }

    #[test]
    fn a_supervisors_desk_may_ask_twenty_five_times_at_once_and_then_five_times_a_second() {
        let (mut budget, desk) = (DeskBudget::default(), DeskId::of([1; 10]));
        let at = Duration::from_millis;
        assert_eq!((0..30).filter(|_| budget.take(&desk, 5, at(10_000)).is_ok()).count(), 25);
        assert_eq!(budget.take(&desk, 5, at(10_100)), Err(at(100)));
        assert_eq!((0..10).filter(|_| budget.take(&desk, 5, at(11_000)).is_ok()).count(), 5);
    }

    #[test]
    fn desks_that_have_not_asked_for_a_while_take_no_memory() {
        let mut budget = DeskBudget::default();
        for second in 0..10_000_u64 {
            let mut id = [0; 10];
            id[..8].copy_from_slice(&second.to_be_bytes());
            assert_eq!(budget.take(&DeskId::of(id), 1, Duration::from_secs(second)), Ok(()));
        }
        assert!(budget.full_at.len() <= 1025);
    }
}
